"""Record what a model computes from a sequence: every operation, in order, with its result.

The model runs once on the unedited sequences; below the level of modules torch hands each elementary operation to a
recorder. So it does not matter how the model is written, as long as its path does not depend on the values of the
sequence. The results are what the incremental engine compares an edited sequence with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from cisgrammar.perturb.incremental.convolution import convolve_few_channels


class CannotWindow(Exception):
    """The model does something that cannot be recorded or recomputed in a window; the text says what."""


@dataclass(frozen=True)
class Ref:
    """Stands for a recorded value among the arguments of an operation."""

    index: int


def mapped(function: Callable[[Any], Any], arguments: Any) -> Any:
    """Apply to every leaf of an operation's arguments: tuples, lists and mappings within each other.

    The arguments of elementary operations are no more than these. Torch's own walk, which also asks about every other
    container, takes as long as the operation.
    """
    if isinstance(arguments, tuple):
        return tuple([mapped(function, one) for one in arguments])
    if isinstance(arguments, list):
        return [mapped(function, one) for one in arguments]
    if isinstance(arguments, Mapping):
        return {name: mapped(function, one) for name, one in arguments.items()}
    return function(arguments)


def leaves_of(arguments: Any) -> list[Any]:
    """The leaves of an operation's arguments, in order."""
    found: list[Any] = []
    mapped(found.append, arguments)
    return found


def refs_of(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[int]:
    """Indices of the recorded values among the arguments."""
    return [leaf.index for leaf in leaves_of((args, kwargs)) if isinstance(leaf, Ref)]


@dataclass(eq=False)
class Value:
    """One recorded tensor.

    Attributes
    ----------
    op
        The operation; None for the inputs.
    args, kwargs
        Its arguments, with `Ref`s in place of recorded tensors.
    tensor
        Its result on the unedited sequences; the first axis counts the sequences.
    output
        Which of the operation's results it is.
    of_sequence
        Whether it depends on the sequence; if not, only on the other inputs of the model.
    """

    op: torch._ops.OpOverload | None
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    tensor: Tensor
    output: int
    of_sequence: bool
    _refs: list[int] | None = None

    @property
    def name(self) -> str:
        """Name of the operation without its namespace and overload; empty for the inputs."""
        return "" if self.op is None else self.op._schema.name.split("::")[-1]

    def redone(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Tensor:
        """The operation's result for other arguments; ValueError for the inputs, which have no operation."""
        if self.op is None:
            raise ValueError("an input of the model is not computed by an operation")
        result = self.op(*args, **kwargs)
        return result[self.output] if isinstance(result, tuple | list) else result

    def refs(self) -> list[int]:
        """Indices of the recorded values among the arguments."""
        if self._refs is None:
            self._refs = refs_of(self.args, self.kwargs)
        return self._refs


@dataclass(eq=False)
class Recording:
    """All values in the order in which they were computed; the first one is the sequence.

    Attributes
    ----------
    values
        Inputs first.
    outputs
        Indices of what the model gave.
    single
        Whether it gave a tensor, not a tuple or list.
    """

    values: list[Value] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    single: bool = True

    @property
    def sequences(self) -> int:
        """How many sequences were run."""
        return len(self.values[0].tensor)

    def size(self) -> int:
        """Bytes of all values that have memory of their own."""
        seen = {v.tensor.untyped_storage().data_ptr(): v.tensor.untyped_storage().nbytes() for v in self.values}
        return sum(seen.values())


class _Recorder(TorchDispatchMode):
    def __init__(self, recording: Recording, inputs: Sequence[Tensor]) -> None:
        super().__init__()
        self.recording = recording
        self.index: dict[int, int] = {}
        self.alive: list[Tensor] = []
        for position, tensor in enumerate(inputs):
            self.add(Value(None, (), {}, tensor.detach(), 0, position == 0), tensor)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Nothing is compiled here: torch would import its compiler, for a second or more, to leave this class out.
        return False

    def add(self, value: Value, tensor: Tensor) -> None:
        self.index[id(tensor)] = len(self.recording.values)
        self.alive.append(tensor)
        self.recording.values.append(value)

    def as_ref(self, leaf: Any) -> Any:
        known = isinstance(leaf, Tensor) and id(leaf) in self.index
        return Ref(self.index[id(leaf)]) if known else leaf

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        held, held_kwargs = mapped(self.as_ref, (args, kwargs))
        refs = refs_of(held, held_kwargs)
        if not refs:
            return func(*args, **kwargs)
        of_sequence = any(self.recording.values[index].of_sequence for index in refs)
        if func._schema.is_mutable:
            func = self._keep_before(func, held, args)
            args[0].copy_(func(*args, **kwargs))
            self.add(Value(func, held, held_kwargs, args[0], 0, of_sequence), args[0])
            return args[0]
        results = _compute(func, args, kwargs)
        listed = results if isinstance(results, tuple | list) else (results,)
        for output, tensor in enumerate(listed):
            if not isinstance(tensor, Tensor):
                raise CannotWindow(f"its path depends on values that it computes ({func})")
            self.add(Value(func, held, held_kwargs, tensor, output, of_sequence), tensor)
        return results

    def _keep_before(
        self, func: torch._ops.OpOverload, held: tuple[Any, ...], args: tuple[Any, ...]
    ) -> torch._ops.OpOverload:
        """Save the input of an operation in place, and return its form that makes a new tensor."""
        name = func._schema.name.split("::")[-1]
        packet = getattr(torch.ops.aten, name[:-1], None) if name.endswith("_") else None
        if packet is None or func._overloadname not in packet.overloads() or not isinstance(held[0], Ref):
            raise CannotWindow(f"it writes into a tensor in a way that is not followed ({func})")
        self.recording.values[held[0].index].tensor = args[0].clone()
        return getattr(packet, func._overloadname)


def _compute(func: torch._ops.OpOverload, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    result = convolve_few_channels(*args) if func is torch.ops.aten.convolution.default else None
    return func(*args, **kwargs) if result is None else result


def record(forward: Callable[..., Any], X: Tensor, args: Sequence[Tensor]) -> Recording:
    """Run `forward(X, *args)` and record it.

    Parameters
    ----------
    forward
        The model in eval mode; its output is a tensor, or a tuple or list of tensors.
    X
        `(sequences, alphabet, length)` in the model's dtype, on its device.
    args
        The model's other inputs, one row per sequence.

    Raises
    ------
    CannotWindow
        If the path through the model depends on computed values, it writes where that is not followed, or its
        output is something else.
    """
    recording = Recording()
    # With a gradient asked for, modules that have a fused form of their own take their plain form.
    X = X.detach().clone().requires_grad_()
    recorder = _Recorder(recording, (X, *args))
    with torch.enable_grad(), recorder:
        outputs = forward(X, *args)
    recording.single = isinstance(outputs, Tensor)
    listed = [outputs] if recording.single else outputs
    if not isinstance(listed, tuple | list) or not all(isinstance(y, Tensor) for y in listed):
        raise CannotWindow(f"its output is a {type(outputs).__name__}, not a tensor or a list of tensors")
    if any(id(y) not in recorder.index for y in listed):
        raise CannotWindow("an output does not come from its inputs")
    recording.outputs = [recorder.index[id(y)] for y in listed]
    for value in recording.values:
        value.tensor = value.tensor.detach()
    return recording

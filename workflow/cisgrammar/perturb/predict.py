"""Run a model over sequences in batches, and leave it as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from cisgrammar.training.device import pick_device

Outputs = Tensor | list[Tensor]


@dataclass(frozen=True)
class Settings:
    """How `predict` runs a model; see there."""

    func: Callable[[Any], Any] | None = None
    batch_size: int = 32
    dtype: str | torch.dtype | None = None
    device: str | torch.device | None = None
    verbose: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.batch_size, bool) or not isinstance(self.batch_size, int) or self.batch_size < 1:
            raise ValueError(f"batch_size must be a whole number of sequences of at least 1, got {self.batch_size!r}")
        if isinstance(self.dtype, str) and not isinstance(getattr(torch, self.dtype, None), torch.dtype):
            raise ValueError(f"dtype must be a torch dtype or its name, such as float32, got {self.dtype!r}")


class Runner:
    """A model ready to run: on its device, in eval mode, with the casts that its dtype asks for.

    Attributes
    ----------
    dtype, device
        Of the model's inputs.
    mixed
        Whether the model computes in another dtype than its parameters' (autocast).
    """

    def __init__(self, model: nn.Module, settings: Settings) -> None:
        first = next(iter(model.parameters()), None)
        own = torch.float32 if first is None else first.dtype
        asked = getattr(torch, settings.dtype) if isinstance(settings.dtype, str) else settings.dtype
        self.mixed = asked in (torch.float16, torch.bfloat16) and asked != own
        self.cast = asked
        self.dtype = own if asked is None or self.mixed else asked
        self.device = next(iter(model.parameters()), torch.empty(0)).device
        self.model, self.func = model, settings.func

    def __call__(self, X: Tensor, *args: Tensor) -> Any:
        """The model's output for one batch, after the user's function."""
        context = torch.autocast(self.device.type, self.cast) if self.mixed else contextlib.nullcontext()
        with context:
            outputs = self.model(X, *args)
        return outputs if self.func is None else self.func(outputs)

    def place(self, X: Tensor) -> Tensor:
        """Sequences where and as the model wants them."""
        return X.to(self.device).to(self.dtype)

    def place_args(self, args: Sequence[Tensor], index: Any) -> tuple[Tensor, ...]:
        """Rows of the other inputs where the model wants them; numbers with a fraction also in its dtype."""
        picked = (a[index].to(self.device) for a in args)
        return tuple(a.to(self.dtype) if a.is_floating_point() else a for a in picked)


@contextlib.contextmanager
def running(model: nn.Module, settings: Settings) -> Iterator[Runner]:
    """The model in eval mode on the device asked for, without gradients; put back afterwards, whatever happens."""
    training = [(module, module.training) for module in model.modules()]
    home = next(iter(model.parameters()), torch.empty(0)).device
    try:
        model.eval()
        if settings.device is not None:
            model.to(pick_device(settings.device))
        with torch.no_grad():
            yield Runner(model, settings)
    finally:
        model.to(home)
        for module, mode in training:
            module.training = mode


def as_list(outputs: Any) -> tuple[list[Tensor], bool]:
    """The tensors of an output, and whether it was a single one."""
    if isinstance(outputs, Tensor):
        return [outputs], True
    if isinstance(outputs, tuple | list) and all(isinstance(y, Tensor) for y in outputs):
        return list(outputs), False
    parts = ", ".join(type(y).__name__ for y in outputs[:4]) if isinstance(outputs, tuple | list) else ""
    found = f"{type(outputs).__name__}{' of ' if parts else ''}{parts}"
    raise ValueError(
        f"the model gives a {found}; wanted a tensor, or a tuple or list of tensors (pass func= to predict to pick "
        "them)"
    )


def unlist(tensors: list[Tensor], single: bool) -> Outputs:
    """Undo `as_list`."""
    return tensors[0] if single else tensors


def check_args(args: Sequence[Tensor] | None, X: Tensor) -> tuple[Tensor, ...]:
    """The model's other inputs as a tuple.

    Raises
    ------
    ValueError
        If they are no tuple or list of tensors with a row per sequence, on the device of the sequences.
    """
    if args is None:
        return ()
    if not isinstance(args, tuple | list) or not all(isinstance(a, Tensor) for a in args):
        raise ValueError(f"args must be a tuple or list of tensors, one per further input, got {type(args).__name__}")
    for i, arg in enumerate(args):
        if arg.device != X.device:
            raise ValueError(f"args[{i}] is on {arg.device} and X on {X.device}; move one of them")
        if arg.ndim == 0 or len(arg) != len(X):
            raise ValueError(f"args[{i}] has shape {tuple(arg.shape)}; wanted a row for each of the {len(X)} sequences")
    return tuple(args)


def predict(
    model: nn.Module,
    X: Tensor,
    args: Sequence[Tensor] | None = None,
    func: Callable[[Any], Any] | None = None,
    batch_size: int = 32,
    dtype: str | torch.dtype | None = None,
    device: str | torch.device | None = None,
    verbose: bool = False,
) -> Outputs:
    """Outputs of a model for many sequences, in batches, without gradients.

    Given to `ablate` and its like as `func` it also allows them to recompute only what an edit changes; give
    `full_predict` to have every edited sequence run in full.

    Parameters
    ----------
    model
        Any torch module; it is put in eval mode and left as it was.
    X
        `(batch, alphabet, length)`.
    args
        Further inputs, a row per sequence each.
    func
        Applied to each batch's output, such as `lambda y: y[1]`.
    batch_size
        Sequences per batch.
    dtype
        Of the inputs; None for the parameters'. bfloat16 and float16 switch autocast on.
    device
        Where to run; None for where the model is.
    verbose
        Accepted for the sake of old calls; progress goes to the log.

    Returns
    -------
    Tensor or list of Tensor
        On the CPU; a list if the model gives a tuple or list.
    """
    settings = Settings(func, batch_size, dtype, device, verbose)
    if not isinstance(X, Tensor) or X.ndim < 1 or len(X) == 0:
        raise ValueError(f"predict wants a tensor with at least one sequence, got {getattr(X, 'shape', type(X))}")
    args = check_args(args, X)
    parts = []
    with running(model, settings) as run:
        for first in range(0, len(X), batch_size):
            rows = slice(first, first + batch_size)
            outputs, single = as_list(run(run.place(X[rows]), *run.place_args(args, rows)))
            parts.append([y.cpu() for y in outputs])
    return unlist([torch.cat(column) for column in zip(*parts, strict=True)], single)


def full_predict(
    model: nn.Module,
    X: Tensor,
    args: Sequence[Tensor] | None = None,
    func: Callable[[Any], Any] | None = None,
    batch_size: int = 32,
    dtype: str | torch.dtype | None = None,
    device: str | torch.device | None = None,
    verbose: bool = False,
) -> Outputs:
    """As `predict`; given to `ablate` and its like, every edited sequence is run in full."""
    return predict(model, X, args, func, batch_size, dtype, device, verbose)

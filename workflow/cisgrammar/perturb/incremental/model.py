"""Outputs for edited sequences by recomputing, layer by layer, only what an edit can change.

The model runs once on the unedited sequences and every operation is recorded. An edit of a few letters changes a
window of each layer, wider by the layer's own width. Convolutions, functions of single positions, sums, crops, pools
and averages over the sequence are redone in that window; what else there is, and everything after it, is redone for
the whole sequence. The result is that of the full model up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.perturb.edit import Edit
from cisgrammar.perturb.incremental.batch import Batch, Delta, Group, Reach, united
from cisgrammar.perturb.incremental.layers import Concatenate, Convolve, Layer, Old, Pointwise, Pool, Sum, Total
from cisgrammar.perturb.incremental.recognise import along_sequence, layer_of, resized, total_of
from cisgrammar.perturb.incremental.record import CannotWindow, Recording, Ref, mapped, record
from cisgrammar.sequence.shuffle import one_hot_letters

_FLOATS = 1 << 20
# Layers whose result is memory of its own.
_FRESH = (Convolve, Pointwise, Pool, Concatenate, Sum)


@dataclass(eq=False)
class Step:
    """How one value is redone: in a window (`Layer`), as a total, or in full (None).

    Attributes
    ----------
    index
        Of the value.
    layer
        What redoes it.
    inputs
        Values whose change it takes.
    stride
        Positions of the sequence per position of the value.
    olds
        Values of which it needs the old ones.
    """

    index: int
    layer: Layer | Total | None
    inputs: tuple[int, ...]
    stride: int
    olds: tuple[int, ...]


class IncrementalModel:
    """A model that remembers what it computed for some sequences, and redoes what edits of these change.

    Parameters
    ----------
    forward
        The model in eval mode; takes `(sequences, alphabet, length)` and the other inputs.
    codes
        `(sequences, length)` the unedited letters; `alphabet` stands for N.
    X, args
        The same sequences one-hot, in the model's dtype and on its device, and the model's other inputs.

    Attributes
    ----------
    before
        The model's outputs on the unedited sequences.
    size
        Bytes that are remembered.

    Raises
    ------
    CannotWindow
        If the model cannot be recorded, or nothing in it can be redone in a window.
    """

    def __init__(
        self, forward: Callable[..., Any], codes: NDArray[np.uint8], X: Tensor, args: Sequence[Tensor] = ()
    ) -> None:
        self.recording = record(forward, X, args)
        self.codes = codes
        self.letters = one_hot_letters(X.shape[1], X.dtype).to(X.device)
        self.steps, self.strides = _plan(self.recording)
        self.stride = max(self.strides.values())
        self.rows: dict[int, Old] = {}
        self.size = self.recording.size()

    @property
    def before(self) -> list[Tensor]:
        """Outputs for the unedited sequences, first axis the sequence."""
        return [self.recording.values[index].tensor for index in self.recording.outputs]

    def batches(self, edits: Sequence[Edit]) -> Iterator[list[tuple[int, Edit]]]:
        """Cut edits into batches of `(index, edit)`, in which no value takes more than 4 MB.

        Those with windows of the same shape come together, because the window of a batch is the union of theirs.
        """
        changing = [i for i, edit in enumerate(edits) if len(edit.codes)]
        if not changing:
            return
        shapes = dict(zip(changing, self._shapes([edits[i] for i in changing]), strict=True))
        batch: list[tuple[int, Edit]] = []
        items, widest = 0, 0
        for i in sorted(shapes, key=lambda i: (shapes[i], i)):
            width = shapes[i][2]
            room = max(1, _FLOATS // width)
            for first in range(0, len(edits[i].codes), room):
                part = replace(edits[i], codes=edits[i].codes[first : first + room])
                if batch and (items + len(part.codes)) * max(widest, width) > _FLOATS:
                    yield batch
                    batch, items, widest = [], 0, 0
                batch.append((i, part))
                items, widest = items + len(part.codes), max(widest, width)
        if batch:
            yield batch

    def _shapes(self, edits: Sequence[Edit]) -> list[tuple[int, int, int]]:
        """Begin and end of each edit's widest window, relative to the edit, and the most floats that a value takes."""
        groups = tuple(self._group(edit, 0, 1) for edit in edits)
        anchors = np.array([group.anchor for group in groups])
        low, high, most = (np.zeros(len(edits), dtype=np.int64) for _ in range(3))
        for index, reach in self._reaches(groups, edits).items():
            floats = (reach.ends - reach.starts) * self.recording.values[index].tensor.shape[1]
            wider = floats > most
            start, end = (at - anchors // self.strides.get(index, 1) for at in (reach.starts, reach.ends))
            low[wider], high[wider], most[wider] = start[wider], end[wider], floats[wider]
        return list(zip(low.tolist(), high.tolist(), most.tolist(), strict=True))

    def _group(self, edit: Edit, first: int, last: int) -> Group:
        return Group(edit.row, edit.start // self.stride * self.stride, first, last)

    def after(self, edits: Sequence[Edit]) -> list[Tensor]:
        """The model's outputs for all versions of the edits, one after the other: `(items, ...)` each."""
        ends = np.cumsum([len(edit.codes) for edit in edits]).tolist()
        groups = tuple(self._group(edit, end - len(edit.codes), end) for edit, end in zip(edits, ends, strict=True))
        rows = [group.row for group in groups for _ in range(group.last - group.first)]
        batch = Batch(groups, torch.tensor(rows, device=self.letters.device))
        states = self._states(batch, edits)
        return [self._whole(batch, states, index) for index in self.recording.outputs]

    def _reaches(self, groups: tuple[Group, ...], edits: Sequence[Edit]) -> dict[int, Reach]:
        """How far the edits reach in each value that is redone in a window."""
        anchors = np.array([group.anchor for group in groups])
        starts, ends = (np.array([getattr(edit, side) for edit in edits]) for side in ("start", "end"))
        of_sequence = united(starts, ends, anchors)
        if of_sequence is None:
            raise ValueError("none of the edits has a letter to change; leave them out")
        reaches = {0: of_sequence}
        for step in self.steps:
            changed = [reaches[i] for i in step.inputs if i in reaches]
            if not changed or step.layer is None or isinstance(step.layer, Total):
                continue
            length = self.recording.values[step.index].tensor.shape[-1]
            starts, ends = _intervals(step.layer, changed, length)
            reach = united(starts, ends, anchors // step.stride)
            if reach is not None:
                reaches[step.index] = reach
        return reaches

    def _states(self, batch: Batch, edits: Sequence[Edit]) -> dict[int, Delta | Tensor]:
        """What changed in a window, or the new value, of each value that changes at all."""
        reaches = self._reaches(batch.groups, edits)
        states: dict[int, Delta | Tensor] = {0: self._edit_delta(batch, edits, reaches[0])}
        for step in self.steps:
            if not any(index in states for index in step.inputs):
                continue
            if step.layer is None:
                states[step.index] = self._in_full(batch, states, step)
            elif isinstance(step.layer, Total):
                old = self.recording.values[step.index].tensor
                states[step.index] = step.layer.total(batch, _delta(states, step.inputs[0]), old)
            elif step.index in reaches:
                reach = reaches[step.index]
                inputs = [_delta(states, index) for index in step.inputs]
                olds = [self._old(index) for index in step.olds]
                rows = step.layer.delta(batch, inputs, olds, (self._old(step.index), reach))
                states[step.index] = Delta(reach.low, reach.high, rows)
        return states

    def _edit_delta(self, batch: Batch, edits: Sequence[Edit], reach: Reach) -> Delta:
        """New letters minus old ones, `(window, items, alphabet)`."""
        codes = np.zeros((2, reach.high - reach.low, batch.items), dtype=np.int64)
        for group, edit in zip(batch.groups, edits, strict=True):
            at = edit.start - group.anchor - reach.low
            here = slice(at, at + edit.codes.shape[1]), slice(group.first, group.last)
            codes[0][here] = edit.codes.T
            codes[1][here] = self.codes[edit.row, edit.start : edit.end, None]
        new, old = self.letters[torch.from_numpy(codes).to(self.letters.device)]
        return Delta(reach.low, reach.high, new - old)

    def _old(self, index: int) -> Old:
        if index not in self.rows:
            tensor = self.recording.values[index].tensor
            flat = tensor.squeeze(2) if tensor.ndim == 4 else tensor  # (sequences, channels, length)
            self.rows[index] = Old(flat.transpose(1, 2).contiguous(), self.strides.get(index, 1))
        return self.rows[index]

    def _whole(self, batch: Batch, states: dict[int, Delta | Tensor], index: int) -> Tensor:
        """A value of the edited sequences, all of it."""
        state = states.get(index)
        old = self.recording.values[index].tensor
        if state is None:
            return old[batch.index]
        return state if isinstance(state, Tensor) else batch.spliced(old, state, self.strides[index])

    def _in_full(self, batch: Batch, states: dict[int, Delta | Tensor], step: Step) -> Tensor:
        value = self.recording.values[step.index]
        args, kwargs = mapped(
            lambda leaf: self._whole(batch, states, leaf.index) if isinstance(leaf, Ref) else leaf,
            (resized(value, self.recording.sequences, batch.items), value.kwargs),
        )
        return value.redone(args, kwargs)


def _delta(states: Mapping[int, Delta | Tensor], index: int) -> Delta | None:
    """What changed in a value that is redone in a window; None if nothing did."""
    state = states.get(index)
    if isinstance(state, Tensor):
        raise TypeError(f"value {index} was redone in full, where a change in a window is needed")
    return state


def _intervals(layer: Layer, inputs: Sequence[Reach], length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each group's change reaches in the result of a layer, clipped to it."""
    starts, ends = np.full(len(inputs[0].starts), length), np.zeros(len(inputs[0].starts), dtype=np.int64)
    for reach in inputs:
        changed = reach.starts < reach.ends
        start, end = layer.changed(reach.starts, reach.ends)
        starts = np.where(changed, np.minimum(starts, start), starts)
        ends = np.where(changed, np.maximum(ends, end), ends)
    return np.maximum(starts, 0), np.minimum(ends, length)


def _plan(recording: Recording) -> tuple[list[Step], dict[int, int]]:
    """How to redo each value that the outputs need and that depends on the sequence; and the strides of windows."""
    needed = _needed(recording)
    strides: dict[int, int] = {0: 1}
    steps: dict[int, Step] = {}
    for index in needed:
        value = recording.values[index]
        inputs = tuple(value.refs())
        # A value of the other inputs alone may stand beside those of the sequence where it has their shape.
        windowed = all(i in strides or not recording.values[i].of_sequence for i in inputs)
        levels = {strides[i] for i in inputs if i in strides}
        layer = layer_of(value, recording) if windowed and len(levels) == 1 else None
        if layer is None and windowed and len(inputs) == 1:
            steps[index] = Step(index, total_of(value, recording), inputs, 1, inputs)
            continue
        stride = levels.pop() * layer.stride if layer is not None else 1
        steps[index] = Step(index, layer, inputs, stride, inputs)
        if layer is not None:
            strides[index] = stride
    if not any(isinstance(step.layer, Convolve | Pointwise) for step in steps.values()):
        raise CannotWindow("none of its operations can be redone in a window")
    return _fused(recording, steps), strides


def _needed(recording: Recording) -> list[int]:
    """Values that depend on the sequence and lead to an output, in order; without the sequence itself."""
    queue, found = list(recording.outputs), set()
    while queue:
        index = queue.pop()
        if index not in found and recording.values[index].of_sequence:
            found.add(index)
            queue += recording.values[index].refs()
    return sorted(found - {0})


def _fused(recording: Recording, steps: dict[int, Step]) -> list[Step]:
    """Let a function of single positions take up the convolution before it, where nothing else needs that."""
    users: dict[int, int] = dict.fromkeys(recording.outputs, 2)
    for step in steps.values():
        for index in step.inputs:
            users[index] = users.get(index, 0) + 1
    for index in sorted(steps):
        step = steps[index]
        source = steps.get(step.inputs[0]) if len(step.inputs) == 1 else None
        if (
            source is not None
            and isinstance(step.layer, Pointwise)
            and isinstance(source.layer, Convolve)
            and users[source.index] == 1
        ):
            step.layer.convolution = source.layer.convolution
            steps[index] = replace(step, inputs=source.inputs)
            del steps[source.index]
        if isinstance(step.layer, Sum):
            fresh = [users[i] == 1 and i in steps and isinstance(steps[i].layer, _FRESH) for i in step.inputs]
            ours = [i for i, new in enumerate(fresh) if new and step.layer.weights[i] == 1]
            step.layer.reuse = ours[0] if ours else None
    return [steps[index] for index in sorted(steps)]


__all__ = ["CannotWindow", "IncrementalModel", "along_sequence"]

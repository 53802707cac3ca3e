"""The operations that can be recomputed in a window: how far a change reaches, and what it becomes.

Each layer turns the changes of its inputs into the change of its result. It never sees the whole sequence.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.perturb.incremental.batch import Batch, Delta, Reach, padded
from cisgrammar.perturb.incremental.convolution import Convolution

Positions = NDArray[np.int64]


@dataclass(eq=False)
class Old:
    """A recorded value as the layers see it.

    Attributes
    ----------
    rows
        `(sequences, length, channels)` on the unedited sequences.
    stride
        Positions of the sequence per position of the value.
    """

    rows: Tensor
    stride: int

    @functools.cached_property
    def below(self) -> Tensor:
        """The part below 0: what is left after taking the rectified value away."""
        return self.rows.clamp_max(0)

    @functools.cached_property
    def floor(self) -> Tensor:
        """Minus the rectified value: the least that a change of it can be."""
        return self.rows.clamp_min(0).neg_()


Deltas = Sequence[Delta | None]
Own = tuple[Old, Reach]


class Layer(Protocol):
    """What the engine asks of a layer."""

    @property
    def stride(self) -> int:
        """Positions of the input per position of the result."""

    def changed(self, start: Positions, end: Positions) -> tuple[Positions, Positions]:
        """Positions of the result that depend on `[start, end)` of an input; not clipped."""

    def delta(self, batch: Batch, inputs: Deltas, olds: Sequence[Old], own: Own) -> Tensor:
        """Change of the result in the window of `own`: `(window, items, channels)`.

        None among the inputs has not changed.
        """


def _only(inputs: Deltas) -> Delta:
    """The change of a layer's one input; a layer is asked only where an input has changed."""
    (delta,) = inputs
    if delta is None:
        raise ValueError("a layer with one input was asked for its change, but the input has not changed")
    return delta


@dataclass(eq=False)
class Shift:
    """Crops, pads, or leaves the positions as they are; may pick channels."""

    offset: int = 0
    channels: slice | None = None
    stride: int = 1

    def changed(self, start: Positions, end: Positions) -> tuple[Positions, Positions]:
        """See `Layer`."""
        return start - self.offset, end - self.offset

    def delta(self, batch: Batch, inputs: Deltas, olds: Sequence[Old], own: Own) -> Tensor:
        """See `Layer`; a view of the input's rows where that is possible."""
        delta, reach = _only(inputs), own[1]
        moved = Delta(delta.low - self.offset, delta.high - self.offset, delta.rows)
        rows = padded(moved, reach.low, reach.high)
        rows = rows if self.channels is None else rows[..., self.channels].contiguous()
        begin = reach.low + min(group.anchor for group in batch.groups) // own[0].stride
        end = reach.high + max(group.anchor for group in batch.groups) // own[0].stride
        if begin >= 0 and end <= own[0].rows.shape[1]:
            return rows
        # Positions that were cropped away are outside now.
        return batch.clear_outside(rows.clone(), reach.low, own[0].stride, own[0].rows.shape[1])


@dataclass(eq=False)
class Convolve:
    """A convolution on its own, with nothing after it that could take it up."""

    convolution: Convolution

    @property
    def stride(self) -> int:
        """Positions of the input per position of the result."""
        return self.convolution.stride

    def changed(self, start: Positions, end: Positions) -> tuple[Positions, Positions]:
        """See `Layer`."""
        return self.convolution.changed(start, end)

    def delta(self, batch: Batch, inputs: Deltas, olds: Sequence[Old], own: Own) -> Tensor:
        """See `Layer`."""
        old, reach = own
        rows = old.rows.new_zeros(reach.high - reach.low, batch.items, old.rows.shape[2])
        self.convolution.add_to(rows, reach.low, _only(inputs))
        return batch.clear_outside(rows, reach.low, old.stride, old.rows.shape[1])


@dataclass(eq=False)
class Pointwise:
    """A function of each position on its own, of one or more values: new result minus old result.

    Attributes
    ----------
    function
        Of tensors `(items, channels, [1,] length)`, one per input.
    dimensions
        3 or 4: how many dimensions the recorded values have.
    rectifies
        Whether the function is `max(x, 0)`. With `a` the old and `d` the change, the change of the result is
        `max(min(a, 0) + d, -max(a, 0))`: one pass less over memory than the difference of two results.
    convolution
        Where the only input is a convolution that nothing else needs, it: then the input of `delta` is the
        convolution's, and the old value is the convolution's result.
    """

    function: Callable[..., Tensor]
    dimensions: int
    rectifies: bool = False
    convolution: Convolution | None = None

    @property
    def stride(self) -> int:
        """Positions of the input per position of the result."""
        return self.convolution.stride if self.convolution else 1

    def changed(self, start: Positions, end: Positions) -> tuple[Positions, Positions]:
        """See `Layer`."""
        return self.convolution.changed(start, end) if self.convolution else (start, end)

    def delta(self, batch: Batch, inputs: Deltas, olds: Sequence[Old], own: Own) -> Tensor:
        """See `Layer`."""
        result, reach = own
        news = []
        for delta, old in zip(inputs, olds, strict=True):
            start = old.below if self.rectifies else old.rows
            new = batch.old_window(start, reach.low, reach.high, old.stride)
            if delta is not None and self.convolution is not None:
                self.convolution.add_to(new, reach.low, delta)
            elif delta is not None:
                new[delta.low - reach.low : delta.high - reach.low] += delta.rows
            news.append(new)
        if self.rectifies:
            return batch.at_least(news[0], olds[0].floor, reach.low, result.stride)
        return batch.subtract_old(self._apply(news), result.rows, reach.low, result.stride)

    def _apply(self, rows: Sequence[Tensor]) -> Tensor:
        views = [new.permute(1, 2, 0) for new in rows]  # (items, channels, window)
        if self.dimensions == 4:
            views = [view.unsqueeze(2) for view in views]  # (items, channels, 1, window)
        new = self.function(*views)
        new = new.squeeze(2) if self.dimensions == 4 else new  # (items, channels, window)
        return new.permute(2, 0, 1).contiguous()  # (window, items, channels)


@dataclass(eq=False)
class Sum:
    """A weighted sum of values.

    Attributes
    ----------
    weights
        One per value.
    reuse
        The value whose change nothing else needs, so that the others can be added to it in place; None if there is
        none.
    """

    weights: tuple[float, ...]
    reuse: int | None = None
    stride: int = 1

    def changed(self, start: Positions, end: Positions) -> tuple[Positions, Positions]:
        """See `Layer`."""
        return start, end

    def delta(self, batch: Batch, inputs: Deltas, olds: Sequence[Old], own: Own) -> Tensor:
        """See `Layer`."""
        old, reach = own
        kept = None if self.reuse is None else inputs[self.reuse]
        if kept is not None and (kept.low, kept.high) == (reach.low, reach.high):
            rows = kept.rows
        else:
            kept, rows = None, old.rows.new_zeros(reach.high - reach.low, batch.items, old.rows.shape[2])
        for delta, weight in zip(inputs, self.weights, strict=True):
            if delta is not None and delta is not kept:
                rows[delta.low - reach.low : delta.high - reach.low].add_(delta.rows, alpha=weight)
        return rows


@dataclass(eq=False)
class Concatenate:
    """Channels of several values beside each other."""

    stride: int = 1

    def changed(self, start: Positions, end: Positions) -> tuple[Positions, Positions]:
        """See `Layer`."""
        return start, end

    def delta(self, batch: Batch, inputs: Deltas, olds: Sequence[Old], own: Own) -> Tensor:
        """See `Layer`."""
        reach = own[1]
        wide = reach.high - reach.low
        rows = [
            old.rows.new_zeros(wide, batch.items, old.rows.shape[2])
            if delta is None
            else padded(delta, reach.low, reach.high)
            for delta, old in zip(inputs, olds, strict=True)
        ]
        return torch.cat(rows, dim=2)  # (window, items, sum of channels)


@dataclass(eq=False)
class Pool:
    """A function of a few neighbours, such as the largest of each two; without padding."""

    function: Callable[[Tensor], Tensor]
    width: int
    stride: int

    def changed(self, start: Positions, end: Positions) -> tuple[Positions, Positions]:
        """See `Layer`."""
        return -(-(start - self.width + 1) // self.stride), (end - 1) // self.stride + 1

    def delta(self, batch: Batch, inputs: Deltas, olds: Sequence[Old], own: Own) -> Tensor:
        """See `Layer`."""
        delta, (old,), (result, reach) = _only(inputs), olds, own
        low = reach.low * self.stride
        high = (reach.high - 1) * self.stride + self.width
        new = batch.old_window(old.rows, low, high, old.stride)
        new += padded(delta, low, high)
        pooled = self.function(new.permute(1, 2, 0).unsqueeze(2))  # (items, channels, 1, window)
        rows = pooled.squeeze(2).permute(2, 0, 1).contiguous()  # (window, items, channels)
        return batch.subtract_old(rows, result.rows, reach.low, result.stride)


@dataclass(frozen=True)
class Total:
    """Sum or mean over all positions: the change is the sum of the changes, times `weight`."""

    weight: float

    def total(self, batch: Batch, delta: Delta | None, old: Tensor) -> Tensor:
        """New result `(items, channels, ...)` from the old one `(sequences, channels, ...)`."""
        new: Any = old[batch.index]
        if delta is None:
            return new
        return new + (delta.rows.sum(dim=0) * self.weight).reshape(new.shape)  # (items, channels, ...)

"""A batch of edited sequences, and what changed in them: windows at the same place relative to each edit.

Everything inside is in rows, `(window, items, channels)`: a shift along the sequence is then a block of memory, and a
convolution is a few large products. What changed is kept as a difference to the unedited sequence, which is exactly 0
outside of the sequence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Group(NamedTuple):
    """The items of one edit: neighbours in the batch, all of one sequence and one place.

    Attributes
    ----------
    row
        Index of the sequence among the recorded ones.
    anchor
        Position of the edit, rounded down to a multiple of the model's stride.
    first, last
        The items, half-open.
    """

    row: int
    anchor: int
    first: int
    last: int


class Reach(NamedTuple):
    """Positions of one value that an edit can change: one interval per group, and their union around the anchors.

    Attributes
    ----------
    starts, ends
        `(groups,)`, half-open, clipped to the value; empty where nothing changes.
    low, high
        Union of the intervals, each relative to its group's anchor at this value's stride.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    low: int
    high: int


@dataclass(eq=False)
class Delta:
    """What changed in one value: new minus old in a window.

    Attributes
    ----------
    low, high
        The window, relative to each group's anchor at the value's stride.
    rows
        `(high - low, items, channels)`.
    """

    low: int
    high: int
    rows: Tensor


class Places(NamedTuple):
    """Where the window of each item lies in a value.

    Attributes
    ----------
    start
        `(items,)` position of the window's first row; below 0 where it begins before the sequence.
    rows
        `(window * items,)` rows of the value `(sequences * length, channels)`; any row where the window is outside.
    outside
        `(window, items)`, or None where all windows lie in their sequences.
    """

    start: Tensor
    rows: Tensor
    outside: Tensor | None


@dataclass(frozen=True, eq=False)
class Batch:
    """Edited sequences that are recomputed together.

    Attributes
    ----------
    groups
        One per edit.
    index
        `(items,)` recorded row of each item.
    """

    groups: tuple[Group, ...]
    index: Tensor
    _known: dict[tuple[int, int, int, int], Places] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """Number of edited sequences."""
        return self.groups[-1].last

    def places(self, low: int, high: int, stride: int, length: int) -> Places:
        """Where the window `[low, high)` lies in a value of `length` positions."""
        key = (low, high, stride, length)
        if key not in self._known:
            each = np.array([group.last - group.first for group in self.groups])
            anchors, sequence = (np.array([group[i] for group in self.groups]) for i in (1, 0))
            start = np.repeat(anchors // stride + low, each)  # (items,)
            at = start + np.arange(high - low)[:, None]  # (window, items)
            outside = (at < 0) | (at >= length)
            rows = np.repeat(sequence, each) * length + np.clip(at, 0, length - 1)
            device = self.index.device
            kept = torch.from_numpy(outside).to(device) if outside.any() else None
            first, taken = (torch.from_numpy(values).to(device) for values in (start, rows.ravel()))
            self._known[key] = Places(first, taken, kept)
        return self._known[key]

    def old_window(self, old: Tensor, low: int, high: int, stride: int) -> Tensor:
        """Old values `(sequences, length, channels)` in a window, `(window, items, channels)`; 0 outside."""
        return self._gathered(old, self.places(low, high, stride, old.shape[1]), high - low)

    def subtract_old(self, rows: Tensor, old: Tensor, low: int, stride: int) -> Tensor:
        """Take old values away in place, and make what lies outside of the sequence 0."""
        places = self.places(low, low + len(rows), stride, old.shape[1])
        return _cleared(rows.sub_(self._gathered(old, places, len(rows))), places)

    def at_least(self, rows: Tensor, floor: Tensor, low: int, stride: int) -> Tensor:
        """Raise values to the floor `(sequences, length, channels)` in place; 0 outside of the sequence."""
        places = self.places(low, low + len(rows), stride, floor.shape[1])
        return _cleared(torch.maximum(rows, self._gathered(floor, places, len(rows)), out=rows), places)

    def clear_outside(self, rows: Tensor, low: int, stride: int, length: int) -> Tensor:
        """Make what lies outside of the sequence 0, in place."""
        return _cleared(rows, self.places(low, low + len(rows), stride, length))

    def spliced(self, old: Tensor, delta: Delta, stride: int) -> Tensor:
        """Put what changed into the old value `(sequences, channels, [1,] length)`: `(items, ...)`."""
        new = old[self.index]  # (items, channels, [1,] length)
        flat = new.squeeze(2) if new.ndim == 4 else new  # (items, channels, length)
        places = self.places(delta.low, delta.high, stride, old.shape[-1])
        changed = delta.rows.permute(1, 2, 0)  # (items, channels, window)
        if places.outside is not None:
            changed = changed.masked_fill(places.outside.t()[:, None], 0)
        steps = torch.arange(delta.high - delta.low, device=flat.device)
        at = (places.start[:, None] + steps).clamp_(0, flat.shape[2] - 1)  # (items, window)
        flat.scatter_add_(2, at[:, None].expand_as(changed), changed)
        return new

    def _gathered(self, old: Tensor, places: Places, window: int) -> Tensor:
        """Rows of `(sequences, length, channels)` at places, `(window, items, channels)`; 0 outside."""
        found = old.flatten(0, 1).index_select(0, places.rows)
        return _cleared(found.view(window, self.items, old.shape[2]), places)


def _cleared(rows: Tensor, places: Places) -> Tensor:
    """Make rows `(window, items, channels)` outside of their sequences 0, in place."""
    return rows if places.outside is None else rows.masked_fill_(places.outside.unsqueeze(2), 0)


def united(starts: NDArray[np.int64], ends: NDArray[np.int64], anchors: NDArray[np.int64]) -> Reach | None:
    """Reach of edits from their intervals and anchors at the value's stride; None if nothing changes anywhere."""
    changed = starts < ends
    if not changed.any():
        return None
    low = int((starts - anchors)[changed].min())
    return Reach(starts, ends, low, int((ends - anchors)[changed].max()))


def padded(delta: Delta, low: int, high: int) -> Tensor:
    """The rows of `[low, high)`, with 0 where the delta has none and without what lies beyond."""
    before, after = delta.low - low, high - delta.high
    if before <= 0 and after <= 0:
        return delta.rows[-before : len(delta.rows) + after]
    return torch.nn.functional.pad(delta.rows, (0, 0, 0, 0, before, after))  # (high - low, items, channels)

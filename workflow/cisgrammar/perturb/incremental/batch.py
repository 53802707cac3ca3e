"""A batch of edited sequences, and what changed in them: windows at the same place relative to each edit.

Everything inside is in rows, `(window, items, channels)`: a shift along the sequence is then a block of memory, and a
convolution is a few large products. What changed is kept as a difference to the unedited sequence, which is exactly 0
outside of the sequence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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


class Place(NamedTuple):
    """Where a group's window meets its sequence: `[a, b)` of the window is `[start, start + b - a)` of the value."""

    group: Group
    a: int
    b: int
    start: int


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

    @property
    def items(self) -> int:
        """Number of edited sequences."""
        return self.groups[-1].last

    def places(self, low: int, high: int, stride: int, length: int) -> Iterator[Place]:
        """Where the window `[low, high)` lies in a value of `length` positions, per group."""
        for group in self.groups:
            begin = group.anchor // stride + low
            a, b = max(0, -begin), min(high - low, length - begin)
            yield Place(group, a, max(a, b), begin + a)

    def old_window(self, old: Tensor, low: int, high: int, stride: int) -> Tensor:
        """Old values `(sequences, length, channels)` in a window, `(window, items, channels)`; 0 outside."""
        window = old.new_empty(high - low, self.items, old.shape[2])
        for group, a, b, start in self.places(low, high, stride, old.shape[1]):
            into = window[:, group.first : group.last]
            if a or b < high - low:
                into[:a], into[b:] = 0, 0
            into[a:b] = old[group.row, start : start + b - a].unsqueeze(1)
        return window

    def subtract_old(self, rows: Tensor, old: Tensor, low: int, stride: int) -> Tensor:
        """Take old values away in place, and make what lies outside of the sequence 0."""
        for group, a, b, start in self.places(low, low + len(rows), stride, old.shape[1]):
            new = rows[:, group.first : group.last]
            new[a:b] -= old[group.row, start : start + b - a].unsqueeze(1)
            if a or b < len(rows):
                new[:a], new[b:] = 0, 0
        return rows

    def at_least(self, rows: Tensor, floor: Tensor, low: int, stride: int) -> Tensor:
        """Raise values to the floor `(sequences, length, channels)` in place; 0 outside of the sequence."""
        for group, a, b, start in self.places(low, low + len(rows), stride, floor.shape[1]):
            new = rows[:, group.first : group.last]
            torch.maximum(new[a:b], floor[group.row, start : start + b - a].unsqueeze(1), out=new[a:b])
            if a or b < len(rows):
                new[:a], new[b:] = 0, 0
        return rows

    def clear_outside(self, rows: Tensor, low: int, stride: int, length: int) -> Tensor:
        """Make what lies outside of the sequence 0, in place."""
        for group, a, b, _ in self.places(low, low + len(rows), stride, length):
            if a or b < len(rows):
                rows[:a, group.first : group.last], rows[b:, group.first : group.last] = 0, 0
        return rows

    def spliced(self, old: Tensor, delta: Delta, stride: int) -> Tensor:
        """Put what changed into the old value `(sequences, channels, [1,] length)`: `(items, ...)`."""
        new = old[self.index]  # (items, channels, [1,] length)
        flat = new.squeeze(2) if new.ndim == 4 else new  # (items, channels, length)
        for group, a, b, start in self.places(delta.low, delta.high, stride, old.shape[-1]):
            changed = delta.rows[a:b, group.first : group.last].permute(1, 2, 0)  # (items, channels, window)
            flat[group.first : group.last, :, start : start + b - a] += changed
        return new


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

"""Stretches of contributions beside each other: the best cosine over shifts and both strands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HALF = 15
"""bp to either side of a centre that are compared."""
SHIFT = 10
"""Largest shift, bp."""
REACH = HALF + SHIFT
_BLOCK = 1024
_SHIFTS = np.arange(-SHIFT, SHIFT + 1)
PLACED_SHIFT = np.tile(_SHIFTS, 2)
"""Shift of each placement of a stretch on a template, bp; a stretch that is turned is shifted after that."""
PLACED_TURNED = np.repeat([False, True], len(_SHIFTS))
"""Whether a stretch is turned in each placement."""

Stretches = NDArray[np.float32]


class Alignment(NamedTuple):
    """How each of some stretches lies on another: cosine, shift in bp, and whether it is turned, `(stretches,)`."""

    cosine: NDArray[np.float32]
    shift: NDArray[np.int64]
    turned: NDArray[np.bool_]


def cut(values: NDArray, row: NDArray[np.int64], centre: NDArray[np.int64], reach: int) -> Stretches:
    """Stretches of `(windows, 4, length)` around centres, `(stretches, 2 * reach + 1, 4)`; 0 beyond a window."""
    place = centre[:, None] + np.arange(-reach, reach + 1)  # (stretches, 2 * reach + 1)
    inside = (place >= 0) & (place < values.shape[2])
    found = values[row[:, None], :, np.clip(place, 0, values.shape[2] - 1)]  # (stretches, 2 * reach + 1, 4)
    return np.where(inside[..., None], found, 0).astype(np.float32)


def turn(stretches: Stretches) -> Stretches:
    """Reverse complements of `(..., length, 4)`."""
    return stretches[..., ::-1, ::-1]


def _unit(stretches: Stretches) -> Stretches:
    """Flattened, of length 1 each; zeros stay zeros."""
    flat = stretches.reshape(len(stretches), -1)
    size = np.linalg.norm(flat, axis=1, keepdims=True).astype(np.float32)
    size[size == 0] = 1
    return flat / size


def _centred(stretches: Stretches) -> Stretches:
    """Less the mean over the bases of a position, to which no base is nearer than another."""
    return stretches - stretches.mean(axis=2, keepdims=True)


def _placed(stretches: Stretches, shift: int) -> Stretches:
    """The compared part of wide stretches, moved by a shift."""
    return stretches[:, SHIFT + shift : SHIFT + shift + 2 * HALF + 1]


def all_pairs(stretches: Stretches) -> Stretches:
    """Best cosine of each two of `(stretches, 2 * REACH + 1, 4)`, `(stretches, stretches)`, symmetric."""
    wide = _centred(stretches)
    core = _placed(wide, 0)
    found = np.full((len(wide), len(wide)), -1.0, dtype=np.float32)
    for own in (_unit(core), _unit(turn(core))):
        for shift in range(-SHIFT, SHIFT + 1):
            other = _unit(_placed(wide, shift)).T
            for first in range(0, len(wide), _BLOCK):
                rows = slice(first, first + _BLOCK)
                np.maximum(found[rows], own[rows] @ other, out=found[rows])
    return np.maximum(found, found.T)


def placements(stretches: Stretches, template: Stretches) -> Stretches:
    """Cosine of wide stretches with a template `(2 * HALF + 1, 4)` in each placement, `(stretches, placements)`."""
    own = _unit(_centred(template[None]))[0]
    scores = []
    for wide in (_centred(stretches), turn(_centred(stretches))):
        scores += [_unit(_placed(wide, int(shift))) @ own for shift in _SHIFTS]
    return np.stack(scores, axis=1)


def align(stretches: Stretches, template: Stretches) -> Alignment:
    """Lay wide stretches on a template `(2 * HALF + 1, 4)`.

    A stretch that is turned is shifted after that.
    """
    table = placements(stretches, template)
    best = table.argmax(axis=1)
    return Alignment(table.max(axis=1), PLACED_SHIFT[best], PLACED_TURNED[best])

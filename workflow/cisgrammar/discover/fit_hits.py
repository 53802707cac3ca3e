"""Sites of patterns in contributions: a sparse non-negative sum of patterns, solved exactly.

A window's contributions `y`, over their root mean square, are written as a sum of patterns: each pattern on each strand
may begin at each position with a weight c >= 0, and 1/2 |y - sum c s k|^2 + lambda sum c is least. `k` is the trimmed
pattern of unit norm, as far as the bases that are there go, and s = (energy of y under it + 1)^-1/2, so that at c = 0
the slope is nearly the cosine of the pattern and the contributions: lambda is the least cosine of a hit. The same
objective as Fi-NeMo's (0.41); here its optimality conditions are met, by solving on the weights that are not 0 and
adding those that violate them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cisgrammar.files.progress import counted

LEAST_COSINE = 0.7
"""Lambda, as Fi-NeMo has it."""
_TOLERANCE = 1e-4
_ROUNDS = 50
_AT_ONCE = 128

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sites:
    """Weights that are not 0.

    Attributes
    ----------
    row, start
        `(sites,)` window, and where the trimmed pattern begins in it.
    kernel
        `(sites,)` pattern.
    turned
        `(sites,)` on the reverse strand.
    score
        `(sites,)` weight times scale times the window's root mean square: how much of the pattern there is, in the
        unit of the contributions. The weight itself is no measure, for a window of nothing is blown up too.
    cosine
        `(sites,)` of contributions and pattern, over the bases that are there.
    """

    row: NDArray[np.int64]
    start: NDArray[np.int64]
    kernel: NDArray[np.int64]
    turned: NDArray[np.bool_]
    score: Vector
    cosine: Vector

    def __len__(self) -> int:
        return len(self.row)

    def take(self, index: NDArray[np.integer] | NDArray[np.bool_]) -> Sites:
        """The sites that an index or mask picks."""
        return Sites(*(getattr(self, column.name)[index] for column in fields(self)))


def fit_hits(values: NDArray[np.float32], codes: NDArray[np.uint8], kernels: Sequence[Vector]) -> Sites:
    """Fit every window.

    Parameters
    ----------
    values
        `(windows, length)` contributions of the bases that are there.
    codes
        `(windows, length)`.
    kernels
        `(width, 4)` each: trimmed mean contributions; a negative pattern has negative ones.
    """
    firsts = counted(range(0, len(values) if kernels else 0, _AT_ONCE), "fit patterns on cpu", "batches of windows")
    parts = [_Batch(values[i : i + _AT_ONCE], codes[i : i + _AT_ONCE], kernels).fit(i) for i in firsts]
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Sites(none, none, none, none.astype(bool), np.zeros(0), np.zeros(0))
    found = Sites(*(np.concatenate([getattr(p, column.name) for p in parts]) for column in fields(Sites)))
    return found.take(found.cosine >= LEAST_COSINE)


class _Batch:
    """A few windows, their atoms (a kernel and strand at a position), and what all atoms have."""

    def __init__(self, values: NDArray[np.float32], codes: NDArray[np.uint8], kernels: Sequence[Vector]) -> None:
        self.codes = codes
        unit = [kernel / np.linalg.norm(kernel) for kernel in kernels]
        self.kernels = [turned for kernel in unit for turned in (kernel, kernel[::-1, ::-1])]
        self.widths = np.array([len(kernel) for kernel in self.kernels])
        widest = int(self.widths.max())
        table = np.zeros((len(self.kernels), 4, widest))
        for number, kernel in enumerate(self.kernels):
            table[number, :, : len(kernel)] = kernel.T
        self.table = torch.from_numpy(table)
        self.there = torch.from_numpy((codes[:, None] == np.arange(4)[:, None]).astype(np.float64))
        self.rms = np.sqrt((values.astype(np.float64) ** 2).mean(axis=1))
        self.y = values / np.where(self.rms > 0, self.rms, 1)[:, None]
        ones = torch.zeros(len(self.kernels), 1, widest, dtype=torch.float64)
        for number, width in enumerate(self.widths.tolist()):
            ones[number, 0, :width] = 1
        self.energy = self._over(torch.from_numpy(self.y**2)[:, None], ones)  # (windows, kernels, length)
        self.norm = self._over(self.there, self.table**2)
        self.scale = (self.energy + 1) ** -0.5
        last = codes.shape[1] - self.widths
        self.fits = np.arange(codes.shape[1]) <= last[:, None]  # (kernels, length)

    def _over(self, x: Tensor, table: Tensor) -> Vector:
        return functional.conv1d(functional.pad(x, (0, table.shape[2] - 1)), table).numpy()

    def slopes(self, y: Vector) -> Vector:
        """Cosine-like slope of every atom, `(windows, kernels, length)`."""
        found = self._over(self.there * torch.from_numpy(y)[:, None], self.table) * self.scale
        return np.where(self.fits, found, -np.inf)

    def fit(self, first: int) -> Sites:
        """Solve, add atoms that violate the conditions, until none does."""
        first_slopes = self.slopes(self.y)
        active = first_slopes > LEAST_COSINE
        rows: NDArray[np.integer] = np.flatnonzero(active.any(axis=(1, 2)))
        weights = np.zeros(active.shape)
        for _ in range(_ROUNDS):
            for row in rows.tolist():
                weights[row] = self._solve(row, active[row], first_slopes[row])
            over = self.slopes(self.y - self.fitted(weights)) > LEAST_COSINE + _TOLERANCE
            over &= ~active
            rows = np.flatnonzero(over.any(axis=(1, 2)))
            if not len(rows):
                break
            active |= over
        at = np.nonzero(weights)
        norms = np.sqrt(self.energy[at] * self.norm[at])
        cosine = first_slopes[at] / self.scale[at] / np.maximum(norms, 1e-12)
        score = weights[at] * self.scale[at] * self.rms[at[0]]
        return Sites(at[0] + first, at[2], at[1] // 2, at[1] % 2 == 1, score, cosine)

    def fitted(self, weights: Vector) -> Vector:
        """The sum of the atoms at the bases that are there, `(windows, length)`."""
        found = np.zeros(self.y.shape)
        for row, kernel, start in zip(*np.nonzero(weights), strict=True):
            width = self.widths[kernel]
            amount = weights[row, kernel, start] * self.scale[row, kernel, start]
            found[row, start : start + width] += amount * self._atom(row, kernel, start)
        return found

    def _atom(self, row: int, kernel: int, start: int) -> Vector:
        """A kernel at the bases that are there, `(width,)`."""
        width = int(self.widths[kernel])
        letters = self.codes[row, start : start + width]
        known = letters < 4
        return np.where(known, self.kernels[kernel][np.arange(width), np.where(known, letters, 0)], 0.0)

    def _solve(self, row: int, active: NDArray[np.bool_], slopes: Vector) -> Vector:
        """Weights of one window's active atoms; those that do not overlap do not meet."""
        weights = np.zeros(active.shape)
        kernel, start = np.nonzero(active)
        order = np.lexsort((kernel, start))
        kernel, start = kernel[order], start[order]
        for group in _overlapping(start, start + self.widths[kernel]):
            k, s = kernel[group], start[group]
            low = int(s[0])
            atoms = np.zeros((len(group), int((s + self.widths[k]).max()) - low))
            for i, (a, b) in enumerate(zip(k.tolist(), s.tolist(), strict=True)):
                atoms[i, b - low : b - low + self.widths[a]] = self.scale[row, a, b] * self._atom(row, a, b)
            weights[k, s] = non_negative(atoms @ atoms.T, slopes[k, s] - LEAST_COSINE)
        return weights


def _overlapping(start: NDArray[np.int64], end: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Groups of intervals, sorted by their starts, that hang together."""
    reach = np.maximum.accumulate(end)
    breaks = np.flatnonzero(start[1:] >= reach[:-1]) + 1
    yield from np.split(np.arange(len(start)), breaks)


def non_negative(gram: Vector, slopes: Vector) -> Vector:
    """The c >= 0 for which 1/2 c G c - h c is least (Lawson and Hanson 1974, for a given Gram matrix).

    Parameters
    ----------
    gram
        `(atoms, atoms)` G.
    slopes
        `(atoms,)` h.
    """
    weights = np.zeros(len(slopes))
    free = np.zeros(len(slopes), dtype=bool)
    ridge = 1e-12 * np.eye(len(slopes))
    for _ in range(10 * len(slopes) + 10):
        rest = slopes - gram @ weights
        rest[free] = -np.inf
        best = int(rest.argmax())
        if rest[best] <= 1e-9:
            break
        free[best] = True
        while True:
            trial = np.zeros(len(slopes))
            trial[free] = np.linalg.solve((gram + ridge)[np.ix_(free, free)], slopes[free])
            below = free & (trial <= 0)
            if not below.any():
                break
            step = (weights[below] / (weights[below] - trial[below])).min()
            weights = weights + step * (trial - weights)
            free &= weights > 1e-12
            weights[~free] = 0
        weights = trial
    return weights

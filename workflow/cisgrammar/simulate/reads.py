"""Draw fragments whose two ends both follow the cut rate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.progress import counted

SHORTEST, LONGEST = 40, 400
SHIFT = 4
OVERHANG = 2 * SHIFT + 1
_BATCH = 8192


class Fragments(NamedTuple):
    """Sequenced fragments, sorted by chromosome, start and end; 0-based half-open, unshifted.

    The left cut's centre is `start + 4`, the right one's `end - 5`, as transposase leaves them.
    """

    chrom: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def length_weights() -> NDArray[np.float64]:
    """Return the frequency of fragment lengths 40 to 400 bp: sub-nucleosomal and mono-nucleosomal."""
    lengths = np.arange(SHORTEST, LONGEST + 1)
    short = (lengths - SHORTEST + 5) / 25 * np.exp(-(lengths - SHORTEST + 5) / 25)
    nucleosome = 0.35 * np.exp(-0.5 * ((lengths - 190) / 30) ** 2)
    weights = short + nucleosome
    return weights / weights.sum()


def _distances() -> NDArray[np.int64]:
    return np.arange(SHORTEST, LONGEST + 1) - OVERHANG


def _partner_mass(rate: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Sum of rate times length frequency over the partners right (+1) or left (-1) of each base."""
    from scipy.signal import fftconvolve

    kernel = np.zeros(2 * LONGEST + 1)
    kernel[LONGEST - side * _distances()] = length_weights()
    mass = np.stack([fftconvolve(row, kernel, mode="same") for row in rate])
    # The transform leaves rounding noise where there is no partner at all.
    return np.where(mass > 1e-9 * rate.max(), mass, 0)


def expected_cuts(rate: NDArray[np.float64], fragments: int) -> NDArray[np.float64]:
    """Return the expected cuts at each base if `draw_fragments` draws `fragments`; same shape as `rate`.

    A first cut falls on a base in proportion to its rate; its partner, right of it or left of it with equal
    chance, in proportion to rate times length frequency. The sum is twice the number of fragments.
    """
    total = np.zeros_like(rate)
    for side in (1, -1):
        mass = _partner_mass(rate, side)
        first = np.where(mass > 0, rate, 0)
        first = first / first.sum()
        per_mass = np.divide(first, mass, out=np.zeros_like(first), where=mass > 0)
        total += first + rate * np.maximum(_partner_mass(per_mass, -side), 0)
    return total * fragments / 2


def draw_fragments(rng: np.random.Generator, rate: NDArray[np.float64], fragments: int) -> Fragments:
    """Draw fragments from cut rates `(chromosomes, length)`, as `expected_cuts` describes."""
    right = int(rng.binomial(fragments, 0.5))
    cuts = [_draw_pairs(rng, rate, number, side) for side, number in ((1, right), (-1, fragments - right))]
    chrom = np.concatenate([c for c, _, _ in cuts])
    first = np.concatenate([a for _, a, _ in cuts])
    second = np.concatenate([b for _, _, b in cuts])
    start, end = np.minimum(first, second) - SHIFT, np.maximum(first, second) + SHIFT + 1
    order = np.lexsort((end, start, chrom))
    return Fragments(chrom[order], start[order], end[order])


def _draw_pairs(
    rng: np.random.Generator, rate: NDArray[np.float64], number: int, side: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Chromosome, first cut and partner of `number` fragments; the partner is right (+1) or left (-1)."""
    length = rate.shape[1]
    cumulative = np.where(_partner_mass(rate, side) > 0, rate, 0).reshape(-1).cumsum()
    places = np.searchsorted(cumulative, rng.random(number) * cumulative[-1], side="right")
    chrom, first = np.divmod(places, length)
    padded = np.pad(rate, ((0, 0), (LONGEST, LONGEST)))
    steps, weights = side * _distances(), length_weights()
    partner = np.empty(number, dtype=np.int64)
    for begin in counted(range(0, number, _BATCH), "draw fragments on cpu", "batches"):
        rows = slice(begin, begin + _BATCH)
        columns = first[rows, None] + steps
        mass = (padded[chrom[rows, None], columns + LONGEST] * weights).cumsum(axis=1)  # (batch, lengths)
        chosen = (mass <= rng.random(len(mass))[:, None] * mass[:, -1:]).sum(axis=1)
        partner[rows] = first[rows] + steps[chosen]
    return chrom, first, partner

"""Placements of two motifs that resemble each other: beside the one motif, the other's letters lie in part alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cisgrammar.motifs.motif import Motif
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.alphabet import reverse_complement as other_strand

LEAST = 0.4
"""Part of a motif's information that letters in common hold, at least, for a placement to resemble another (judgement:
CCGG holds 0.44 of REB1's matrix, half of its letters, and a network answers to it by 0.4 to 0.8 of the whole site).
Of two unrelated placements that overlap wholly, 8 bp by chance have it in 11 %, 12 bp in 16 %; 4 bp in 0.4 %."""
_NOTHING = 4


class Where(Protocol):
    """Motif b on the strand of a or not; right of it or left."""

    @property
    def strands(self) -> str:
        """Same or opposite."""
        ...

    def offset(self, a: int, b: int, gap: int) -> int:
        """Start of b minus start of a."""
        ...


@dataclass(frozen=True, eq=False)
class _View:
    """A placement seen from one of its motifs, which begins at 0 and reads forward; the other begins at `start`."""

    anchor: str
    start: int
    letters: NDArray[np.uint8]
    weights: NDArray[np.float64]


def alike(a: Motif, b: Motif, where: Sequence[Where], gaps: Sequence[int]) -> NDArray[np.bool_]:
    """Which placements of two motifs resemble each other.

    Two placements are laid on each other at a motif that both have, on either strand. They resemble each other if
    the letters that the other motif of the one has in common with the other placement, base for base, hold `LEAST` of
    that motif's information: CCGGGTAA twice, 9 bp apart on one strand, and CCGGGTAA with TTACCCGG 13 bp before it both
    have CCGG 9 bp before CCGGGTAA.

    Parameters
    ----------
    a, b
        The motifs, of which the likeliest letters are put in.
    where, gaps
        Placements, and the bp between a and b.

    Returns
    -------
    array
        `(placements * gaps, placements * gaps)`, placement by placement; symmetric, and True for each with itself.
    """
    views = [list(_views(a, b, place, gap)) for place in where for gap in gaps]
    found = np.eye(len(views), dtype=bool)
    for anchor in dict.fromkeys((a.name, b.name)):
        mine = [(k, view) for k, each in enumerate(views) for view in each if view.anchor == anchor]
        index = np.array([k for k, _ in mine])
        for one, share in zip(index, _shares([view for _, view in mine]), strict=True):
            found[one, index[share >= LEAST]] = True
    return found | found.T


def _views(a: Motif, b: Motif, place: Where, gap: int) -> Iterator[_View]:
    """The placement from a, and from b."""
    offset, same = place.offset(a.width, b.width, gap), place.strands == "same"
    yield _View(a.name, offset, *_turned(b, same))
    yield _View(b.name, -offset if same else offset + b.width - a.width, *_turned(a, same))


def _turned(motif: Motif, same: bool) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Letters and shares of the information of a motif's columns, on the strand of the other motif."""
    letters = encode(motif.consensus)
    information = (motif.shares * np.log2(np.maximum(motif.shares, 1e-12) / 0.25)).sum(axis=1)
    weights = information / max(information.sum(), 1e-12)
    return (letters, weights) if same else (other_strand(letters), weights[::-1])


def _shares(views: Sequence[_View]) -> Iterator[NDArray[np.float64]]:
    """For each view, which part of its other motif each view has in common with it, `(views,)`.

    Of a letter in common counts the mean of the weights that it has in the two.
    """
    first, last = min(v.start for v in views), max(v.start + len(v.letters) for v in views)
    letters = np.full((len(views), last - first), _NOTHING, dtype=np.uint8)
    weights = np.zeros(letters.shape)
    for row, view in enumerate(views):
        here = slice(view.start - first, view.start - first + len(view.letters))
        letters[row, here], weights[row, here] = view.letters, view.weights
    for view in views:
        here = slice(view.start - first, view.start - first + len(view.letters))
        common = (letters[:, here] == view.letters) & (view.letters < _NOTHING)
        yield (common * (weights[:, here] + view.weights) / 2).sum(axis=1)

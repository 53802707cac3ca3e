"""Where the parts of a library lie in each read of a file: reads of both strands, and of several starts.

Libraries are sequenced with 0 to 3 or more bases before the constant region, so that the clusters of a flow cell differ
in each cycle, and ligated adapters give reads of both strands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.constant_region import Layout
from cisgrammar.binding.reads.fastq import Reads
from cisgrammar.sequence.alphabet import encode

# Bases by which reads may begin sooner or later than most.
FARTHEST = 10
# A place is used if more than this share of reads is there, and this many times more than by chance.
_SHARE = 0.01
_TIMES_CHANCE = 100
_SAMPLE = 100_000
_CORE = 6
_ANCHOR = 4
_MOST = 0.9


@dataclass(frozen=True)
class Placement:
    """How a read is turned and moved against its file's layout.

    Attributes
    ----------
    shift
        Bases by which the read begins sooner: the variable region starts at `layout.start + shift`.
    reverse
        Whether the reverse complement of the read has that layout.
    """

    shift: int = 0
    reverse: bool = False


def find_placements(reads: Reads, layout: Layout, barcode: str) -> list[Placement]:
    """Find which places the reads of a file have, the layout's own first.

    Each place in turn (as the layout says, then moved by 1 to 10 bases either way, then the same of the other
    strand) is tried on the reads that no earlier place fits. One is used that more than 1 % of the reads have, and
    100 times more than 4^-m, the share expected by chance of m constant bases.

    Parameters
    ----------
    reads
        Reads of the file; the first 100,000 are looked at.
    layout
        Where the parts are in most reads.
    barcode
        What reads begin with, or have before `layout.left`.

    Returns
    -------
    list of Placement
        At least the layout's own.
    """
    sample = reads.head(_SAMPLE)
    strands = {False: sample, True: sample.reverse_complement()}
    bases = len(barcode) + len(layout.left) + len(layout.right)
    bar = max(_SHARE, _TIMES_CHANCE * 0.25**bases) * len(sample)
    # Without bases before it, a longer or shorter variable region would look like another start.
    anchored = len(barcode) + len(layout.left) >= _ANCHOR
    shifts = sorted(range(-FARTHEST, FARTHEST + 1), key=lambda shift: (abs(shift), shift))
    left = ~fits(sample, layout, barcode, Placement())
    found = [Placement()]
    for reverse in (False, True):
        for place in (Placement(shift, reverse) for shift in shifts):
            if place == Placement() or bases == 0 or (place.shift and not anchored):
                continue
            hit = left & fits(strands[reverse], layout, barcode, place)
            if hit.sum() > bar:
                found.append(place)
                left &= ~hit
    return found


def common_left(reads: Reads, layout: Layout, barcode: str) -> str:
    """The bases before the variable region that reads of all places have.

    Reads of one length may have the same bases before the constant region, which only they have. The last 6 bases of
    `layout.left` find the places; more are added as long as 90 % of the reads there have them.
    """
    core = replace(layout, left=layout.left[-_CORE:])
    places = find_placements(reads, core, barcode)
    if len(places) == 1:
        return layout.left
    sample = reads.head(_SAMPLE)
    strands = {False: sample, True: sample.reverse_complement()}

    def share(left: str) -> float:
        longer = replace(layout, left=left)
        return float(np.mean([fits(strands[place.reverse], longer, barcode, place) for place in places]))

    bases = len(core.left)
    while bases < len(layout.left) and share(layout.left[-bases - 1 :]) > _MOST * share(core.left):
        bases += 1
    return layout.left[len(layout.left) - bases :]


def fits(reads: Reads, layout: Layout, barcode: str, place: Placement) -> NDArray[np.bool_]:
    """Whether each read, already turned, has its constant bases and its length at a place, `(reads,)`."""
    return barcoded(reads, barcode, place) & long_enough(reads, layout, place) & constant(reads, layout, place)


def barcoded(reads: Reads, barcode: str, place: Placement) -> NDArray[np.bool_]:
    """Whether each read has the barcode, `(reads,)`."""
    return _has(reads, barcode, place.shift)


def long_enough(reads: Reads, layout: Layout, place: Placement) -> NDArray[np.bool_]:
    """Whether each read holds the variable region and what is constant after it, `(reads,)`.

    Where the variable region ends the read, a longer read has another length of it, and does not fit.
    """
    if layout.start + place.shift < 0:
        return np.zeros(len(reads), dtype=bool)
    if layout.end == layout.read_length:
        return reads.lengths == layout.read_length + place.shift
    whole = reads.lengths >= layout.end + len(layout.right) + place.shift
    return whole | _ends_early(reads, layout, place)


def constant(reads: Reads, layout: Layout, place: Placement) -> NDArray[np.bool_]:
    """Whether each read has the constant bases on both sides of the variable region, `(reads,)`."""
    left = _has(reads, layout.left, layout.start + place.shift - len(layout.left))
    right = _has(reads, layout.right, layout.end + place.shift)
    early = _ends_early(reads, layout, place)
    if early.any():
        right |= early & _has(reads, layout.right[: -place.shift], layout.end + place.shift)
    return left & right


def _ends_early(reads: Reads, layout: Layout, place: Placement) -> NDArray[np.bool_]:
    """Whether each read, as long as most, is moved so that it ends before the last constant base, `(reads,)`."""
    reaches_end = layout.end + len(layout.right) == layout.read_length
    if not (reaches_end and 0 < place.shift <= len(layout.right)):
        return np.zeros(len(reads), dtype=bool)
    return reads.lengths == layout.read_length


def _has(reads: Reads, text: str, first: int) -> NDArray[np.bool_]:
    if not text or first < 0:
        return np.full(len(reads), not text)
    return reads.matches(encode(text), first)

"""Ways to take the stop codons out of an exon, so that what remains of an effect is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import BASES
from cisgrammar.splice.frames.edited_windows import Edit
from cisgrammar.splice.genes.reading_frames import stops

_C = BASES.index("C")
Repair = Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]
"""(codes of an exon, bases from its first to that of its first codon) -> codes of the same length."""
MARGIN = 10
"""bp at either end of an exon that are left alone when its stops are taken out, so that its sites stay."""


def no_repair(codes: NDArray[np.uint8], first_codon: int) -> NDArray[np.uint8]:
    """The exon as it is."""
    return codes


@dataclass(frozen=True)
class RemoveStops:
    """Turn the first letter of each stop codon from T into C: CAA, CAG, CGA.

    Attributes
    ----------
    frames
        Which frames to mend: 0 that of the exon's 5' end, 1 and 2 those of the codons one and two bases later.
    margin
        bp at either end of the exon that stay as they are, so that its sites do.
    """

    frames: tuple[int, ...] = (0, 1, 2)
    margin: int = MARGIN

    def __call__(self, codes: NDArray[np.uint8], first_codon: int) -> NDArray[np.uint8]:
        """Codes of an exon without stops in these frames."""
        places = np.flatnonzero(stops(codes))
        chosen = np.isin((places - first_codon) % 3, self.frames)
        chosen &= (places >= self.margin) & (places < len(codes) - self.margin)
        found = codes.copy()
        found[places[chosen]] = _C
        return found


def opened(codes: NDArray[np.uint8], start: int, end: int, margin: int = MARGIN) -> Edit:
    """The edit that turns every stop codon of an exon, in any frame, from T.. into C.., `margin` bp inside of it."""
    return Edit(((start, RemoveStops(margin=margin)(codes[start:end], 0)),))

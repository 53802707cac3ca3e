"""Ways to take the stop codons out of an exon after a deletion, so that what remains of its effect is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import BASES
from cisgrammar.splice.genes.reading_frames import stops

A, C, _, T = range(len(BASES))
Repair = Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]
"""(codes of an exon, bases from its first to that of its first codon) -> codes of the same length."""


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
    margin: int = 10

    def __call__(self, codes: NDArray[np.uint8], first_codon: int) -> NDArray[np.uint8]:
        """Codes of an exon without stops in these frames."""
        places = np.flatnonzero(stops(codes))
        chosen = np.isin((places - first_codon) % 3, self.frames)
        chosen &= (places >= self.margin) & (places < len(codes) - self.margin)
        found = codes.copy()
        found[places[chosen]] = C
        return found


@dataclass(frozen=True)
class AToT:
    """Turn every A into T: no stop codon is without A.

    Attributes
    ----------
    margin
        bp at either end of the exon that stay as they are, so that its sites do.
    """

    margin: int = 10

    def __call__(self, codes: NDArray[np.uint8], first_codon: int) -> NDArray[np.uint8]:
        """Codes of an exon without A; N stays N (the reference takes it for A)."""
        found = codes.copy()
        inner = found[self.margin : max(self.margin, len(codes) - self.margin)]
        inner[inner == A] = T
        return found

"""The reference's way to take the stop codons out of an exon that the checks here do not use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import BASES
from cisgrammar.splice.frames.repairs import MARGIN

_A, _T = BASES.index("A"), BASES.index("T")


@dataclass(frozen=True)
class AToT:
    """Turn every A into T: no stop codon is without A.

    Attributes
    ----------
    margin
        bp at either end of the exon that stay as they are, so that its sites do.
    """

    margin: int = MARGIN

    def __call__(self, codes: NDArray[np.uint8], first_codon: int) -> NDArray[np.uint8]:
        """Codes of an exon without A; N stays N (the reference takes it for A)."""
        found = codes.copy()
        inner = found[self.margin : max(self.margin, len(codes) - self.margin)]
        inner[inner == _A] = _T
        return found

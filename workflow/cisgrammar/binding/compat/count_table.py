"""The reference's count table: short reads may be filled up with wildcards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads import count_table
from cisgrammar.binding.reads.alphabet import DNA, Alphabet
from cisgrammar.binding.reads.count_table import Flanks


@dataclass(frozen=True)
class CountTable(count_table.CountTable):
    """A `reads.count_table.CountTable` with the reference's other option.

    Attributes
    ----------
    wildcard_pad
        Fill short reads with any letter up to the longest instead of leaving them short.
    """

    wildcard_pad: bool = False

    @classmethod
    def from_strings(
        cls,
        sequences: Sequence[str],
        counts: NDArray[np.floating],
        flanks: Flanks | None = None,
        alphabet: Alphabet = DNA,
        wildcard_pad: bool = False,
    ) -> Self:
        """Encode variable regions of any lengths."""
        return replace(super().from_strings(sequences, counts, flanks, alphabet), wildcard_pad=wildcard_pad)

    def codes(self) -> NDArray[np.uint8]:
        """Codes of the reads with their scored flanks, `(reads, input_shape)` uint8."""
        return self._filled().codes() if self.wildcard_pad else super().codes()

    def _filled(self) -> count_table.CountTable:
        body = np.where(self.variable == self.alphabet.pad, self.alphabet.wildcard, self.variable)
        return count_table.CountTable(body.astype(np.uint8), self.counts, self.flanks, self.alphabet)

    def _read_lengths(self) -> NDArray[np.int64]:
        return self._filled().variable_lengths if self.wildcard_pad else super()._read_lengths()

"""One alternate allele at one place of the genome: what every part of the stage is asked to score."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["SNV", "MNV", "insertion", "deletion", "delins"]
_LETTERS = re.compile("[ACGTN]+")


@dataclass(frozen=True)
class Variant:
    """A replacement of reference bases by others.

    Attributes
    ----------
    chrom
        Chromosome, by the name that the FASTA has for it.
    start
        First base of `ref`, 0-based.
    ref, alt
        Upper-case bases A C G T N of the plus strand, at least one each.
    id
        Identifier of the input, "." if it has none.
    line
        Line of the input file, from 1; a record number, from 1, for a BCF.

    Raises
    ------
    ValueError
        For a negative start, or alleles that are empty or have other letters.
    """

    chrom: str
    start: int
    ref: str
    alt: str
    id: str = "."
    line: int = 0

    def __post_init__(self) -> None:
        if self.start < 0:
            raise ValueError(f"a variant starts at {self.start}; wanted 0 or more, 0-based")
        for name, allele in (("ref", self.ref), ("alt", self.alt)):
            if not _LETTERS.fullmatch(allele):
                raise ValueError(f"{name} of a variant is {allele!r}; wanted upper-case letters A C G T N")

    @property
    def end(self) -> int:
        """End of the reference allele, half-open."""
        return self.start + len(self.ref)

    @property
    def name(self) -> str:
        """Name by place and alleles, with the 1-based position of a VCF: `chr1:101:A>G`."""
        return f"{self.chrom}:{self.start + 1}:{self.ref}>{self.alt}"

    @cached_property
    def shared(self) -> tuple[int, int]:
        """Bases that both alleles share at their beginning, and after those at their end: `(first, last)`."""
        short = min(len(self.ref), len(self.alt))
        first = next((i for i in range(short) if self.ref[i] != self.alt[i]), short)
        rest = short - first
        last = next((i for i in range(rest) if self.ref[-1 - i] != self.alt[-1 - i]), rest)
        return first, last

    @property
    def kind(self) -> Kind:
        """What it is once the bases that both alleles share are taken off."""
        first, last = self.shared
        gone, new = len(self.ref) - first - last, len(self.alt) - first - last
        if gone == new:
            return "SNV" if gone <= 1 else "MNV"
        if not gone:
            return "insertion"
        return "deletion" if not new else "delins"

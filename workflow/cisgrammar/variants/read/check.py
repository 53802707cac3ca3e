"""Records held against the genome: each alternate allele is a variant, or has the reason why it is not scored."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import Genome, name_hint
from cisgrammar.variants.read.normalise import left_aligned
from cisgrammar.variants.read.raw import RawRecord
from cisgrammar.variants.read.settle import BEYOND, Settler
from cisgrammar.variants.variant import Variant

_BASES = re.compile("[ACGT]+")
_WITH_N = re.compile("[ACGTN]+")
_LARGEST = 10**12
_LONGEST_POSITION = 40
SWAPPED = "ALT is the base of the FASTA: alleles are swapped"
ELSEWHERE = "chromosome is not in the FASTA"
_MISSING, _SYMBOLIC = "ALT is missing", "symbolic allele"
ABSENT = (ELSEWHERE, _MISSING, _SYMBOLIC)
"""Reasons that say nothing of whether the genome is the file's."""
_FARTHEST = 100_000
"""bp that a later record of a sorted file moves to the left at most."""
_HELD = 20_000
"""Alleles that are held before those that no later record can repeat are forgotten."""
_SHOWN = 20


@dataclass(frozen=True)
class Checked:
    """An alternate allele of a record.

    Attributes
    ----------
    record
        The record.
    allele
        Which of its alternate alleles, from 1.
    alt
        The allele as the file has it.
    variant
        What is scored; None if it is not.
    reason
        Why it is not scored, the same words for all of a kind; empty if it is.
    detail
        What was found instead; empty for nothing.
    aligned
        Name of the left-aligned form if that is another one.
    duplicate
        Line of the first record of the same change; 0 if this is the first.
    """

    record: RawRecord
    allele: int
    alt: str
    variant: Variant | None = None
    reason: str = ""
    detail: str = ""
    aligned: str = ""
    duplicate: int = 0


@dataclass
class Checker:
    """Checks records one after the other and counts what it finds.

    Parameters
    ----------
    genome
        The genome; its codes may be a memory map.
    longest
        bp of the longest allele that is scored.

    Attributes
    ----------
    reasons
        Reason -> alleles that are not scored.
    renamed
        Name in the file -> name in the FASTA, where they differ.
    unsorted, duplicates, shifted
        Records out of order; alleles that repeat an earlier one; alleles that are not left-aligned.
    """

    genome: Genome
    longest: int = 500
    reasons: Counter[str] = field(default_factory=Counter)
    renamed: dict[str, str] = field(default_factory=dict)
    scored: int = 0
    unsorted: int = 0
    duplicates: int = 0
    shifted: int = 0

    def __post_init__(self) -> None:
        self._names: dict[str, str] = {name: name for name in self.genome.names}
        self._seen: dict[tuple[str, int, str, str], tuple[int, int]] = {}
        self._most = _HELD
        self._last: tuple[str, int] = ("", 0)
        self._settler = Settler(self.genome, self._chromosome, self.longest)

    def check(self, records: Iterable[RawRecord]) -> Iterator[Checked]:
        """Yield every alternate allele of every record, in order; what records leave open the genome settles."""
        for record in self._settler.settle(records):
            for number, alt in enumerate(record.alts, start=1):
                checked = self._allele(record, number, alt)
                if checked.reason:
                    self.reasons[checked.reason] += 1
                else:
                    self.scored += 1
                yield checked

    def _allele(self, record: RawRecord, number: int, alt: str) -> Checked:
        def refused(reason: str, detail: str = "") -> Checked:
            return Checked(record, number, alt, None, reason, detail)

        ref, new = record.ref.upper(), alt.upper()
        chrom = self._chromosome(record.chrom)
        reason, detail = _unusable(record, ref, new, self.longest) if not record.fault else (record.fault, "")
        if reason:
            return refused(reason, detail)
        if not chrom:
            return refused(ELSEWHERE, record.chrom)
        start = int(record.position) - 1
        codes = self.genome.chromosome(chrom)
        if start + len(ref) > len(codes):
            return refused(BEYOND, f"{len(codes)} bp")
        self._in_order(chrom, start)
        found = decode(codes[start : start + len(ref)])
        if found != ref:
            swapped = decode(codes[start : start + len(new)]) == new
            reason = SWAPPED if swapped else "REF differs from the FASTA"
            return refused(reason, found if len(found) <= _SHOWN else f"{found[:_SHOWN]}...")
        variant = Variant(chrom, start, ref, new, record.id, record.line)
        return self._accepted(Checked(record, number, alt, variant), variant)

    def _accepted(self, checked: Checked, variant: Variant) -> Checked:
        aligned = left_aligned(variant, self.genome.chromosome(variant.chrom))
        key = (aligned.chrom, aligned.start, aligned.ref, aligned.alt)
        here = variant.line, checked.allele
        first = self._seen.setdefault(key, here)
        again = first != here
        moved = aligned.name != variant.name and variant.kind not in ("SNV", "MNV")
        self.shifted += moved
        self.duplicates += again
        return Checked(
            checked.record,
            checked.allele,
            checked.alt,
            variant,
            aligned=aligned.name if moved else "",
            duplicate=first[0] if again else 0,
        )

    def _chromosome(self, name: str) -> str:
        if name not in self._names:
            self._names[name] = name_hint(name, self.genome.names) if name else ""
            if self._names[name]:
                self.renamed[name] = self._names[name]
        return self._names[name]

    def _in_order(self, chrom: str, start: int) -> None:
        """Count what is out of order; what no later record of a sorted file can repeat is forgotten."""
        last, at = self._last
        if chrom != last:
            if not self.unsorted:
                self._seen.clear()
        elif start < at:
            self.unsorted += 1
        elif not self.unsorted and len(self._seen) > self._most:
            self._seen = {key: first for key, first in self._seen.items() if key[1] >= start - _FARTHEST}
            self._most = max(_HELD, 2 * len(self._seen))
        self._last = chrom, start

    def lines(self) -> list[str]:
        """What was found, for the log: a line each."""
        refused = sum(self.reasons.values())
        said = [f"{self.scored + refused} alternate alleles: {self.scored} can be scored, {refused} cannot"]
        said += [f"not scored: {number} x {reason}" for reason, number in sorted(self.reasons.items())]
        said += [f"chromosome {a} of the file is {b} of the FASTA" for a, b in list(self.renamed.items())[:_SHOWN]]
        said += self._settler.lines()
        for number, what in (
            (self.unsorted, "records are out of order; the annotated VCF is sorted"),
            (self.duplicates, "alleles repeat an earlier one; each is scored"),
            (self.shifted, "insertions and deletions are not left-aligned; they are scored as they stand"),
        ):
            said += [f"{number} {what}"] if number else []
        return said


def _unusable(record: RawRecord, ref: str, alt: str, longest: int) -> tuple[str, str]:
    """Why a record's fields alone keep an allele from being scored, and what was found; empty if they do not."""
    position = record.position
    if not (position.isascii() and position.lstrip("-").isdigit()):
        return "position is no whole number", position
    if len(position) > _LONGEST_POSITION or int(position) > _LARGEST:
        return BEYOND, position[:_SHOWN]
    if int(position) < 1:
        return "position is below 1", position
    if not alt or alt in (".", "-"):
        return _MISSING, ""
    if alt == "*":
        return "ALT is * (a deletion upstream)", ""
    if alt.startswith("<"):
        return _SYMBOLIC, alt
    if "[" in alt or "]" in alt or (alt != "." and (alt.startswith(".") or alt.endswith("."))):
        return "breakend", alt[:_SHOWN]
    for name, allele in (("REF", ref), ("ALT", alt)):
        if not _BASES.fullmatch(allele):
            if not allele:
                return f"{name} is missing", ""
            return f"{name} has N" if _WITH_N.fullmatch(allele) else f"{name} is not made of A C G T", allele[:_SHOWN]
    if ref == alt:
        return "ALT equals REF", ""
    if max(len(ref), len(alt)) > longest:
        return f"an allele is longer than {longest} bp", f"{max(len(ref), len(alt))} bp"
    return "", ""

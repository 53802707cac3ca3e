"""What a record leaves open, settled by the genome: which allele is the reference, where positions begin, what stands
at a place that is only named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from cisgrammar.iupac import reverse_complement
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.variants.read.raw import NO_BASE, SETTLED, RawRecord

_LOOKED_AT = 1000
"""Records at the beginning of a file that tell what it counts from and in which order its alleles are."""
_MOST_AGAINST = 0.1
"""Share of them that may speak for the other: of a wrong reading a quarter fits by chance (a judgement)."""
NEITHER = "neither allele is that of the FASTA"
BOTH = "both alleles may be that of the FASTA"
BEYOND = "beyond the end of the chromosome"
NO_ORDER = "an allele is missing, and which is the reference is not known"


@dataclass
class Settler:
    """Settles records one after the other and counts what it does.

    Parameters
    ----------
    genome
        The genome.
    name_of
        The FASTA's name of a chromosome; empty if it has none.
    longest
        bp of the longest allele that is scored.

    Attributes
    ----------
    counts
        What was done -> records.
    """

    genome: Genome
    name_of: Callable[[str], str]
    longest: int
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._from_zero: bool | None = None
        self._order = ""
        self._fits: tuple[int, int] = (0, 0)

    def settle(self, records: Iterable[RawRecord]) -> Iterator[RawRecord]:
        """Yield the records in their order, with nothing open; one that cannot be settled has a fault.

        Whether positions count from 0 or from 1 and which of two alleles comes first is the same for a file: the first
        records that fit the genome in one way alone decide.
        """
        each = iter(records)
        first = list(islice(each, _LOOKED_AT))
        self._look(first)
        for record in chain(first, each):
            yield self._settled(record)

    def _look(self, records: Iterable[RawRecord]) -> None:
        one = zero = given = other = 0
        for record in records:
            if record.fault or not record.position.isdecimal():
                continue
            if record.doubt.base:
                here, next_ = self._stands(record, record.ref), self._stands(record, record.ref, 1)
                one, zero = one + (here > next_), zero + (next_ > here)
            if record.doubt.order and len(record.ref) == len(record.alts[0]):
                here, there = self._stands(record, record.ref), self._stands(record, record.alts[0])
                given, other = given + (here > there), other + (there > here)
        self._fits = one, zero
        if one or zero:
            against = min(one, zero) / (one + zero)
            self._from_zero = zero > one if against <= _MOST_AGAINST else None
        self._order = "given" if given and not other else "other" if other and not given else ""

    def _stands(self, record: RawRecord, allele: str, offset: int = 0) -> bool:
        """Whether an allele is what the genome has at the position, or that many bases behind it."""
        start = int(record.position) - 1 + offset
        return bool(allele) and start >= 0 and self._letters(record, start, len(allele)) == allele.upper()

    def _letters(self, record: RawRecord, start: int, length: int) -> str:
        """Bases of the genome from `start`, 0-based; fewer at the end of the chromosome."""
        chrom = self.name_of(record.chrom)
        if not chrom or start < 0:
            return ""
        return decode(self.genome.chromosome(chrom)[start : start + length])

    def _settled(self, record: RawRecord) -> RawRecord:
        """The record with its position from 1 and letters of both alleles, as a VCF has them."""
        if record.fault or not record.position.isascii() or not record.position.isdecimal():
            return record
        if len(record.position) > 18 or not self.name_of(record.chrom):
            return record
        if record.doubt == SETTLED and NO_BASE not in (record.ref, *record.alts):
            return record
        if record.doubt.base:
            record = self._counted(record)
        if int(record.position) < 1:
            return record
        if record.doubt.order:
            record = self._ordered(record)
        if record.doubt.span >= 0 and not record.fault:
            record = self._spelled(record)
        if NO_BASE in (record.ref, *record.alts) and not record.fault:
            record = self._anchored(record)
        return record._replace(doubt=SETTLED)

    def _counted(self, record: RawRecord) -> RawRecord:
        zero = record.doubt.from_zero if self._from_zero is None else self._from_zero
        told = "as the FASTA has it" if self._from_zero is not None else "as such words do; the FASTA does not tell"
        fits = f"{self._fits[1] if zero else self._fits[0]} of the first fit so alone, {self._fits[not zero]} otherwise"
        self.counts[f"positions of words with colons count from {0 if zero else 1}, {told} ({fits})"] += 1
        return record._replace(position=str(int(record.position) + zero))

    def _ordered(self, record: RawRecord) -> RawRecord:
        """The record with the genome's allele as the reference."""
        ref, alt = record.ref, record.alts[0]
        if NO_BASE in (ref, alt):
            return record._replace(fault=NO_ORDER)
        first, second = self._stands(record, ref), self._stands(record, alt)
        if not (first or second):
            return record._replace(fault=NEITHER)
        if first and second and not self._order:
            return record._replace(fault=BOTH)
        if second and (not first or self._order == "other"):
            self.counts["alleles came in the other order: the FASTA's is the reference"] += 1
            return record._replace(ref=alt, alts=(ref,))
        return record

    def _spelled(self, record: RawRecord) -> RawRecord:
        """The record with the letters of the bases that it names by their places."""
        span, change = record.doubt.span, record.doubt.change
        if span > self.longest:
            return record._replace(fault=f"an allele is longer than {self.longest} bp")
        start = int(record.position) - 1
        letters = self._letters(record, start, span)
        if len(letters) < span:
            return record._replace(fault=BEYOND)
        if change and record.ref not in (NO_BASE, letters):
            return record._replace(fault="REF differs from the FASTA")
        if change == "dup":
            return record._replace(position=str(start + span + 1), ref=NO_BASE, alts=(letters,))
        alts = (reverse_complement(letters),) if change == "inv" else record.alts
        return record._replace(ref=letters or NO_BASE, alts=alts)

    def _anchored(self, record: RawRecord) -> RawRecord:
        """The record with the base before its alleles in front of both, or at the first base that behind them."""
        alleles = ["" if allele == NO_BASE else allele for allele in (record.ref, *record.alts)]
        if not any(alleles):
            return record._replace(ref="", alts=("",) * len(record.alts))
        self.counts["alleles without a base got the base before them"] += 1
        start = int(record.position) - 1
        if start > 0:
            base = self._letters(record, start - 1, 1)
            if not base:
                return record._replace(fault=BEYOND)
            ref, *alts = (base + allele for allele in alleles)
            return record._replace(position=str(start), ref=ref, alts=tuple(alts))
        base = self._letters(record, start + len(alleles[0]), 1)
        ref, *alts = (allele + base for allele in alleles)
        return record._replace(ref=ref, alts=tuple(alts))

    def lines(self) -> list[str]:
        """What was done, for the log: a line each."""
        return [f"{number} x {what}" for what, number in sorted(self.counts.items())]

"""VEP's own format of variants: chromosome, start, end, alleles `A/C`, strand, identifier; also without an end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cisgrammar.files.columns import strand_of, whole_number
from cisgrammar.iupac import reverse_complement
from cisgrammar.variants.read.raw import NO_BASE, SETTLED, Doubt, RawRecord

_ALLELES = re.compile(r"(?:[ACGTN]+|-)(?:/(?:[ACGTN]+|-))+", re.IGNORECASE)
_PAIR = re.compile(r"[ACGTN]+[/>][ACGTN]+", re.IGNORECASE)
_SYMBOLIC = ("DEL", "DUP", "INS", "INV", "TDUP", "CNV", "BND")
_START, _END, _AT, _STRAND, _ID = 1, 2, 3, 4, 5
SPAN = "start and end do not span the reference allele"


def fits_vep(fields: Sequence[str]) -> bool:
    """Whether a row is one of VEP's: whole numbers in columns 2 and 3, alleles with a / in column 4."""
    if len(fields) <= _AT or None in (whole_number(fields[_START]), whole_number(fields[_END])):
        return False
    return bool(_ALLELES.fullmatch(fields[_AT].strip())) or fields[_AT].strip().upper() in _SYMBOLIC


def vep_record(fields: Sequence[str], line: int) -> RawRecord:
    """The record of a row of VEP's format: counted from 1, of an insertion the end is the base before the start.

    Alleles of strand - are complemented; without a column of strands it is +.
    """
    values = [field.strip() for field in fields]
    name = values[_ID] if len(values) > _ID and values[_ID] else "."
    if not fits_vep(values):
        return RawRecord("", "", name, "", ("",), line, "columns are not those of the rows before")
    chrom, start = values[0], values[_START]
    if not _ALLELES.fullmatch(values[_AT]):
        return RawRecord(chrom, start, name, "", (f"<{values[_AT]}>",), line)
    alleles = values[_AT].upper().split("/")
    if len(values) > _STRAND and strand_of(values[_STRAND]) == "-":
        alleles = [allele if allele == NO_BASE else reverse_complement(allele) for allele in alleles]
    ref, *alts = alleles
    first, last = whole_number(start) or 0, whole_number(values[_END]) or 0
    fault = "" if last - first + 1 == len(ref.strip(NO_BASE)) else SPAN
    return RawRecord(chrom, str(first), name, ref, tuple(alts), line, fault)


def fits_bed_pair(fields: Sequence[str]) -> bool:
    """Whether a row is BED with two alleles, `A/C` or `A>C`, in column 4, of which the first spans start to end."""
    if len(fields) <= _AT or not _PAIR.fullmatch(fields[_AT].strip()):
        return False
    start, end = whole_number(fields[_START]), whole_number(fields[_END])
    return start is not None and end is not None and end - start == len(re.split("[/>]", fields[_AT].strip())[0])


def bed_pair_record(fields: Sequence[str], line: int) -> RawRecord:
    """The record of such a row: the start counts from 0, and of `A/C` either may be the reference allele."""
    values = [field.strip() for field in fields]
    if not fits_bed_pair(values):
        return RawRecord("", "", ".", "", ("",), line, "columns are not those of the rows before")
    return pair_record([values[0], str((whole_number(values[_START]) or 0) + 1), values[_AT]], line)


def fits_pair(fields: Sequence[str]) -> bool:
    """Whether a row has a position in column 2 and two alleles, `A/C` or `A>C`, in column 3."""
    return (
        len(fields) > _END and whole_number(fields[_START]) is not None and bool(_PAIR.fullmatch(fields[_END].strip()))
    )


def pair_record(fields: Sequence[str], line: int) -> RawRecord:
    """The record of such a row; of `A/C` either may be the reference allele, as dbSNP and arrays write it."""
    values = [field.strip() for field in fields]
    if not fits_pair(values):
        return RawRecord("", "", ".", "", ("",), line, "columns are not those of the rows before")
    ref, alt = re.split("[/>]", values[_END].upper())
    doubt = Doubt(order=True) if "/" in values[_END] else SETTLED
    name = values[_AT] if len(values) > _AT and values[_AT] else "."
    return RawRecord(values[0], str(whole_number(values[_START])), name, ref, (alt,), line, doubt=doubt)

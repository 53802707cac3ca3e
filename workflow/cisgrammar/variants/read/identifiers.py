"""Variants as one word: `chr1-100-A-C`, GTEx's `chr1_100_A_C_b38`, SPDI, HGVS of a genome, VEP's regions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cisgrammar.variants.read.raw import NO_BASE, SETTLED, Doubt

_MARKS = "-:_"
_ALLELE = "[ACGTN]+"
_NAME = re.compile(
    rf"(?P<chrom>[\w.]+?)(?P<mark>[{_MARKS}])(?P<position>[0-9]+)(?P=mark)(?P<ref>{_ALLELE})(?P<last>(?P=mark)|[>/])"
    rf"(?P<alt>{_ALLELE})(?:[-:_](?:b3[78]|hg19|hg38|GRCh3[78]))?",
    re.IGNORECASE,
)
_SPDI = re.compile(
    rf"(?P<chrom>[\w.]+):(?P<position>[0-9]+):(?P<ref>{_ALLELE}|[0-9]*):(?P<alt>{_ALLELE}|)", re.IGNORECASE
)
_HGVS = re.compile(
    r"(?P<chrom>[\w.]+)(?:\([^()]*\))?:[gm]\.(?P<start>[0-9]+)(?:_(?P<end>[0-9]+))?(?P<change>[A-Z=>]+)", re.IGNORECASE
)
_SUBSTITUTION = re.compile(r"(?P<ref>[ACGT]+)>(?P<alt>[ACGT]+)")
_CHANGE = re.compile(r"(?P<kind>DELINS|DEL|DUP|INV|INS)(?P<letters>[ACGT]*)(?:INS(?P<put>[ACGT]+))?")
_OF_TRANSCRIPT = re.compile(r"[^\s:]+:[cnrp]\.\S+")
_REGION = re.compile(
    r"(?P<chrom>[\w.]+):(?P<start>[0-9]+)-(?P<end>[0-9]+)(?::[+]?1)?/(?P<alt>[ACGT]+|-)", re.IGNORECASE
)
_ACCESSION = re.compile(r"N[CTWGM]_")
_RS = re.compile(r"rs[0-9]+", re.IGNORECASE)
UNREADABLE = "no chromosome, position and alleles in the identifier"
OF_TRANSCRIPT = "HGVS of a transcript or protein; wanted one of the genome (g.)"


class Named(NamedTuple):
    """A variant that a word says: chromosome, position from 1, alleles, and what the genome has to settle of it."""

    chrom: str
    position: str
    ref: str
    alt: str
    doubt: Doubt = SETTLED


def variant_of(word: str) -> Named | None:
    """The variant that a word says, None for another word.

    Positions count from 1, but in SPDI, which has an allele that is empty or a number of bases. What is written with
    colons alone (`NC_000001.11:99:A:C`) may be SPDI or count from 1: the genome settles it. HGVS is read where it
    names places of a genome: substitutions, `del`, `ins`, `delins`, `dup`, `inv`.
    """
    word = word.strip()
    found = _NAME.fullmatch(word)
    if found is not None:
        # with a > or / between the alleles no SPDI
        colons = found["mark"] == found["last"] == ":"
        doubt = Doubt(base=True, from_zero=bool(_ACCESSION.match(word))) if colons else SETTLED
        return Named(found["chrom"], found["position"], found["ref"], found["alt"], doubt)
    return _of_hgvs(word) or _of_spdi(word) or _of_region(word)


def why_unreadable(word: str) -> str:
    """What is wrong with a word that says no variant."""
    return OF_TRANSCRIPT if _OF_TRANSCRIPT.fullmatch(word.strip()) else UNREADABLE


def is_rs(word: str) -> bool:
    """Whether a word is an identifier of dbSNP, which has no place by itself."""
    return bool(_RS.fullmatch(word.strip()))


def _of_spdi(word: str) -> Named | None:
    found = _SPDI.fullmatch(word)
    if found is None or not (found["ref"] or found["alt"]):
        return None
    position, alt = str(int(found["position"]) + 1), found["alt"] or NO_BASE
    if found["ref"].isdecimal():
        span = int(found["ref"])
        return Named(found["chrom"], position, NO_BASE, alt, Doubt(span=span)) if span or found["alt"] else None
    return Named(found["chrom"], position, found["ref"] or NO_BASE, alt)


def _of_hgvs(word: str) -> Named | None:
    found = _HGVS.fullmatch(word)
    if found is None:
        return None
    chrom, start, change = found["chrom"], int(found["start"]), found["change"].upper()
    end = int(found["end"] or start)
    span = end - start + 1
    if one := _SUBSTITUTION.fullmatch(change):
        return (
            Named(chrom, str(start), one["ref"], one["alt"])
            if found["end"] is None or span == len(one["ref"])
            else None
        )
    one = _CHANGE.fullmatch(change)
    if one is None or span < 1:
        return None
    kind, letters, put = one["kind"], one["letters"], one["put"]
    if kind == "INS":
        return Named(chrom, str(end), NO_BASE, letters) if span == 2 and found["end"] and letters and not put else None
    if kind == "DELINS":
        return Named(chrom, str(start), NO_BASE, letters, Doubt(span=span)) if letters and not put else None
    if (letters and len(letters) != span) or (put and kind != "DEL"):
        return None
    if kind == "DEL":
        doubt = SETTLED if letters else Doubt(span=span)
        return Named(chrom, str(start), letters or NO_BASE, put or NO_BASE, doubt)
    return Named(chrom, str(start), letters or NO_BASE, NO_BASE, Doubt(span=span, change=kind.lower()))


def _of_region(word: str) -> Named | None:
    """VEP's `chr1:100-101:1/C`: what stands there becomes C; an insertion ends before it starts."""
    found = _REGION.fullmatch(word)
    span = int(found["end"]) - int(found["start"]) + 1 if found else -1
    if found is None or span < 0 or (not span and found["alt"] == NO_BASE):
        return None
    return Named(found["chrom"], found["start"], NO_BASE, found["alt"], Doubt(span=span))


def column_of_variants(rows: Sequence[Sequence[str]]) -> int | None:
    """The first column, from 0, in which more than half of the rows say a variant; None if there is none."""
    columns = range(max(map(len, rows), default=0))
    said = [sum(at < len(row) and variant_of(row[at]) is not None for row in rows) for at in columns]
    return next((at for at in columns if 2 * said[at] > len(rows)), None)

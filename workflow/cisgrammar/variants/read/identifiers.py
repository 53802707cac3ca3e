"""Variants as one word: gnomAD's `chr1-100-A-C`, `1:100:A:C`, GTEx's `chr1_100_A_C_b38`, HGVS' `chr1:g.100A>C`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_MARKS = "-:_"
_ALLELE = "[ACGTN]+"
_NAME = re.compile(
    rf"(?P<chrom>[\w.]+?)(?P<mark>[{_MARKS}])(?P<position>[0-9]+)(?P=mark)(?P<ref>{_ALLELE})(?:(?P=mark)|[>/])"
    rf"(?P<alt>{_ALLELE})(?:[-:_](?:b3[78]|hg19|hg38|GRCh3[78]))?",
    re.IGNORECASE,
)
_HGVS = re.compile(r"(?P<chrom>[\w.]+):g\.(?P<position>[0-9]+)(?P<ref>[ACGT])>(?P<alt>[ACGT])", re.IGNORECASE)
# SPDI writes accessions and counts from 0: with colons such a word may be either.
_ACCESSION = re.compile(r"N[CTWGM]_")


class Named(NamedTuple):
    """A variant that a word says: chromosome, position from 1, alleles."""

    chrom: str
    position: str
    ref: str
    alt: str


def variant_of(word: str) -> Named | None:
    """The variant that a word says, None for another word; positions count from 1.

    `NC_000001.11:99:A:C` is none: SPDI counts from 0, and others write the same from 1.
    """
    word = word.strip()
    found = _HGVS.fullmatch(word)
    if found is None:
        found = _NAME.fullmatch(word)
        if found is None or (_ACCESSION.match(word) and found["mark"] == ":"):
            return None
    return Named(found["chrom"], found["position"], found["ref"], found["alt"])


def column_of_variants(rows: Sequence[Sequence[str]]) -> int | None:
    """The first column, from 0, in which every row but a first one of names says a variant; None if there is none."""
    for body in (rows, rows[1:]):
        if body:
            columns = range(min(map(len, body)))
            found = next((at for at in columns if all(variant_of(row[at]) for row in body)), None)
            if found is not None:
                return found
    return None

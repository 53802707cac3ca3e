"""A record of a file of variants, split into its fields, and what of it only the genome settles."""

from __future__ import annotations

from typing import NamedTuple

NO_BASE = "-"
"""An allele without a base: what an insertion replaces, and what a deletion leaves."""


class Doubt(NamedTuple):
    """What of a record the genome settles.

    Attributes
    ----------
    base
        Whether the position may count from 0, though it is taken to count from 1.
    from_zero
        Of such a position whether it counts from 0 where the genome does not tell.
    order
        Whether either allele may be the reference one.
    span
        Bases of the reference that are replaced, where their letters are not given; -1 where they are.
    change
        `dup` or `inv` of these bases, else empty.
    """

    base: bool = False
    from_zero: bool = False
    order: bool = False
    span: int = -1
    change: str = ""


SETTLED = Doubt()


class RawRecord(NamedTuple):
    """A record that is split into its fields and not checked.

    Attributes
    ----------
    chrom, position, id, ref
        Text of the file; the position counts from 1. A reference allele `NO_BASE` is an insertion before the position.
    alts
        Alternate alleles; one that is empty where the file has none, `NO_BASE` for a deletion.
    line
        Line of the file, from 1; of a BCF the number of the record, from 1.
    fault
        What keeps the record from being read further; empty for nothing.
    doubt
        What the genome has to settle.
    """

    chrom: str
    position: str
    id: str
    ref: str
    alts: tuple[str, ...]
    line: int
    fault: str = ""
    doubt: Doubt = SETTLED

"""What a lost or a new splice site does to a gene's exons and reading frame, if the model's call is right.

A new site is taken to be used instead of the annotated one of its kind; a lost one without a new one skips its exon.
Lengths are of the other allele: an insertion or deletion within an exon counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cisgrammar.sequence.annotation import Interval
from cisgrammar.variants.splice.genes import SpliceGene
from cisgrammar.variants.splice.sites import SiteChange
from cisgrammar.variants.variant import Variant


class Consequence(NamedTuple):
    """What becomes of an exon.

    Attributes
    ----------
    event
        `exon skipped`, `exon shortened`, `exon extended`, `new exon`, `first or last exon lost`,
        `unannotated site lost` or `none`.
    coding_change
        Coding bases of the other allele's transcript less those of the reference's, in this exon; None without a coding
        sequence, or where the event does not tell.
    frame
        `kept`, `shifted` or `not coding`; None likewise.
    """

    event: str
    coding_change: int | None
    frame: str | None


NO_CHANGE = Consequence("none", None, None)


def consequence(variant: Variant, gene: SpliceGene, changes: Mapping[str, SiteChange]) -> Consequence:
    """The consequence of what a variant does to the sites of a gene's transcript.

    Parameters
    ----------
    variant, gene
        The variant in the gene.
    changes
        By kind of site, as `sites.site_changes` gives them.
    """
    acceptor, donor = changes["acceptor"], changes["donor"]
    lost = [
        (kind, _exon_at(gene, kind, variant.start + change.lost))
        for kind, change in (("acceptor", acceptor), ("donor", donor))
        if change.lost is not None
    ]
    for kind, exon in lost:
        if exon is not None:
            return _after_loss(variant, gene, exon, kind, changes[kind])
    if lost and acceptor.made is None and donor.made is None:
        return Consequence("unannotated site lost", None, None)
    if acceptor.made_place is not None and donor.made_place is not None:
        found = _new_exon(variant, gene, acceptor.made_place, donor.made_place)
        if found is not None:
            return found
    for kind, change in (("acceptor", acceptor), ("donor", donor)):
        if change.made is not None and change.made_place is not None:
            exon = _exon_of_new_site(gene, kind, variant.start + change.made)
            if exon is not None:
                return _moved(variant, gene, exon, kind, change.made_place)
    return NO_CHANGE


def _is_left(gene: SpliceGene, kind: str) -> bool:
    """Whether a kind of site is the first base of an exon on the chromosome, not the last."""
    return (kind == "acceptor") == (gene.strand == "+")


def _exon_at(gene: SpliceGene, kind: str, place: int) -> int | None:
    """The exon of the transcript whose acceptor or donor is at a place."""
    left = _is_left(gene, kind)
    for i, (start, end) in enumerate(gene.exons):
        outer = i == 0 if left else i == len(gene.exons) - 1
        if not outer and place == (start if left else end - 1):
            return i
    return None


def _exon_of_new_site(gene: SpliceGene, kind: str, place: int) -> int | None:
    """The exon whose site of a kind a new one replaces: the exon that it lies in, or that its intron leads to."""
    left = _is_left(gene, kind)
    for i, (start, end) in enumerate(gene.exons):
        outer = i == 0 if left else i == len(gene.exons) - 1
        if not outer:
            low = gene.exons[i - 1][1] if left else start
            high = end if left else gene.exons[i + 1][0]
            if low <= place < high:
                return i
    return None


def _after_loss(variant: Variant, gene: SpliceGene, exon: int, kind: str, change: SiteChange) -> Consequence:
    new = None if change.made is None else _exon_of_new_site(gene, kind, variant.start + change.made)
    if new == exon and change.made_place is not None:
        return _moved(variant, gene, exon, kind, change.made_place)
    if exon in (0, len(gene.exons) - 1):
        return Consequence("first or last exon lost", None, None)
    return _judged("exon skipped", gene, -_coding(gene.exons[exon], gene), _coding(gene.exons[exon], gene) > 0)


def _moved(variant: Variant, gene: SpliceGene, exon: int, kind: str, place: int) -> Consequence:
    """An exon whose acceptor or donor is at another place: bp of the other allele from the variant's first base."""
    start, end = gene.exons[exon]
    new_start, new_end = _on_alt(variant, (start, end))
    if _is_left(gene, kind):
        new_start = variant.start + place
    else:
        new_end = variant.start + place + 1
    change = (new_end - new_start) - (end - start)
    event = "exon extended" if change > 0 else "exon shortened" if change < 0 else "none"
    before = _coding((start, end), gene)
    after = _coding_on_alt((new_start, new_end), variant, gene)
    return _judged(event, gene, after - before, before > 0 or after > 0)


def _new_exon(variant: Variant, gene: SpliceGene, acceptor: int, donor: int) -> Consequence | None:
    """An exon between a new acceptor and a new donor of one intron; None if they make none."""
    low, high = (acceptor, donor) if gene.strand == "+" else (donor, acceptor)
    start, end = variant.start + low, variant.start + high + 1
    introns = [(a[1], b[0]) for a, b in zip(gene.exons[:-1], gene.exons[1:], strict=True)]
    around = [_on_alt(variant, intron) for intron in introns]
    if not any(first < start < end < last for first, last in around):
        return None
    coding = _coding_on_alt((start, end), variant, gene)
    return _judged("new exon", gene, coding, coding > 0)


def _judged(event: str, gene: SpliceGene, change: int, touches: bool) -> Consequence:
    if not gene.coding:
        return Consequence(event, None, None)
    if not touches:
        return Consequence(event, 0, "not coding")
    return Consequence(event, change, "shifted" if change % 3 else "kept")


def _span(gene: SpliceGene) -> Interval:
    return gene.coding[0][0], gene.coding[-1][1]


def _coding(exon: Interval, gene: SpliceGene) -> int:
    """Bases of an exon from the first to the last coding base of the transcript."""
    if not gene.coding:
        return 0
    start, end = _span(gene)
    return max(0, min(exon[1], end) - max(exon[0], start))


def _coding_on_alt(exon: Interval, variant: Variant, gene: SpliceGene) -> int:
    if not gene.coding:
        return 0
    start, end = _on_alt(variant, _span(gene))
    return max(0, min(exon[1], end) - max(exon[0], start))


def _on_alt(variant: Variant, interval: Interval) -> Interval:
    """An interval of the chromosome on the other allele; what is put in right beside it stays outside."""
    first, last = variant.shared
    low, high = variant.start + first, variant.end - last
    added = len(variant.alt) - len(variant.ref)
    start, end = interval
    if start >= high:
        start += added
    elif start > low:
        start = min(start, high + added)
    if end > low:
        end = end + added if end >= high else min(end, high + added)
    return start, end

"""Transcripts with their exons and coding sequence, from GTF, GFF3, BED12, genePred or refFlat.

GTF and GFF3 count from 1 and include the end; here everything is 0-based half-open.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from cisgrammar.sequence.annotation_rows import BIOTYPES, Draft, Row, read_drafts, read_rows
from cisgrammar.sequence.annotation_tables import is_gene_table, read_gene_rows
from cisgrammar.sequence.fasta import Genome, name_hint, names_in_short

logger = logging.getLogger(__name__)

FORMATS = "GTF, GFF3, BED12, genePred or refFlat"
"""Formats of annotations, for messages."""

Interval = tuple[int, int]
_NO_FRAME = -1
# share of transcripts that may pass the end of their chromosome: of more the assembly is another (a judgement)
_MOST_PAST = 0.01


@dataclass(frozen=True)
class Transcript:
    """One transcript on its chromosome.

    Attributes
    ----------
    id, gene, gene_name, chrom, strand
        Names; strand is `+` or `-`.
    exons
        (start, end), ascending on the chromosome whatever the strand; they do not overlap.
    coding
        The coding sequence in each exon that has some, likewise, stop codon included where the file gives it.
    frame
        Bases to skip from the 5' end of the coding sequence to its first whole codon: 0, 1 or 2. -1 if the
        frames of the file's CDS rows contradict each other (a ribosomal frameshift), so that no phase is known.
    tags
        As `MANE_Select`, blanks turned into underscores.
    biotype
        As `protein_coding`; empty if the file has none.
    where
        `path:line` of its first row, for messages.
    """

    id: str
    gene: str
    gene_name: str
    chrom: str
    strand: str
    exons: tuple[Interval, ...]
    coding: tuple[Interval, ...] = ()
    frame: int = 0
    tags: frozenset[str] = frozenset()
    biotype: str = ""
    where: str = ""

    @property
    def start(self) -> int:
        """First base on the chromosome."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """One past the last base on the chromosome."""
        return self.exons[-1][1]

    @property
    def introns(self) -> tuple[Interval, ...]:
        """(start, end) between exons, ascending on the chromosome."""
        return tuple((a[1], b[0]) for a, b in pairwise(self.exons))

    @property
    def exonic_length(self) -> int:
        """Bases in exons."""
        return sum(end - start for start, end in self.exons)

    @property
    def coding_length(self) -> int:
        """Bases of coding sequence."""
        return sum(end - start for start, end in self.coding)


class LeftOut(NamedTuple):
    """A transcript, or a row without one, that is in an annotation and not used.

    Attributes
    ----------
    transcript, gene
        Ids; empty where there are none.
    chrom
        Chromosome.
    where
        `path:line` of its first row.
    reason
        Why: a few words, the same for all of a kind.
    """

    transcript: str
    gene: str
    chrom: str
    where: str
    reason: str


def left_out_of(transcript: Transcript, reason: str) -> LeftOut:
    """The account of a transcript that is not used."""
    return LeftOut(transcript.id, transcript.gene, transcript.chrom, transcript.where, reason)


def read_annotation(
    path: str | Path, exclude: Iterable[str] = (), left_out: list[LeftOut] | None = None
) -> list[Transcript]:
    """Read the transcripts of an annotation, plain or compressed, in the order of their first rows.

    BED12, genePred and refFlat are told by their columns (`annotation_tables.read_gene_rows`), GTF and GFF3 from each
    other by their attributes: `key "value"` or `key=value`. There a transcript is whatever has `exon` rows; one with
    rows of coding sequence alone (SGD, Augustus) has these and its untranslated parts as exons, which is told. One id
    on two chromosomes, or of two genes, is two transcripts. Transcripts that contradict themselves (no strand, exons on
    both strands, that overlap, coding sequence outside of them, coordinates that are none) are left out, after a
    warning for each reason. Of rows that repeat each other one is used.

    Parameters
    ----------
    path
        The file.
    exclude
        Ids of transcripts and genes to leave out before anything about them is checked.
    left_out
        Takes what is left out, if given.

    Raises
    ------
    ValueError
        Naming file and line: a row of fewer than 8 columns; or a file in which no transcript is left.
    """
    drafts, stray = read_gene_rows(path) if is_gene_table(path) else read_drafts(path)
    account = [] if left_out is None else left_out
    before = len(account)
    account += [LeftOut("", "", row.chrom, f"{path}:{row.line}", reason) for row, reason in stray]
    wanted, excluded = set(exclude), set[str]()
    found, repeats, without = [], 0, 0
    for draft in drafts:
        without += draft.take_exons_of_parts()
        if not draft.exons:
            continue
        repeats += draft.without_repeats()
        identity = draft.facts.get("transcript_id", draft.name)
        named = {draft.name, identity, *draft.gene_ids} & wanted
        excluded |= named
        reason = "named in exclude" if named else fault_of(draft)
        if reason:
            gene = draft.facts.get("gene_id") or identity
            row = (not named and draft.faulty()) or draft.first
            account.append(LeftOut(identity, gene, row.chrom, f"{path}:{row.line}", reason))
        else:
            found.append(_transcript(path, identity, draft))
    if repeats:
        logger.warning("%s: %d rows repeat another of their transcript, and are used once", path, repeats)
    if without:
        logger.warning(
            "%s: %d transcripts have no exon rows; their coding and untranslated rows are used", path, without
        )
    if not found:
        raise _nothing_left(path, account[before:])
    tell_left_out(path, account[before:], wanted - excluded)
    return found


def _nothing_left(path: str | Path, left_out: Sequence[LeftOut]) -> ValueError:
    """The error for a file without a transcript that is used."""
    if left_out:
        return ValueError(
            f"{path}: no transcript with exon rows is left ({reasons_of(left_out)}; the first: {left_out[0].where})"
        )
    rows = [row for row, _ in read_rows(path)]
    if all(row.fault for row in rows):
        return ValueError(f"{path}: no row has coordinates in columns 4 and 5; wanted {FORMATS}")
    kinds = ", ".join(sorted({row.kind for row in rows})[:6])
    return ValueError(
        f"{path}: no transcript with exon rows (it has {kinds}); splice sites are taken from the rows of exons or of "
        f"coding sequence; wanted {FORMATS}"
    )


def reasons_of(left_out: Iterable[LeftOut]) -> str:
    """The reasons with their numbers, the most frequent first: `12 no strand, 1 overlapping exons`."""
    counts = Counter(item.reason for item in left_out)
    return ", ".join(f"{number} {reason}" for reason, number in counts.most_common())


def tell_left_out(path: str | Path, left_out: Sequence[LeftOut], unknown: Iterable[str] = ()) -> None:
    """Log how many transcripts are left out, a line for each reason; and ids to exclude that are not there."""
    first: dict[str, LeftOut] = {}
    for item in left_out:
        first.setdefault(item.reason, item)
    for reason, number in Counter(item.reason for item in left_out).most_common():
        example = first[reason]
        logger.warning(
            "%s: %d left out: %s (the first: %s, %s)", path, number, reason, example.transcript or "-", example.where
        )
    for name in sorted(unknown):
        logger.warning("splice.genes.exclude: %s is not in %s", name, path)


def fault_of(draft: Draft) -> str:
    """Why the rows of a transcript contradict each other; empty if they do not."""
    if (row := draft.faulty()) is not None:
        return row.fault
    rows = [*draft.exons, *draft.coding, *draft.stops]
    strands = {row.strand for row in rows}
    exons = sorted(draft.exons, key=lambda row: (row.start, row.end))
    if strands - {"+", "-"}:
        return "no strand"
    if len(strands) > 1:
        return "on both strands"
    if any(after.start < before.end for before, after in pairwise(exons)):
        return "overlapping exons"
    if any(not _lies_in(exons, row) for row in draft.coding):
        return "coding sequence outside of its exons"
    return ""


def _lies_in(exons: Sequence[Row], row: Row) -> bool:
    return any(exon.start <= row.start and row.end <= exon.end for exon in exons)


def _transcript(path: str | Path, name: str, draft: Draft) -> Transcript:
    first = draft.exons[0]
    exons = tuple(sorted((row.start, row.end) for row in draft.exons))
    coding = _merged([(row.start, row.end) for row in [*draft.coding, *draft.stops]]) if draft.coding else ()
    biotype = next((draft.facts[key] for key in BIOTYPES if draft.facts.get(key)), "")
    return Transcript(
        id=name,
        gene=draft.facts.get("gene_id") or name,
        gene_name=next((draft.facts[key] for key in ("gene_name", "gene_symbol", "gene") if key in draft.facts), ""),
        chrom=first.chrom,
        strand=first.strand,
        exons=exons,
        coding=_within(coding, exons),
        frame=_frame(draft.coding, first.strand),
        tags=frozenset(draft.tags),
        biotype=biotype,
        where=f"{path}:{first.line}",
    )


def _merged(parts: Iterable[Interval]) -> tuple[Interval, ...]:
    found: list[Interval] = []
    for start, end in sorted(parts):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return tuple(found)


def _within(coding: Iterable[Interval], exons: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """The coding sequence cut at the ends of exons: adjoining exons share no interval."""
    cut = [(max(a, start), min(b, end)) for a, b in coding for start, end in exons]
    return tuple(sorted((a, b) for a, b in cut if a < b))


def _frame(rows: list[Row], strand: str) -> int:
    """Bases before the first whole codon; -1 if a later row's frame is not what the bases before it give."""
    ordered = sorted(rows, key=lambda row: row.start, reverse=strand == "-")
    if not ordered:
        return 0
    frame = 0 if ordered[0].frame == "." else int(ordered[0].frame)
    bases = -frame
    for before, row in zip([None, *ordered], ordered, strict=False):
        overlap = before is not None and before.start < row.end and row.start < before.end
        if overlap or row.frame not in (".", str(-bases % 3)):
            return _NO_FRAME
        bases += row.end - row.start
    return frame


def check_on_genome(
    transcripts: Sequence[Transcript], genome: Genome, left_out: list[LeftOut] | None = None
) -> list[Transcript]:
    """Return the transcripts that lie on the genome.

    Those on a chromosome that the FASTA lacks, and a few that pass the end of theirs (genes over the origin of a
    circle), are left out after a warning, and added to `left_out`.

    Raises
    ------
    ValueError
        No transcript is on a chromosome of the FASTA; or more than one, and more than 1 %, pass the end (another
        assembly).
    """
    lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    account = [left_out_of(t, "its chromosome is not in the FASTA") for t in transcripts if t.chrom not in lengths]
    there = [transcript for transcript in transcripts if transcript.chrom in lengths]
    if transcripts and not there:
        first = transcripts[0]
        hint = name_hint(first.chrom, genome.names)
        raise ValueError(
            f"{first.where}: transcript {first.id} is on chromosome {first.chrom!r}, and the FASTA has "
            f"{names_in_short(genome.names)}; none of the {len(transcripts)} transcripts is on one of these: "
            + (f"rename it to {hint!r}, or " if hint else "")
            + "give the FASTA of this annotation"
        )
    past = [transcript for transcript in there if transcript.end > lengths[transcript.chrom]]
    if past and not len(past) <= max(1, _MOST_PAST * len(there)) < len(there):
        length = lengths[past[0].chrom]
        start, end = next(exon for exon in past[0].exons if exon[1] > length)
        raise ValueError(
            f"{past[0].where}: exon {start + 1}-{end} of transcript {past[0].id} passes the end of {past[0].chrom} "
            f"({length} bp), and so do {len(past)} of {len(there)}; give the FASTA that this annotation was made on"
        )
    account += [left_out_of(transcript, "passes the end of its chromosome") for transcript in past]
    if account:
        tell_left_out(account[0].where.rpartition(":")[0], account)
    if left_out is not None:
        left_out += account
    return [transcript for transcript in there if transcript.end <= lengths[transcript.chrom]]

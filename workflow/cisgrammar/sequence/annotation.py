"""Transcripts with their exons and coding sequence, from GTF or GFF3.

Files count from 1 and include the end; here everything is 0-based half-open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from sys import intern
from typing import NamedTuple
from urllib.parse import unquote

from cisgrammar.files.text import read_lines
from cisgrammar.sequence.fasta import Genome, name_hint

Interval = tuple[int, int]
_GTF = re.compile(r'([\w.:-]+)\s+(?:"([^"]*)"|([^";\s]+))\s*(?:;|$)')
_GTF_TRANSCRIPT = re.compile(r'(?:^|;)\s*transcript_id\s+"?([^";]+)"?')
_GFF = re.compile(r"\s*[\w.:-]+=")
_BIOTYPES = ("transcript_biotype", "transcript_type", "gene_biotype", "gene_type", "biotype")
_NO_FRAME = -1


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


class _Row(NamedTuple):
    chrom: str
    kind: str
    start: int
    end: int
    strand: str
    frame: str
    line: int


@dataclass
class _Draft:
    """What has been read of a transcript."""

    first: _Row
    exons: list[_Row] = field(default_factory=list)
    coding: list[_Row] = field(default_factory=list)
    stops: list[_Row] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)

    def add(self, row: _Row) -> None:
        {"exon": self.exons, "CDS": self.coding, "stop_codon": self.stops}[row.kind].append(row)


_PARTS = ("exon", "CDS", "stop_codon")


def _rows(path: str | Path) -> Iterator[tuple[_Row, str]]:
    """Yield each feature and its attributes' text."""
    for number, line in read_lines(path):
        if line.startswith("##FASTA"):
            return
        if line and not line.startswith("#"):
            yield _row(path, number, line)


def _row(path: str | Path, number: int, line: str) -> tuple[_Row, str]:
    fields = line.split("\t")
    if len(fields) != 9:
        raise ValueError(
            f"{path}:{number}: {len(fields)} tab-separated columns ({line[:40]!r}); a GTF or GFF3 row has 9"
        )
    chrom, _, kind, start, end, _, strand, frame, attributes = fields
    if not (start.isdecimal() and end.isdecimal() and 1 <= int(start) <= int(end)):
        raise ValueError(
            f"{path}:{number}: {kind} from {start!r} to {end!r}; wanted whole numbers from 1, start not above end"
        )
    if kind in _PARTS and strand not in ("+", "-"):
        raise ValueError(f"{path}:{number}: {kind} on strand {strand!r}; wanted + or -")
    if kind == "CDS" and frame not in ("0", "1", "2", "."):
        raise ValueError(f"{path}:{number}: CDS with frame {frame!r}; wanted 0, 1, 2 or . in column 8")
    # A genome has millions of rows with a few dozen texts: each is kept once.
    chrom, kind, strand, frame = map(intern, (chrom, kind, strand, frame))
    return _Row(chrom, kind, int(start) - 1, int(end), strand, frame, number), attributes


def _gtf_drafts(path: str | Path) -> dict[str, _Draft]:
    drafts: dict[str, _Draft] = {}
    for row, text in _rows(path):
        if row.kind not in (*_PARTS, "transcript", "mRNA"):
            continue
        found = _GTF_TRANSCRIPT.search(text)
        if not found:
            raise ValueError(f"{path}:{row.line}: {row.kind} without transcript_id ({text[:40]!r}); GTF rows have one")
        name = found[1]
        draft = drafts.get(name)
        if draft is None or row.kind not in _PARTS:
            draft = drafts.setdefault(name, _Draft(row))
            _learn(draft, [(key, quoted or plain) for key, quoted, plain in _GTF.findall(text)])
        if row.kind in _PARTS:
            draft.add(row)
    return drafts


def _learn(draft: _Draft, pairs: Iterable[tuple[str, str]]) -> None:
    for key, value in pairs:
        if key == "tag":
            draft.tags |= {tag.strip().replace(" ", "_") for tag in value.split(",")}
        else:
            draft.facts.setdefault(key, value)


def _gff_attributes(path: str | Path, row: _Row, text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split(";") if part.strip() not in ("", ".")]
    wrong = [part for part in parts if "=" not in part]
    if wrong:
        raise ValueError(f"{path}:{row.line}: attribute {wrong[0][:40]!r}; GFF3 has key=value pairs separated by ;")
    return {key: unquote(value) for key, _, value in (part.partition("=") for part in parts)}


def _gff_drafts(path: str | Path) -> dict[str, _Draft]:
    parents: dict[str, tuple[_Row, dict[str, str]]] = {}
    drafts: dict[str, _Draft] = {}
    for row, text in _rows(path):
        facts = _gff_attributes(path, row, text)
        if row.kind not in ("exon", "CDS"):
            if "ID" in facts:
                parents[facts["ID"]] = row, facts
            continue
        if not facts.get("Parent"):
            raise ValueError(f"{path}:{row.line}: {row.kind} without Parent; GFF3 names the transcript there")
        for name in facts["Parent"].split(","):
            drafts.setdefault(name, _Draft(row)).add(row)
    for name, draft in drafts.items():
        if name not in parents:
            raise ValueError(
                f"{path}:{draft.first.line}: Parent {name!r} has no row of its own; GFF3 gives each transcript one"
            )
        _inherit(draft, name, parents)
    return drafts


def _inherit(draft: _Draft, name: str, parents: Mapping[str, tuple[_Row, dict[str, str]]]) -> None:
    """Take what the rows of the transcript and of its gene say."""
    _, own = parents[name]
    above = own.get("Parent", "").split(",")[0]
    gene = parents[above][1] if above in parents else {}
    _learn(draft, own.items())
    draft.facts.setdefault("transcript_id", _bare(name))
    draft.facts["gene_id"] = gene.get("gene_id") or own.get("gene_id") or _bare(above or name)
    label = gene.get("Name") or own.get("gene_name") or gene.get("gene_name")
    if label:
        draft.facts["gene_name"] = label
    for key in _BIOTYPES:
        if gene.get(key):
            draft.facts.setdefault(key, gene[key])


def _bare(name: str) -> str:
    """An id without the kind that some sources write before it (`transcript:`, `rna-`)."""
    return re.sub(r"^(transcript:|gene:|rna-|gene-)", "", name)


def read_annotation(path: str | Path, exclude: Iterable[str] = ()) -> list[Transcript]:
    """Read the transcripts of a GTF or GFF3 file, plain or gzip, in the order of their first rows.

    A transcript is whatever has `exon` rows. Which of the two formats it is, the attributes tell: `key "value"`
    or `key=value`.

    Parameters
    ----------
    path
        The file.
    exclude
        Ids of transcripts and genes to leave out before anything about them is checked.

    Raises
    ------
    ValueError
        Naming file and line: a row that has not 9 columns, coordinates that are none, an exon without strand or
        transcript, a transcript on two strands or chromosomes, overlapping exons, coding sequence outside of
        exons, a Parent that is not there; or a file without exons.
    """
    first = next(_rows(path), None)
    if first is None:
        raise ValueError(f"{path}: no features; wanted a GTF or GFF3 file")
    drafts = _gff_drafts(path) if _GFF.match(first[1]) else _gtf_drafts(path)
    left_out = set(exclude)
    found = []
    for name, draft in drafts.items():
        identity = draft.facts.get("transcript_id", name)
        gene = draft.facts.get("gene_id", "")
        if draft.exons and not left_out & {name, identity, gene}:
            found.append(_transcript(path, identity, draft))
    if not found:
        kinds = ", ".join(sorted({row.kind for row, _ in _rows(path)})[:6])
        raise ValueError(
            f"{path}: no transcript with exon rows (it has {kinds}); splice sites are taken from the exon rows of a GTF"
        )
    return found


def _transcript(path: str | Path, name: str, draft: _Draft) -> Transcript:
    first = draft.exons[0]
    _check_one_place(path, name, first, [*draft.exons, *draft.coding, *draft.stops])
    exons = _exons(path, name, draft.exons)
    coding = _merged([(row.start, row.end) for row in [*draft.coding, *draft.stops]]) if draft.coding else ()
    _check_coding(path, name, exons, draft.coding)
    biotype = next((draft.facts[key] for key in _BIOTYPES if draft.facts.get(key)), "")
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


def _check_one_place(path: str | Path, name: str, first: _Row, rows: Iterable[_Row]) -> None:
    for row in rows:
        for what, here, there in (("strand", row.strand, first.strand), ("chromosome", row.chrom, first.chrom)):
            if here != there:
                raise ValueError(
                    f"{path}:{row.line}: {row.kind} of transcript {name} on {what} {here}, but line {first.line} has "
                    f"it on {there}; mend the file, or leave the transcript out (splice.genes.exclude)"
                )


def _exons(path: str | Path, name: str, rows: list[_Row]) -> tuple[Interval, ...]:
    ordered = sorted(rows, key=lambda row: (row.start, row.end))
    for before, after in pairwise(ordered):
        if after.start < before.end:
            raise ValueError(
                f"{path}:{after.line}: exon {after.start + 1}-{after.end} of transcript {name} overlaps exon "
                f"{before.start + 1}-{before.end} of line {before.line}; mend the file, or leave the transcript out "
                "(splice.genes.exclude)"
            )
    return tuple((row.start, row.end) for row in ordered)


def _check_coding(path: str | Path, name: str, exons: tuple[Interval, ...], rows: Iterable[_Row]) -> None:
    for row in rows:
        if not any(start <= row.start and row.end <= end for start, end in exons):
            raise ValueError(
                f"{path}:{row.line}: CDS {row.start + 1}-{row.end} lies in no exon of transcript {name}; mend the "
                "file, or leave the transcript out (splice.genes.exclude)"
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


def _frame(rows: list[_Row], strand: str) -> int:
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


def check_on_genome(transcripts: Iterable[Transcript], genome: Genome) -> None:
    """Raise ValueError for the first transcript whose chromosome the genome lacks, or that leaves it."""
    lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    for transcript in transcripts:
        length = lengths.get(transcript.chrom)
        if length is None:
            hint = name_hint(transcript.chrom, genome.names)
            names = ", ".join(genome.names[:5]) + (", ..." if genome.names[5:] else "")
            raise ValueError(
                f"{transcript.where}: transcript {transcript.id} is on chromosome {transcript.chrom!r}, and the FASTA "
                f"has {names}; "
                + (f"rename it to {hint!r}, or " if hint else "")
                + "give the FASTA of this annotation, or list the chromosomes to use (splice.genes.chromosomes)"
            )
        if transcript.end > length:
            start, end = next(exon for exon in transcript.exons if exon[1] > length)
            raise ValueError(
                f"{transcript.where}: exon {start + 1}-{end} of transcript {transcript.id} passes the end of "
                f"{transcript.chrom} ({length} bp); give the FASTA that this annotation was made on"
            )

"""Rows of GTF and GFF3 files, gathered by the transcript that they belong to; no transcript is checked yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import NamedTuple
from urllib.parse import unquote

from cisgrammar.files.columns import strand_of, whole_number
from cisgrammar.files.text import read_lines

_GTF = re.compile(r'([\w.:-]+)\s+(?:"([^"]*)"|([^";\s]+))\s*(?:;|$)')
_GTF_TRANSCRIPT = re.compile(r'(?:^|;)\s*transcript_id\s+"?([^";]+)"?')
_GTF_GENE = re.compile(r'(?:^|;)\s*gene_id\s+"?([^";]+)"?')
_GFF = re.compile(r"\s*[\w.:-]+\s*=")
BIOTYPES = ("transcript_biotype", "transcript_type", "gene_biotype", "gene_type", "biotype")
"""Attributes that give a biotype, best first."""
_PARTS = ("exon", "CDS", "stop_codon")
_UNTRANSLATED = (
    *("five_prime_UTR", "three_prime_UTR", "five_prime_utr", "three_prime_utr", "UTR", "5UTR", "3UTR"),
    *("5'-UTR", "3'-UTR"),
)
_SAME = {"noncoding_exon": "exon", "Exon": "exon", "EXON": "exon", "cds": "CDS", "Cds": "CDS"}
"""Other names of kinds of rows; SGD's of exons of genes without coding sequence."""
_COLUMNS = 9
_MOST_DIGITS = 18
NO_PARENT = "its Parent has no row"


class Row(NamedTuple):
    """A row of the file: 0-based start, half-open end, line number from 1, and what is wrong with the row by itself."""

    chrom: str
    kind: str
    start: int
    end: int
    strand: str
    frame: str
    line: int
    fault: str = ""


@dataclass
class Draft:
    """What has been read of a transcript on one chromosome.

    Attributes
    ----------
    name
        Its id as in the file.
    first
        Its first row.
    exons, coding, stops, untranslated
        Its rows of each kind.
    facts, tags
        Attributes: key -> value, and the values of `tag`.
    gene_ids
        Names of its gene, as the file writes them.
    """

    name: str
    first: Row
    exons: list[Row] = field(default_factory=list)
    coding: list[Row] = field(default_factory=list)
    stops: list[Row] = field(default_factory=list)
    untranslated: list[Row] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    gene_ids: set[str] = field(default_factory=set)

    def add(self, row: Row) -> None:
        """Add a row of one of the kinds that are kept."""
        of_kind = {"exon": self.exons, "CDS": self.coding, "stop_codon": self.stops}
        of_kind.get(row.kind, self.untranslated).append(row)

    def take_exons_of_parts(self) -> bool:
        """Without rows of exons, make them of coding and untranslated rows, joined where they meet; whether it did."""
        if self.exons or not self.coding:
            return False
        for row in sorted([*self.coding, *self.stops, *self.untranslated], key=lambda row: (row.start, row.end)):
            last = self.exons[-1] if self.exons else None
            if last is not None and row.start <= last.end and not row.fault:
                self.exons[-1] = last._replace(end=max(last.end, row.end), line=min(last.line, row.line))
            else:
                self.exons.append(row._replace(kind="exon", frame="."))
        return True

    def faulty(self) -> Row | None:
        """The first of its rows that is wrong by itself."""
        return min((row for row in self._rows() if row.fault), key=lambda row: row.line, default=None)

    def without_repeats(self) -> int:
        """Leave out rows that say again what another one says; returns how many."""
        before = len(self._rows())
        for rows in (self.exons, self.coding, self.stops):
            rows[:] = {(row.start, row.end, row.strand, row.frame): row for row in reversed(rows)}.values()
            rows.reverse()
        return before - len(self._rows())

    def _rows(self) -> list[Row]:
        return [*self.exons, *self.coding, *self.stops]

    def learn(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take attributes; what is known already stays."""
        for key, value in pairs:
            if key == "tag":
                self.tags |= {tag.strip().replace(" ", "_") for tag in value.split(",")}
            else:
                self.facts.setdefault(key, value)


class Drafts(NamedTuple):
    """The transcripts of a file, and its rows of exons that name no transcript: where they are, and why."""

    drafts: list[Draft]
    stray: list[tuple[Row, str]]


def read_rows(path: str | Path) -> Iterator[tuple[Row, str]]:
    """Yield each feature and its attributes' text."""
    for number, line in read_lines(path):
        if line.startswith("##FASTA"):
            return
        if line.strip() and not line.lstrip().startswith("#"):
            yield _row(path, number, line)


def _row(path: str | Path, number: int, line: str) -> tuple[Row, str]:
    """A row and its attributes' text; columns beyond the ninth say nothing, without tabs blanks separate columns."""
    fields = line.split("\t") if "\t" in line else line.split(None, _COLUMNS - 1)
    if len(fields) < _COLUMNS - 1:
        raise ValueError(
            f"{path}:{number}: {len(fields)} tab-separated columns ({line[:40]!r}); a GTF or GFF3 row has {_COLUMNS}; "
            "of BED exons are read from its 12 columns"
        )
    chrom, _, kind, start, end, _, strand, frame, attributes = [*fields, ""][:_COLUMNS]
    if '""' in attributes and attributes.strip().startswith('"'):
        # a spreadsheet quotes a cell that has quotes, and doubles those
        attributes = attributes.strip().removeprefix('"').removesuffix('"').replace('""', '"')
    first, last = _whole(start), _whole(end)
    fault = "coordinates that are none" if not 1 <= first <= last else ""
    if kind == "CDS" and frame not in ("0", "1", "2", "."):
        fault = fault or "a frame that is none"
    # A genome has millions of rows with a few dozen texts: each is kept once.
    kind = _SAME.get(kind, kind)
    chrom, kind, strand, frame = map(intern, (chrom, kind, strand_of(strand) or strand, frame))
    return Row(chrom, kind, first - 1, last, strand, frame, number, fault), attributes


def _whole(text: str) -> int:
    """A whole number as programs write it (`files.columns`); -1 for what is none."""
    number = whole_number(text)
    return number if number is not None and 0 <= number < 10**_MOST_DIGITS else -1


def read_drafts(path: str | Path) -> Drafts:
    """Gather the rows of a GTF or GFF3 file by transcript and chromosome, in the order of their first rows.

    Which of the two formats it is, the attributes tell: `key "value"` or `key=value`. One id on two chromosomes is two
    transcripts (genes of the pseudoautosomal regions); so are transcripts of two genes that share an id (NCBI's
    `unassigned_transcript_1`). Rows of transcripts and genes that name none say nothing that is needed.

    Raises
    ------
    ValueError
        Naming file and line: a row of fewer than 8 columns; a file without rows.
    """
    first = next(read_rows(path), None)
    if first is None:
        raise ValueError(f"{path}: no features; wanted a GTF or GFF3 file")
    for row, text in read_rows(path):
        # genes without attributes (BRAKER's) tell nothing: the first row of an exon does
        if row.kind in _PARTS:
            first = row, text
            break
    return _gff_drafts(path) if _GFF.match(first[1]) else _gtf_drafts(path)


def _gtf_drafts(path: str | Path) -> Drafts:
    drafts: dict[tuple[str, str, str], Draft] = {}
    latest: dict[tuple[str, str], str] = {}
    stray = []
    for row, text in read_rows(path):
        if row.kind not in (*_PARTS, *_UNTRANSLATED, "transcript", "mRNA"):
            continue
        found = _GTF_TRANSCRIPT.search(text)
        if not found:
            stray += [(row, f"{row.kind} without transcript_id")] if row.kind in _PARTS else []
            continue
        name, named_gene = found[1], _GTF_GENE.search(text)
        # a row without its gene belongs to the gene of the rows before it
        gene = named_gene[1] if named_gene else latest.get((name, row.chrom), "")
        if gene and (name, row.chrom, "") in drafts:
            nameless = drafts[name, row.chrom, gene] = drafts.pop((name, row.chrom, ""))
            nameless.facts["gene_id"] = gene
            nameless.gene_ids.add(gene)
        latest[name, row.chrom] = gene
        draft = drafts.get((name, row.chrom, gene))
        if draft is None or row.kind not in (*_PARTS, *_UNTRANSLATED):
            draft = drafts.setdefault((name, row.chrom, gene), Draft(name, row))
            draft.learn([(key, quoted or plain) for key, quoted, plain in _GTF.findall(text)])
            draft.facts["gene_id"] = gene
            draft.gene_ids.add(gene)
        if row.kind in (*_PARTS, *_UNTRANSLATED):
            draft.add(row)
    return Drafts(list(drafts.values()), stray)


def _gff_attributes(text: str) -> dict[str, str]:
    """The attributes of a GFF3 row; a part without = is the rest of a text that has a semicolon, and says nothing."""
    parts = (part.partition("=") for part in text.split(";") if "=" in part)
    return {key.strip(): unquote(value.strip()) for key, _, value in parts}


def _gff_drafts(path: str | Path) -> Drafts:
    parents: dict[str, dict[str, str]] = {}
    drafts: dict[tuple[str, str], Draft] = {}
    stray = []
    for row, text in read_rows(path):
        facts = _gff_attributes(text)
        if row.kind not in ("exon", "CDS"):
            if "ID" in facts:
                parents[facts["ID"]] = facts
            for name in facts.get("Parent", "").split(",") if row.kind in _UNTRANSLATED else ():
                drafts.setdefault((name, row.chrom), Draft(name, row)).add(row)
            continue
        if not facts.get("Parent"):
            stray.append((row, f"{row.kind} without Parent"))
            continue
        for name in facts["Parent"].split(","):
            drafts.setdefault((name, row.chrom), Draft(name, row)).add(row)
    for draft in drafts.values():
        if draft.name in parents:
            _inherit(draft, draft.name, parents)
    stray += [(draft.first, NO_PARENT) for draft in drafts.values() if draft.name not in parents]
    return Drafts([draft for draft in drafts.values() if draft.name in parents], stray)


def _inherit(draft: Draft, name: str, parents: Mapping[str, dict[str, str]]) -> None:
    """Take what the rows of the transcript and of its gene say."""
    own = parents[name]
    above = own.get("Parent", "").split(",")[0]
    gene = parents.get(above, {})
    draft.learn(own.items())
    draft.facts.setdefault("transcript_id", _bare(name))
    draft.facts["gene_id"] = gene.get("gene_id") or own.get("gene_id") or _bare(above or name)
    draft.gene_ids |= {above, _bare(above), draft.facts["gene_id"]} - {""}
    label = gene.get("Name") or own.get("gene_name") or gene.get("gene_name")
    if label:
        draft.facts["gene_name"] = label
    for key in BIOTYPES:
        if gene.get(key):
            draft.facts.setdefault(key, gene[key])


def _bare(name: str) -> str:
    """An id without the kind that some sources write before it (`transcript:`, `rna-`)."""
    return re.sub(r"^(transcript:|gene:|rna-|gene-)", "", name)

"""Transcripts as tables have them, one in a row: BED12, bigGenePred's text, genePred and refFlat, by content.

Starts count from 0 and ends are not included, as here. What is read is handed on as rows of exons and of coding
sequence, so that it meets the checks of GTF and GFF3.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from cisgrammar.files.columns import split_columns, strand_of, whole_number
from cisgrammar.files.text import read_lines
from cisgrammar.sequence.annotation_rows import Draft, Drafts, Row

logger = logging.getLogger(__name__)

Fields = Sequence[str]
Columns = Mapping[str, int]
_BED = (
    *("chrom", "start", "end", "name", "score", "strand", "codingstart", "codingend", "colour"),
    *("exoncount", "exonsizes", "exonstarts"),
)
_OF_BIG = ("name2", "startstat", "endstat", "exonframes", "type", "gene", "genename2", "biotype")
_PRED = ("name", "chrom", "strand", "start", "end", "codingstart", "codingend", "exoncount", "exonstarts", "exonends")
_OF_EXTENDED = ("score", "gene", "startstat", "endstat", "exonframes")
_NAMED = {
    **{name: name for name in ("name", "chrom", "strand", "exonstarts", "exonends", "exonframes")},
    **{"txstart": "start", "txend": "end", "cdsstart": "codingstart", "cdsend": "codingend", "exoncount": "exoncount"},
    **{"genename": "gene", "name2": "gene"},
}
"""UCSC's names of genePred's columns -> ours."""
_NEEDED = {"name", "chrom", "strand", "exonstarts", "exonends"}
_WHOLE = ("start", "end", "codingstart", "codingend", "exoncount")
_LISTS = ("exonsizes", "exonstarts", "exonends")
_STATS = ("none", "unk", "incmpl", "cmpl")
_FRAMES = {"-1": ".", "0": "0", "1": "2", "2": "1"}
"""Place in its codon of an exon's first coding base -> bases before its first whole codon, as GTF has them."""
_LOOKED_AT = 100
_LEAST_WHOLE = 0.9
"""Share of transcripts whose length is a multiple of 3, where all are coding from end to end (a judgement: of random
lengths a third are)."""
_NO_NAME = ("", ".", "none")
BLOCKS = "exons that do not make up the transcript"


class _Found(NamedTuple):
    """A transcript of a row: its draft, whether it came with a gene, and whether all of it is coding."""

    draft: Draft
    gene: bool
    whole: bool


def is_gene_table(path: str | Path) -> bool:
    """Whether the first rows of a file are transcripts, one in each row, in a form that is read here."""
    lines = list(islice(_lines(path), _LOOKED_AT))
    return bool(lines) and _columns_of(lines) is not None


def read_gene_rows(path: str | Path) -> Drafts:
    """Gather the exons and the coding sequence of a table's transcripts, in its order.

    Read are BED12, with or without bigGenePred's columns; genePred, extended or not; refFlat; each with or without
    UCSC's column `bin`, and genePred's columns in any order below a line that names them. Transcripts of a table
    without genes (BED12, genePred) that share a base of an exon on one strand are one gene, which gets the name of the
    first. One id at two places of a chromosome gets a number behind it (`_dup1`); a row that is there twice is used
    once.

    Where every row of a BED12 is coding from end to end, these may be reading frames, or alignments of which no coding
    sequence is known: they are coding if nine tenths have a length that is a multiple of 3.

    Raises
    ------
    ValueError
        Naming file and line: a row with fewer columns than the first.
    """
    lines = _lines(path)
    first = list(islice(lines, _LOOKED_AT))
    columns = _columns_of(first)
    if columns is None:
        raise ValueError(f"{path}: no table of transcripts; wanted BED12, genePred or refFlat")
    found: list[_Found] = []
    seen: set[tuple[object, ...]] = set()
    names: Counter[tuple[str, str]] = Counter()
    repeats = 0
    for number, fields in chain(first, lines):
        if _heads(fields):
            continue
        if len(fields) <= max(columns.values()):
            raise ValueError(
                f"{path}:{number}: {len(fields)} columns, the rows before it have {max(columns.values()) + 1} or more; "
                "the file may be cut off"
            )
        one = _transcript(fields, columns, number)
        key = (one.draft.name, one.draft.first[:5], *(row[2:4] for row in one.draft.exons))
        if key in seen:
            repeats += 1
            continue
        seen.add(key)
        place = one.draft.name, one.draft.first.chrom
        if names[place]:
            one.draft.facts["transcript_id"] = f"{one.draft.name}_dup{names[place]}"
        names[place] += 1
        found.append(one)
    if repeats:
        logger.warning("%s: %d rows repeat another, and are used once", path, repeats)
    _settle_coding(path, found)
    _settle_genes(path, [one.draft for one in found if not one.gene])
    return Drafts([one.draft for one in found], [])


def _lines(path: str | Path) -> Iterator[tuple[int, Fields]]:
    """Rows and lines of names, but no other comments, lines of a browser, or blanks."""
    for number, text in read_lines(path):
        first = text.split(None, 1)[:1]
        if not first or first[0] in ("track", "browser"):
            continue
        fields = [field.strip() for field in split_columns(text)]
        if not first[0].startswith("#") or _heads(fields):
            yield number, fields


def _heads(fields: Fields) -> Columns | None:
    """The columns that a line of UCSC's names gives (`#bin`, `hg38.refGene.name`); None for another line."""
    words = [word.strip().lstrip("#").rpartition(".")[2].lower() for word in fields]
    columns = {_NAMED[word]: at for at, word in enumerate(words) if word in _NAMED}
    return columns if columns.keys() >= _NEEDED else None


def _columns_of(lines: Sequence[tuple[int, Fields]]) -> Columns | None:
    """Which column holds what: by a line of names, else by what all rows fit; None for another file."""
    named = next((found for _, fields in lines if (found := _heads(fields))), None)
    rows = [fields for _, fields in lines if not _heads(fields)]
    if named is not None or not rows:
        return named
    widest = min(map(len, rows))
    # from 1: UCSC's bin before all others
    for before in (0, 1):
        columns = {name: at + before for at, name in enumerate(_BED)}
        if all(_fits(fields, columns) for fields in rows):
            big = {name: at + before + len(_BED) for at, name in enumerate(_OF_BIG)}
            return columns | (big if all(_has_frames(fields, big) for fields in rows) else {})
    for before in (0, 1):
        columns = {name: at + before for at, name in enumerate(_PRED)}
        if all(_fits(fields, columns) for fields in rows):
            more = {name: at + before + len(_PRED) for at, name in enumerate(_OF_EXTENDED)}
            if widest > more["exonframes"] and all(_has_frames(fields, more) for fields in rows):
                return columns | more
            return columns if not before or all(_is_bin(fields, columns) for fields in rows) else columns | {"gene": 0}
    return None


def _fits(fields: Fields, columns: Columns) -> bool:
    """Whether a row has a strand, whole numbers and lists of them where these columns have them."""
    if len(fields) <= max(columns.values()):
        return False
    strand = fields[columns["strand"]]
    if not strand_of(strand) and strand not in (".", "?"):
        return False
    wholes = all(whole_number(fields[columns[name]]) is not None for name in _WHOLE)
    return wholes and all(_list(fields[columns[name]]) for name in _LISTS if name in columns)


def _has_frames(fields: Fields, columns: Columns) -> bool:
    """Whether a row has the columns of extended genePred: its words for the ends, and a frame or -1 for each exon."""
    if len(fields) <= columns["exonframes"] or fields[columns["startstat"]] not in _STATS:
        return False
    return all(text in _FRAMES for text in _texts(fields[columns["exonframes"]]))


def _is_bin(fields: Fields, columns: Columns) -> bool:
    """Whether the first column is UCSC's bin of the transcript, and no name of a gene (Kent et al. 2002)."""
    start, end = whole_number(fields[columns["start"]]), whole_number(fields[columns["end"]])
    if start is None or end is None or not fields[0].isdecimal():
        return False
    first, last = start >> 17, (end - 1) >> 17
    for offset in (585, 73, 9, 1, 0):
        if first == last:
            return int(fields[0]) == offset + first
        first, last = first >> 3, last >> 3
    return False


def _texts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _list(text: str) -> list[int]:
    """Whole numbers between commas; none where one is no number."""
    found = [whole_number(part) for part in _texts(text)]
    return [] if None in found else [number for number in found if number is not None]


def _transcript(fields: Fields, columns: Columns, number: int) -> _Found:
    values = {name: fields[at] for name, at in columns.items() if at < len(fields)}
    chrom, strand = values["chrom"], strand_of(values["strand"]) or values["strand"]
    exons = _exons(values)
    # a table of genePred may lack the ends, which are those of its exons
    start = _whole(values["start"]) if "start" in values else exons[0][0] if exons else -1
    end = _whole(values["end"]) if "end" in values else exons[-1][1] if exons else -1
    whole = bool(exons) and (start, end) == (exons[0][0], exons[-1][1]) and start >= 0
    whole = whole and all(first < last for first, last in exons)
    whole = whole and ("exoncount" not in values or _whole(values["exoncount"]) == len(exons))
    fault = "" if whole else BLOCKS
    name = values["name"] if values["name"] not in _NO_NAME else f"{chrom}:{start}-{end}({strand})"
    draft = Draft(name, Row(chrom, "transcript", start, end, strand, ".", number, fault))
    draft.exons = [Row(chrom, "exon", *exon, strand, ".", number, fault) for exon in exons or [(start, end)]]
    coding = _whole(values.get("codingstart", "0")), _whole(values.get("codingend", "0"))
    frames = [_FRAMES[frame] for frame in _texts(values.get("exonframes", "")) if frame in _FRAMES]
    frames = frames if len(frames) == len(exons) else ["."] * len(exons)
    for (first, last), frame in zip(exons, frames, strict=True):
        part = max(first, coding[0]), min(last, coding[1])
        if part[0] < part[1]:
            draft.coding.append(Row(chrom, "CDS", *part, strand, frame, number))
    gene = next((values[key] for key in ("gene", "name2") if values.get(key, "") not in _NO_NAME), "")
    label = next((values[key] for key in ("genename2", "gene") if values.get(key, "") not in _NO_NAME), "")
    facts = {"transcript_id": name, "gene_id": gene or name, "gene_name": label, "biotype": values.get("biotype", "")}
    draft.facts = {key: value for key, value in facts.items() if value}
    draft.gene_ids = {gene} - {""}
    return _Found(
        draft, "gene" in columns, "exonsizes" in columns and "exonframes" not in columns and coding == (start, end)
    )


def _exons(values: Mapping[str, str]) -> list[tuple[int, int]]:
    """The exons, ascending; none where they are not as many starts as sizes or ends."""
    starts = _list(values["exonstarts"])
    if "exonsizes" in values:
        first = _whole(values["start"])
        starts = [first + start for start in starts]
        sizes = _list(values["exonsizes"])
        ends = [start + size for start, size in zip(starts, sizes, strict=False)]
    else:
        ends = _list(values["exonends"])
    return sorted(zip(starts, ends, strict=True)) if len(starts) == len(ends) else []


def _whole(text: str) -> int:
    number = whole_number(text)
    return -1 if number is None else number


def _settle_coding(path: str | Path, found: Sequence[_Found]) -> None:
    """Take the coding sequence away where a whole BED12 gives none, and tell what was taken (`read_gene_rows`)."""
    if not found or not all(one.whole for one in found):
        return
    lengths = [sum(row.end - row.start for row in one.draft.exons) for one in found]
    frames = sum(length % 3 == 0 for length in lengths) >= _LEAST_WHOLE * len(lengths)
    logger.warning(
        "%s: every transcript is coding from end to end; lengths are %s: %s",
        path,
        "multiples of 3" if frames else "no multiples of 3",
        "they are taken as reading frames" if frames else "no coding sequence is taken from columns 7 and 8",
    )
    if not frames:
        for one in found:
            one.draft.coding.clear()


def _settle_genes(path: str | Path, drafts: Sequence[Draft]) -> None:
    """Name one gene for transcripts that share a base of an exon on one strand, as a table without genes has them."""
    if not drafts:
        return
    parent = list(range(len(drafts)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    # a faulty transcript joins nothing
    exons = sorted(
        (row.chrom, row.strand, row.start, row.end, at)
        for at, draft in enumerate(drafts)
        if not draft.faulty()
        for row in draft.exons
    )
    for group in _overlapping(exons):
        for at in group[1:]:
            first, other = sorted((root(group[0]), root(at)))
            parent[other] = first
    roots = [root(at) for at in range(len(drafts))]
    for draft, at in zip(drafts, roots, strict=True):
        gene = drafts[at].facts["transcript_id"]
        draft.facts["gene_id"] = gene
        draft.gene_ids.add(gene)
    logger.info(
        "%s: it names no genes; %d transcripts that share exons are %d genes, named by their first transcripts",
        *(path, len(drafts), len(set(roots))),
    )


def _overlapping(exons: Sequence[tuple[str, str, int, int, int]]) -> Iterator[list[int]]:
    """The transcripts of each run of sorted exons that overlap."""
    group: list[int] = []
    place, reach = ("", ""), 0
    for chrom, strand, start, end, at in exons:
        if (chrom, strand) != place or start >= reach:
            if group:
                yield group
            group, place, reach = [], (chrom, strand), 0
        group.append(at)
        reach = max(reach, end)
    if group:
        yield group

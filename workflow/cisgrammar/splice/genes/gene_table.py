"""SpliceAI's tables of genes: the canonical data set it was trained on, and the annotation it ships.

`canonical_dataset.txt` has eight columns and no header: name, paralogue (0 or 1), chromosome, strand, first and last
base of the transcript, last bases of exons, first bases of exons (introns are what lies between; all counted from 1,
ends included, lists separated by commas). The annotation (`grch38.txt`) has a header and six columns: `#NAME`,
`CHROM`, `STRAND`, `TX_START`, `TX_END`, `EXON_START`, `EXON_END`, starts counted from 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cisgrammar.files.columns import strand_of
from cisgrammar.files.text import read_lines
from cisgrammar.sequence.annotation import Interval, LeftOut, Transcript, reasons_of, tell_left_out
from cisgrammar.sequence.annotation_tables import is_gene_table

PARALOGUE = "paralogue"
_CANONICAL = ("NAME", "PARALOG", "CHROM", "STRAND", "TX_START", "TX_END", "JN_START", "JN_END")
_ANNOTATION = ("NAME", "CHROM", "STRAND", "TX_START", "TX_END", "EXON_START", "EXON_END")


def read_gene_table(
    path: str | Path, exclude: Iterable[str] = (), left_out: list[LeftOut] | None = None
) -> list[Transcript]:
    """Read the transcripts of one of SpliceAI's tables, plain or gzip; they have no coding sequence.

    A gene whose paralogue column is 1 gets the tag `paralogue`. A gene without a strand is left out, after a warning,
    and so are those named in `exclude`; `left_out` takes both, if given.

    Raises
    ------
    ValueError
        Naming path and line: another number of columns, a number that is none, junctions that do not alternate, or as
        many exon starts as there are not ends; or a file in which no gene is left.
    """
    wanted, excluded = set(exclude), set[str]()
    account: list[LeftOut] = []
    columns: tuple[str, ...] = _CANONICAL
    found = []
    for number, line in read_lines(path):
        if not line.strip():
            continue
        fields = line.split("\t")
        if fields[0].lstrip("#").upper() == "NAME":
            columns = _header(path, number, fields)
            continue
        if len(fields) != len(columns):
            raise ValueError(
                f"{path}:{number}: {len(fields)} tab-separated columns, wanted {len(columns)}: {', '.join(columns)}; "
                "give BED12, genePred and refFlat as `annotation`"
            )
        row = dict(zip(columns, fields, strict=True))
        row["STRAND"] = strand_of(row["STRAND"])
        reason = "named in exclude" if row["NAME"] in wanted else "" if row["STRAND"] else "no strand"
        if reason:
            excluded |= {row["NAME"]} & wanted
            account.append(LeftOut(row["NAME"], row["NAME"], row["CHROM"], f"{path}:{number}", reason))
        else:
            found.append(_transcript(f"{path}:{number}", row))
    if not found:
        why = f" ({reasons_of(account)})" if account else ""
        raise ValueError(f"{path}: no genes{why}; wanted a table of SpliceAI with a gene in each row")
    tell_left_out(path, account, wanted - excluded)
    if left_out is not None:
        left_out += account
    return found


def is_spliceai_table(path: str | Path) -> bool:
    """Whether a file is a table of SpliceAI: its header, or rows of another number of columns than a GTF's.

    No such table are BED12, genePred and refFlat, which `read_annotation` reads.
    """
    if is_gene_table(path):
        return False
    for _, line in read_lines(path):
        if line.lstrip("#").upper().startswith("NAME\t"):
            return True
        if line.strip() and not line.startswith("#"):
            return len(line.split("\t")) in (len(_CANONICAL), len(_ANNOTATION))
    return False


def _header(path: str | Path, number: int, fields: list[str]) -> tuple[str, ...]:
    names = tuple(field.lstrip("#").strip().upper() for field in fields)
    if names not in (_CANONICAL, _ANNOTATION):
        raise ValueError(
            f"{path}:{number}: header {', '.join(names)}; wanted {', '.join(_ANNOTATION)} or {', '.join(_CANONICAL)}"
        )
    return names


def _transcript(where: str, row: dict[str, str]) -> Transcript:
    exons = _exons_of_annotation(where, row) if "EXON_START" in row else _exons_between_junctions(where, row)
    edges = [edge for exon in exons for edge in exon]
    if edges[0] < 0 or any(a >= b for a, b in exons) or sorted(edges) != edges:
        raise ValueError(
            f"{where}: the exons of {row['NAME']} are not in order, or overlap; wanted the ascending exons of one "
            "transcript (of SpliceAI's tables the canonical one, not the one extended by GTEx)"
        )
    tags = frozenset({PARALOGUE} if row.get("PARALOG", "0") == "1" else ())
    return Transcript(row["NAME"], row["NAME"], row["NAME"], row["CHROM"], row["STRAND"], exons, tags=tags, where=where)


def _numbers(where: str, name: str, text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    wrong = next((part for part in parts if not part.isdecimal()), None)
    if wrong is not None:
        raise ValueError(f"{where}: {name} {wrong!r}; wanted whole numbers separated by commas")
    return [int(part) for part in parts]


def _one(where: str, row: dict[str, str], name: str) -> int:
    numbers = _numbers(where, name, row[name])
    if len(numbers) != 1:
        raise ValueError(f"{where}: {name} {row[name]!r}; wanted one whole number")
    return numbers[0]


def _pair(where: str, row: dict[str, str], one: str, other: str) -> tuple[list[int], list[int]]:
    first, second = _numbers(where, one, row[one]), _numbers(where, other, row[other])
    if len(first) != len(second):
        raise ValueError(f"{where}: {len(first)} numbers in {one}, {len(second)} in {other}; wanted as many of each")
    return first, second


def _exons_between_junctions(where: str, row: dict[str, str]) -> tuple[Interval, ...]:
    ends, starts = _pair(where, row, "JN_START", "JN_END")
    first = [_one(where, row, "TX_START") - 1, *(start - 1 for start in starts)]
    return tuple(zip(first, [*ends, _one(where, row, "TX_END")], strict=True))


def _exons_of_annotation(where: str, row: dict[str, str]) -> tuple[Interval, ...]:
    starts, ends = _pair(where, row, "EXON_START", "EXON_END")
    if not starts or (starts[0], ends[-1]) != (_one(where, row, "TX_START"), _one(where, row, "TX_END")):
        raise ValueError(f"{where}: TX_START and TX_END are not the ends of the exons; wanted exons of one transcript")
    return tuple(zip(starts, ends, strict=True))

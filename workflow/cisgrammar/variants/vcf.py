"""The annotated VCF: the records of the input, their scores in INFO, sorted, compressed and indexed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, repeat
from pathlib import Path
from typing import NamedTuple

import pysam

from cisgrammar.files.atomic import atomic_path
from cisgrammar.files.columns import whole_number
from cisgrammar.files.compression import named_faults, open_bytes
from cisgrammar.files.text import decoded, read_lines
from cisgrammar.sequence.fasta import Genome
from cisgrammar.tables.io import rows_of
from cisgrammar.variants.read.records import is_vcf, tabbed
from cisgrammar.variants.table import Row

log = logging.getLogger(__name__)

_ODD = re.compile(r"[^A-Za-z0-9_.]+")
_MOST = (1 << 29) - 1
"""Greatest position that a .tbi index holds."""
_VERSION = "##fileformat"
_FEWEST, _INFO = 5, 7
"""Columns without which a line is no record, and the place of INFO among the columns."""
_COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


@dataclass(frozen=True)
class InfoField:
    """An INFO field that is made of a column of the scores.

    Attributes
    ----------
    id
        Name in the VCF.
    column
        Of `SCORES`.
    type
        Float or String.
    description
        For the header.
    verbatim
        Whether all that the column holds goes in as it is, once for a record, as SpliceAI's strings do.
    """

    id: str
    column: str
    type: str
    description: str
    verbatim: bool = False

    @property
    def header(self) -> str:
        """The line of the header that declares it: a value for each alternate allele, or any number."""
        number = "." if self.verbatim else "A"
        return f'##INFO=<ID={self.id},Number={number},Type={self.type},Description="{self.description}">'


SPLICEAI = InfoField(
    "SpliceAI",
    "splice.SpliceAI",
    "String",
    "SpliceAIv1.3.1 variant annotation. These include delta scores (DS) and delta positions (DP) for acceptor gain "
    "(AG), acceptor loss (AL), donor gain (DG), and donor loss (DL). Format: "
    "ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL",
    verbatim=True,
)
_OF_PROFILE = {
    "logfc": "log2 of predicted counts, alternate over reference",
    "jsd": "Jensen-Shannon distance of the predicted profiles",
    "max_percentile": "larger of the alleles' shares of peaks predicted below",
    "logfc_q_shuffled": "q-value of logfc beside variants in shuffled sequence",
    "logfc_q_substitutions": "q-value of logfc beside random substitutions in the same peak",
}
_OF_BINDING = {
    "delta_log_affinity": "ln affinity, alternate minus reference",
    "delta_log_affinity_se": "its standard error",
}


_OF_SPLICE = {
    "ds_max": "largest change of a splice site's probability, in the gene where most changes",
    "acceptor_verdict": "what becomes of acceptors at the calibrated threshold",
    "donor_verdict": "what becomes of donors at the calibrated threshold",
    "frame": "what becomes of the reading frame if the calls are right",
}


def info_fields(columns: Sequence[str]) -> list[InfoField]:
    """The INFO fields of a table of scores with these columns."""
    fields = [InfoField("CG_REASON", "reason", "String", "why cisgrammar does not score the allele")]
    for column in columns:
        source, _, score = column.rpartition(".")
        meaning = {**_OF_PROFILE, **_OF_BINDING}.get(score)
        if source and meaning:
            fields.append(InfoField(_ODD.sub("_", f"CG_{score}_{source}"), column, "Float", f"{meaning} ({source})"))
        elif source == "splice" and score in _OF_SPLICE:
            kind = "Float" if score == "ds_max" else "String"
            fields.append(InfoField(f"CG_splice_{score}", column, kind, _OF_SPLICE[score]))
        elif source and score == "site":
            meaning = "the best site that the variant touches: broken, made or kept"
            fields.append(InfoField(_ODD.sub("_", f"CG_site_{source}"), column, "String", f"{meaning} ({source})"))
    return [*fields, *([SPLICEAI] if SPLICEAI.column in columns else [])]


class _Line(NamedTuple):
    """A record of the output: rank of its chromosome, position, and the line."""

    rank: int
    position: int
    text: str


def annotate(path: str | Path, index: str | Path, source: str | Path, scores: str | Path, genome: Genome) -> None:
    """Write the annotated VCF and its index.

    Records of a VCF or BCF keep all that they have; of a table records are made. They are sorted by chromosome, as the
    FASTA has them, and position. What no VCF can hold, a position that is no number or beyond an index, is left out and
    counted: it is in the table of scores. Input that is sorted is streamed.

    Parameters
    ----------
    path, index
        `.vcf.gz` and `.tbi` to write.
    source
        The input.
    scores
        The table `SCORES` of the input.
    genome
        For the order, and the contigs of a header that lacks them.
    """
    with open(scores, encoding="utf-8") as handle:
        fields = info_fields(handle.readline().rstrip("\n").split("\t"))
    header, records = _opened(source)
    lines = _annotated(records, _records(scores), fields, genome)
    if not _is_sorted(scores, genome):
        lines = iter(sorted(lines, key=lambda line: line[:2]))
    _write(path, index, _header(header, fields, genome), (line.text for line in lines))


def _records(scores: str | Path) -> Iterator[list[Row]]:
    """The rows of the table of scores, those of one record of the input together."""
    for _, rows in groupby(rows_of(scores), key=lambda row: row["line"]):
        yield list(rows)


def _annotated(
    records: Iterator[str] | None, scores: Iterator[list[Row]], fields: Sequence[InfoField], genome: Genome
) -> Iterator[_Line]:
    rank = {name: number for number, name in enumerate(genome.names)}
    left_out = 0
    # Without records of a VCF they are made of the scores.
    pairs = zip(repeat(""), scores, strict=False) if records is None else zip(records, scores, strict=True)
    for text, rows in pairs:
        values = (text or _made(rows)).split("\t")
        values += ["."] * (_INFO + 1 - len(values))
        position = _position(values[1])
        if not position or (len(text.split("\t")) < _FEWEST and text) or "\0" in text:
            left_out += 1
            continue
        values[1] = str(position)
        values[_INFO] = _info(values[_INFO], rows, fields)
        yield _Line(rank.setdefault(rows[0]["chrom"], len(rank)), position, "\t".join(values))
    if left_out:
        log.warning("%d records cannot be held by an indexed VCF and are in the table of scores alone", left_out)


def _position(text: str) -> int:
    """A position that an index holds; 0 for another one."""
    number = whole_number(text) or 0
    return number if 0 < number <= _MOST else 0


def _is_sorted(scores: str | Path, genome: Genome) -> bool:
    rank = {name: number for number, name in enumerate(genome.names)}
    last = (-1, -1)
    for row in rows_of(scores):
        here = rank.setdefault(row["chrom"], len(rank)), _position(row["pos"])
        if here[1] and here < last:
            return False
        last = here if here[1] else last
    return True


def _write(path: str | Path, index: str | Path, header: Sequence[str], lines: Iterable[str]) -> None:
    with atomic_path(path) as partial, atomic_path(index) as partial_index:
        with pysam.BGZFile(str(partial), "wb", None) as out:
            for line in (*header, *lines):
                out.write(f"{line}\n".encode())
        pysam.tabix_index(str(partial), preset="vcf", index=str(partial_index), force=True)


def _opened(source: str | Path) -> tuple[list[str], Iterator[str] | None]:
    """Header lines, and the lines of the records; None for a table, whose records have to be made."""
    if not is_vcf(source):
        return [], None
    with named_faults(source), open_bytes(source) as handle:
        binary = handle.read(4) == b"BCF\x02"
    if binary:
        with pysam.VariantFile(str(source)) as file:
            return decoded(partial(str, file.header)).splitlines(), _of_bcf(source)
    header = []
    for _, text in read_lines(source):
        if text.strip() and not text.startswith("#"):
            break
        header += [text] if text.strip() else []
    if header and header[-1].startswith("#CHROM"):
        header[-1] = tabbed(header[-1])
    return header, (tabbed(text) for _, text in read_lines(source) if text.strip() and not text.startswith("#"))


def _of_bcf(source: str | Path) -> Iterator[str]:
    with pysam.VariantFile(str(source)) as file:
        for record in file:
            yield decoded(partial(str, record)).rstrip("\n")


def _made(rows: Sequence[Row]) -> str:
    """A record of a table's line."""
    first = rows[0]
    alts = ",".join(row["alt"] or "." for row in rows)
    return "\t".join(
        [first["chrom"] or ".", first["pos"], first["id"] or ".", first["ref"] or ".", alts, ".", ".", "."]
    )


def _header(header: Sequence[str], fields: Sequence[InfoField], genome: Genome) -> list[str]:
    ours = {field.id for field in fields}
    old = [line for line in header if not any(line.startswith(f"##INFO=<ID={name},") for name in ours)]
    meta = [line for line in old if line.startswith("##")]
    if not any(line.startswith(_VERSION) for line in meta):
        meta = [f"{_VERSION}=VCFv4.2", *meta]
    named = next((line for line in old if line.startswith("#CHROM")), _COLUMNS)
    named = named if named.count("\t") >= _INFO else _COLUMNS
    contigs = []
    if not any(line.startswith("##contig=") for line in meta):
        lengths = zip(genome.names, genome.lengths.tolist(), strict=True)
        contigs = [f"##contig=<ID={name},length={length}>" for name, length in lengths]
    return [*meta, *contigs, *(field.header for field in fields), named]


def _info(old: str, rows: Sequence[Row], fields: Sequence[InfoField]) -> str:
    """The old INFO without fields of ours, and ours behind; one that has no value in any allele is left out."""
    ours = {field.id for field in fields}
    parts = [part for part in old.split(";") if part not in ("", ".") and part.split("=")[0] not in ours]
    for field in fields:
        values = [_value(row.get(field.column) or "", field) for row in rows]
        if field.verbatim:
            found = ",".join(value for value in values if value != ".")
        else:
            found = "" if all(value == "." for value in values) else ",".join(values)
        parts += [f"{field.id}={found}"] if found else []
    return ";".join(parts) or "."


def _value(text: str, field: InfoField) -> str:
    if not text or text == "nan":
        return "."
    return text if field.verbatim or field.type == "Float" else re.sub(r"[\s,;=]+", "_", text)

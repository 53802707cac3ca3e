"""Records of variants as files have them: VCF, BCF, tables with or without a header, VEP's input, words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path

from cisgrammar.files.columns import split_columns, whole_number
from cisgrammar.files.compression import named_faults, open_bytes
from cisgrammar.files.text import check_is_file, decoded, read_lines
from cisgrammar.variants.read.identifiers import column_of_variants, variant_of, why_unreadable
from cisgrammar.variants.read.layouts import (
    LAYOUTS,
    MISSING,
    VCF,
    Layout,
    Line,
    base_of,
    behind_names_of_rows,
    fits_layout,
    gap_position,
    guess,
    header_of,
    of_annovar,
)
from cisgrammar.variants.read.raw import NO_BASE, Doubt, RawRecord
from cisgrammar.variants.read.vep import bed_pair_record, fits_bed_pair, fits_pair, fits_vep, pair_record, vep_record

_BCF = b"BCF\x02"
_LOOKED_AT = 100


_OPENING_OF_VCF = re.compile(r"##fileformat=VCF|#CHROM\s+POS\s+ID\s+REF\s+ALT\b")


def read_records(path: str | Path, layout: str = "auto") -> Iterator[RawRecord]:
    """Yield the records of a file in its order.

    What a file is goes by its content: BCF, VCF (a line `##fileformat=VCF`, or `#CHROM`, `POS`, `ID`, `REF`, `ALT`,
    before its records), or a table. Names of columns may be in any case. Of a table commas, semicolons or blanks
    separate columns in lines without a tab.

    Parameters
    ----------
    path
        VCF, BCF or table; plain, gzip, bgzip, bzip2 or xz.
    layout
        Of a table: a name of `LAYOUTS`, `header`, or `auto`. A file that is a VCF is read as one all the same.

    Raises
    ------
    ValueError
        In one line: no such file, no text, a damaged or truncated stream, no records, columns that are not tabbed, or
        a table whose layout cannot be told.
    """
    check_is_file(path)
    with named_faults(path), open_bytes(path) as handle:
        head = handle.read(len(_BCF))
    if head == _BCF:
        yield from _nonempty(_bcf_records(path), path)
        return
    lines = read_lines(path)
    before = _comments(lines)
    if not before:
        raise ValueError(f"{path}: an empty file; wanted variants, a line each")
    all_lines = chain(before, lines)
    if any(_OPENING_OF_VCF.match(text) for _, text in before):
        yield from _nonempty(_vcf_records(all_lines, path), path)
        return
    yield from _nonempty(_table_records(all_lines, path, layout), path)


def _comments(lines: Iterator[tuple[int, str]]) -> list[tuple[int, str]]:
    """The comments that a file begins with, and the line after them; lines of blanks are left out."""
    found = []
    for number, text in lines:
        if text.strip():
            found.append((number, text))
            if not text.startswith("#"):
                break
    return found


def is_vcf(path: str | Path) -> bool:
    """Whether a file is a VCF or BCF by its content."""
    check_is_file(path)
    with named_faults(path), open_bytes(path) as handle:
        head = handle.read(len(_BCF))
    return head == _BCF or any(_OPENING_OF_VCF.match(text) for _, text in _comments(read_lines(path)))


def _nonempty(records: Iterable[RawRecord], path: str | Path) -> Iterator[RawRecord]:
    found = False
    for record in records:
        found = True
        yield record
    if not found:
        raise ValueError(f"{path}: no variants in it; wanted at least one record below the header")


def _bcf_records(path: str | Path) -> Iterator[RawRecord]:
    import pysam

    try:
        with pysam.VariantFile(str(path)) as file:
            for number, record in enumerate(file, start=1):
                ref, alts = record.ref or "", tuple(record.alts or ("",))
                name = decoded(partial(getattr, record, "id")) or "."
                yield RawRecord(record.chrom, str(record.pos), name, ref, alts, number)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: not a whole BCF ({error}); copy or make the file again") from None


def _split(lines: Iterable[tuple[int, str]], tabs: bool = False) -> Iterator[Line]:
    """The fields of data lines: neither comments nor blanks; of a VCF tabs, or in a line without one blanks."""
    for number, text in lines:
        if text.strip() and not text.startswith("#"):
            yield number, tabbed(text).split("\t") if tabs else split_columns(text)


def tabbed(text: str) -> str:
    """A line of a VCF with tabs between its columns, where it came with blanks, as copied text does."""
    return text if "\t" in text else "\t".join(text.split())


def _vcf_records(lines: Iterable[tuple[int, str]], path: str | Path) -> Iterator[RawRecord]:
    return _laid_out(_checked(_split(lines, tabs=True), path, VCF), VCF, split=True)


def _checked(lines: Iterator[Line], path: str | Path, layout: Layout) -> Iterator[Line]:
    """Lines whose first one has the columns of the layout; ValueError if not, for then no line has."""
    for index, (number, fields) in enumerate(lines):
        if not index and len(fields) < layout.columns:
            how = "separate columns by tabs" if len(fields) == 1 else "the file may be another one, or cut off"
            wanted = f"wanted {layout.columns} or more, separated by tabs"
            raise ValueError(f"{path}:{number}: {len(fields)} columns; {wanted}: {how}")
        yield number, fields


def _laid_out(lines: Iterable[Line], layout: Layout, split: bool = False) -> Iterator[RawRecord]:
    for number, fields in lines:
        values = [field.strip() for field in fields]
        if any("\0" in value for value in values):
            yield RawRecord("", "", ".", "", ("",), number, "a NUL byte in the line: the file is damaged")
            continue
        if len(values) < layout.columns:
            missing = [*values, *[""] * layout.columns]
            known = missing[layout.chrom], missing[layout.position]
            yield RawRecord(*known, ".", "", ("",), number, "too few columns")
            continue
        name = values[layout.id] if 0 <= layout.id < len(values) else ""
        alt, ref = values[layout.alt], values[layout.ref]
        alts = tuple(alt.split(",")) if split else (alt,)
        # - is a gap in tables (MAF, ANNOVAR), and nothing in a VCF
        alts = tuple("" if one in MISSING and (split or one != NO_BASE) else one for one in alts)
        position = _from_one(values[layout.position], layout.base)
        if ref == NO_BASE and not split:
            ends = values[layout.end] if 0 <= layout.end < len(values) else ""
            position, ref = (gap, ref) if (gap := gap_position(values[layout.position], ends)) else (position, "")
        doubt = Doubt(order=layout.order)
        yield RawRecord(values[layout.chrom], position, name or ".", ref, alts, number, doubt=doubt)


def _from_one(position: str, base: int) -> str:
    """A position counted from 1, as digits; what is no whole number stays as it is."""
    number = whole_number(position)
    return position if number is None else str(number + 1 - base)


def _table_records(lines: Iterable[tuple[int, str]], path: str | Path, layout: str) -> Iterator[RawRecord]:
    numbered = iter(lines)
    first = list(islice(numbered, _LOOKED_AT))
    header, named = header_of(first)
    rows = [line for line in _split(first) if line[0] != header]
    if layout == "header" or (layout == "auto" and header is not None):
        if header is None or named is None:
            raise ValueError(f"{path}: no header with chrom, pos, ref and alt; name the columns, or give `layout`")
        named = behind_names_of_rows(rows, named)
        named = named._replace(base=base_of(rows, named, path))
        whole = chain(first, numbered)
        yield from _laid_out((line for line in _split(whole) if line[0] != header), named)
        return
    if not rows:
        return
    if layout == "auto":
        fitting = [name for name, one in LAYOUTS.items() if all(fits_layout(fields, one) for _, fields in rows)]
        others = None if fitting else _without_layout(rows, _split(numbered))
        if others is not None:
            yield from others
            return
        layout = guess(rows, fitting, path)
    chosen = of_annovar(rows, LAYOUTS[layout])
    body = _checked(chain(rows, _split(numbered)), path, chosen)
    yield from _laid_out(body, chosen)


def _without_layout(rows: Sequence[Line], below: Iterator[Line]) -> Iterator[RawRecord] | None:
    """Records of VEP's input, of rows with two alleles in a column, or of words; None for rows of another kind."""
    forms = ((fits_bed_pair, bed_pair_record), (fits_vep, vep_record), (fits_pair, pair_record))
    for fits, record in forms:
        if all(fits(fields) for _, fields in rows):
            return (record(fields, number) for number, fields in chain(rows, below))
    column = column_of_variants([fields for _, fields in rows])
    return None if column is None else _identified(chain(rows, below), column)


def _identified(lines: Iterable[Line], column: int) -> Iterator[RawRecord]:
    """Records of lines in which one column says the whole variant; a first line that does not names the columns."""
    for index, (number, fields) in enumerate(lines):
        word = fields[column].strip() if column < len(fields) else ""
        found = variant_of(word)
        if found is not None:
            yield RawRecord(found.chrom, found.position, word, found.ref, (found.alt,), number, doubt=found.doubt)
        elif index:
            yield RawRecord("", "", word or ".", "", ("",), number, why_unreadable(word))


__all__ = ["LAYOUTS", "Layout", "RawRecord", "is_vcf", "read_records"]

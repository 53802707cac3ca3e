"""Records of variants as files have them: VCF, BCF, variant-scorer's layouts, and tables with a header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from cisgrammar.files.columns import split_columns, whole_number
from cisgrammar.files.compression import named_faults, open_bytes
from cisgrammar.files.text import check_is_file, decoded, read_lines
from cisgrammar.variants.read.identifiers import column_of_variants, variant_of

Line = tuple[int, list[str]]
_BCF = b"BCF\x02"
_LOOKED_AT = 100
_MISSING = (".", "", "-")


class RawRecord(NamedTuple):
    """A record that is split into its fields and not checked.

    Attributes
    ----------
    chrom, position, id, ref
        Text of the file; the position counts from 1.
    alts
        Alternate alleles; one that is empty where the file has none.
    line
        Line of the file, from 1; of a BCF the number of the record, from 1.
    fault
        What keeps the record from being read further; empty for nothing.
    """

    chrom: str
    position: str
    id: str
    ref: str
    alts: tuple[str, ...]
    line: int
    fault: str = ""


class Layout(NamedTuple):
    """Columns of a table, from 0; `end` and `id` are -1 where there is none; `base` is that of the first position."""

    chrom: int
    position: int
    ref: int
    alt: int
    id: int
    end: int = -1
    base: int = 1

    @property
    def columns(self) -> int:
        """Fewest columns of a line: without the identifier where that comes last."""
        return max(self[:4]) + 1


_OPENING_OF_VCF = re.compile(r"##fileformat=VCF|#CHROM\s+POS\s+ID\s+REF\s+ALT\b")
VCF = Layout(0, 1, 3, 4, 2)
LAYOUTS = {
    "chrombpnet": Layout(0, 1, 2, 3, 4),
    "bed": Layout(0, 1, 3, 4, 5, end=2, base=0),
    "plink": Layout(0, 3, 4, 5, 1),
    "original": Layout(0, 1, 3, 4, 2),
}
"""variant-scorer's layouts of tables without a header."""
_NAMES = {
    "chrom": ("chrom", "chr", "chromosome", "contig", "seqnames"),
    "position": ("pos", "position", "bp", "start", "start_position"),
    "ref": ("ref", "reference", "ref_allele", "reference_allele", "allele1"),
    "alt": ("alt", "alternate", "alt_allele", "alternate_allele", "allele2", "tumor_seq_allele2"),
    "id": ("id", "rsid", "rs_id", "snp", "variant_id", "name"),
}


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
        alt = values[layout.alt]
        alts = tuple(alt.split(",")) if split else (alt,)
        position = _from_one(values[layout.position], layout.base)
        alts = tuple("" if one in _MISSING else one for one in alts)
        yield RawRecord(values[layout.chrom], position, name or ".", values[layout.ref], alts, number)


def _from_one(position: str, base: int) -> str:
    """A position counted from 1, as digits; what is no whole number stays as it is."""
    number = whole_number(position)
    return position if number is None else str(number + 1 - base)


def _table_records(lines: Iterable[tuple[int, str]], path: str | Path, layout: str) -> Iterator[RawRecord]:
    numbered = iter(lines)
    first = list(islice(numbered, _LOOKED_AT))
    header, named = _header_of(first)
    rows = [line for line in _split(first) if line[0] != header]
    if layout == "header" or (layout == "auto" and header is not None):
        if header is None or named is None:
            raise ValueError(f"{path}: no header with chrom, pos, ref and alt; name the columns, or give `layout`")
        named = _behind_names_of_rows(rows, named)
        named = named._replace(base=_base(rows, named, path))
        whole = chain(first, numbered)
        yield from _laid_out((line for line in _split(whole) if line[0] != header), named)
        return
    if not rows:
        return
    if layout == "auto":
        fitting = [name for name, one in LAYOUTS.items() if all(_fits(fields, one) for _, fields in rows)]
        column = None if fitting else column_of_variants([fields for _, fields in rows])
        if column is not None:
            yield from _identified(chain(rows, _split(numbered)), column)
            return
        layout = _guess(rows, fitting, path)
    chosen = LAYOUTS[layout]
    body = _checked(chain(rows, _split(numbered)), path, chosen)
    yield from _laid_out(body, chosen)


def _identified(lines: Iterable[Line], column: int) -> Iterator[RawRecord]:
    """Records of lines in which one column says the whole variant; a first line that does not names the columns."""
    for index, (number, fields) in enumerate(lines):
        word = fields[column].strip() if column < len(fields) else ""
        found = variant_of(word)
        if found is not None:
            yield RawRecord(found.chrom, found.position, word, found.ref, (found.alt,), number)
        elif index:
            fault = "no chromosome, position and alleles in the identifier"
            yield RawRecord("", "", word or ".", "", ("",), number, fault)


def _behind_names_of_rows(rows: Sequence[Line], named: Layout) -> Layout:
    """The layout that a header names, moved by a column where the rows begin with R's names of rows, without a name."""
    places = {key: place + (place >= 0) for key, place in named._asdict().items() if key != "base"}
    moved = Layout(**places, base=named.base)
    fits = [[_fits(fields, one._replace(end=-1)) for one in (named, moved)] for _, fields in rows]
    return moved if fits and all(behind and not here for here, behind in fits) else named


def _header_of(lines: Sequence[tuple[int, str]]) -> tuple[int | None, Layout | None]:
    """Line of the header, and the layout that it names; None where neither a comment nor the first row is one."""
    for number, text in lines:
        if not text.strip():
            continue
        names = [field.strip().lower() for field in split_columns(text.lstrip("#").strip(" "))]
        places = {key: next((names.index(n) for n in known if n in names), -1) for key, known in _NAMES.items()}
        if min(places[key] for key in ("chrom", "position", "ref", "alt")) >= 0:
            zero_based = names[places["position"]] == "start"
            return number, Layout(
                **places, end=names.index("end") if "end" in names else -1, base=0 if zero_based else 1
            )
        if not text.startswith("#"):
            break
    return None, None


def _base(rows: Sequence[Line], named: Layout, path: str | Path) -> int:
    """What the first position of a table with a header is called: 0, or 1 as ANNOVAR does beside a column `end`.

    Columns `start` and `end` count from 0 where they span the reference allele as in BED, and from 1 where they do so
    with both ends. ValueError where they do neither.
    """
    if named.base == 1 or named.end < 0:
        return named.base
    spans = []
    for _, fields in rows:
        if len(fields) > max(named):
            ends = [whole_number(fields[place]) for place in (named.position, named.end)]
            ref = fields[named.ref].strip()
            if None not in ends and ref not in _MISSING:
                spans.append(ends[1] - ends[0] - len(ref))  # type: ignore[operator]
    if not spans or all(span == 0 for span in spans):
        return 0
    if all(span == -1 for span in spans):
        return 1
    raise ValueError(
        f"{path}: start and end do not span the reference alleles, neither from 0 (as BED) nor from 1 (as ANNOVAR); "
        "correct them, or give a column pos, counted from 1"
    )


def _guess(rows: Sequence[Line], fitting: list[str], path: str | Path) -> str:
    # An identifier that is everywhere the end of the reference allele is no identifier.
    fitting = ["bed"] if "bed" in fitting else fitting
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ValueError(f"{path}: its first lines fit the layouts {' and '.join(fitting)}; give `layout`")
    number, fields = rows[0]
    shown = "\t".join(fields)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    layouts = "a header with chrom, pos, ref, alt, words as chr1-100-A-C, or the layouts " + ", ".join(LAYOUTS)
    raise ValueError(
        f"{path}:{number}: the columns are those of no layout; wanted {layouts}, tabs between, got {shown!r}"
    )


def _fits(fields: Sequence[str], layout: Layout) -> bool:
    if len(fields) < layout.columns:
        return False
    position, ref, alt = (fields[i].strip() for i in (layout.position, layout.ref, layout.alt))
    if not position.isdigit() or not all(allele and set(allele.upper()) <= set("ACGTN-.*,") for allele in (ref, alt)):
        return False
    if layout.end < 0:
        return True
    end = fields[layout.end].strip()
    return end.isdigit() and int(end) - int(position) == len(ref)


__all__ = ["LAYOUTS", "Layout", "RawRecord", "is_vcf", "read_records"]

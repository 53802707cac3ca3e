"""Tables of regions whose first line names the columns, as pandas and R write them, also with numbers of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cisgrammar.files.columns import whole_number

_NAMES = {
    "chrom": ("chrom", "chr", "chromosome", "seqnames", "seqid", "seqname", "contig"),
    "start": ("start", "chromstart", "chrom_start", "start_position"),
    "end": ("end", "stop", "chromend", "chrom_end", "end_position"),
    "name": ("name", "id", "barcode", "barcodes", "cell_barcode", "cell", "cb", "peak_id", "peak_name", "geneid"),
    "score": ("score", "count", "counts", "readsupport", "duplicates", "fragments"),
    "strand": ("strand",),
}
_PLACE, _BED = ("chrom", "start", "end"), 6
_WIDTHS = ("width", "length")
# Of pairs a second mate follows: the columns are those of BEDPE.
_MATES = frozenset(("chrom2", "chr2", "start2", "end2"))
_SAF = ("geneid", "chr", "start", "end", "strand")


@dataclass(frozen=True)
class NamedColumns:
    """What the line of names says of the lines below it.

    Attributes
    ----------
    names
        The names in small letters.
    order
        Columns that BED's first six are, from 0, -1 for one that is not there; empty if the columns after the first
        `before` stand as BED has them, or if chromosome, start and end are not named.
    before
        Columns before the chromosome where `order` is empty.
    width
        Column that holds a region's width, -1 for none: it tells whether starts count from 0 or from 1.
    from_one
        Whether starts count from 1 by the format: SAF, featureCounts' own.
    """

    names: tuple[str, ...]
    order: tuple[int, ...] = ()
    before: int = 0
    width: int = -1
    from_one: bool = False

    @classmethod
    def of(cls, columns: Sequence[str]) -> NamedColumns:
        """What a line of names says."""
        names = tuple(name.strip().strip('"').lower().lstrip("#") for name in columns)
        places = [_place(names, key) for key in _NAMES]
        if min(places[:3]) < 0 or _MATES & set(names):
            return cls(names)
        first = places[0]
        in_order = places[:3] == list(range(first, first + 3))
        elsewhere = [place for at, place in enumerate(places) if place not in (-1, first + at)]
        order = () if in_order and not elsewhere else tuple(places)
        width = next((names.index(word) for word in _WIDTHS if word in names), -1)
        return cls(names, order, 0 if order else first, width, names[: len(_SAF)] == _SAF)

    @property
    def as_they_are(self) -> bool:
        """Whether lines with as many columns as names are in BED's order and count from 0."""
        return not self.order and not self.before and self.width < 0

    def as_bed(self, columns: Sequence[str]) -> list[str]:
        """The columns of a line in the order of BED; R writes names of rows before the columns that it names."""
        columns = columns[self._names_of_rows(columns) :]
        if len(columns) <= max(self.order[:3], default=self.before + 2):
            return list(columns)
        if self.order:
            bed = [columns[at] if 0 <= at < len(columns) else "." for at in self.order]
            bed[5] = bed[5].replace("*", ".")
        else:
            bed = list(columns[self.before :])
        start, end = map(whole_number, bed[1:3])
        given = columns[self.width] if 0 <= self.width < len(columns) else ""
        counted = self.from_one or (start is not None and end is not None and whole_number(given) == end - start + 1)
        if counted and start is not None:
            bed[1] = str(start - 1)
        return bed

    def _names_of_rows(self, columns: Sequence[str]) -> bool:
        """Whether the first column of a line holds the names of rows, which have no name themselves."""
        if len(columns) != len(self.names) + 1:
            return False
        chrom, start, end = self.order[:3] or range(self.before, self.before + 3)
        here, behind = (all(_is_whole(columns, at + more) for at in (start, end)) for more in (0, 1))
        return behind and (not here or _is_whole(columns, chrom))


def _is_whole(columns: Sequence[str], at: int) -> bool:
    return at < len(columns) and whole_number(columns[at]) is not None


def _place(names: Sequence[str], key: str) -> int:
    """The column that is called by one of a key's names, the first of these that is there; -1 for none."""
    return next((names.index(word) for word in _NAMES[key] if word in names), -1)


def are_numbered(columns: Sequence[str]) -> bool:
    """Whether a number of the row stands before chromosome, start and end: in BED the second column is a number."""
    if len(columns) < 4 or not any(letter.isalpha() for letter in columns[1]):
        return False
    return all(whole_number(columns[at]) is not None for at in (0, 2, 3))

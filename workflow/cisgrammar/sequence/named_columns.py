"""Tables of regions whose first line names the columns, as pandas and R write them, also with numbers of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cisgrammar.files.columns import whole_number

_NAMES = {
    "chrom": ("chrom", "chr", "chromosome", "seqnames", "seqid", "seqname", "contig"),
    "start": ("start", "chromstart", "chrom_start", "start_position", "start0", "start_0", "begin", "chrombegin"),
    "end": (
        "end",
        "stop",
        "chromend",
        "chrom_end",
        "end_position",
        "end0",
        "end_0",
        "stop0",
        "chromstop",
        "chrom_stop",
    ),
    "name": (
        "name",
        "id",
        "barcode",
        "barcodes",
        "cell_barcode",
        "cell",
        "cb",
        "peak_id",
        "peak_name",
        "geneid",
        "peakid",
    ),
    "score": ("score", "count", "counts", "readsupport", "duplicates", "fragments"),
    "strand": ("strand",),
}
_PLACE, _BED = ("chrom", "start", "end"), 6
_WIDTHS = ("width", "length")
# Of pairs a second mate follows: the columns are those of BEDPE.
_MATES = frozenset(("chrom2", "chr2", "start2", "end2"))
_SAF = ("chr", "start", "end", "strand")
_HOMER = "peakid"
_OF_MACS = "abs_summit"
_OF_GFF = 8
"""Fewest columns of GFF and GTF."""
_HOMER_STRANDS = {"0": "+", "1": "-"}
_THOUSANDS = r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,40}"
_REGION = re.compile(rf'\s*("?)([^\s,;"]+):({_THOUSANDS})-({_THOUSANDS})(?=["\s,;]|$)')
_JOINED = re.compile(r'\s*("?)([^\s,;"]+?)([-_])([0-9]{1,40})\3([0-9]{1,40})(?=["\s,;]|$)')
"""Regions as Signac, ArchR and SnapATAC name peaks: `chr1-1-9`, `chr1_1_9`."""
_OF_REGIONS = frozenset(("", "region", "regions", "peak", "peaks", "interval", "intervals", "locus", "coordinates"))


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
        Whether starts count from 1 by the format: featureCounts' SAF, HOMER's peaks, and tables with R's `seqnames`
        that have no width to tell.
    placed
        Whether chromosome, start and end are named.
    homer
        Whether it is a table of HOMER's, where 0 and 1 are the strands + and -.
    summit
        Column that holds a summit, from 1 as MACS writes it; -1 for none.
    """

    names: tuple[str, ...]
    order: tuple[int, ...] = ()
    before: int = 0
    width: int = -1
    from_one: bool = False
    placed: bool = False
    homer: bool = False
    summit: int = -1

    @classmethod
    def of(cls, columns: Sequence[str]) -> NamedColumns:
        """What a line of names says."""
        names = tuple(name.strip().strip('"').lower().lstrip("#") for name in columns)
        if names and names[0].startswith(_HOMER):  # annotatePeaks.pl writes its command behind it
            names = (_HOMER, *names[1:])
        places = [_place(names, key) for key in _NAMES]
        if min(places[:3]) < 0 or _MATES & set(names):
            return cls(names)
        first = places[0]
        in_order = places[:3] == list(range(first, first + 3))
        elsewhere = [place for at, place in enumerate(places) if place not in (-1, first + at)]
        order = () if in_order and not elsewhere else tuple(places)
        width = next((names.index(word) for word in _WIDTHS if word in names), -1)
        summit = names.index(_OF_MACS) if _OF_MACS in names else -1
        saf = names[:1] in (("geneid",), (_HOMER,)) and names[1:5] == _SAF
        of_r = width < 0 and "seqnames" in names and "start" in names
        counted = saf or of_r or summit >= 0
        return cls(names, order, 0 if order else first, width, counted, True, saf and names[0] == _HOMER, summit)

    @classmethod
    def of_comment(cls, text: str) -> NamedColumns | None:
        """What HOMER's comment `#PeakID` says of the lines below it; None for another comment."""
        if not text.lower().lstrip("# ").startswith(_HOMER):
            return None
        named = cls.of(text.split("\t"))
        return named if named.homer else None

    @classmethod
    def of_peaks(cls, columns: Sequence[str]) -> NamedColumns | None:
        """Names for a line of HOMER's or featureCounts' columns (name, chromosome, start, end, strand) without any."""
        if len(columns) < 5 or columns[4] not in ("+", "-", ".") or whole_number(columns[1]) is not None:
            return None
        places = all(_is_whole(columns, at) for at in (2, 3))
        return cls.of(("PeakID", *_SAF)) if places else None

    @classmethod
    def of_gff(cls, columns: Sequence[str]) -> NamedColumns | None:
        """Names for a line of GFF or GTF, whose columns 4 and 5 are a place and 2 and 3 are none."""
        if len(columns) < _OF_GFF or any(whole_number(text) is not None for text in columns[1:3]):
            return None
        places = all(_is_whole(columns, at) for at in (3, 4))
        known = columns[6] in ("+", "-", ".", "?") and columns[7] in ("0", "1", "2", ".")
        named = cls.of(("seqid", "source", "type", "start", "end", "score", "strand"))
        return replace(named, from_one=True) if places and known else None

    @property
    def as_they_are(self) -> bool:
        """Whether lines with as many columns as names are in BED's order and count from 0."""
        return not self.order and not self.before and self.width < 0 and not self.from_one

    def as_bed(self, columns: Sequence[str]) -> list[str]:
        """The columns of a line in the order of BED; R writes names of rows before the columns that it names."""
        columns = columns[self._names_of_rows(columns) :]
        if len(columns) <= max(self.order[:3], default=self.before + 2):
            return list(columns)
        if self.order:
            bed = [columns[at] if 0 <= at < len(columns) else "." for at in self.order]
            bed[5] = bed[5].replace("*", ".")
            if self.homer:
                bed[5] = _HOMER_STRANDS.get(bed[5], bed[5])
        else:
            bed = list(columns[self.before :])
        start, end = map(whole_number, bed[1:3])
        given = columns[self.width] if 0 <= self.width < len(columns) else ""
        if 0 <= self.summit < len(columns) and start is not None:
            at = whole_number(columns[self.summit])
            bed = [*(bed + ["."] * _BED)[:_BED], "0", "-1", "-1", "-1" if at is None else str(at - start)]
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


def names_place(text: str) -> bool:
    """Whether a text with a digit is the name of a column of starts or ends, as `start0`."""
    name = text.strip().lower()
    return name in _NAMES["start"] or name in _NAMES["end"]


def names_regions(columns: Sequence[str]) -> bool:
    """Whether a line's first column is what tables call a column of regions such as `chr1:1-9`."""
    return bool(columns) and columns[0].strip().lower() in _OF_REGIONS


def region_columns(text: str) -> list[str] | None:
    """The columns of BED of a line whose first is a region, `chr1:1-9` or `chr1:1,001-2,000`; None for another line.

    So are names of peaks, `chr1-1-9` and `chr1_1_9`. A region counts from 1 and has its end, as samtools and genome
    browsers write it. Of other columns only a strand that stands alone as + or - is taken.

    Raises
    ------
    ValueError
        If the first base is 0; or if a comma may separate thousands as well as columns.
    """
    found = _REGION.match(text) or _JOINED.match(text)
    if found is None:
        return None
    quote, chrom, *_, start, end = found.groups()
    plain = not quote and "\t" not in text
    if plain and "," in end and "," not in start:
        if len(start) < 4:
            raise ValueError(f"{found[0].strip()!r} has a comma that separates thousands or columns; write tabs")
        end = end.partition(",")[0]
    first, last = (int(number.replace(",", "")) for number in (start, end))
    if first < 1:
        raise ValueError(f"region {found[0].strip()!r} begins at 0; regions count from 1, as in samtools; write BED")
    signs = [sign for sign in re.split(r"[\s,;]", text[found.end() :].replace('"', "")) if sign in ("+", "-")]
    return [chrom, str(first - 1), str(last), ".", ".", signs[0] if len(signs) == 1 else "."]


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

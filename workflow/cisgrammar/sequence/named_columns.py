"""Tables of regions whose first line names the columns, as pandas and R write them, also with numbers of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cisgrammar.files.columns import whole_number

_CHROM = ("chrom", "chr", "chromosome", "seqnames", "seqid", "seqname", "contig")
_GRANGES = ("seqnames", "start", "end", "width", "strand")
_OTHERS = ("name", "score", "strand")


@dataclass(frozen=True)
class NamedColumns:
    """What the line of names says of the lines below it.

    Attributes
    ----------
    names
        The names in small letters.
    before
        Columns before the chromosome, of which start and end follow; 0 where no such three are named.
    granges
        Whether it is a table of R's GenomicRanges, which counts from 1 and holds the end.
    """

    names: tuple[str, ...]
    before: int
    granges: bool

    @classmethod
    def of(cls, columns: Sequence[str]) -> NamedColumns:
        """What a line of names says."""
        names = tuple(name.strip().lower().lstrip("#") for name in columns)
        places = range(len(names) - 2)
        found = [
            i for i in places if names[i] in _CHROM and names[i + 1] == "start" and names[i + 2] in ("end", "stop")
        ]
        before = found[0] if found else 0
        return cls(names, before, names[before : before + len(_GRANGES)] == _GRANGES)

    def as_bed(self, columns: Sequence[str]) -> list[str]:
        """The columns of a line in the order of BED; R writes names of rows before the columns that it names."""
        first = self.before + (len(columns) == len(self.names) + 1)
        if not self.granges:
            return list(columns[first:])
        bed = list(columns[first : first + 3])
        start, end = map(whole_number, bed[1:3])
        named = dict(zip(self.names, columns[first - self.before :], strict=False))
        if start is not None and end is not None and whole_number(named["width"]) == end - start + 1:
            bed[1] = str(start - 1)
        return [*bed, *(named.get(name, ".").replace("*", ".") for name in _OTHERS)]

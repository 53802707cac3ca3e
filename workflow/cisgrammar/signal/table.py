"""The windows of one fold, and their table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.tables.contracts.profile import REGIONS


@dataclass(frozen=True, eq=False)
class Regions:
    """Output windows of one fold, sorted by chromosome (as in the FASTA) and start; 0-based, half-open.

    Attributes
    ----------
    chrom, name
        `(regions,)` text.
    start, end
        `(regions,)` int64; `end - start` is the output length.
    kind
        `(regions,)` peak or background.
    split
        `(regions,)` train, validation or test.
    counts
        `(regions,)` int64: 5' ends in the window, all heads and tasks together.
    gc
        `(regions,)` share of G and C in the window.
    """

    chrom: NDArray[np.str_]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    name: NDArray[np.str_]
    kind: NDArray[np.str_]
    split: NDArray[np.str_]
    counts: NDArray[np.int64]
    gc: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.chrom)

    @property
    def centre(self) -> NDArray[np.int64]:
        """Centres of the windows on their chromosomes, `(regions,)`."""
        return (self.start + self.end) // 2

    def take(self, index: ArrayLike) -> Regions:
        """Return the regions that an index or mask picks, in its order."""
        return Regions(*(getattr(self, column.name)[index] for column in fields(self)))

    def of(self, kind: str | None = None, split: str | None = None) -> Regions:
        """Return the regions of a kind, of a split, or both."""
        wanted = np.ones(len(self), dtype=bool)
        if kind is not None:
            wanted &= self.kind == kind
        if split is not None:
            wanted &= self.split == split
        return self.take(wanted)


def places_of(regions: Regions) -> Regions:
    """The same rows without their names, kinds and splits (empty texts), which take most of the memory."""
    none = np.full(len(regions), "", dtype="U1")
    return replace(regions, name=none, kind=none, split=none)


def concatenate_regions(parts: Sequence[Regions]) -> Regions:
    """Put the regions of several folds after each other."""
    return Regions(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Regions)))


def write_regions(path: str | Path, regions: Regions) -> None:
    """Write regions as TSV; GC content with 4 digits, strand always `.`."""
    columns = [getattr(regions, column.name).tolist() for column in fields(regions)]
    REGIONS.write_rows(path, ((*row[:-1], f"{row[-1]:.4f}", ".") for row in zip(*columns, strict=True)))


def region_blocks(path: str | Path, split: str | None = None) -> Iterator[Regions]:
    """Read regions written by `write_regions`, or those of a split, in blocks; ValueError as `read_regions`."""
    kinds = (np.str_, np.int64, np.int64, np.str_, np.str_, np.str_, np.int64, np.float64)
    names = [column.name for column in fields(Regions)]
    for table in REGIONS.read_blocks(path):
        wanted = table if split is None else table[table["split"] == split]
        yield Regions(*(wanted[name].to_numpy(dtype=kind) for name, kind in zip(names, kinds, strict=True)))


def read_regions(
    path: str | Path,
    split: str | None = None,
    keep: Callable[[Regions], NDArray[np.bool_]] | None = None,
    become: Callable[[Regions], Regions] | None = None,
) -> Regions:
    """Read regions written by `write_regions` in blocks of rows: those of a split, and those that `keep` says.

    Each block becomes what `become` makes of it, if that is given, before the next one is read.

    ValueError names the file and what does not fit its contract.
    """
    names = [column.name for column in fields(Regions)]
    parts: dict[str, list[NDArray]] = {name: [] for name in names}
    for part in region_blocks(path, split):
        part = part if keep is None else part.take(keep(part))
        part = part if become is None else become(part)
        for name in names:
            parts[name].append(getattr(part, name))
    # A column's blocks are gone when the next column is put together.
    return Regions(*(np.concatenate(parts.pop(name)) for name in names))

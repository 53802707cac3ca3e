"""A bigBed: intervals with text, compressed in blocks and indexed, with the depth of their cover as zoom levels.

The format is that of Kent et al. 2010 (Bioinformatics 26:2204, supplement); it shares trees, indices and zoom levels
with bigWig.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_path
from cisgrammar.signal.tracks.bigwig_writer import (
    RECORD,
    RECORDS,
    Blocks,
    Zoom,
    chromosome_tree,
    end_zooms,
    pass_on,
    write_zooms,
    zooms_of,
)

_MAGIC = 0x8789F2EB
_ITEMS = 512
"""Intervals of a block."""
_BASES = 1 << 16
"""Bases of cover that are passed on to the zoom levels at a time."""
_STANDARD = 6
"""Columns of BED that a browser takes for what they are: as far as the strand."""

Whole = NDArray[np.int64]


def write_bigbed(
    path: str | Path,
    sizes: Mapping[str, int],
    places: tuple[Sequence[str], Whole, Whole],
    rest: Sequence[str],
    columns: str,
) -> None:
    """Write intervals as bigBed, in the order of chromosomes and starts; the same intervals give the same bytes.

    Parameters
    ----------
    path
        File to write, whole or not at all.
    sizes
        Chromosome -> bp.
    places
        Chromosome, start and end of each interval, 0-based half-open.
    rest
        The columns behind the end, with tabs between: name, score (0 to 1000), strand, and others.
    columns
        The declaration of all columns in autoSql.

    Raises
    ------
    ValueError
        If an interval is empty or does not lie on a chromosome of `sizes`.
    """
    number = {name: i for i, name in enumerate(sizes)}
    chrom = np.array([number.get(name, -1) for name in places[0]], dtype=np.int64)
    start, end = (np.asarray(each, dtype=np.int64) for each in places[1:])
    lengths = np.array([*sizes.values(), 0], dtype=np.int64)
    if (wrong := np.flatnonzero((chrom < 0) | (start < 0) | (end <= start) | (end > lengths[chrom]))).size:
        i = int(wrong[0])
        raise ValueError(
            f"interval {places[0][i]}:{start[i]}-{end[i]} is empty or beyond its chromosome; wanted intervals on "
            f"{', '.join(list(sizes)[:3])}{', ...' if len(sizes) > 3 else ''}"
        )
    order = np.lexsort((end, start, chrom))
    with atomic_path(path) as partial, partial.open("wb") as file:
        _write(file, sizes, (chrom[order], start[order], end[order]), [rest[i] for i in order.tolist()], columns)


def _write(
    file: IO[bytes], sizes: Mapping[str, int], places: tuple[Whole, Whole, Whole], rest: Sequence[str], columns: str
) -> None:
    zooms = zooms_of(sizes)
    try:
        declared = 64 + 24 * len(zooms)
        summary = declared + len(columns.encode()) + 1
        tree = summary + 40
        file.write(bytes(tree))
        file.write(chromosome_tree(sizes, tree))
        data = file.tell()
        file.write(struct.pack("<Q", len(rest)))
        blocks, largest = _write_blocks(file, places, rest)
        index = file.tell()
        file.writelines(blocks.index(index, 0, _ITEMS))
        whole = _write_cover(places, zooms)
        heads = write_zooms(zooms, file)
        file.write(struct.pack("<I", _MAGIC))
        file.seek(0)
        fields = 3 + (rest[0].count("\t") + 1 if rest else _STANDARD - 3)
        file.write(struct.pack("<IHHQQQ", _MAGIC, 4, len(heads), tree, data, index))
        buffer = max(largest, RECORDS * RECORD.itemsize)
        file.write(struct.pack("<HHQQIQ", fields, min(fields, _STANDARD), declared, summary, buffer, 0))
        file.write(b"".join(heads) + columns.encode() + b"\0" + struct.pack("<Qdddd", *whole))
    finally:
        for zoom in zooms:
            zoom.file.close()


def _write_blocks(file: IO[bytes], places: tuple[Whole, Whole, Whole], rest: Sequence[str]) -> tuple[Blocks, int]:
    """Write the intervals; gives where the blocks are, and the bytes of the largest."""
    blocks, largest = Blocks(), 0
    for chrom, rows in _by_chromosome(places[0]):
        reached = 0
        for first in range(rows.start, rows.stop, _ITEMS):
            here = range(first, min(first + _ITEMS, rows.stop))
            start, end = (each[here.start : here.stop].tolist() for each in places[1:])
            raw = b"".join(
                struct.pack("<III", chrom, a, b) + rest[row].encode() + b"\0"
                for row, a, b in zip(here, start, end, strict=True)
            )
            packed = zlib.compress(raw)
            # A long interval of a block before may reach farther; nodes of the index end where their last block does.
            reached = max(reached, *end)
            blocks.add(chrom, start[0], reached, file.tell(), len(packed))
            largest = max(largest, len(raw))
            file.write(packed)
    return blocks, largest


def _by_chromosome(chrom: Whole) -> Iterator[tuple[int, range]]:
    """Chromosome numbers, and the rows of each."""
    cuts = [*np.flatnonzero(np.diff(chrom, prepend=-1)).tolist(), len(chrom)]
    for first, last in pairwise(cuts):
        yield int(chrom[first]), range(first, last)


def _write_cover(places: tuple[Whole, Whole, Whole], zooms: Sequence[Zoom]) -> tuple[int, float, float, float, float]:
    """Fill the zoom levels; gives covered bases, least and greatest depth, sum and sum of squares."""
    bases, least, most, total, squares = 0, np.inf, 0.0, 0.0, 0.0
    for chrom, rows in _by_chromosome(places[0]):
        start, end = (each[rows.start : rows.stop] for each in places[1:])
        ends, steps = np.concatenate([start, end]), np.repeat([1, -1], len(rows))
        at, back = np.unique(ends, return_inverse=True)
        depth = np.cumsum(np.bincount(back, weights=steps, minlength=len(at)))[:-1]
        first, width = at[:-1][depth > 0], np.diff(at)[depth > 0]
        depth = depth[depth > 0]
        bases += int(width.sum())
        least, most = min(least, float(depth.min())), max(most, float(depth.max()))
        total += float((width * depth).sum())
        squares += float((width * depth**2).sum())
        behind = np.cumsum(width)
        for piece in range(0, int(behind[-1]), _BASES):
            held = np.arange(piece, min(piece + _BASES, int(behind[-1])))
            run = np.searchsorted(behind, held, side="right")
            pass_on(zooms, _records(chrom, first[run] + held - (behind - width)[run], depth[run]))
    end_zooms(zooms)
    return bases, least if bases else 0.0, most, total, squares


def _records(chrom: int, at: Whole, depth: NDArray[np.number]) -> NDArray:
    """Covered bases as zoom records of one base."""
    found = np.zeros(len(at), dtype=RECORD)
    found["chrom"], found["start"], found["bases"] = chrom, at, 1
    for name in ("least", "most", "sum"):
        found[name] = depth
    found["squares"] = depth**2
    return found

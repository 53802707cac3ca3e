"""A bigWig writer whose memory does not grow with the file.

libBigWig keeps all of its first zoom level until the file is closed, 2 bytes a base, and its later ones; here zoom
levels go to temporary files as they come, and only the places of blocks are in memory. The format is that of Kent et
al. 2010 (Bioinformatics 26:2204, supplement).
"""

from __future__ import annotations

import shutil
import struct
import tempfile
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

_MAGIC, _TREE, _INDEX = 0x888FFC26, 0x78CA8C91, 0x2468ACE0
_VALUES = 1024
"""Values of a block."""
RECORDS = 512
"""Zoom records of a block."""
_NODE = 256
FIRST_ZOOM, STEP, MOST_ZOOMS = 16, 4, 10
_HELD = 1 << 16
# Nodes of the tree: where a child's bases begin and end, and where the child is; of a block its size too.
_CHILD, _LEAF = (np.dtype([("span", "<u4", (4,)), ("place", "<u8", (n,))]) for n in (1, 2))
RECORD = np.dtype(
    [
        *((name, "<u4") for name in ("chrom", "start", "end", "bases")),
        *((name, "<f4") for name in ("least", "most", "sum", "squares")),
    ]
)


@dataclass
class Blocks:
    """Where the blocks of data or of a zoom level are: `(chrom, start, end, offset, size)` of each."""

    places: array[int] = field(default_factory=lambda: array("q"))

    def __len__(self) -> int:
        return len(self.places) // 5

    def add(self, *place: int) -> None:
        """Note a block: `(chrom, start, end, offset, size)`."""
        self.places.extend(place)

    def index(self, at: int, shift: int, slot: int) -> Iterator[bytes]:
        """The R tree that begins at `at` in the file, node by node; blocks lie `shift` bytes after their offsets."""
        # A view, no copy: what is held beside the places is a node, and the levels above the leaves.
        items = np.frombuffer(self.places, np.int64).reshape(-1, 5) if self.places else np.zeros((0, 5), np.int64)
        none = np.zeros(5, dtype=np.int64)
        first, last = (items[0], items[-1] + [0, 0, 0, shift, 0]) if len(items) else (none, none)
        head = struct.pack("<IIQ", _INDEX, _NODE, len(items))
        head += struct.pack("<IIII", first[0], first[1], last[0], last[2])
        head += struct.pack("<QII", last[3] + last[4], slot, 0)
        # Chromosome and base of the first and last of each node, level by level, from the leaves up.
        numbers: list[int] = [len(items)]
        levels: list[NDArray[np.int64]] = []
        while numbers[-1] > _NODE:
            cuts = np.arange(0, numbers[-1], _NODE)
            lasts = np.append(cuts[1:], numbers[-1]) - 1
            below, end = (levels[-1], [2, 3]) if levels else (items, [0, 2])
            levels.append(np.column_stack([below[cuts, :2], below[lasts][:, end]]))
            numbers.append(len(cuts))
        sizes = [n * (24 if depth else 32) + 4 * max(-(-n // _NODE), 1) for depth, n in enumerate(numbers)]
        yield head
        place = at + len(head)
        for depth in range(len(levels), 0, -1):
            place += sizes[depth]
            yield from _nodes(levels[depth - 1], depth, place)
        for start in range(0, max(len(items), 1), _NODE):
            few = items[start : start + _NODE]
            node = np.zeros(len(few), dtype=_LEAF)
            node["span"] = few[:, [0, 1, 0, 2]]
            node["place"] = few[:, 3:] + [shift, 0]
            yield struct.pack("<BBH", 1, 0, len(node)) + node.tobytes()


def _nodes(spans: NDArray[np.int64], depth: int, below: int) -> Iterator[bytes]:
    """Nodes of a level above the leaves; its children begin at `below`."""
    wide = 4 + _NODE * (24 if depth > 1 else 32)
    for first in range(0, len(spans), _NODE):
        node = np.zeros(len(spans[first : first + _NODE]), dtype=_CHILD)
        node["span"] = spans[first : first + _NODE]
        node["place"][:, 0] = below + wide * np.arange(first, first + len(node))
        yield struct.pack("<BBH", 0, 0, len(node)) + node.tobytes()


class Zoom:
    """One zoom level: records of `reduction` bp, the last of which may still grow."""

    def __init__(self, reduction: int) -> None:
        self.reduction, self.blocks, self.number = reduction, Blocks(), 0
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the writer
        self._held: list[NDArray] = []
        self._last = np.zeros(0, dtype=RECORD)

    def add(self, records: NDArray) -> NDArray:
        """Put records of the level below, or bases, into this level's; gives those of this level that are whole."""
        bins = records["start"] // self.reduction
        new = np.flatnonzero(np.diff(bins, prepend=np.int64(-1)) | np.diff(records["chrom"], prepend=np.uint32(0)))
        if not len(new) or new[0]:
            new = np.concatenate([[0], new])
        made = np.zeros(len(new), dtype=RECORD)
        made["chrom"], made["start"] = records["chrom"][new], bins[new] * self.reduction
        made["end"] = made["start"] + self.reduction
        for name, sum_of in (("bases", np.add), ("least", np.minimum), ("most", np.maximum)):
            made[name] = sum_of.reduceat(records[name], new)
        for name in ("sum", "squares"):
            made[name] = np.add.reduceat(records[name], new, dtype=np.float64)
        last = self._last
        if len(last) and last["chrom"][0] == made["chrom"][0] and last["start"][0] == made["start"][0]:
            for name, join in (("bases", np.add), ("sum", np.add), ("squares", np.add)):
                made[name][0] = join(made[name][0], last[name][0])
            made["least"][0] = min(made["least"][0], last["least"][0])
            made["most"][0] = max(made["most"][0], last["most"][0])
        else:
            made = np.concatenate([last, made])
        self._last = made[-1:]
        self._keep(made[:-1])
        return made[:-1]

    def end(self) -> NDArray:
        """The last record, which is whole now."""
        last, self._last = self._last, self._last[:0]
        self._keep(last)
        return last

    def _keep(self, records: NDArray) -> None:
        self._held.append(records)
        if sum(map(len, self._held)) >= RECORDS:
            self.flush(RECORDS)

    def flush(self, least: int = 1) -> None:
        """Write what is held, in blocks of at most so many records of a chromosome, unless a block would be small."""
        held = np.concatenate([np.zeros(0, dtype=RECORD), *self._held])
        while len(held) >= least:
            same = int((held["chrom"] == held["chrom"][0]).sum())
            block, held = np.split(held, [min(same, RECORDS)])
            packed = zlib.compress(block.tobytes())
            place = int(block["chrom"][0]), int(block["start"][0]), int(block["end"][-1])
            self.blocks.add(*place, self.file.tell(), len(packed))
            self.file.write(packed)
            self.number += len(block)
        self._held = [held]


class BigWigWriter:
    """A bigWig of values per base, written in the order of chromosomes and bases.

    Parameters
    ----------
    path
        File to write.
    sizes
        Chromosome -> bp, in the order wanted in the file.
    """

    def __init__(self, path: str | Path, sizes: Mapping[str, int]) -> None:
        self._sizes = {name: int(size) for name, size in sizes.items()}
        self._number = {name: i for i, name in enumerate(self._sizes)}
        self._zooms = zooms_of(self._sizes)
        self._blocks, self._held = Blocks(), 0
        self._runs: list[tuple[int, int, NDArray[np.float32]]] = []
        self._bases, self._least, self._most, self._sum, self._squares = 0, np.inf, -np.inf, 0.0, 0.0
        self._file: IO[bytes] = Path(path).open("wb")  # noqa: SIM115 - closed by `close`
        self._summary = 64 + 24 * len(self._zooms)
        self._file.write(bytes(self._summary + 40))
        self._tree = self._file.tell()
        self._file.write(chromosome_tree(self._sizes, self._tree))
        self._data = self._file.tell()
        self._file.write(bytes(8))

    def add(self, chrom: str, start: int, values: NDArray[np.floating]) -> None:
        """Add finite values of consecutive bases from base `start` on, behind all that were added before."""
        self._runs.append((self._number[chrom], start, values.astype(np.float32)))
        self._held += len(values)
        if self._held >= _HELD:
            self._write_runs()

    def _write_runs(self) -> None:
        for number, start, values in self._runs:
            for first in range(0, len(values), _VALUES):
                self._write_block(number, start + first, values[first : first + _VALUES])
        records = np.zeros(self._held, dtype=RECORD)
        lengths = [len(values) for _, _, values in self._runs]
        if self._held:
            values = np.concatenate([values for _, _, values in self._runs])
            records["chrom"] = np.repeat([number for number, _, _ in self._runs], lengths)
            records["start"] = np.concatenate([start + np.arange(len(values)) for _, start, values in self._runs])
            records["bases"] = 1
            for name in ("least", "most", "sum"):
                records[name] = values
            records["squares"] = values.astype(np.float64) ** 2
            self._note(values)
            pass_on(self._zooms, records)
        self._runs, self._held = [], 0

    def _write_block(self, number: int, start: int, values: NDArray[np.float32]) -> None:
        end = start + len(values)
        head = struct.pack("<IIIIIBBH", number, start, end, 1, 1, 3, 0, len(values))
        packed = zlib.compress(head + values.astype("<f4").tobytes())
        self._blocks.add(number, start, end, self._file.tell(), len(packed))
        self._file.write(packed)

    def _note(self, values: NDArray[np.float32]) -> None:
        self._bases += len(values)
        self._least = min(self._least, float(values.min()))
        self._most = max(self._most, float(values.max()))
        self._sum += float(values.sum(dtype=np.float64))
        self._squares += float(np.square(values, dtype=np.float64).sum())

    def close(self) -> None:
        """Write what is held, the indices and the header, and close the file."""
        self._write_runs()
        end_zooms(self._zooms)
        index = self._file.tell()
        self._file.writelines(self._blocks.index(index, 0, _VALUES))
        heads = write_zooms(self._zooms, self._file)
        self._file.write(struct.pack("<I", _MAGIC))
        self._file.seek(self._data)
        self._file.write(struct.pack("<Q", len(self._blocks)))
        self._file.seek(0)
        self._file.write(struct.pack("<IHHQQQ", _MAGIC, 4, len(heads), self._tree, self._data, index))
        buffer = max(_VALUES * 4 + 24, RECORDS * RECORD.itemsize)
        self._file.write(struct.pack("<HHQQIQ", 0, 0, 0, self._summary, buffer, 0))
        self._file.write(b"".join(heads))
        whole = (self._least, self._most, self._sum, self._squares) if self._bases else (0.0,) * 4
        self._file.write(struct.pack("<Qdddd", self._bases, *whole))
        self.abandon()

    def abandon(self) -> None:
        """Close all files as they are."""
        self._file.close()
        for zoom in self._zooms:
            zoom.file.close()


def zooms_of(sizes: Mapping[str, int]) -> list[Zoom]:
    """The zoom levels of a file, by the largest of its chromosomes."""
    steps = [FIRST_ZOOM * STEP**i for i in range(MOST_ZOOMS)]
    return [Zoom(step) for step in steps if step < max(sizes.values(), default=0)]


def pass_on(zooms: Sequence[Zoom], records: NDArray) -> None:
    """Pass records on from level to level, as far as they are whole."""
    for zoom in zooms:
        if not len(records):
            return
        records = zoom.add(records)


def end_zooms(zooms: Sequence[Zoom]) -> None:
    """Pass on the last records of all levels."""
    for level, zoom in enumerate(zooms):
        pass_on(zooms[level + 1 :], zoom.end())


def write_zooms(zooms: Sequence[Zoom], file: IO[bytes]) -> list[bytes]:
    """Write the levels and their indices at the end of a file; gives what its header has of each."""
    heads = []
    for zoom in zooms:
        zoom.flush()
        place = file.tell()
        file.write(struct.pack("<I", zoom.number))
        zoom.file.seek(0)
        shutil.copyfileobj(zoom.file, file)
        heads.append(struct.pack("<IIQQ", zoom.reduction, 0, place, file.tell()))
        file.writelines(zoom.blocks.index(file.tell(), place + 4, RECORDS))
    return heads


def chromosome_tree(sizes: Mapping[str, int], at: int) -> bytes:
    """The B+ tree of chromosomes that begins at `at` in the file: by name, with their numbers and sizes."""
    items = sorted((name.encode(), number, size) for number, (name, size) in enumerate(sizes.items()))
    width = max((len(name) for name, _, _ in items), default=1)
    head = struct.pack("<IIIIQQ", _TREE, _NODE, width, 8, len(items), 0)
    leaves = [name.ljust(width, b"\0") + struct.pack("<II", number, size) for name, number, size in items]
    levels: list[Sequence[bytes]] = [leaves]
    firsts = [leaf[:width] for leaf in leaves]
    while len(firsts) > _NODE:
        firsts = firsts[::_NODE]
        levels.append(firsts)
    place, made = at + len(head), [head]
    for depth in range(len(levels) - 1, -1, -1):
        entries = levels[depth]
        place += 4 * max(-(-len(entries) // _NODE), 1) + (width + 8) * len(entries)
        if depth:
            entries = [key + struct.pack("<Q", place + i * (4 + _NODE * (width + 8))) for i, key in enumerate(entries)]
        for first in range(0, max(len(entries), 1), _NODE):
            node = entries[first : first + _NODE]
            made.append(struct.pack("<BBH", depth == 0, 0, len(node)) + b"".join(node))
    return b"".join(made)

"""A reader of bigWig files that checks all that it reads: a damaged file is an error, never a crash or a wrong number.

The format is that of Kent et al. 2010 (doi:10.1093/bioinformatics/btq351), supplementary tables 5 to 16: a header, a
tree of chromosomes, blocks of values (each compressed with a checksum), and a tree of where the blocks are. Averages
for zooming are not read.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.text import check_is_file

_BIGWIG, _BIGBED = 0x888FFC26, 0x8789F2EB
_CHROMOSOMES, _INDEX = 0x78CA8C91, 0x2468ACE0
_HEADER = "IHHQQQHHQQIQ"
_BLOCK_HEADER = "IIIIIBBH"
_LONGEST_NAME = 1 << 12
# The number of values of a block has 16 bits, and one takes 12 bytes at most.
_LARGEST_BLOCK = 24 + 12 * (1 << 16)
_LARGEST_PACKED = 2 * _LARGEST_BLOCK
# fields of a block's values: ends are there (bedGraph), starts alone (variable step), or neither (fixed step)
_KINDS = {
    1: [("start", "u4"), ("end", "u4"), ("value", "f4")],
    2: [("start", "u4"), ("value", "f4")],
    3: [("value", "f4")],
}


class Place(NamedTuple):
    """Where a block of values is in the file, bytes."""

    offset: int
    size: int


class Values(NamedTuple):
    """The values of a block: `value[i]` at each base from `start[i]` to `end[i]` of a chromosome, 0-based, half-open.

    Ascending, without overlaps; int64, int64 and float32 `(values,)`.
    """

    chrom: str
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    value: NDArray[np.float32]


class BigWigFile:
    """An open bigWig file.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    chromosomes
        Name -> length, bp.
    blocks
        Places of the blocks of values, in the order of the file's index.

    Raises
    ------
    ValueError
        Naming the file: it is no bigWig, or is cut off or damaged; also from `read`.
    """

    def __init__(self, path: str | Path) -> None:
        check_is_file(path)
        self.path = path
        self._handle = open(path, "rb")  # noqa: SIM115 (closed by `close`)
        try:
            self._size = self._handle.seek(0, 2)
            header = self._header()
            self._packed = header[10] > 0
            self._names, self._lengths = self._chromosome_tree(header[3])
            self.chromosomes = dict(zip(self._names.values(), self._lengths.values(), strict=True))
            self.blocks = self._index(header[5])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> BigWigFile:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._handle.close()

    def damaged(self, what: str) -> NoReturn:
        """Raise the ValueError of a damaged file."""
        raise ValueError(f"{self.path}: damaged bigWig ({what}); copy or make the file again")

    def _bytes(self, offset: int, size: int, what: str) -> bytes:
        if offset + size > self._size:
            raise ValueError(
                f"{self.path}: cut off or damaged: {what} would end at byte {offset + size}, and the file has "
                f"{self._size}; copy or make the file again"
            )
        self._handle.seek(offset)
        return self._handle.read(size)

    def _unpack(self, form: str, offset: int, what: str) -> tuple[int, ...]:
        form = self._order + form
        return struct.unpack(form, self._bytes(offset, struct.calcsize(form), what))

    def _header(self) -> tuple[int, ...]:
        start = self._bytes(0, 4, "its header") if self._size >= 4 else b""
        for self._order in "<>":
            magic = struct.unpack(f"{self._order}I", start)[0] if start else 0
            if magic == _BIGBED:
                raise ValueError(f"{self.path}: a bigBed, which holds intervals; wanted a bigWig of counts of 5' ends")
            if magic == _BIGWIG:
                return self._unpack(_HEADER, 0, "its header")
        raise ValueError(f"{self.path}: not a bigWig file; check the file and the format column of its sample")

    def _node(self, offset: int, what: str) -> tuple[bool, int, int]:
        """Return of a node of a tree whether it is a leaf, its number of items, and where they begin."""
        leaf, _, number = self._unpack("BBH", offset, what)
        if leaf > 1:
            self.damaged(f"{what} at byte {offset}")
        return bool(leaf), number, offset + 4

    def _chromosome_tree(self, offset: int) -> tuple[dict[int, str], dict[int, int]]:
        what = "the tree of chromosomes"
        magic, _, key, value, number, _ = self._unpack("IIIIQQ", offset, what)
        if magic != _CHROMOSOMES or value != 8 or not 0 < key <= _LONGEST_NAME:
            self.damaged(what)
        names: dict[int, str] = {}
        lengths: dict[int, int] = {}
        known: set[str] = set()
        waiting, seen = [offset + 32], set[int]()
        while waiting:
            node = waiting.pop()
            if node in seen or len(names) > number:
                self.damaged(what)
            seen.add(node)
            leaf, items, start = self._node(node, what)
            data = self._bytes(start, items * (key + 8), what)
            for item in range(items):
                name = data[item * (key + 8) :][:key].rstrip(b"\0").decode("utf-8", errors="replace")
                rest = data[item * (key + 8) + key :][:8]
                if not leaf:
                    waiting.append(struct.unpack(f"{self._order}Q", rest)[0])
                    continue
                index, length = struct.unpack(f"{self._order}II", rest)
                if index in names or name in known:
                    self.damaged(f"{what} has {name!r}, number {index}, twice")
                known.add(name)
                names[index], lengths[index] = name, length
        if len(names) != number:
            self.damaged(f"{what} has {len(names)} names, not {number}")
        return names, lengths

    def _index(self, offset: int) -> list[Place]:
        what = "the index"
        magic, _, number, *_ = self._unpack("IIQIIIIQII", offset, what)
        if magic != _INDEX:
            self.damaged(what)
        place = np.dtype([("box", f"{self._order}u4", 4), ("offset", f"{self._order}u8")])
        leaf_place = np.dtype([*place.descr, ("size", f"{self._order}u8")])
        found: list[Place] = []
        waiting, seen = [offset + 48], set[int]()
        while waiting:
            node = waiting.pop()
            if node in seen:
                self.damaged(what)
            seen.add(node)
            leaf, items, start = self._node(node, what)
            kind = leaf_place if leaf else place
            table = np.frombuffer(self._bytes(start, items * kind.itemsize, what), dtype=kind)
            if leaf:
                found += map(Place, table["offset"].tolist(), table["size"].tolist())
            else:
                waiting += table["offset"].tolist()[::-1]
        if len(found) != number:
            self.damaged(f"{what} has {len(found)} blocks, not {number}")
        return found

    def read(self, place: Place) -> Values:
        """Read one block of values."""
        what = f"the block at byte {place.offset}"
        if place.size > _LARGEST_PACKED:
            self.damaged(what)
        data = self._bytes(place.offset, place.size, what)
        if self._packed:
            data = self._inflated(data, what)
        if len(data) < 24:
            self.damaged(what)
        index, start, _, step, span, kind, _, number = struct.unpack_from(self._order + _BLOCK_HEADER, data)
        if kind not in _KINDS or index not in self._names:
            self.damaged(what)
        fields = np.dtype([(name, self._order + form) for name, form in _KINDS[kind]])
        if len(data) != 24 + number * fields.itemsize:
            self.damaged(what)
        table = np.frombuffer(data, dtype=fields, offset=24)
        starts = start + step * np.arange(number) if kind == 3 else table["start"].astype(np.int64)
        ends = table["end"].astype(np.int64) if kind == 1 else starts + span
        limit = self._lengths[index]
        if number and ((ends <= starts).any() or (starts[1:] < ends[:-1]).any() or ends[-1] > limit):
            self.damaged(f"{what}: values out of order, or beyond the {limit} bp of {self._names[index]}")
        return Values(self._names[index], starts, ends, table["value"].astype(np.float32))

    def _inflated(self, data: bytes, what: str) -> bytes:
        stream = zlib.decompressobj()
        try:
            plain = stream.decompress(data, _LARGEST_BLOCK + 1)
        except zlib.error:
            self.damaged(what)
        # only at its end has a stream been held against its checksum
        if not stream.eof or len(plain) > _LARGEST_BLOCK:
            self.damaged(what)
        return plain

    def read_all(self, places: Sequence[Place] | None = None) -> Iterator[Values]:
        """Read blocks one after the other: those that are named, or all."""
        for place in self.blocks if places is None else places:
            yield self.read(place)

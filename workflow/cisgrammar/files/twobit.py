"""UCSC's format 2bit of genomes, as the text of a FASTA; after its description (genome.ucsc.edu/FAQ/FAQformat#format7).

Lower case, which marks repeats, is not kept.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_MAGIC = 0x1A412743
_LETTERS = "TCAG"
_BYTES = ["".join(_LETTERS[byte >> shift & 3] for shift in (6, 4, 2, 0)).encode() for byte in range(256)]
_AT_ONCE = 1 << 18
"""Bytes that are turned to letters at a time."""


def is_twobit(path: str | Path) -> bool:
    """Whether a file begins as 2bit does; False for one that cannot be opened."""
    try:
        with open(path, "rb") as handle:
            head = handle.read(4)
    except OSError:
        return False
    return head in (_MAGIC.to_bytes(4, "little"), _MAGIC.to_bytes(4, "big"))


def twobit_as_fasta(path: str | Path) -> Iterator[bytes]:
    """Yield the text of a FASTA of the sequences of a file, in pieces that end anywhere.

    Raises
    ------
    ValueError
        Naming the file: it is cut off or damaged, or of a version that is not 0 or 1.
    """
    with open(path, "rb") as handle:
        file = _File(path, handle)
        for name, offset in file.index():
            yield b">" + name + b"\n"
            yield from file.sequence(offset)
            yield b"\n"


class _File:
    """An open 2bit file."""

    def __init__(self, path: str | Path, handle: IO[bytes]) -> None:
        self._path, self._handle = path, handle
        self._size = handle.seek(0, 2)
        handle.seek(0)
        self._order = "<" if handle.read(4) == _MAGIC.to_bytes(4, "little") else ">"
        self._version, self._number, _ = self._whole(3)
        if self._version not in (0, 1):
            raise ValueError(f"{path}: 2bit of version {self._version}; wanted 0 or 1: make a FASTA with twoBitToFa")

    def _bytes(self, size: int) -> bytes:
        if size > self._size - self._handle.tell():
            raise ValueError(f"{self._path}: 2bit that is cut off or damaged; copy or make the file again")
        return self._handle.read(size)

    def _whole(self, number: int, kind: str = "I") -> tuple[int, ...]:
        form = f"{self._order}{number}{kind}"
        return struct.unpack(form, self._bytes(struct.calcsize(form)))

    def index(self) -> list[tuple[bytes, int]]:
        """Name and place in the file of each sequence."""
        found = []
        for _ in range(self._number):
            name = self._bytes(self._bytes(1)[0])
            found.append((name, self._whole(1, "Q" if self._version else "I")[0]))
        return found

    def _blocks(self) -> list[tuple[int, int]]:
        number = self._whole(1)[0]
        starts, sizes = self._whole(number), self._whole(number)
        return sorted(zip(starts, sizes, strict=True))

    def sequence(self, offset: int) -> Iterator[bytes]:
        """The letters of a sequence."""
        self._handle.seek(min(offset, self._size))
        length = self._whole(1)[0]
        unknown = self._blocks()
        self._blocks()
        self._whole(1)
        done = 0
        while done < length:
            packed = self._bytes(min(_AT_ONCE, (length - done + 3) // 4))
            letters = bytearray(b"".join(map(_BYTES.__getitem__, packed))[: length - done])
            for start, size in unknown:
                first, last = max(start - done, 0), min(start + size - done, len(letters))
                if first < last:
                    letters[first:last] = b"N" * (last - first)
            done += len(letters)
            yield bytes(letters)

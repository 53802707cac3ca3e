"""A genome as a 2bit file, which browsers read in pieces."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_path
from cisgrammar.files.progress import counted
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome

_SIGNATURE = 0x1A412743
_LONGEST_NAME = 255
_LARGEST = (1 << 32) - 1
# Of our codes A C G T N: T 0, C 1, A 2, G 3; an N is stored as T and listed.
_TWO_BITS = np.array([2, 1, 3, 0, 0], dtype=np.uint8)
_SLAB = 1 << 22


def write_2bit(path: str | Path, genome: Genome) -> None:
    """Write a genome in the 2bit format, version 0 (UCSC's page of file formats): four bases a byte, runs of N apart.

    ValueError if a name has more than 255 bytes or the file more than 4 GiB, which version 0 cannot hold.
    """
    encoded = [name.encode() for name in genome.names]
    long = [name for name in encoded if len(name) > _LONGEST_NAME]
    if long:
        raise ValueError(f"{path}: the name {long[0].decode()!r} has more than {_LONGEST_NAME} bytes; shorten it")
    blocks = [_unknown(genome.chromosome(name)) for name in genome.names]
    lengths = genome.lengths.tolist()
    offset = 16 + sum(5 + len(name) for name in encoded)
    index = b""
    for title, length, (starts, _) in zip(encoded, lengths, blocks, strict=True):
        index += struct.pack("<B", len(title)) + title + struct.pack("<I", min(offset, _LARGEST))
        offset += 16 + 8 * len(starts) + -(-length // 4)
    if offset > _LARGEST:
        raise ValueError(f"{path}: {offset} bytes, more than a 2bit file can hold; give browser.assembly instead")
    with atomic_path(path) as partial, partial.open("wb") as file:
        file.write(struct.pack("<4I", _SIGNATURE, 0, len(encoded), 0) + index)
        chromosomes = list(zip(genome.names, lengths, blocks, strict=True))
        for name, length, (starts, sizes) in counted(chromosomes, "write the genome", "bases", lambda one: one[1]):
            file.write(struct.pack("<2I", length, len(starts)))
            file.write(starts.astype("<u4").tobytes() + sizes.astype("<u4").tobytes())
            file.write(struct.pack("<2I", 0, 0))
            codes = genome.chromosome(name)
            for low in range(0, length, _SLAB):
                file.write(_packed(codes[low : low + _SLAB]))


def _unknown(codes: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return starts and lengths of the runs of N."""
    steps = np.flatnonzero(np.diff(codes == N_CODE, prepend=False, append=False))
    return steps[::2], steps[1::2] - steps[::2]


def _packed(codes: NDArray[np.uint8]) -> bytes:
    """Four bases a byte, the first in the highest bits; the last byte is filled up with zeros."""
    bits = np.zeros(-(-len(codes) // 4) * 4, dtype=np.uint8)
    bits[: len(codes)] = _TWO_BITS[codes]
    four = bits.reshape(-1, 4)
    return ((four[:, 0] << 6) | (four[:, 1] << 4) | (four[:, 2] << 2) | four[:, 3]).astype(np.uint8).tobytes()

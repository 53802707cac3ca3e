"""2bit files, read back by their description."""

import struct

import numpy as np
import pytest

from cisgrammar.browser import twobit
from cisgrammar.browser.twobit import write_2bit
from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.sequence.fasta import Genome, read_fasta


def read_2bit(path):
    """Name -> letters, as UCSC's page describes the format."""
    data = path.read_bytes()
    signature, version, number, _ = struct.unpack_from("<4I", data)
    assert (signature, version) == (0x1A412743, 0)
    place, offsets = 16, {}
    for _ in range(number):
        size = data[place]
        (offset,) = struct.unpack_from("<I", data, place + 1 + size)
        offsets[data[place + 1 : place + 1 + size].decode()] = offset
        place += 5 + size
    found = {}
    for name, offset in offsets.items():
        length, blocks = struct.unpack_from("<2I", data, offset)
        starts = struct.unpack_from(f"<{blocks}I", data, offset + 8)
        sizes = struct.unpack_from(f"<{blocks}I", data, offset + 8 + 4 * blocks)
        begin = offset + 16 + 8 * blocks
        packed = data[begin : begin + -(-length // 4)]
        letters = ["TCAG"[(byte >> shift) & 3] for byte in packed for shift in (6, 4, 2, 0)][:length]
        for start, size in zip(starts, sizes, strict=True):
            letters[start : start + size] = "N" * size
        found[name] = "".join(letters)
    assert begin + len(packed) == len(data)
    return found


@pytest.mark.parametrize("slab", [4, 8, 1 << 22])
def test_a_genome_comes_back(tmp_path, monkeypatch, slab):
    monkeypatch.setattr(twobit, "_SLAB", slab)
    generator = np.random.default_rng(0)
    genome = Genome.from_chromosomes(
        {
            name: generator.integers(0, 5, size, np.uint8)
            for name, size in (("a", 1), ("chr 2", 37), ("c", 64), ("n", 3))
        }
    )
    write_2bit(tmp_path / "g.2bit", genome)
    assert read_2bit(tmp_path / "g.2bit") == {name: decode(genome.chromosome(name)) for name in genome.names}


def test_a_name_that_does_not_fit_is_refused(tmp_path):
    genome = Genome.from_chromosomes({"x" * 256: np.zeros(5, np.uint8)})
    with pytest.raises(ValueError, match="has more than 255 bytes"):
        write_2bit(tmp_path / "g.2bit", genome)
    assert not (tmp_path / "g.2bit").exists()


def test_a_genome_that_is_written_is_read_as_a_fasta_is(tmp_path):
    genome = Genome.from_chromosomes({"a": encode("NNACGTNACGTTN"), "b": encode("TTG"), "c": encode("N")})
    write_2bit(tmp_path / "g.2bit", genome)
    assert read_fasta(tmp_path / "g.2bit").fingerprint == genome.fingerprint

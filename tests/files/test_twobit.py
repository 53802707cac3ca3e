"""A genome in 2bit is that of its FASTA."""

import struct

import numpy as np
import pytest

from cisgrammar.files.twobit import is_twobit
from cisgrammar.sequence.fasta import read_fasta
from fuzz import result_or_line


def packed(sequences, order="<", version=0):
    """2bit after UCSC's description."""
    place = "Q" if version else "I"
    names = list(sequences)
    records = []
    for text in sequences.values():
        upper = text.upper()
        unknown = runs(upper, "N")
        masked = runs("".join("m" if letter.islower() else "." for letter in text), "m")
        data = struct.pack(f"{order}I", len(text))
        for blocks in (unknown, masked):
            data += struct.pack(f"{order}I", len(blocks))
            data += b"".join(struct.pack(f"{order}I", start) for start, _ in blocks)
            data += b"".join(struct.pack(f"{order}I", size) for _, size in blocks)
        data += struct.pack(f"{order}I", 0)
        codes = ["TCAG".index(letter if letter != "N" else "T") for letter in upper]
        codes += [0] * (-len(codes) % 4)
        data += bytes(a << 6 | b << 4 | c << 2 | d for a, b, c, d in zip(*[iter(codes)] * 4, strict=True))
        records.append(data)
    size = 16 + sum(1 + len(name) + struct.calcsize(place) for name in names)
    index, offset = b"", size
    for name, record in zip(names, records, strict=True):
        index += bytes([len(name)]) + name.encode() + struct.pack(f"{order}{place}", offset)
        offset += len(record)
    return struct.pack(f"{order}4I", 0x1A412743, version, len(names), 0) + index + b"".join(records)


def runs(text, letter):
    found, start = [], None
    for at, one in enumerate([*text, ""]):
        if one == letter and start is None:
            start = at
        elif one != letter and start is not None:
            found.append((start, at - start))
            start = None
    return found


SEQUENCES = {"chr1": "NNACGTacgtNNNTTGACNA", "chrM": "GATTACA", "long": "ACGTN" * 300_000}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("version", [0, 1])
def test_twobit_and_fasta_are_the_same_genome(tmp_path, order, version):
    (tmp_path / "g.2bit").write_bytes(packed(SEQUENCES, order, version))
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{text}\n" for name, text in SEQUENCES.items()))
    ours, theirs = read_fasta(tmp_path / "g.2bit"), read_fasta(tmp_path / "g.fa")
    assert ours.names == theirs.names
    assert np.array_equal(ours.codes, theirs.codes)
    assert ours.fingerprint == theirs.fingerprint
    assert is_twobit(tmp_path / "g.2bit")
    assert not is_twobit(tmp_path / "g.fa")
    assert not is_twobit(tmp_path / "none")


def test_a_file_that_is_cut_off_anywhere_is_one_line(tmp_path):
    whole = packed({name: SEQUENCES[name] for name in ("chr1", "chrM")})
    path = tmp_path / "g.2bit"
    for size in range(4, len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="2bit that is cut off or damaged") as error:
            read_fasta(path)
        assert str(path) in str(error.value)


def test_a_damaged_file_is_one_line_or_another_genome(tmp_path):
    whole = packed({name: SEQUENCES[name] for name in ("chr1", "chrM")})
    rng = np.random.default_rng(0)
    path = tmp_path / "g.2bit"
    for _ in range(300):
        data = bytearray(whole)
        data[int(rng.integers(4, len(data)))] = int(rng.integers(256))
        path.write_bytes(data)
        result_or_line(path, lambda: read_fasta(path))


def test_another_version_is_told(tmp_path):
    (tmp_path / "g.2bit").write_bytes(struct.pack("<4I", 0x1A412743, 7, 1, 0))
    with pytest.raises(ValueError, match="2bit of version 7"):
        read_fasta(tmp_path / "g.2bit")

"""The reader of bigWigs: every kind of block, as the other library reads them; damage is one line."""

import struct
import zlib

import numpy as np
import pyBigWig
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.signal.bigwig_file import BigWigFile
from fuzz import result_or_line

LENGTHS = {"chr2": 90_000, "chr1": 120_000, "chr10": 500}


def written(path, add, lengths=LENGTHS):
    file = pyBigWig.open(str(path), "w")
    file.addHeader(list(lengths.items()))
    add(file)
    file.close()
    return path


def kinds_of_blocks(file):
    rng = np.random.default_rng(0)
    starts = np.sort(rng.choice(30_000, 3000, replace=False)) * 4
    file.addEntries("chr2", starts[starts < 80_000], values=rng.random((starts < 80_000).sum()), span=3)
    ends = starts + rng.integers(1, 5, 3000)
    file.addEntries(["chr1"] * 3000, starts, ends=ends, values=rng.integers(0, 9, 3000).astype(float))
    file.addEntries("chr10", 17, values=[1.0, 2.0, 3.0], span=2, step=5)


def all_values(path):
    with BigWigFile(path) as file:
        return [
            (values.chrom, *row)
            for values in file.read_all()
            for row in zip(values.start.tolist(), values.end.tolist(), values.value.tolist(), strict=True)
        ]


def test_blocks_of_each_kind_are_read_as_the_other_library_reads_them(tmp_path):
    path = written(tmp_path / "a.bw", kinds_of_blocks)
    with pyBigWig.open(str(path)) as other, BigWigFile(path) as ours:
        assert ours.chromosomes == other.chroms()
        wanted = [(chrom, *row) for chrom in LENGTHS for row in other.intervals(chrom)]
    assert all_values(path) == wanted
    assert len(wanted) > 4900


def test_an_index_of_several_levels_is_walked_in_order(tmp_path):
    def many(file):
        for start in range(0, 80_000, 200):
            file.addEntries("chr2", start, values=[float(start)], span=1, step=1)

    path = written(tmp_path / "a.bw", many)
    with BigWigFile(path) as file:
        assert len(file.blocks) == 400
    assert [row[1] for row in all_values(path)] == list(range(0, 80_000, 200))


def other_order(path, compressed=True):
    """A file whose numbers have their highest byte first, with trees of two levels and a block of each kind."""
    chroms = [("chrA", 0, 100), ("chrB", 1, 50)]
    values = [
        struct.pack(">IIIIIBBH2f", 0, 10, 16, 3, 2, 3, 0, 2, 1.5, 2.5),
        struct.pack(">IIIIIBBHIfIf", 0, 20, 30, 0, 1, 2, 0, 2, 20, 3.0, 29, 4.0),
        struct.pack(">IIIIIBBHIIf", 1, 0, 5, 0, 0, 1, 0, 1, 0, 5, -1.0),
    ]
    blocks = [zlib.compress(block) if compressed else block for block in values]
    tree = struct.pack(">IIIIQQ", 0x78CA8C91, 1, 4, 8, 2, 0)
    at = 64 + len(tree)
    first_leaf = at + 4 + 2 * 12
    tree += struct.pack(">BBH", 0, 0, 2)
    tree += b"".join(struct.pack(">4sQ", name.encode(), first_leaf + 16 * i) for name, i, _ in chroms)
    tree += b"".join(struct.pack(">BBH4sII", 1, 0, 1, name.encode(), i, size) for name, i, size in chroms)
    data, places, start = b"", [], 64 + len(tree) + 8
    for block in blocks:
        places.append((start + len(data), len(block)))
        data += block
    index_at = start + len(data)
    index = struct.pack(">IIQIIIIQII", 0x2468ACE0, 2, 3, 0, 10, 1, 5, index_at, 1, 0)
    leaves = [places[:2], places[2:]]
    where = index_at + 48 + 4 + 2 * 24
    index += struct.pack(">BBH", 0, 0, 2)
    for leaf in leaves:
        index += struct.pack(">IIIIQ", 0, 0, 1, 50, where)
        where += 4 + 32 * len(leaf)
    for leaf in leaves:
        index += struct.pack(">BBH", 1, 0, len(leaf))
        index += b"".join(struct.pack(">IIIIQQ", 0, 0, 1, 50, *place) for place in leaf)
    header = struct.pack(
        ">IHHQQQHHQQIQ", 0x888FFC26, 4, 0, 64, start - 8, index_at, 0, 0, 0, 0, 1 << 15 if compressed else 0, 0
    )
    path.write_bytes(header + tree + struct.pack(">Q", 3) + data + index)
    return path


@pytest.mark.parametrize("compressed", [True, False])
def test_other_byte_order_and_plain_blocks(tmp_path, compressed):
    path = other_order(tmp_path / "a.bw", compressed)
    assert all_values(path) == [
        ("chrA", 10, 12, 1.5),
        ("chrA", 13, 15, 2.5),
        ("chrA", 20, 21, 3.0),
        ("chrA", 29, 30, 4.0),
        ("chrB", 0, 5, -1.0),
    ]


def test_a_bigbed_and_other_files_are_named(tmp_path):
    path = tmp_path / "a.bw"
    path.write_bytes(struct.pack("<I", 0x8789F2EB) + bytes(100))
    with pytest.raises(ValueError, match=r"a\.bw: a bigBed, which holds intervals; wanted a bigWig"):
        BigWigFile(path)
    for data in (b"", b"ab", b"chr1\t1\t2\n" * 20):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=r"a\.bw: not a bigWig file"):
            BigWigFile(path)


@pytest.mark.parametrize("size", [4, 63, 64, 100, 250, 1000])
def test_a_cut_file_is_named(tmp_path, size):
    path = written(tmp_path / "a.bw", kinds_of_blocks)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"a\.bw: (cut off or )?damaged"):
        BigWigFile(path)


def spoilt(path, place, new):
    data = bytearray(path.read_bytes())
    data[place : place + len(new)] = new
    path.write_bytes(data)


def test_trees_that_point_at_themselves_end(tmp_path):
    path = other_order(tmp_path / "a.bw")
    index = struct.unpack_from(">Q", path.read_bytes(), 24)[0]
    spoilt(path, index + 48 + 4 + 16, struct.pack(">Q", index + 48))
    with pytest.raises(ValueError, match=r"damaged bigWig .the index"):
        BigWigFile(path)
    path = other_order(tmp_path / "b.bw")
    spoilt(path, 64 + 32 + 4 + 4, struct.pack(">Q", 96))
    with pytest.raises(ValueError, match=r"damaged bigWig .the tree of chromosomes"):
        BigWigFile(path)


def test_a_block_without_its_checksum_is_damaged(tmp_path):
    path = other_order(tmp_path / "a.bw")
    at = path.stat().st_size - 8
    size = struct.unpack_from(">Q", path.read_bytes(), at)[0]
    spoilt(path, at, struct.pack(">Q", size - 2))
    with pytest.raises(ValueError, match="damaged bigWig"):
        all_values(path)


def test_a_block_that_unpacks_to_too_much_is_damaged(tmp_path):
    path = other_order(tmp_path / "a.bw")
    bomb = zlib.compress(bytes(1 << 24))
    index = struct.unpack_from(">Q", path.read_bytes(), 24)[0]
    size = path.stat().st_size
    spoilt(path, size, bomb)
    # the last leaf's one block
    spoilt(path, size - 16, struct.pack(">QQ", size, len(bomb)))
    assert index < size
    with pytest.raises(ValueError, match=f"damaged bigWig .the block at byte {size}"):
        all_values(path)


@settings(max_examples=250, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), new=st.binary(min_size=1, max_size=3), kind=st.integers(0, 3))
def test_damage_gives_the_same_values_or_one_line(tmp_path_factory, place, new, kind):
    path = tmp_path_factory.mktemp("damage") / "a.bw"
    if kind == 0:
        other_order(path)
    else:
        written(path, kinds_of_blocks)
    sound = all_values(path)
    size = path.stat().st_size
    # half of the places lie in the headers and trees, which are small
    where = int(place * size) if kind == 1 else int(place * min(size, 700))
    if kind == 3:
        path.write_bytes(path.read_bytes()[:where])
    else:
        spoilt(path, where, new)
    found = result_or_line(path, lambda: all_values(path))
    # a name has no checksum: a chromosome of another name is seen against the FASTA
    assert found is None or [row[1:] for row in found] == [row[1:] for row in sound]

"""BigBeds of our own writer, read by pyBigWig."""

import struct

import numpy as np
import pyBigWig
import pytest

from cisgrammar.signal.tracks import bigbed_writer
from cisgrammar.signal.tracks.bigbed_writer import write_bigbed

SIZES = {"chr2": 60_000, "chr10": 9_000, "a": 500, "none": 100}
COLUMNS = (
    'table x\n"toy"\n(\nstring chrom; "c"\nuint start; "s"\nuint end; "e"\nstring name; "n"\nuint n; "number"\n)\n'
)


def made(number=3000, seed=0, longest=200):
    """Intervals in any order, many of which overlap."""
    rng = np.random.default_rng(seed)
    chrom = rng.choice(["chr2", "chr10", "a"], number, p=[0.7, 0.2, 0.1])
    size = np.array([SIZES[name] for name in chrom])
    start = (rng.random(number) * (size - 1)).astype(np.int64)
    end = np.minimum(start + rng.integers(1, longest, number), size)
    return (chrom.tolist(), start, end), [f"m{i % 7}\t{i}" for i in range(number)]


def by_hand(places, rest):
    found = {}
    for chrom, start, end, text in zip(*places, rest, strict=True):
        found.setdefault(chrom, []).append((int(start), int(end), text))
    return found


@pytest.mark.parametrize(("items", "bases"), [(512, 1 << 16), (7, 100), (1, 1)])
def test_intervals_are_read_back(tmp_path, monkeypatch, items, bases):
    monkeypatch.setattr(bigbed_writer, "_ITEMS", items)
    monkeypatch.setattr(bigbed_writer, "_BASES", bases)
    places, rest = made(300 if items == 1 else 3000)
    path = tmp_path / "x.bb"
    write_bigbed(path, SIZES, places, rest, COLUMNS)
    wanted = by_hand(places, rest)
    with pyBigWig.open(str(path)) as file:
        assert file.isBigBed()
        assert file.chroms() == SIZES
        sql = file.SQL()
        assert (sql.decode() if isinstance(sql, bytes) else sql) == COLUMNS
        for chrom, intervals in wanted.items():
            assert sorted(file.entries(chrom, 0, SIZES[chrom])) == sorted(intervals)
            for first, last in ((0, 1), (100, 101), (137, 420), (SIZES[chrom] - 1, SIZES[chrom])):
                inside = [each for each in intervals if each[0] < last and each[1] > first]
                assert sorted(file.entries(chrom, first, last) or []) == sorted(inside)
        assert not file.entries("none", 0, 100)


def test_a_long_interval_is_found_far_from_its_start(tmp_path, monkeypatch):
    """Blocks behind it end before it does: the index must lead to it all the same."""
    monkeypatch.setattr(bigbed_writer, "_ITEMS", 2)
    start = np.array([10, *range(20, 2000)])
    end = start + np.array([50_000, *[5] * (len(start) - 1)])
    write_bigbed(tmp_path / "x.bb", SIZES, (["chr2"] * len(start), start, end), ["m\t1"] * len(start), COLUMNS)
    with pyBigWig.open(str(tmp_path / "x.bb")) as file:
        assert file.entries("chr2", 40_000, 40_001) == [(10, 50_010, "m\t1")]
        assert not file.entries("chr2", 50_010, 60_000)


def test_the_header_tells_columns_and_cover(tmp_path):
    places = (["chr10", "chr10", "a"], np.array([100, 150, 3]), np.array([200, 160, 4]))
    path = tmp_path / "x.bb"
    write_bigbed(path, SIZES, places, ["m\t0\t+\t1.5"] * 3, COLUMNS)
    data = path.read_bytes()
    assert struct.unpack("<IHH", data[:8]) == (0x8789F2EB, 4, 6)
    assert struct.unpack("<HH", data[32:36]) == (7, 6)
    where = struct.unpack("<Q", data[44:52])[0]
    # 90 bases of depth 1 and 10 of depth 2 on chr10, one on a.
    assert struct.unpack("<Qdddd", data[where : where + 40]) == (101, 1.0, 2.0, 111.0, 131.0)
    assert data[-4:] == data[:4]


def test_zoom_levels_hold_the_depth(tmp_path):
    places, rest = made(seed=3)
    path = tmp_path / "x.bb"
    write_bigbed(path, SIZES, places, rest, COLUMNS)
    depth = np.zeros(SIZES["chr10"])
    for chrom, start, end in zip(*places, strict=True):
        if chrom == "chr10":
            depth[start:end] += 1
    data = path.read_bytes()
    reduction, _, at, index = struct.unpack("<IIQQ", data[64:88])
    assert reduction == 16
    import zlib

    found, place = {}, at + 4
    while place < index:
        unpacker = zlib.decompressobj()
        block = np.frombuffer(unpacker.decompress(data[place:index]), dtype=bigbed_writer.RECORD)
        place = index - len(unpacker.unused_data)
        found |= {int(r["start"]): (int(r["bases"]), float(r["sum"])) for r in block if r["chrom"] == 1}
    bins = {b: depth[b : b + 16] for b in range(0, len(depth), 16)}
    assert found == {b: ((part > 0).sum(), part.sum()) for b, part in bins.items() if part.any()}


def test_no_interval_is_a_file_and_the_same_give_the_same_bytes(tmp_path):
    none = ([], np.zeros(0, np.int64), np.zeros(0, np.int64))
    write_bigbed(tmp_path / "none.bb", SIZES, none, [], COLUMNS)
    with pyBigWig.open(str(tmp_path / "none.bb")) as file:
        assert file.isBigBed()
        assert not file.entries("chr2", 0, 1000)
    places, rest = made(200)
    turned = (places[0][::-1], places[1][::-1], places[2][::-1])
    write_bigbed(tmp_path / "a.bb", SIZES, places, rest, COLUMNS)
    write_bigbed(tmp_path / "b.bb", SIZES, turned, rest[::-1], COLUMNS)
    write_bigbed(tmp_path / "c.bb", SIZES, places, rest, COLUMNS)
    assert (tmp_path / "a.bb").read_bytes() == (tmp_path / "c.bb").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.bb", "b.bb", "c.bb", "none.bb"]


@pytest.mark.parametrize("wrong", [("chr3", 1, 2), ("chr10", 5, 5), ("chr10", -1, 3), ("a", 490, 501)])
def test_an_interval_off_the_chromosomes_is_refused(tmp_path, wrong):
    places = (["a", wrong[0]], np.array([1, wrong[1]]), np.array([9, wrong[2]]))
    with pytest.raises(ValueError, match=f"{wrong[0]}:{wrong[1]}-{wrong[2]} is empty or beyond"):
        write_bigbed(tmp_path / "x.bb", SIZES, places, ["m\t1"] * 2, COLUMNS)
    assert not list(tmp_path.iterdir())

"""Tables of regions."""

import numpy as np
import pytest

from cisgrammar.signal.table import Regions, places_of, read_regions, write_regions

REGIONS = Regions(
    chrom=np.array(["chr1", "chr10"]),
    start=np.array([5, 20]),
    end=np.array([15, 30]),
    name=np.array(["peak 1", "chr10:20-30"]),
    kind=np.array(["peak", "background"]),
    split=np.array(["test", "train"]),
    counts=np.array([12, 0]),
    gc=np.array([0.5, 0.3333]),
)


def test_regions_come_back(tmp_path):
    write_regions(tmp_path / "r.tsv", REGIONS)
    text = (tmp_path / "r.tsv").read_text()
    assert text == (
        "chrom\tstart\tend\tname\tkind\tsplit\tcounts\tgc\tstrand\n"
        "chr1\t5\t15\tpeak 1\tpeak\ttest\t12\t0.5000\t.\n"
        "chr10\t20\t30\tchr10:20-30\tbackground\ttrain\t0\t0.3333\t.\n"
    )
    found = read_regions(tmp_path / "r.tsv")
    for name, column in vars(REGIONS).items():
        assert getattr(found, name).tolist() == column.tolist()
    assert found.centre.tolist() == [10, 25]


def test_selecting():
    assert REGIONS.of("peak").chrom.tolist() == ["chr1"]
    assert REGIONS.of(split="train").chrom.tolist() == ["chr10"]
    assert len(REGIONS.of("peak", "train")) == 0
    assert len(REGIONS.of()) == 2


def test_empty_table_comes_back(tmp_path):
    write_regions(tmp_path / "r.tsv", REGIONS.take(np.zeros(2, dtype=bool)))
    assert len(read_regions(tmp_path / "r.tsv")) == 0


def test_other_tables_are_named(tmp_path):
    path = tmp_path / "r.tsv"
    path.write_text("chrom\tstart\n")
    with pytest.raises(ValueError, match=r"r\.tsv: no column end, .*; delete it and run its stage again"):
        read_regions(path)
    write_regions(path, REGIONS)
    path.write_text(path.read_text() + "chr1\t5\n")
    with pytest.raises(ValueError, match=r"r\.tsv: column end .*: got '' in row 3; wanted whole numbers"):
        read_regions(path)


def test_places_alone_keep_what_is_cut_and_counted(tmp_path):
    write_regions(tmp_path / "r.tsv", REGIONS)
    slim = places_of(read_regions(tmp_path / "r.tsv"))
    for name in ("chrom", "start", "end", "centre", "counts"):
        np.testing.assert_array_equal(getattr(slim, name), getattr(REGIONS, name))
    assert set(slim.name) == set(slim.kind) == set(slim.split) == {""}
    assert len(slim.take([0])) == 1

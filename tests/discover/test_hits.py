"""Hits: planted sites on their strands, q that holds, one hit per palindrome and per place, the same bytes."""

import gzip
from dataclasses import replace

import numpy as np
import pandas as pd
import pyBigWig
import pytest

from cisgrammar.config.discover import Discover
from cisgrammar.discover.find import discover
from cisgrammar.discover.hits import best_of_overlapping, call_hits, write_bed, write_big_bed
from toy_contributions import planted

SETTINGS = Discover(outputs=("counts",))


@pytest.fixture(scope="module")
def called():
    windows, sites = planted(number=300, factors=("a", "b"), strength=8.0)
    found, _ = discover(windows, SETTINGS)
    return windows, sites, found, call_hits(windows, found)


def right(windows, sites, hits):
    truth = {}
    for row, start, *_ in sites:
        truth.setdefault(row, []).append(start + 6)
    middle = (hits["start"] + hits["end"]) / 2 - windows.start[hits["window"].to_numpy(dtype=int)]
    return [any(abs(m - t) <= 6 for t in truth.get(w, [])) for m, w in zip(middle, hits["window"], strict=True)]


def test_planted_sites_are_hit_once_and_little_else(called):
    windows, sites, _, calls = called
    hits = calls[~calls["shuffled"] & (calls["q"] <= 0.05)]
    good = right(windows, sites, hits)
    assert np.mean(good) > 0.92
    assert abs(sum(good) - len(sites)) < 0.05 * len(sites)
    assert calls.loc[calls["shuffled"], "q"].isna().all()
    assert (hits["contribution"] > 0).all()
    assert (hits["end"] - hits["start"]).groupby(hits["motif"]).nunique().eq(1).all()


def test_a_window_that_overlaps_another_does_not_count_a_site_twice(called):
    windows, _, found, calls = called
    twice = np.concatenate([np.arange(len(windows)), np.flatnonzero(~windows.shuffled)[:50]])
    again = call_hits(windows.take(twice), found)
    columns = ["chrom", "start", "end", "motif", "strand"]
    pd.testing.assert_frame_equal(
        again.loc[~again["shuffled"], columns].reset_index(drop=True),
        calls.loc[~calls["shuffled"], columns].reset_index(drop=True),
    )


def test_no_pattern_no_hit(called):
    windows, *_ = called
    assert len(call_hits(windows, [])) == 0
    zero = replace(windows, hypothetical={"counts": np.zeros_like(windows.hypothetical["counts"])})
    assert len(call_hits(zero, called[2])) == 0


def test_best_of_overlapping_by_hand():
    table = pd.DataFrame(
        {
            "place": ["c", "c", "c", "c", "d"],
            "motif": ["m", "m", "n", "m", "m"],
            "strand": ["+", "-", "+", "+", "+"],
            "start": [0, 1, 1, 6, 1],
            "end": [10, 11, 11, 16, 11],
            "score": [1.0, 2.0, 0.1, 1.5, 0.1],
        }
    )
    # The second shares 9 bp with the first and 5, no more than half, with the fourth.
    assert best_of_overlapping(table).tolist() == [False, True, True, True, True]
    assert best_of_overlapping(table.iloc[:0]).tolist() == []


def test_the_bed_is_sorted_and_the_same_again(called, tmp_path):
    hits = called[3][~called[3]["shuffled"]]
    for name in "ab":
        write_bed(tmp_path / f"{name}.bed.gz", hits)
    assert (tmp_path / "a.bed.gz").read_bytes() == (tmp_path / "b.bed.gz").read_bytes()
    with gzip.open(tmp_path / "a.bed.gz", "rt") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    starts = [int(row[1]) for row in rows]
    assert starts == sorted(starts)
    assert len(rows) == len(hits)
    assert max(int(row[4]) for row in rows) == 1000
    write_bed(tmp_path / "none.bed.gz", hits.iloc[:0])
    with gzip.open(tmp_path / "none.bed.gz", "rt") as file:
        assert len(file.readlines()) == 1


def test_a_big_bed_holds_what_the_bed_does(tmp_path):
    hits = pd.DataFrame(
        {
            "chrom": ["c", "c", "b"],
            "start": [10, 10, 90],
            "end": [18, 20, 98],
            "motif": ["motif_1", "motif_2", "motif_1"],
            "strand": ["+", "-", "-"],
            "score": [2.0, 1.0, 0.5],
            "contribution": [0.123456, -0.5, 1e-7],
            "q": [0.01, 0.05, 0.0009],
            "held_out": [True, False, True],
        }
    )
    write_bed(tmp_path / "hits.bed.gz", hits)
    write_big_bed(tmp_path / "hits.bb", hits, {"a": 50, "c": 100, "b": 100})
    with gzip.open(tmp_path / "hits.bed.gz", "rt") as file:
        lines = [line.split("\t", 3) for line in file.read().splitlines()[1:]]
    with pyBigWig.open(str(tmp_path / "hits.bb")) as file:
        found = [(name, *entry) for name in ("c", "b") for entry in file.entries(name, 0, 100)]
        assert file.SQL().decode().count(";") == 9
    assert found == [(chrom, int(start), int(end), rest) for chrom, start, end, rest in lines]
    write_big_bed(tmp_path / "none.bb", hits.iloc[:0], {"c": 100})
    assert pyBigWig.open(str(tmp_path / "none.bb")).isBigBed()

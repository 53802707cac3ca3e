"""Motifs over samples: the same motif of two samples is one row, on either strand; signs stay apart."""

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.config.discover import Discover
from cisgrammar.discover.find import discover
from cisgrammar.discover.hits import call_hits
from cisgrammar.discover.merge import members_of, merge_motifs
from cisgrammar.discover.motif_table import motif_table
from cisgrammar.discover.planted import correlation
from cisgrammar.tables.contracts.discover import MERGED
from toy_contributions import FACTORS, planted

SETTINGS = Discover(outputs=("counts",))


def members(sample, seed, **options):
    windows, _ = planted(seed=seed, strength=9.0, **options)
    found, _ = discover(windows, SETTINGS)
    kept = motif_table(windows, found, call_hits(windows, found), {}, SETTINGS)
    return members_of(sample, found, kept.table)


@pytest.fixture(scope="module")
def every():
    return [
        *members("x", 1, factors=("a", "b")),
        *members("y", 2, factors=("a", "c"), number=200),
        *members("z", 3, factors=("c",), signs={"c": -1}),
    ]


def test_one_row_per_motif_and_sign(every, tmp_path):
    table, motifs = merge_motifs(every, ["x", "y", "z"], {}, 0.05)
    MERGED.write(tmp_path / "m.tsv", table)
    table = MERGED.read(tmp_path / "m.tsv")
    assert list(table["samples"]) == ["x,y", "x", "z", "y"] or sorted(table["samples"]) == ["x", "x,y", "y", "z"]
    assert table["samples"][0] == "x,y"
    assert sorted(table["sign"]) == ["+", "+", "+", "-"]
    assert table["alike"][0] > 0.95
    assert table["hits"][0] == table["hits_x"][0] + table["hits_y"][0]
    assert np.isnan(table["contribution_z"][0])
    assert table["hits_z"][0] == 0
    letters = np.eye(4)[["ACGT".index(base) for base in FACTORS["a"]]]
    assert correlation(motifs["motif_1"].shares, letters) > 0.98


def test_a_motif_without_hits_is_of_the_samples_that_found_it(every, tmp_path):
    """A rare word stands by its places: its row names its sample, which the table wants."""
    without = [replace(member, row={**member.row, "hits": 0, "held_out_hits": 0}) for member in every]
    table, _ = merge_motifs(without, ["x", "y", "z"], {}, 0.05)
    MERGED.write(tmp_path / "m.tsv", table)
    assert sorted(table["samples"]) == ["x", "x,y", "y", "z"]
    assert (table["hits"] == 0).all()


def test_the_order_of_the_samples_changes_no_group(every):
    groups = []
    for order in (every, every[::-1]):
        table, _ = merge_motifs(order, ["x", "y", "z"], {}, 0.05)
        groups.append({frozenset(row.split(",")) for row in table["members"]})
    assert groups[0] == groups[1]


def test_nothing_to_merge(tmp_path):
    table, motifs = merge_motifs([], ["x"], {}, 0.05)
    MERGED.write(tmp_path / "m.tsv", table)
    assert len(MERGED.read(tmp_path / "m.tsv")) == 0
    assert motifs == {}

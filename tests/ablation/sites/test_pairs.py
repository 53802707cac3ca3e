"""Pairs of neighbouring sites."""

import pytest

from cisgrammar.ablation.sites.find import BindingFiles, find_sites
from cisgrammar.ablation.sites.pairs import find_pairs, null_pairs
from cisgrammar.ablation.sites.peak_inputs import peak_windows
from cisgrammar.config.profile import Evaluate
from toy_sites import make_place, site_settings

NO_FILES = BindingFiles()


@pytest.fixture(scope="module")
def place():
    regions, genome, places = make_place()
    return peak_windows(regions, genome, Evaluate()), genome, places


def test_pairs_are_near_apart_and_told_by_strand(place):
    table = find_sites(place[0], site_settings(), NO_FILES, 1).table
    pairs = find_pairs(table, site_settings(pair_distance=60, pair_sites=7), 1)
    assert len(pairs) == 7
    by_site = table.set_index("site")
    for row in pairs.itertuples():
        a, b = by_site.loc[row.site_a], by_site.loc[row.site_b]
        assert a.region == b.region == row.region
        assert b.start - a.end == row.gap
        assert row.strands == ("same" if a.strand == b.strand else "opposite")
    assert len(find_pairs(table, site_settings(pair_distance=5), 1)) == 0


def test_null_pairs_are_like_their_pair_and_hold_no_site(place):
    windows = place[0]
    settings = site_settings(pair_distance=70, pair_nulls=4)
    table = find_sites(windows, settings, NO_FILES, 1).table
    pairs = find_pairs(table, settings, 1)
    nulls = null_pairs(windows, table, pairs, settings, 1)
    assert nulls.groupby(["pair", "kind"]).size().max() == 4
    assert not nulls.duplicated(["pair", "kind", "draw"]).any()
    assert set(nulls["kind"]) == {"decoy", "control", "moved"}
    of = pairs.set_index("pair").loc[nulls["pair"]]
    for kind in ("decoy", "control"):
        mine = (nulls["kind"] == kind).to_numpy()
        gap = nulls["start_b"] - nulls["end_a"]
        gap = gap.where(gap >= 0, nulls["start_a"] - nulls["end_b"])
        assert (gap[mine].to_numpy() == of["gap"].to_numpy()[mine]).all()
    sites = table[table["kind"] == "site"]
    for row in nulls[nulls["kind"] == "control"].itertuples():
        here = sites[sites["region"] == row.region]
        for start, end in ((row.start_a, row.end_a), (row.start_b, row.end_b)):
            assert ((here["end"] <= start) | (here["start"] >= end)).all()
    moved = nulls[nulls["kind"] == "moved"]
    assert moved["gap"].between(46, 70).all()
    assert (moved["moved_from"] >= 0).all()
    assert (nulls.loc[nulls["kind"] != "moved", "moved_from"] == -1).all()
    assert len(null_pairs(windows, table, pairs, site_settings(pair_nulls=0), 1)) == 0
    assert len(null_pairs(windows, table, pairs.head(0), settings, 1)) == 0

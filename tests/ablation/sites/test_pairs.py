"""Pairs of neighbouring sites."""

import pytest

from cisgrammar.ablation.sites.find import BindingFiles, find_sites
from cisgrammar.ablation.sites.pairs import find_pairs
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

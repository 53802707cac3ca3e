"""Which test windows are scored."""

import numpy as np
import pytest

from cisgrammar.config.profile import Evaluate
from cisgrammar.profile.data.scored import genome_starts, read_scored, read_scored_places, scored_regions
from cisgrammar.signal.table import read_regions
from toy_fold import make_fold, open_fold


@pytest.fixture(scope="module")
def fold(tmp_path_factory):
    paths = make_fold(tmp_path_factory.mktemp("fold"))[1]
    return paths["regions"], open_fold(paths), read_regions(paths["regions"])


def test_scored_windows_are_tested_deep_and_far_from_the_ends(fold):
    path, data, regions = fold
    scored = scored_regions(regions, data.genome, Evaluate(min_counts=30, edge=2000))
    for name, values in vars(read_scored(path, data.genome, Evaluate(min_counts=30, edge=2000))).items():
        np.testing.assert_array_equal(values, getattr(scored, name))
    assert set(scored.chrom) == {"chr3"}
    assert scored.counts.min() >= 30
    assert scored.centre.min() >= 2000
    assert scored.centre.max() <= 78_000
    expected = (regions.split == "test") & (regions.counts >= 30)
    expected &= (regions.centre >= 2000) & (regions.centre <= 78_000)
    assert len(scored) == expected.sum()
    with pytest.raises(ValueError, match=r"lower evaluate\.min_counts"):
        scored_regions(regions, data.genome, Evaluate(min_counts=1e6))
    with pytest.raises(ValueError, match=r"lower evaluate\.min_counts"):
        read_scored(path, data.genome, Evaluate(min_counts=1e6))


def test_places_alone_are_those_of_the_scored_windows_in_less_memory(fold):
    path, data, _ = fold
    settings = Evaluate(min_counts=30, edge=2000)
    whole, places = (read(path, data.genome, settings) for read in (read_scored, read_scored_places))
    for name in ("chrom", "start", "end", "counts", "gc"):
        np.testing.assert_array_equal(getattr(places, name), getattr(whole, name))
    assert set(places.name) == set(places.kind) == set(places.split) == {""}
    held, all_of_it = (sum(values.nbytes for values in vars(table).values()) for table in (places, whole))
    assert held < 0.6 * all_of_it


def test_windows_begin_where_their_chromosome_does(fold):
    _, data, regions = fold
    scored = scored_regions(regions, data.genome, Evaluate(min_counts=30))
    before = data.genome.lengths[: data.genome.names.index("chr3")].sum()
    np.testing.assert_array_equal(genome_starts(scored, data.genome), before + scored.start)

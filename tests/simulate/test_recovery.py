"""Recovery of a simulation's truth, by models that are right and models that are not."""

import numpy as np
import pytest

from cisgrammar.config.schema import Simulate
from cisgrammar.sequence.fasta import Genome
from cisgrammar.simulate.recovery import REACH, Planted, Windows, agreement, cut, depth, footprints, read_sites
from cisgrammar.simulate.truth import simulate, write_sites

LENGTH = 1000


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    size = {"chromosomes": 3, "chromosome_length": 150_000, "peaks_per_chromosome": 60, "fragments": 50_000}
    # A second site beside one is in its flanks, which a footprint's depth is relative to.
    settings = Simulate(**size, pair_share=0)
    made = simulate(settings)
    genome = Genome.from_chromosomes(dict(zip(made.genome.names, made.genome.codes, strict=True)))
    path = tmp_path_factory.mktemp("sites") / "sites.tsv"
    write_sites(path, made.genome)
    peaks = made.genome.peaks
    starts = peaks.chrom * 150_000 + peaks.summit - LENGTH // 2
    return made, read_sites(path, genome), starts


def test_sites_read_back_as_places_in_the_genome(simulated):
    made, sites, _ = simulated
    planted = made.genome.bound()
    middle = planted.chrom * 150_000 + (planted.start + planted.end) // 2
    np.testing.assert_array_equal(sites.middle, middle)
    np.testing.assert_array_equal(sites.reverse, planted.reverse)
    assert set(sites.factor) == {"REB1", "CBF1", "GATA"}


def test_the_truth_agrees_with_itself_and_the_biased_rate_less(simulated):
    made, _, starts = simulated
    unbiased, biased = made.unbiased.reshape(-1), made.expected.reshape(-1)
    empty = Windows(starts, {"x": np.zeros((len(starts), LENGTH))})
    windows = Windows(starts, {"right": cut(unbiased, empty), "biased": cut(biased, empty)})
    found = agreement(windows, unbiased)
    np.testing.assert_allclose(found["right"], 1)
    assert np.median(found["biased"]) < 0.85


def test_footprints_are_where_something_was_planted_and_only_there(simulated):
    made, sites, starts = simulated
    bare = simulate(made.settings.model_copy(update={"footprint_depth": 1.0}))
    empty = Windows(starts, {"x": np.zeros((len(starts), LENGTH))})
    profiles = {
        "with": cut(made.unbiased.reshape(-1), empty),
        "without": cut(bare.unbiased.reshape(-1), empty),
    }
    for factor in ("REB1", "CBF1", "GATA"):
        found, number = footprints(Windows(starts, profiles), sites, factor)
        assert number > 40
        assert found["with"].shape == (2 * REACH + 1,)
        # A site multiplies its bases by 0.3; the curve of the same peaks without footprints is the reference.
        assert depth(found["with"]) / depth(found["without"]) == pytest.approx(0.3, abs=0.03)
        assert depth(found["with beside"]) == pytest.approx(depth(found["without beside"]), abs=0.1)
        assert depth(found["with beside"]) > 2 * depth(found["with"])


def test_curves_are_turned_with_the_motif():
    profile = np.ones((2, 400))
    profile[0, 210] = profile[1, 190] = 9
    windows = Windows(np.array([0, 1000]), {"p": profile})
    sites = Planted(np.array([200, 1200]), np.array([False, True]), np.array(["F", "F"]))
    found, number = footprints(windows, sites, "F")
    assert number == 2
    assert found["p"].argmax() == REACH + 10
    assert found["p"][REACH - 10] == pytest.approx(1)


def test_no_place_is_taken_beside_another_site_and_none_near_an_edge():
    windows = Windows(np.array([0]), {"p": np.ones((1, 400))})
    crowded = Planted(np.array([135, 200, 265]), np.zeros(3, dtype=bool), np.array(["G", "F", "G"]))
    found, number = footprints(windows, crowded, "F")
    assert number == 1
    assert np.isnan(found["p beside"]).all()
    assert np.isfinite(found["p"]).all()
    edge = Planted(np.array([100, 320, 5000]), np.zeros(3, dtype=bool), np.array(["F"] * 3))
    found, number = footprints(windows, edge, "F")
    assert number == 0
    assert np.isnan(found["p"]).all()

"""Marginal footprints of models whose response is known."""

import numpy as np
import pytest
from scipy.special import softmax

from cisgrammar.profile.evaluate.footprints import Footprint, footprint_bar, largest, marginal_footprints
from cisgrammar.profile.models.heads import Head
from toy_profile import MotifModel, small_solo


@pytest.mark.parametrize("bad", ["", "GNT", "A" * 51])
def test_a_motif_that_cannot_be_put_in_names_its_key(bad):
    with pytest.raises(ValueError, match=r"must be 1 to 50 letters of A C G T; check evaluate\.motifs"):
        marginal_footprints(MotifModel(), np.full((3, 50), 1, dtype=np.uint8), {"enzyme": bad})


def test_footprint_by_hand_both_orientations():
    model = MotifModel()
    codes = np.full((3, 50), 1, dtype=np.uint8)
    found = marginal_footprints(model, codes, {"enzyme": "GA"}, batch_size=2)
    assert [(f.part, f.head, f.motif) for f in found] == [
        ("bias", "signal", ""),
        ("bias", "signal", "enzyme"),
    ]
    background, enzyme = found
    np.testing.assert_allclose(background.profile, 1 / 40)
    # GA begins at base 24 of 50, position 19 of the output; the other strand's GA would be a TC, which is not there.
    forward = softmax(3.0 * (np.arange(40) == 19))
    np.testing.assert_allclose(enzyme.profile, (forward + 1 / 40) / 2, rtol=1e-5)
    symmetric = marginal_footprints(model, codes, {"palindrome": "GATC"})[1]
    # On the other strand GATC is GATC: the same response, mirrored about the centre.
    np.testing.assert_allclose(symmetric.profile, symmetric.profile[::-1], rtol=1e-5)
    assert enzyme.maximum() == pytest.approx(enzyme.profile[19])
    assert largest(found, "bias", {"enzyme"}) == pytest.approx(enzyme.profile[19])
    assert np.isnan(largest(found, "residual", {"enzyme"}))
    assert np.isnan(largest(found, "bias", {"other"}))


def test_profiles_sum_to_one_over_strands_and_positions():
    model = small_solo((Head("a", 2), Head("b")))
    codes = np.random.default_rng(0).integers(0, 4, size=(5, model.input_length)).astype(np.uint8)
    found = marginal_footprints(model, codes, {"x": "TTACCCG"})
    assert len(found) == 4
    for footprint in found:
        assert footprint.profile.shape == (40,)
        assert footprint.profile.sum() == pytest.approx(1, abs=1e-5)


def test_only_what_is_near_the_motif_counts():
    profile = np.full(1000, 0.0005)
    profile[100] = 0.4
    profile[450] = 0.002
    assert Footprint("residual", "signal", "m", profile).maximum() == 0.002
    assert footprint_bar(1000) == pytest.approx(0.003)


def test_backgrounds_must_fit_the_model():
    model = small_solo()
    for bad in (np.zeros((0, model.input_length)), np.zeros((3, 10)), np.zeros(50)):
        with pytest.raises(ValueError, match="wanted at least one of"):
            marginal_footprints(model, bad.astype(np.uint8), {"x": "A"})


def test_the_error_is_the_spread_of_the_mean_over_backgrounds():
    """Means of 20 sets of 12 backgrounds differ as their errors say; batches change nothing; one has no error."""
    model = small_solo(length=40)
    codes = np.random.default_rng(2).integers(0, 4, (240, model.input_length)).astype(np.uint8)
    sets = [marginal_footprints(model, codes[i::20], {"m": "ACG"})[1] for i in range(20)]
    spread = np.std([one.profile for one in sets], axis=0, ddof=1)
    error = np.sqrt(np.mean([one.error**2 for one in sets], axis=0))
    assert np.mean(spread / error) == pytest.approx(1, abs=0.15)
    whole, split = (marginal_footprints(model, codes[:10], {}, batch_size=size)[0] for size in (64, 3))
    np.testing.assert_allclose(split.error, whole.error, rtol=1e-4)
    assert whole.sequences == 10
    assert np.isnan(marginal_footprints(model, codes[:1], {})[0].error).all()

"""The test of scans: how often it calls places without effect, and that it finds those with one."""

import numpy as np
import pytest

from cisgrammar.statistics.scan_null import FEWEST_PLACES, REACH, neighbourhood, scan_test

SIDES, STEPS, SCANS = 3, 21, 12


def drawn(rng, number, spread):
    """Scans that are alike within two steps and whose spread falls off, `(number, sides, steps)`."""
    white = rng.normal(size=(number, SIDES, STEPS + 2))
    smooth = (white[..., :-2] + 0.5 * white[..., 1:-1] + 0.25 * white[..., 2:]) / np.sqrt(1 + 0.25 + 0.0625)
    return spread * smooth * (np.exp(-np.arange(STEPS) / 10) + 0.05)


@pytest.mark.parametrize("ratio", [1.0, 4.0])
def test_places_without_effect_are_called_at_the_stated_rate_however_much_the_scan_varies(ratio):
    rng, hits, calls = np.random.default_rng(3), [], []
    for _ in range(60):
        test = scan_test(drawn(rng, 1, ratio)[0], [drawn(rng, SCANS, 1.0), drawn(rng, SCANS, 0.7)])
        hits.append((test.p < 0.05).mean())
        calls.append((test.p * test.p.size < 0.05).any())
    # 3,780 tests; those of a scan depend on each other: 2.5 standard errors over scans are 0.015.
    assert 0.03 <= np.mean(hits) <= 0.065
    assert np.mean(calls) <= 0.15


def test_two_planted_places_are_found_and_do_not_hide_each_other():
    rng, found = np.random.default_rng(5), []
    for _ in range(20):
        values = drawn(rng, 1, 3.0)[0]
        values[0, [1, 3]] += [24.0, 16.0]
        test = scan_test(values, [drawn(rng, SCANS, 1.0) for _ in range(2)])
        found.append(test.p[0, [1, 3]] < 0.005)
    assert (np.mean(found, axis=0) > [0.9, 0.6]).all()


def test_bounds_are_where_p_is_five_per_cent():
    rng = np.random.default_rng(7)
    values = drawn(rng, 1, 1.0)[0]
    kinds = [drawn(rng, SCANS, 1.0)]
    test = scan_test(values, kinds)
    outside = (values < test.low) | (values > test.high)
    np.testing.assert_array_equal(outside, test.p <= 0.05)
    assert test.scans == SCANS
    assert test.own.mean() > 0.8


def test_too_few_scans_make_no_test_and_too_few_places_take_the_spread_of_null_scans():
    rng = np.random.default_rng(9)
    few = scan_test(drawn(rng, 1, 1.0)[0], [drawn(rng, 3, 1.0)])
    assert np.isnan(few.p).all()
    assert np.isnan(scan_test(np.ones((2, 2)), []).high).all()
    short = rng.normal(size=(3, 2)) + np.array([[40.0, 0], [0, 0], [0, 0]])
    test = scan_test(short, [rng.normal(size=(SCANS, 3, 2)) for _ in range(2)])
    assert not test.own.any()
    assert test.p[0, 0] < 0.02


def test_a_scan_of_nothing_has_no_effect():
    test = scan_test(np.full((SIDES, STEPS), 1e-7), [np.zeros((SCANS, SIDES, STEPS))])
    assert (test.p == 1).all()


def test_a_neighbourhood_is_all_sides_within_reach():
    x = np.zeros((2, STEPS))
    x[1, 20] = 9.0
    x[:, 0] = 100.0
    centre, spread = neighbourhood(x)
    assert centre.shape == (1, STEPS)
    assert centre[0, REACH + 1] == 0
    assert (spread == 0).all()
    ramp, _ = neighbourhood(np.tile(np.arange(STEPS, dtype=float), (2, 1)))
    assert ramp[0, 10] == 10
    assert ramp[0, 0] == REACH / 2


def imaged(rng, sizes, chain=()):
    """A scan with effects `sizes` (flat place -> size), and which places are alike: 1 with 2 to 4, 30 with 31, 32."""
    values = drawn(rng, 1, 1.0)[0]
    values.reshape(-1)[list(sizes)] += list(sizes.values())
    alike = np.eye(values.size, dtype=bool)
    for one, other in ((1, 2), (1, 4), (30, 31), (30, 32), *chain):
        alike[one, other] = alike[other, one] = True
    return values, alike


def test_images_belong_to_the_greater_place_of_their_sign_and_what_is_planted_does_not_hide_itself():
    rng = np.random.default_rng(11)
    sizes = {1: 30.0, 2: 15.0, 4: 12.0, 30: -18.0, 31: -9.0, 32: 9.0, 45: 16.0, 3: 20.0}
    values, alike = imaged(rng, sizes)
    kinds = [drawn(rng, SCANS, 1.0) for _ in range(2)]
    test = scan_test(values, kinds, alike)
    image = test.image.reshape(-1)
    assert (image[[2, 4]] == 1).all()
    assert image[31] == 30
    assert (np.delete(image, [2, 4, 31]) == -1).all()  # 32 has the other sign
    p = test.p.reshape(-1)
    assert (p[[1, 3, 30, 45]] < 0.002).all()
    assert p[2] < 0.002  # an image keeps its own p
    alone = scan_test(values, kinds)
    assert (alone.image == -1).all()
    spread = test.high - test.centre
    clean = scan_test(drawn(np.random.default_rng(11), 1, 1.0)[0], kinds)
    np.testing.assert_allclose(spread[0, :6], (clean.high - clean.centre)[0, :6], rtol=0.6)


def test_the_top_of_a_chain_of_like_places_is_not_the_image_of_one_between():
    # 9 and 11 bp as in a scan of CCGGGTAA: 10 bp is like both, and lies between them in size.
    rng = np.random.default_rng(12)
    values, alike = imaged(rng, {5: 30.0, 6: 24.0, 7: 20.0}, chain=((5, 6), (6, 7)))
    image = scan_test(values, [drawn(rng, SCANS, 1.0) for _ in range(2)], alike).image.reshape(-1)
    assert image[[5, 6, 7]].tolist() == [-1, 5, -1]


def test_a_scan_that_stands_out_everywhere_keeps_a_centre_and_ends():
    rng = np.random.default_rng(13)
    values = rng.standard_cauchy((SIDES, STEPS)) * 100
    test = scan_test(values, [drawn(rng, SCANS, 1.0)], np.ones((values.size, values.size), dtype=bool))
    assert np.isfinite(test.p).all()
    assert np.isfinite(test.centre).all()
    assert (test.image >= 0).mean() <= 0.9


def test_a_neighbourhood_of_which_too_little_is_left_is_taken_whole():
    x = np.arange(SIDES * STEPS, dtype=float).reshape(SIDES, STEPS)
    left = x.copy()
    left[:, :9] = np.nan
    left[0, 9 : 9 + FEWEST_PLACES] = np.nan
    centre, spread = neighbourhood(left, x)
    np.testing.assert_allclose(centre[0, 0], np.median(x[:, : REACH + 1]))
    kept = left[:, 12 - REACH : 12 + REACH + 1]
    assert centre[0, 12] == pytest.approx(np.nanmedian(kept))
    assert spread[0, 12] == pytest.approx(1.4826 * np.nanmedian(abs(kept - np.nanmedian(kept))))

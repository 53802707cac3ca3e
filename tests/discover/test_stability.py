"""Stability: halves that share no sequence, patterns of halves, and contributions of folds that differ."""

from dataclasses import replace

import numpy as np

from cisgrammar.config.discover import Discover
from cisgrammar.discover.find import discover
from cisgrammar.discover.stability import halves, same_in_folds, same_in_halves
from toy_contributions import planted

SETTINGS = Discover(outputs=("counts",), min_seqlets=20)


def test_windows_that_overlap_are_in_one_half_and_shuffles_with_their_window():
    windows, _ = planted(number=6, length=100)
    start = np.tile([500, 100, 150, 240, 900, 340], 2)
    found = halves(replace(windows, start=start))
    # 100, 150 and 240 hang together; 340 begins where the third ends.
    assert found[1] == found[2] == found[3]
    assert found[5] != found[3]
    assert found[0] != found[5]
    assert found[4] != found[0]
    np.testing.assert_array_equal(found[:6], found[6:])
    elsewhere = np.where(np.arange(12) % 6 == 2, "chr2", "chr1")
    other = halves(replace(windows, start=start, chrom=elsewhere))
    assert set(other.tolist()) == {0, 1}


def test_a_motif_of_one_half_is_not_stable():
    windows, _ = planted(number=300, factors=("a",), strength=10.0, held_out=0.0)
    (found,), _ = discover(windows, SETTINGS)
    assert found.halves > 0.97
    half = halves(windows)
    # In one half of the windows another sequence has the contributions.
    values = windows.hypothetical["counts"].copy()
    values[half == 1] = values[half == 1][:, ::-1]
    codes = np.where((half == 1)[:, None], 3 - windows.codes, windows.codes).astype(np.uint8)
    apart = discover(replace(windows, codes=codes, hypothetical={"counts": values}), SETTINGS)[0]
    assert len(apart) == 2
    assert [each.halves for each in apart if len(each.pattern) >= 80] == [0.0] * sum(
        len(each.pattern) >= 80 for each in apart
    )
    assert not any(each.halves > 0.6 for each in apart)
    assert np.isnan(same_in_halves(found.pattern, [found.pattern], []))
    assert same_in_halves(found.pattern, [found.pattern], [found.pattern]) > 0.999


def test_the_least_alike_folds_count():
    windows, _ = planted(number=200, factors=("a",), strength=10.0, held_out=0.0)
    (found,), _ = discover(windows, SETTINGS)
    own = windows.of_bases("counts")
    noise = np.random.default_rng(1).normal(0, 1e-3, own.shape)
    same = np.stack([own, 3 * own, own + noise], axis=1).astype(np.float16)
    assert same_in_folds(found.pattern, windows.codes, same) > 0.98
    # A fold whose model sees something else at the same places.
    other = np.stack([own, own + noise, noise], axis=1).astype(np.float16)
    assert same_in_folds(found.pattern, windows.codes, other) < 0.5
    assert np.isnan(same_in_folds(found.pattern, windows.codes, same[:, :1]))
    with_folds = discover(replace(windows, by_fold={"counts": same}), SETTINGS)[0]
    assert with_folds[0].folds == same_in_folds(found.pattern, windows.codes, same)

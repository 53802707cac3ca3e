"""Background matched on GC: right where it can be, close where not, and always an end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence.folds import NO_SPLIT, TEST, TRAIN, VALIDATION
from cisgrammar.signal.background import ks_distance, match_gc, nearest_split, tile_windows
from cisgrammar.signal.counts.tiles import TileShape
from cisgrammar.signal.windows import Windows
from prepare_toys import random_genome

contents = st.lists(st.floats(0, 1), max_size=40)


def match(peaks, candidates, ratio, width=0.1, seed=0):
    return match_gc(np.array(peaks), np.array(candidates), ratio, width, np.random.default_rng(seed))


@given(contents, contents, st.floats(0.01, 50), st.sampled_from([0.01, 0.02, 0.1, 0.5]))
def test_takes_each_candidate_at_most_once_and_ends(peaks, candidates, ratio, width):
    chosen, report = match(peaks, candidates, ratio, width)
    assert len(set(chosen.tolist())) == len(chosen)
    assert chosen.tolist() == sorted(chosen.tolist())
    assert report.wanted == int(np.floor(ratio * len(peaks) + 1e-9))
    assert report.got == len(chosen) == min(report.wanted, len(candidates))
    assert 0 <= report.ks_distance <= 1
    assert report.mean_distance <= report.largest_distance <= 1


def test_ample_candidates_match_exactly_by_bin():
    peaks = [0.15] * 3 + [0.55] * 5
    candidates = np.repeat([0.12, 0.35, 0.57, 0.95], 100)
    chosen, report = match(peaks, candidates, 4)
    picked, counts = np.unique(candidates[chosen], return_counts=True)
    assert dict(zip(picked.tolist(), counts.tolist(), strict=True)) == {0.12: 12, 0.57: 20}
    assert report.borrowed == 0
    assert report.largest_distance == pytest.approx(0.03)
    assert "all come from the right GC bin" in report.sentence


def test_an_empty_bin_borrows_from_the_nearest():
    chosen, report = match([0.55] * 2, [0.05, 0.31, 0.32, 0.85, 0.86], 1)
    assert chosen.tolist() == [1, 2]
    assert report.borrowed == 2
    assert "2 come from another GC bin" in report.sentence
    chosen, report = match([0.55] * 4, [0.05, 0.31, 0.32, 0.85, 0.86], 1)
    assert sorted(chosen.tolist()) == [1, 2, 3, 4]
    assert report.largest_distance == pytest.approx(0.31)


def test_a_huge_ratio_takes_everything():
    candidates = np.random.default_rng(1).random(500)
    chosen, report = match([0.4, 0.5], candidates, 1e12, 0.02)
    assert chosen.tolist() == list(range(500))
    assert "all 500 candidates are used" in report.sentence


def test_the_seed_decides_and_repeats():
    peaks, candidates = np.full(20, 0.5), np.full(500, 0.5)
    a, b, c = (match(peaks, candidates, 1, seed=seed)[0].tolist() for seed in (1, 1, 2))
    assert a == b
    assert a != c


def test_a_fraction_of_a_window_per_bin_is_not_lost():
    _, report = match([0.05, 0.15, 0.25, 0.35, 0.45], np.linspace(0, 0.99, 100), 0.4)
    assert report.got == report.wanted == 2


def test_matched_background_has_the_peaks_distribution():
    generator = np.random.default_rng(0)
    peaks, candidates = generator.normal(0.45, 0.03, 2000), generator.normal(0.4, 0.06, 50_000)
    chosen, report = match(peaks, candidates, 3, 0.02)
    assert report.ks_distance < 0.05 < ks_distance(peaks, candidates)
    assert abs(candidates[chosen].mean() - peaks.mean()) < 0.003


def test_ks_distance_of_known_samples():
    assert ks_distance(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6])) == pytest.approx(0.5)
    assert ks_distance(np.array([1.0, 2]), np.array([1.0, 2])) == 0
    assert ks_distance(np.array([1.0]), np.array([])) == 1
    assert ks_distance(np.array([]), np.array([])) == 0


def test_tiles_are_centred_on_multiples_of_the_stride():
    windows = tile_windows(random_genome({"a": 25, "b": 20}), TileShape(10, 4, 6))
    assert windows.chromosome.tolist() == [0, 0, 0, 1, 1]
    assert windows.centre.tolist() == [0, 10, 20, 0, 10]


def test_background_of_folds_by_name_goes_with_the_nearest_peak():
    peaks = Windows(np.array([0, 0, 0, 1, -1]), np.array([50, 10, 90, 5, 7]), np.zeros(5))
    peaks.split = np.array([TEST, TRAIN, NO_SPLIT, VALIDATION, TEST], dtype=np.int8)
    tiles = Windows(np.array([0, 0, 0, 0, 1, 2]), np.array([0, 29, 31, 99, 99, 5]), np.zeros(6))
    assert nearest_split(tiles, peaks).tolist() == [TRAIN, TRAIN, TEST, TEST, VALIDATION, NO_SPLIT]

"""Baselines are fitted on training windows, of the kind that they predict."""

import numpy as np
import pytest

from cisgrammar.profile.evaluate import baselines, fitted_baselines
from cisgrammar.profile.evaluate.cut_weights import fit_cut_weights
from cisgrammar.profile.evaluate.fitted_baselines import FoldBaselines, Line
from cisgrammar.signal.store import cut_codes, cut_counts
from toy_fold import LENGTH, make_fold, open_fold


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    data = open_fold(make_fold(tmp_path_factory.mktemp("fold"))[1])
    return data, FoldBaselines(data, "signal", LENGTH)


def _windows(data, split, kind):
    starts = data.windows(split, kind).centres - LENGTH // 2
    return starts, cut_counts(data.signal.heads["signal"], starts, LENGTH)


def test_position_weights_know_the_training_background_only(fitted):
    data, found = fitted
    starts, counts = _windows(data, "train", "background")
    again = fit_cut_weights(cut_codes(data.genome.codes, starts - 15, LENGTH + 30), counts)
    np.testing.assert_array_equal(found.weights.matrix, again.matrix)


def test_predictions_of_a_kind_come_from_training_windows_of_that_kind(fitted):
    data, found = fitted
    for kind in ("peak", "background"):
        starts, counts = _windows(data, "test", kind)
        by_name = {simple.name: simple for simple in found.predict(kind, starts)}
        train = _windows(data, "train", kind)[1]
        profile = baselines.mean_profile(train)
        np.testing.assert_array_equal(by_name["mean_profile"].log_probabilities[3], profile)
        assert by_name["uniform"].log_counts[0] == pytest.approx(np.log1p(train.sum(axis=(1, 2))).mean())
        for simple in by_name.values():
            np.testing.assert_array_equal(simple.counts, counts)
            total = np.exp(simple.log_probabilities).sum(axis=(1, 2))
            np.testing.assert_allclose(total, 1)


def test_halves_are_of_the_fragments_of_the_windows(fitted):
    data, found = fitted
    starts, counts = _windows(data, "test", "peak")
    reference = found.other_half("peak", starts, 5)
    assert reference.name == "other_half"
    # Fragments are dealt once, when they are counted: no seed of the evaluation changes them.
    np.testing.assert_array_equal(reference.counts, found.other_half("peak", starts, 6).counts)
    half = data.signal.halves["signal"].windows(starts, LENGTH)
    np.testing.assert_array_equal(half + reference.counts, counts)
    np.testing.assert_allclose(np.expm1(reference.log_counts), half.sum(axis=(1, 2)))


def test_single_ends_are_dealt_where_no_fragments_are_known_and_it_is_said(tmp_path):
    data = open_fold(make_fold(tmp_path, fragments=20_000, fragments_known=False)[1])
    found = FoldBaselines(data, "signal", LENGTH)
    starts, counts = _windows(data, "test", "peak")
    reference, again = (found.other_half("peak", starts, 5) for _ in range(2))
    assert reference.name == "other_half_cuts"
    np.testing.assert_array_equal(reference.log_probabilities, again.log_probabilities)
    half = np.expm1(reference.log_counts)
    np.testing.assert_allclose(half + reference.counts.sum(axis=(1, 2)), counts.sum(axis=(1, 2)))


def test_a_line_is_that_of_least_squares():
    x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0])
    np.testing.assert_allclose(Line.fit(x, y)(np.array([3.0, -1.0])), [7.0, -1.0])
    np.testing.assert_allclose(Line.fit(np.ones(3), y)(np.array([2.0])), [3.0])


@pytest.mark.parametrize("known", [True, False])
def test_windows_in_pieces_are_predicted_as_all_at_once(tmp_path, monkeypatch, known):
    data = open_fold(make_fold(tmp_path, fragments=20_000, fragments_known=known)[1])
    starts, _ = _windows(data, "test", "peak")
    whole = FoldBaselines(data, "signal", LENGTH)
    expected = [*whole.predict("peak", starts), whole.other_half("peak", starts, 5)]
    monkeypatch.setattr(fitted_baselines, "_TRAINING_AT_ONCE", 7)
    found = FoldBaselines(data, "signal", LENGTH)
    simple, halves = found.fit("peak"), found.fit_halves("peak", 5)
    pieces = [[*simple.predict(part), halves.next(part)] for part in np.array_split(starts, 4)]
    for one, parts in zip(expected, zip(*pieces, strict=True), strict=True):
        assert {part.name for part in parts} == {one.name}
        for name in ("log_probabilities", "log_counts", "counts"):
            joined = np.concatenate([getattr(part, name) for part in parts])
            np.testing.assert_allclose(joined, getattr(one, name), rtol=1e-9, err_msg=f"{one.name} {name}")

"""Prediction: windows cut where they should be, strands averaged by hand, parts averaged."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, logsumexp

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.transformation import TransformationModel, regression_of
from cisgrammar.profile.predict import (
    average_predictions,
    average_strands,
    joint_log_softmax,
    predict_parts,
    predict_windows,
)
from cisgrammar.sequence.alphabet import encode, reverse_complement
from toy_profile import SIGNAL, MotifModel, small_solo

GENOME = np.random.default_rng(0).integers(0, 4, size=2000).astype(np.uint8)


def _combined(heads=SIGNAL):
    bias = TransformationModel(small_solo(heads, seed=1), regression_of(["linear"]), regression_of([]))
    with torch.no_grad():
        bias.profile_regressions[0].linear_m.fill_(0.5)
    residual = small_solo(heads, seed=2, layers=2)
    return CombinedModel(residual, bias)


def test_output_windows_begin_where_asked():
    codes = encode("C" * 300)
    codes[150:152] = encode("GA")
    model = MotifModel()
    found = predict_windows(model, codes, np.array([150, 130, 111]), both_strands=False)
    assert found.log_probabilities["signal"].shape == (3, 1, 40)
    assert found.log_probabilities["signal"].argmax(axis=2).ravel().tolist() == [0, 20, 39]
    assert found.log_counts["signal"].tolist() == [1, 1, 1]


def test_both_strands_average_log_probabilities_and_counts():
    codes = encode("C" * 300)
    codes[150:152] = encode("GA")
    codes[160:162] = encode("TC")
    model = MotifModel()
    found = predict_windows(model, codes, np.array([130]))
    # Forward sees GA at 20; backward GA is TC read from the other side: it begins at the C, position 31.
    forward = log_softmax(3.0 * (np.arange(40) == 20))
    backward = log_softmax(3.0 * (np.arange(40) == 31))
    mean = (forward + backward) / 2
    expected = mean - logsumexp(mean)
    np.testing.assert_allclose(found.log_probabilities["signal"][0, 0], expected, atol=1e-6)
    assert found.log_counts["signal"][0] == pytest.approx((1 + 1) / 2)


def test_strands_change_places_on_the_other_strand():
    head = Head("signal", 2)
    forward = torch.log_softmax(torch.randn(1, 10, generator=torch.Generator().manual_seed(0)), 1).view(1, 2, 5)
    # A model that reads both strands alike gives this for the reverse complement; averaging must change nothing.
    backward = forward.flip(2).flip(1)
    torch.testing.assert_close(average_strands(forward, backward, head), forward)
    assert not torch.allclose(average_strands(forward, forward.flip(2), head), forward)


def test_predictions_of_a_window_and_of_its_reverse_complement_agree():
    heads = (Head("a", 2), Head("b"))
    model = _combined(heads)
    turned = reverse_complement(GENOME)
    there = predict_parts(model, GENOME, np.array([700]))
    back = predict_parts(model, turned, np.array([2000 - 740]))
    for part in ("combined", "residual", "transformation", "bias"):
        a, b = there[part], back[part]
        np.testing.assert_allclose(a.log_probabilities["a"], b.log_probabilities["a"][:, ::-1, ::-1], atol=1e-5)
        np.testing.assert_allclose(a.log_probabilities["b"], b.log_probabilities["b"][:, :, ::-1], atol=1e-5)
        np.testing.assert_allclose(a.log_counts["a"], b.log_counts["a"], atol=1e-5)
        total = np.exp(a.log_probabilities["a"]).sum(axis=(1, 2))
        np.testing.assert_allclose(total, 1, atol=1e-5)


def test_parts_of_a_combined_model_are_what_each_model_predicts_alone():
    model = _combined()
    starts = np.array([300, 500, 901])
    parts = predict_parts(model, GENOME, starts, batch_size=2)
    assert list(parts) == ["combined", "residual", "transformation", "bias"]
    alone = {
        "combined": model,
        "residual": model.residual,
        "transformation": model.transformation,
        "bias": model.solo,
    }
    for name, part in alone.items():
        expected = predict_windows(part, GENOME, starts)
        found = parts[name]
        np.testing.assert_allclose(found.log_probabilities["signal"], expected.log_probabilities["signal"], atol=1e-5)
        np.testing.assert_allclose(found.log_counts["signal"], expected.log_counts["signal"], atol=1e-5)
    assert np.abs(parts["bias"].log_probabilities["signal"] - parts["combined"].log_probabilities["signal"]).max() > 0.1


def test_batch_size_changes_nothing_and_the_model_is_left_in_eval_mode():
    model = small_solo().train()
    one = predict_windows(model, GENOME, np.arange(100, 110), batch_size=1)
    many = predict_windows(model, GENOME, np.arange(100, 110), batch_size=7)
    np.testing.assert_allclose(one.log_probabilities["signal"], many.log_probabilities["signal"], atol=1e-5)
    assert not model.training
    assert one.expected_counts("signal").sum(axis=(1, 2)) == pytest.approx(np.exp(one.log_counts["signal"]), rel=1e-4)


def test_no_windows_give_empty_predictions_of_the_right_shape():
    found = predict_windows(small_solo(), GENOME, np.array([], dtype=int))
    assert found.log_probabilities["signal"].shape == (0, 1, 40)
    assert len(found) == 0


def test_a_window_whose_surroundings_leave_the_genome_is_refused():
    with pytest.raises(ValueError, match="outside of the genome"):
        predict_windows(small_solo(), GENOME, np.array([2]))


def test_folds_average_in_log_space():
    a, b = (predict_windows(small_solo(seed=s), GENOME, np.array([400, 800])) for s in (1, 2))
    mean = average_predictions([a, b])
    expected = joint_log_softmax(torch.from_numpy((a.log_probabilities["signal"] + b.log_probabilities["signal"]) / 2))
    np.testing.assert_allclose(mean.log_probabilities["signal"], expected, atol=1e-6)
    np.testing.assert_allclose(mean.log_counts["signal"], (a.log_counts["signal"] + b.log_counts["signal"]) / 2)
    other = predict_windows(small_solo(), GENOME, np.array([400]))
    with pytest.raises(ValueError, match="average those of the same windows"):
        average_predictions([a, other])
    with pytest.raises(ValueError, match="no predictions"):
        average_predictions([])


def test_a_model_by_itself_is_called_as_the_caller_says():
    starts = np.array([500])
    assert set(predict_parts(small_solo(SIGNAL, seed=1), GENOME, starts)) == {"bias"}
    assert set(predict_parts(small_solo(SIGNAL, seed=1), GENOME, starts, alone="combined")) == {"combined"}
    assert "bias" in predict_parts(_combined(), GENOME, starts, alone="whole")

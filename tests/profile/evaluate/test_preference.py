"""What a bias model has learned, read from models whose filters are known."""

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.profile.evaluate.cut_weights import CutWeights
from cisgrammar.profile.evaluate.preference import Response, centre_model, learned_preference, preference_table
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.transformation import TransformationModel, regression_of
from cisgrammar.profile.predict import predict_windows
from cisgrammar.simulate.cuts import preference_matrix
from toy_profile import small_solo


def test_learned_preference_is_the_model_s_response():
    """A convolution of one layer whose filter is the enzyme's matrix has learned that matrix."""
    matrix = preference_matrix(1.0)[8:13]
    model = small_solo(layers=0, length=40)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.input_conv.weight[0] = torch.from_numpy(matrix.T.copy())
        model.input_conv.bias[0] = 10.0
        model.profile_heads[0].conv.weight[0, 0, 3] = 1.0
    codes = np.random.default_rng(0).integers(0, 4, size=(20, 200)).astype(np.uint8)
    learned = learned_preference(model, codes, radius=4).mean
    expected = np.zeros((9, 4))
    expected[2:7] = matrix - matrix.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(learned, expected, atol=1e-5)
    with pytest.raises(ValueError, match="the model needs"):
        learned_preference(model, codes[:, :5])


def test_a_model_does_not_respond_to_bases_that_it_does_not_see():
    """5 + 3 - 1 bases wide: three on each side of the centre."""
    model = small_solo(layers=0, length=40)
    width = centre_model(model).input_length
    codes = np.random.default_rng(0).integers(0, 4, size=(20, 200)).astype(np.uint8)
    learned = learned_preference(model, codes, radius=20).mean
    offsets = np.arange(-20, 21)
    assert width // 2 < 20
    assert not learned[np.abs(offsets) > width // 2].any()
    few = learned_preference(model, codes, radius=width // 2).mean
    np.testing.assert_array_equal(learned[np.abs(offsets) <= width // 2], few)


def test_preference_table_puts_both_at_the_same_positions():
    matrix = np.zeros((2, 31, 4))
    matrix[0, 5:26] = preference_matrix(1.0) + 0.5
    weights = CutWeights(matrix)
    table = preference_table(Response(preference_matrix(1.0), np.full((21, 4), 0.1)), weights)
    assert table.position.tolist()[:8] == [-10] * 4 + [-9] * 4
    assert table.base.tolist()[:4] == list("ACGT")
    expected = preference_matrix(1.0) - preference_matrix(1.0).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(table.position_weight, expected.ravel(), atol=1e-12)
    np.testing.assert_allclose(table.learned, preference_matrix(1.0).ravel())
    assert table.ends.isna().all()
    assert table.position_weight_se.isna().all()
    assert (table.learned_se == 0.1).all()
    known = CutWeights(matrix, np.broadcast_to(np.arange(31.0)[:, None], (2, 31, 4)), np.ones((2, 31, 4)))
    table = preference_table(Response(preference_matrix(1.0), np.full((21, 4), 0.1)), known)
    assert table.ends.tolist() == np.repeat(np.arange(5.0, 26.0), 4).tolist()
    assert (table.position_weight_se == 1).all()


def test_the_error_of_a_response_is_its_spread_over_sequences():
    """A random model responds otherwise in each background: means of halves of them differ as their errors say."""
    model = small_solo(layers=2, length=40)
    codes = np.random.default_rng(3).integers(0, 4, size=(400, 200)).astype(np.uint8)
    parts = [learned_preference(model, codes[i::20], radius=6) for i in range(20)]
    spread = np.std([part.mean for part in parts], axis=0, ddof=1)
    error = np.sqrt(np.mean([part.error**2 for part in parts], axis=0))
    moved = spread > 1e-9
    assert moved.sum() > 20
    assert np.mean(spread[moved] / error[moved]) == pytest.approx(1, abs=0.15)
    assert np.isnan(learned_preference(model, codes[:1], radius=2).error).all()


def test_centre_model_gives_the_same_logit_as_the_whole_solo_model():
    solo = small_solo((Head("a", 2),), layers=2)
    bias = TransformationModel(solo, regression_of(["linear"]), regression_of([]))
    small = centre_model(bias)
    codes = np.random.default_rng(1).integers(0, 4, size=300).astype(np.uint8)
    whole = predict_windows(solo, codes, np.array([100]), both_strands=False).log_probabilities["a"][0]
    flank = (small.input_length - 1) // 2
    x = torch.zeros(40, 4, small.input_length)
    for i in range(40):
        window = codes[100 + i - flank : 100 + i + flank + 1].astype(np.int64)
        x[i, window, torch.arange(small.input_length)] = 1
    with torch.inference_mode():
        logits = small(x)[0][:, :, 0].T.double().numpy()  # (tasks, positions)
    offset = logits - whole
    np.testing.assert_allclose(offset, offset.mean(), atol=1e-4)
    with pytest.raises(ValueError, match="got a Linear"):
        centre_model(nn.Linear(2, 2))

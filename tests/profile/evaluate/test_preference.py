"""What a bias model has learned, read from models whose filters are known."""

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.profile.evaluate.cut_weights import CutWeights
from cisgrammar.profile.evaluate.preference import centre_model, learned_preference, preference_table
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
    learned = learned_preference(model, codes, radius=4)
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
    learned = learned_preference(model, codes, radius=20)
    offsets = np.arange(-20, 21)
    assert width // 2 < 20
    assert not learned[np.abs(offsets) > width // 2].any()
    few = learned_preference(model, codes, radius=width // 2)
    np.testing.assert_array_equal(learned[np.abs(offsets) <= width // 2], few)


def test_preference_table_puts_both_at_the_same_positions():
    matrix = np.zeros((2, 31, 4))
    matrix[0, 5:26] = preference_matrix(1.0) + 0.5
    weights = CutWeights(matrix)
    table = preference_table(preference_matrix(1.0), weights)
    assert table.position.tolist()[:8] == [-10] * 4 + [-9] * 4
    assert table.base.tolist()[:4] == list("ACGT")
    expected = preference_matrix(1.0) - preference_matrix(1.0).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(table.position_weight, expected.ravel(), atol=1e-12)
    np.testing.assert_allclose(table.learned, preference_matrix(1.0).ravel())


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

"""One object for a profile model or several: the package's own numbers, averaged over folds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.ablation.effects.model_parts import LogCounts
from cisgrammar.api.profile import ProfileModels
from cisgrammar.perturb.ablate import ablate
from cisgrammar.profile.models.saved import load_model, save_model
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.predict import average_predictions, predict_windows
from cisgrammar.sequence.alphabet import one_hot
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from toy_profile import network
from toy_profile_models import HEADS, models


@pytest.fixture
def folds(tmp_path):
    """Files of three networks of one shape."""
    paths = [tmp_path / f"fold{i}.safetensors" for i in range(3)]
    for i, path in enumerate(paths):
        model = SoloModel(network(5, 2, 3, 3), 20, HEADS, seed=i)
        with torch.no_grad():
            for head in model.counts_heads:
                head.linear.weight.normal_(generator=torch.Generator().manual_seed(i))
        save_model(path, model, data="x")
    return paths


def codes_for(model, n=3):
    return np.random.default_rng(0).integers(0, 4, (n, model.input_length), dtype=np.uint8)


def test_predictions_are_those_of_the_package_averaged_over_folds(folds):
    loaded = ProfileModels(folds)
    codes = codes_for(loaded, 40)
    flank = (loaded.input_length - loaded.output_length) // 2
    starts = np.arange(40) * loaded.input_length + flank
    want = average_predictions(predict_windows(load_model(path), codes.ravel(), starts) for path in folds)
    found = loaded.predict(codes)
    for head in ("a", "b"):
        np.testing.assert_allclose(np.log(found[head].profiles), want.log_probabilities[head], atol=1e-5)
        np.testing.assert_allclose(np.log(found[head].counts), want.log_counts[head], atol=1e-5)
        np.testing.assert_allclose(found[head].profiles.sum((1, 2)), 1, atol=1e-5)
    assert set(found) == {"a", "b"}
    assert "3 folds" in repr(loaded)
    assert "(40, 2, 20)" in repr(found)
    with pytest.raises(ValueError, match="heads a, b; name one"):
        found.counts  # noqa: B018 - the access is the test
    with pytest.raises(KeyError, match="no head 'c'"):
        found["c"]


def test_predictions_of_no_sequence_have_their_shape(folds):
    assert ProfileModels(folds[:1]).predict([])["a"].profiles.shape == (0, 2, 20)


@pytest.mark.parametrize("kind", ["solo", "transformation", "combined"])
def test_every_kind_of_model_predicts(kind, tmp_path):
    save_model(tmp_path / "m.safetensors", models()[kind])
    loaded = ProfileModels([tmp_path / "m.safetensors"])
    found = loaded.predict(codes_for(loaded))["b"]
    assert found.profiles.shape == (3, 1, 20)
    assert "1 fold;" in repr(loaded)


def test_contributions_add_up_to_the_output(folds):
    """Times the sequence they sum to the ln counts above the mean of the shuffles; of folds they are the mean."""
    loaded = ProfileModels(folds)
    codes = codes_for(loaded, 1)
    found = loaded.contributions(codes, references=4, seed=5)["a"]
    assert found.shape == (1, 4, loaded.input_length)
    each = [ProfileModels([path]).contributions(codes, references=4, seed=5)["a"] for path in folds]
    np.testing.assert_allclose(found, np.mean(each, axis=0), atol=1e-6)
    X = torch.from_numpy(one_hot(codes))
    references = dinucleotide_shuffle(X, n=4, random_state=5)[0]
    with torch.no_grad():
        above = [(model(X)[2] - model(references)[2].mean()).item() for model in loaded.models]
    assert (found * one_hot(codes)).sum() == pytest.approx(np.mean(above), abs=1e-4)
    assert abs(np.mean(above)) > 1e-3


def test_ablation_shuffles_the_site_alone(folds):
    loaded = ProfileModels(folds)
    codes = codes_for(loaded, 2)
    middle = loaded.input_length // 2
    table = loaded.ablate(codes, [(0, middle, middle + 8), (1, 2, 10)], n=10, seed=3)
    assert list(table.columns) == ["sequence", "start", "end", "head", "delta_log_counts", "se", "between_folds"]
    assert len(table) == 4
    single = [ProfileModels([path]).ablate(codes, [(0, middle, middle + 8)], n=10, seed=3) for path in folds]
    effects = np.array([each.delta_log_counts[0] for each in single])
    np.testing.assert_allclose(table.delta_log_counts[0], effects.mean(), rtol=1e-6)
    model = loaded.models[0]
    before, after = ablate(
        LogCounts(model, 2), torch.from_numpy(one_hot(codes[:1])), middle, middle + 8, n=10, random_state=3
    )
    change = (before[:, None] - after)[0, :, 0].numpy()  # (shuffles,)
    assert single[0].delta_log_counts[0] == pytest.approx(change.mean(), rel=1e-4)
    assert abs(change.mean()) > 1e-4
    np.testing.assert_allclose(table.between_folds[0], effects.std(ddof=1), rtol=1e-6)
    assert table.equals(loaded.ablate(codes, [(0, middle, middle + 8), (1, 2, 10)], n=10, seed=3))
    with pytest.raises(ValueError, match=r"wanted \(sequence, start, end\)"):
        loaded.ablate(codes, [(1, 4)])


def test_marginalization_is_after_minus_before(folds):
    loaded = ProfileModels(folds[:1])
    codes = codes_for(loaded, 5)
    table = loaded.marginalize("ACGTAC", codes)
    at = (loaded.input_length - 6) // 2
    edited = codes.copy()
    edited[:, at : at + 6] = [0, 1, 2, 3, 0, 1]
    model = loaded.models[0]
    with torch.no_grad():
        before, after = (model(torch.from_numpy(one_hot(x)))[2][:, 0].numpy() for x in (codes, edited))
    change = after - before
    np.testing.assert_allclose(table.delta_log_counts[0], change.mean(), atol=1e-6)
    np.testing.assert_allclose(table.se[0], change.std(ddof=1) / np.sqrt(5), atol=1e-6)
    assert np.isnan(table.between_folds[0])
    with pytest.raises(ValueError, match="at least 2"):
        loaded.marginalize("ACG", 1)


def test_models_of_other_shapes_are_not_averaged(folds, tmp_path):
    save_model(tmp_path / "other.safetensors", SoloModel(network(5, 1, 3, 3), 20, HEADS, seed=1))
    with pytest.raises(ValueError, match="load them one by one"):
        ProfileModels([folds[0], tmp_path / "other.safetensors"])
    with pytest.raises(ValueError, match="no model file"):
        ProfileModels([])


@pytest.mark.parametrize("site", ["chr1:1-2", (1,), (0, 1, 2, 3)])
def test_a_site_that_is_no_place_is_said(folds, site):
    model = ProfileModels(folds)
    with pytest.raises(ValueError, match=r"got the site .*wanted .start, end."):
        model.ablate(["A" * model.input_length], [site])

"""ChromBPNet's files against a network of the same layout that is computed by hand."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import torch

from cisgrammar.perturb import ablate, full_predict, predict
from cisgrammar.profile.models.chrombpnet_import import load_chrombpnet
from cisgrammar.profile.models.saved import load_model, save_model
from toy_chrombpnet import INPUT, OUTPUT, Weights, by_hand, settings, weights, write


def one_hot(seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[np.random.default_rng(seed).integers(0, 4, INPUT)]


def test_it_is_loaded_by_its_name_like_our_own(tmp_path):
    own = weights(6, 2, 1)
    path = write(tmp_path / "bias.h5", {"": own}, settings(own))
    x = torch.from_numpy(one_hot().T[None].copy())
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(load_model(path)(x), load_chrombpnet(path)(x), strict=True))


@pytest.mark.parametrize(("prefix", "layers"), [("", 2), ("wo_bias_", 3)], ids=["bias", "without bias"])
def test_one_network(tmp_path, prefix, layers):
    own = weights(6, layers, 1)
    model = load_chrombpnet(write(tmp_path / "m.h5", {prefix: own}, settings(own, prefix)))
    x = one_hot()
    with torch.no_grad():
        logits, log_counts = model(torch.from_numpy(x.T[None].copy()))
    wanted_logits, wanted_counts = by_hand(x, own)
    assert (model.input_length, model.output_length) == (INPUT, OUTPUT)
    np.testing.assert_allclose(logits[0, 0], wanted_logits, atol=1e-5)
    assert float(log_counts) == pytest.approx(wanted_counts, abs=1e-5)


def test_counts_are_pooled_beyond_the_profile(tmp_path):
    own = weights(6, 2, 1)
    model = load_chrombpnet(write(tmp_path / "m.h5", {"": own}, settings(own)))
    x = torch.from_numpy(one_hot().T[None].copy())
    changed = x.clone()
    changed[:, :, 3:9] = changed[:, :, 3:9].flip(1)  # far outside of the 64 bp that the profile depends on
    with torch.no_grad():
        (logits, counts), (other_logits, other_counts) = model(x), model(changed)
    assert torch.equal(logits, other_logits)
    assert not torch.equal(counts, other_counts)


def test_both_in_one_file(tmp_path):
    bias, residual = weights(4, 2, 2), weights(8, 4, 3)
    layers = [{"class_name": "Functional", "config": {"name": "model", "layers": settings(bias)}}]
    layers.append({"class_name": "Functional", "config": {"name": "wo", "layers": settings(residual, "wo_bias_")}})
    model = load_chrombpnet(write(tmp_path / "m.h5", {"": bias, "wo_bias_": residual}, layers, nested=True))
    x = one_hot(4)
    with torch.no_grad():
        logits, log_counts = model(torch.from_numpy(x.T[None].copy()))
    (bias_logits, bias_counts), (own_logits, own_counts) = by_hand(x, bias), by_hand(x, residual)
    np.testing.assert_allclose(logits[0, 0], bias_logits + own_logits, atol=1e-5)
    assert float(log_counts) == pytest.approx(np.logaddexp(bias_counts, own_counts), abs=1e-5)


def test_it_is_saved_and_perturbed_like_any_other_model(tmp_path):
    own = weights(6, 2, 1)
    model = load_chrombpnet(write(tmp_path / "m.h5", {"": own}, settings(own)))
    save_model(tmp_path / "m.safetensors", model)
    again = load_model(tmp_path / "m.safetensors")
    x = torch.from_numpy(one_hot().T[None].copy())
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(model(x), again(x), strict=True))
    for start in (4, INPUT // 2):  # where only the counts feel it, and where both do
        fast, full = (ablate(again, x, start, start + 8, n=5, random_state=1, func=f) for f in (predict, full_predict))
        for a, b in zip(fast.y_after, full.y_after, strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=0)
    assert (full.y_after[1] - full.y_before[1]).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b"text"), "not an HDF5 file"),
        (lambda path: h5py.File(path, "w").close(), "no group model_weights"),
        (lambda path: write(path, {"": {"dense": (np.zeros((2, 1)), np.zeros(1))}}, []), "layer 'bpnet_1st_conv'"),
        (lambda path: write(path, {"": _without("logcount_predictions")}, []), "layer 'logcount_predictions'"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path, spoil, said):
    path = tmp_path / "m.h5"
    spoil(path)
    with pytest.raises(ValueError, match=said) as error:
        load_chrombpnet(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def _without(layer: str) -> Weights:
    return {name: own for name, own in weights(4, 2, 5).items() if name != layer}

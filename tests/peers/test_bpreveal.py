"""Numbers computed with BPReveal 5.1: outputs, losses, gradients, Adam steps, and its saved files.

The folder comes from CISGRAMMAR_GOLDEN; any file of the same layout must pass, so every size is read from it.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from cisgrammar.config.profile import Loss, Regression
from cisgrammar.profile.fit.losses import ProfileLoss
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import heads_from_list
from cisgrammar.profile.models.keras_import import load_keras
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel
from places import GOLDEN
from toy_profile import network

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(
        not (GOLDEN / "bpreveal.npz").exists(), reason=f"no bpreveal.npz in {GOLDEN} (CISGRAMMAR_GOLDEN)"
    ),
]

SLOTS = {
    "regress": ("linear_m", "linear_b"),
    "sigmoid_in": ("sigmoid_m2", "sigmoid_b2"),
    "sigmoid_out": ("sigmoid_m1", "sigmoid_b1"),
    "relu_in": ("relu_m2", "relu_b2"),
    "relu_out": ("relu_m1", "relu_b1"),
}


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "bpreveal.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def meta(golden):
    return json.loads(str(golden["meta"]))


def conv_state(golden, key):
    return {
        "weight": torch.from_numpy(golden[f"{key}/kernel"].transpose(2, 1, 0).copy()),
        "bias": torch.from_numpy(golden[f"{key}/bias"]),
    }


def make_solo(golden, meta, model, prefix, length):
    size = meta["residual" if prefix == "residual" else "solo"]
    shape = network(size["filters"], size["layers"], size["ifw"], size["ofw"])
    solo = SoloModel(shape, meta["output_length"], heads_from_list(meta["heads"]), seed=0)
    assert solo.input_length == length
    for name, layer in solo_layers(solo, prefix):
        if "logcounts" in name:
            layer.load_state_dict(
                {
                    "weight": torch.from_numpy(golden[f"w/{model}/{name}/kernel"].T.copy()),
                    "bias": torch.from_numpy(golden[f"w/{model}/{name}/bias"]),
                }
            )
        else:
            layer.load_state_dict(conv_state(golden, f"w/{model}/{name}"))
    return solo


def solo_layers(solo, prefix):
    yield f"{prefix}_initial_conv", solo.input_conv
    for i, block in enumerate(solo.blocks):
        yield f"{prefix}_conv_{i}", block.conv
    for head, profile, counts in zip(solo.heads, solo.profile_heads, solo.counts_heads, strict=True):
        yield f"solo_profile_{head.name}", profile.conv
        yield f"solo_logcounts_{head.name}", counts.linear


def specs(meta):
    return [Regression.model_validate(meta[f"{part}_architecture"]) for part in ("profile", "counts")]


def make_transformation(golden, meta):
    solo = make_solo(golden, meta, "transformation", "solo", meta["solo_input_length"])
    model = TransformationModel(solo, *specs(meta))
    for output, regressions in (
        ("profile", model.profile_regressions),
        ("logcounts", model.counts_regressions),
    ):
        for head, regression in zip(model.heads, regressions, strict=True):
            for kind, names in SLOTS.items():
                key = f"w/transformation/{kind}_linear_{output}_{head.name}_conv"
                if f"{key}/kernel" in golden:
                    getattr(regression, names[0]).data.fill_(float(golden[f"{key}/kernel"].item()))
                    getattr(regression, names[1]).data.fill_(float(golden[f"{key}/bias"].item()))
    return model


@pytest.fixture
def models(golden, meta):
    transformation = make_transformation(golden, meta)
    residual = make_solo(golden, meta, "residual", "residual", meta["residual_input_length"])
    return {
        "solo": make_solo(golden, meta, "solo", "solo", meta["solo_input_length"]),
        "transformation": transformation,
        "residual": residual,
        "combined": CombinedModel(residual, transformation),
    }


def sequence(golden, name):
    return torch.from_numpy(golden["x_solo" if name in ("solo", "transformation") else "x_res"]).float().transpose(1, 2)


def counts(golden, meta):
    return tuple(torch.from_numpy(golden[f"y_{h['head-name']}"]).transpose(1, 2) for h in meta["heads"])


def loss_of(meta, model):
    settings = [
        Loss(profile_weight=h["profile-loss-weight"], counts_weight=h["counts-loss-weight"], pseudocount=0)
        for h in meta["heads"]
    ]
    return ProfileLoss(model.heads, settings, [s.counts_weight for s in settings])


def check_outputs(golden, meta, name, outputs):
    names = [h["head-name"] for h in meta["heads"]]
    for i, head in enumerate(names):
        np.testing.assert_allclose(
            outputs[i].detach().transpose(1, 2), golden[f"out/{name}/profile_{head}"], atol=1e-5, rtol=1e-5
        )
        np.testing.assert_allclose(
            outputs[len(names) + i].detach(), golden[f"out/{name}/logcounts_{head}"], atol=1e-5, rtol=1e-5
        )


@pytest.mark.parametrize("training", [True, False], ids=["fused", "plain"])
@pytest.mark.parametrize("name", ["solo", "transformation", "residual", "combined"])
def test_outputs_and_losses(golden, meta, models, name, training):
    model = models[name].train(training)
    outputs = model(sequence(golden, name))
    check_outputs(golden, meta, name, outputs)
    if f"loss/{name}/total" not in golden:
        return
    parts = loss_of(meta, model)(outputs, counts(golden, meta))
    for head, nll, mse in zip(meta["heads"], parts.profile_nll, parts.counts_mse, strict=True):
        np.testing.assert_allclose(nll.item(), golden[f"loss/{name}/multinomialNll_{head['head-name']}"], rtol=1e-5)
        np.testing.assert_allclose(mse.item(), golden[f"loss/{name}/mse_{head['head-name']}"], rtol=1e-5)
    np.testing.assert_allclose(parts.total.item(), golden[f"loss/{name}/total"], rtol=1e-5)


@pytest.mark.parametrize("training", [True, False], ids=["fused", "plain"])
def test_gradients(golden, meta, models, training):
    model = models["combined"].train(training)
    loss_of(meta, model)(model(sequence(golden, "combined")), counts(golden, meta)).total.backward()
    checked = 0
    for name, layer in solo_layers(model.residual, "residual"):
        kernel = golden[f"grad/combined/{name}/kernel"]
        expected = kernel.T if kernel.ndim == 2 else kernel.transpose(2, 1, 0)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(layer.weight.grad, expected, atol=1e-4 * scale, rtol=1e-4)
        np.testing.assert_allclose(layer.bias.grad, golden[f"grad/combined/{name}/bias"], atol=1e-4 * scale, rtol=1e-4)
        checked += 2
    assert checked == sum(key.startswith("grad/combined/") for key in golden)


def test_adam_steps(golden, meta, models):
    model = models["combined"].train()
    adam = meta["adam"]
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad],
        lr=meta["adam_lr"],
        betas=(adam["beta_1"], adam["beta_2"]),
        eps=adam["epsilon"],
        weight_decay=0.0,
        fused=True,
    )
    frozen = {name: p.clone() for name, p in model.transformation.named_parameters()}
    steps = sum(key.startswith("step/") for key in golden)
    for k in range(steps):
        parts = loss_of(meta, model)(model(sequence(golden, "combined")), counts(golden, meta))
        np.testing.assert_allclose(parts.total.item(), golden[f"step/{k}/total"], rtol=1e-4)
        optimizer.zero_grad()
        parts.total.backward()
        optimizer.step()
    assert steps >= 5
    for name, p in model.transformation.named_parameters():
        assert torch.equal(p, frozen[name])


def test_new_transformation_starts_as_bpreveal_does(golden, meta):
    fresh = TransformationModel(
        make_solo(golden, meta, "solo", "solo", meta["solo_input_length"]),
        *specs(meta),
    )
    for regression in (*fresh.profile_regressions, *fresh.counts_regressions):
        assert all(p.item() == (1.0 if "_m" in name else 0.0) for name, p in regression.named_parameters())


@pytest.mark.parametrize("kind", [SoloModel, TransformationModel])
def test_keras_files(golden, meta, kind):
    name = "solo" if kind is SoloModel else "transformation"
    loaded = load_keras(GOLDEN / f"bpreveal_{name}.keras")
    assert isinstance(loaded, kind)
    with torch.no_grad():
        check_outputs(golden, meta, name, loaded(sequence(golden, name)))
    assert [h.tasks for h in loaded.heads] == [h["num-tasks"] for h in meta["heads"]]


def test_combined_keras_file(golden, meta, models):
    # BPReveal saved this file after the five Adam steps.
    loaded = load_keras(GOLDEN / "bpreveal_combined.keras")
    assert isinstance(loaded, CombinedModel)
    assert [h.use_bias_counts for h in loaded.heads] == [h["use-bias-counts"] for h in meta["heads"]]
    for name, layer in solo_layers(loaded.residual, "residual"):
        kernel = golden[f"step_w/{name}/kernel"]
        expected = kernel.T if kernel.ndim == 2 else kernel.transpose(2, 1, 0)
        np.testing.assert_array_equal(layer.weight.detach(), expected)
        np.testing.assert_array_equal(layer.bias.detach(), golden[f"step_w/{name}/bias"])
    x = sequence(golden, "combined")
    with torch.no_grad():
        for a, b in zip(loaded.bias(x), models["combined"].bias(x), strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)

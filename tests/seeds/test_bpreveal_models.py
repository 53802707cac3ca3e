"""Every call, argument, property and error on the page of `bpreveal.models`, as written there."""

import warnings

import pytest
import torch

from cisgrammar.files.model_file import read_model_header
from cisgrammar.profile import compat as models
from cisgrammar.profile.models.saved import load_model

HEADS = [
    {
        "head-name": "nexus",
        "num-tasks": 2,
        "profile-loss-weight": 1,
        "counts-loss-weight": 100,
        "use-bias-counts": True,
    },
    {
        "head-name": "atac",
        "num-tasks": 1,
        "profile-loss-weight": 1,
        "counts-loss-frac-target": 0.1,
        "use-bias-counts": False,
    },
]
TASKS = [2, 1]
SOLO = {"outputLength": 30, "numFilters": 4, "numLayers": 2, "inputFilterWidth": 7, "outputFilterWidth": 5}
# 30 + (7 - 1) + (2^4 - 4) + (5 - 1)
NEEDED = 52
LINEAR = {"name": "simple", "types": ["linear"]}
PASS = {"name": "passthrough"}


def dna(batch, length, seed=0):
    """One-hot DNA, channels last."""
    return torch.eye(4)[torch.randint(0, 4, (batch, length), generator=torch.Generator().manual_seed(seed))]


def solo(length=NEEDED, name="bias", heads=HEADS, **others):
    torch.manual_seed(1)
    return models.soloModel(inputLength=length, headList=heads, modelName=name, **{**SOLO, **others})


def transformed(base=None, profile=LINEAR, counts=LINEAR):
    return models.transformationModel(base or solo(), profile, counts, HEADS)


def combined(bias, length=68, heads=HEADS, **others):
    torch.manual_seed(2)
    shape = {**SOLO, "numFilters": 6, "numLayers": 3, **others}
    return models.combinedModel(inputLength=length, headList=heads, biasModel=bias, **shape)


def check_shapes(model, length):
    outputs = model(dna(3, length))
    assert isinstance(outputs, list)
    wanted = [(3, tasks, 30) for tasks in TASKS] + [(3, tasks) for tasks in TASKS]
    assert [tuple(output.shape) for output in outputs] == wanted
    assert isinstance(model, torch.nn.Module)


def test_solo_model_of_the_page():
    model = models.soloModel(
        inputLength=NEEDED,
        outputLength=30,
        numFilters=4,
        numLayers=2,
        inputFilterWidth=7,
        outputFilterWidth=5,
        headList=HEADS,
        modelName="bias",
    )
    assert model.name == "bias"
    assert model.trainable
    check_shapes(model, NEEDED)
    positional = models.soloModel(NEEDED, 30, 4, 2, 7, 5, HEADS, "bias")
    assert [p.shape for p in positional.parameters()] == [p.shape for p in model.parameters()]
    network = model.module.architecture
    assert (network.filters, network.layers, network.input_filter_width, network.output_filter_width) == (4, 2, 7, 5)


def test_the_usual_sizes_give_the_usual_input_length():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert models.soloModel(2114, 1000, 1, 8, 21, 75, HEADS, "m").module.input_length == 2114


def test_profiles_are_logits_and_the_log_counts_of_tasks_add_up_to_the_heads():
    model = solo().eval()
    x = dna(2, NEEDED)
    outputs, inner = model(x), model.module(x.transpose(1, 2))
    for mine, theirs in zip(outputs[:2], inner[:2], strict=True):
        assert torch.equal(mine, theirs)
    nexus, atac = outputs[2:]
    torch.testing.assert_close(torch.logsumexp(nexus, dim=1, keepdim=True), inner[2])
    assert torch.equal(atac, inner[3])
    share = torch.softmax(outputs[0].flatten(1), dim=1).view_as(outputs[0]).sum(dim=2)  # (batch, tasks)
    torch.testing.assert_close((nexus[:, 0] - nexus[:, 1]).exp(), share[:, 0] / share[:, 1])


@pytest.mark.parametrize("extra", [1, 2, 9])
def test_an_input_that_is_too_long_is_cropped_with_a_warning(extra):
    with pytest.warns(UserWarning, match=f"{NEEDED + extra} is longer than the {NEEDED} bp"):
        model = solo(NEEDED + extra)
    exact = solo()
    x = dna(2, NEEDED + extra)
    left = extra // 2
    for a, b in zip(model(x), exact(x[:, left : left + NEEDED]), strict=True):
        assert torch.equal(a, b)
    check_shapes(model, NEEDED + extra)


def test_an_input_that_is_too_short_is_an_error():
    for short in (NEEDED - 1, NEEDED - 2):
        with pytest.raises(ValueError, match=f"too short for this architecture: it needs {NEEDED}"):
            solo(short)
    with pytest.raises(ValueError, match="too short"):
        combined(transformed(), length=67)


@pytest.mark.parametrize("shape", [(2, 4, NEEDED), (2, NEEDED - 2, 4), (NEEDED, 4)])
def test_a_tensor_of_another_shape_is_refused_with_the_shape_wanted(shape):
    with pytest.raises(ValueError, match=rf"bias: input must be \(batch, {NEEDED}, 4\), got"):
        solo()(torch.zeros(shape))


def test_bytes_are_taken_as_numbers():
    model = solo().eval()
    x = dna(1, NEEDED)
    for a, b in zip(model(x.to(torch.uint8)), model(x), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputFilterWidth": 6}, "inputFilterWidth: must be odd"),
        ({"numFilters": 0}, "numFilters: must be >= 1, got 0"),
        ({"heads": []}, "at least one head"),
        ({"heads": [{"head-name": "a"}]}, "has no num-tasks"),
        ({"heads": [HEADS[0], HEADS[0]]}, "must differ"),
    ],
)
def test_an_architecture_or_a_head_list_that_is_none_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        solo(**change)


def test_transformation_model_of_the_page():
    base = solo()
    model = models.transformationModel(
        soloModelIn=base,
        profileArchitectureSpecification={"name": "simple", "types": ["linear", "sigmoid", "relu"]},
        countsArchitectureSpecification=LINEAR,
        headList=HEADS,
    )
    check_shapes(model, NEEDED)
    assert not base.trainable
    assert model.trainable
    # Per head: 2 + 4 + 4 of the profile, 2 of the counts.
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == 2 * (10 + 2)
    model.train()
    assert not model.module.solo.training


def test_a_transformation_fits_m_and_b_and_starts_as_the_identity():
    base = solo().eval()
    x = dna(2, NEEDED)
    before = base(x)
    for same in (transformed(base), transformed(base, PASS, PASS)):
        for a, b in zip(same(x), before, strict=True):
            torch.testing.assert_close(a, b)
    model = transformed(base)
    with torch.no_grad():
        model.module.profile_regressions[1].linear_m.fill_(2)
        model.module.counts_regressions[1].linear_b.fill_(3)
    torch.testing.assert_close(model(x)[1], 2 * before[1])
    torch.testing.assert_close(model(x)[3], before[3] + 3)
    assert not transformed(base, PASS, PASS).trainable


def test_a_transformation_may_be_transformed_again():
    check_shapes(transformed(transformed()), NEEDED)


def test_a_transformation_that_does_not_fit_is_refused():
    base = solo()
    with pytest.raises(ValueError, match="countsArchitectureSpecification: types"):
        models.transformationModel(base, LINEAR, {"name": "simple", "types": ["cubic"]}, HEADS)
    with pytest.raises(ValueError, match="must agree"):
        models.transformationModel(base, LINEAR, LINEAR, HEADS[::-1])
    with pytest.raises(ValueError, match="cannot transform a CombinedModel"):
        models.transformationModel(combined(transformed())[0], LINEAR, LINEAR, HEADS)


def test_combined_model_of_the_page_is_three_models():
    bias = transformed()
    combination, residual, base = models.combinedModel(
        inputLength=68,
        outputLength=30,
        numFilters=6,
        numLayers=3,
        inputFilterWidth=7,
        outputFilterWidth=5,
        headList=HEADS,
        biasModel=bias,
    )
    check_shapes(combination, 68)
    check_shapes(residual, 68)
    check_shapes(base, NEEDED)
    assert base.module is bias.module.solo
    assert [model.name for model in (combination, residual, base)] == ["combined", "residual", "solo"]
    assert combination.trainable
    assert residual.trainable
    assert not base.trainable
    assert not bias.trainable


def test_profiles_of_bias_and_residual_add_and_counts_where_the_head_says_so():
    bias = transformed()
    combination, residual, _ = (model.eval() for model in combined(bias))
    x = dna(2, 68)
    out, rest, cropped = combination(x), residual(x), bias(x[:, 8:-8])
    for i in range(2):
        torch.testing.assert_close(out[i], rest[i] + cropped[i])
    heads = [torch.logsumexp(log_counts[2], dim=1) for log_counts in (out, rest, cropped)]
    torch.testing.assert_close(heads[0].exp(), heads[1].exp() + heads[2].exp())
    assert torch.equal(out[3], rest[3])


def test_the_three_models_share_their_weights_and_the_bias_stays():
    bias = transformed()
    combination, residual, base = combined(bias)
    before = [p.clone() for p in bias.parameters()]
    frozen_base = [p.clone() for p in base.parameters()]
    first = residual.module.input_conv.weight.clone()
    optimizer = torch.optim.SGD([p for p in combination.parameters() if p.requires_grad], lr=0.1)
    sum(output.square().sum() for output in combination.train()(dna(2, 68))).backward()
    optimizer.step()
    assert not torch.equal(residual.module.input_conv.weight, first)
    assert all(torch.equal(a, b) for a, b in zip(bias.parameters(), before, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(base.parameters(), frozen_base, strict=True))


def test_one_input_length_for_bias_and_residual_crops_the_bias():
    with pytest.warns(UserWarning, match="68 is longer than the 52"):
        wide = solo(68)
    bias = transformed(wide)
    combination, residual, base = (model.eval() for model in combined(bias))
    x = dna(2, 68)
    torch.testing.assert_close(combination(x)[1], residual(x)[1] + bias(x)[1])
    assert base.input_length == bias.input_length == 68


@pytest.mark.parametrize(
    ("bias", "change", "message"),
    [
        (transformed, {"outputLength": 28, "length": 66}, "predicts 30 bp"),
        (lambda: transformed(solo(164, numLayers=5)), {}, "must read as much or more"),
        (transformed, {"heads": [HEADS[0], {**HEADS[1], "num-tasks": 2}]}, "must agree"),
        (transformed, {"heads": [HEADS[0], {"head-name": "atac", "num-tasks": 1}]}, "no use-bias-counts"),
        (lambda: combined(transformed())[0], {}, "wanted a transformation model"),
    ],
)
def test_an_inconsistent_structure_is_an_error(bias, change, message):
    given = bias()
    with pytest.raises(ValueError, match=message):
        combined(given, **change)


def test_the_name_is_saved_with_the_model(tmp_path):
    path = tmp_path / "bias.safetensors"
    model = solo(name="tn5 bias").eval()
    model.save(path)
    assert read_model_header(path).provenance == {"name": "tn5 bias"}
    again = models.ChannelsLastModel(load_model(path), "again")
    x = dna(1, NEEDED)
    for a, b in zip(again(x), model(x), strict=True):
        assert torch.equal(a, b)

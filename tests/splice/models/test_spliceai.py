"""SpliceAI's shapes: parameters, context, and the same numbers as the padded form."""

import pytest
import torch
from torch.nn import functional

from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.models.spliceai import BLOCKS, GROUP, SpliceAI


def random_one_hot(n, length, seed=0):
    codes = torch.randint(0, 5, (n, length), generator=torch.Generator().manual_seed(seed))
    return functional.one_hot(codes, 5)[..., :4].float()


def unsettled(context):
    """A network whose normalisations are not the identity."""
    model = SpliceAI(context, seed=1).eval()
    generator = torch.Generator().manual_seed(2)
    for name, value in model.state_dict().items():
        if "norm" in name and value.is_floating_point():
            value.copy_(0.5 + torch.rand(value.shape, generator=generator))
    return model


def padded(model, x):
    """As published: every convolution padded, the sum cropped at the end."""

    def conv(layer, y):
        dilation, width = layer.dilation[0], layer.kernel_size[0]
        return functional.conv1d(y, layer.weight, layer.bias, padding=dilation * (width - 1) // 2, dilation=dilation)

    def norm(layer, y):
        scale = layer.weight / (layer.running_var + 1e-3).sqrt()
        return (y - layer.running_mean[:, None]) * scale[:, None] + layer.bias[:, None]

    y = conv(model.first, x.transpose(1, 2))
    total = conv(model.skips[0], y)
    for i, block in enumerate(model.blocks, 1):
        inner = conv(block.conv1, norm(block.norm1, y).relu())
        y = y + conv(block.conv2, norm(block.norm2, inner).relu())
        if i % 4 == 0:
            total = total + conv(model.skips[i // 4], y)
    half = model.context // 2
    return conv(model.last, total)[:, :, half:-half].transpose(1, 2)


@pytest.mark.parametrize(
    ("context", "parameters", "blocks"),
    [(80, 93_251, 4), (400, 185_187, 8), (2000, 359_043, 12), (10000, 696_739, 16)],
)
def test_parameters_and_context_of_the_four_variants(context, parameters, blocks):
    model = SpliceAI(context, seed=0)
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert len(model.blocks) == blocks
    assert sum(2 * block.reach for block in BLOCKS[context]) * GROUP == context
    running = [b for name, b in model.named_buffers() if "running" in name]
    assert sum(b.numel() for b in running) == 2 * blocks * 64
    x = random_one_hot(2, context + 3)
    with torch.inference_mode():
        assert model.eval()(x).shape == (2, 3, 3)


@pytest.mark.parametrize("context", [80, 400])
def test_the_numbers_are_those_of_the_padded_form(context):
    model, x = unsettled(context), random_one_hot(2, context + 60)
    with torch.inference_mode():
        torch.testing.assert_close(model(x), padded(model, x), rtol=1e-4, atol=1e-4)


def test_a_row_sees_half_the_context_on_each_side_and_no_more():
    model = unsettled(80).double()
    x = random_one_hot(1, 80 + 21).double().requires_grad_()
    model(x)[0, 10, 1].backward()
    seen = x.grad[0].abs().sum(1).nonzero().flatten()
    assert (int(seen.min()), int(seen.max())) == (10, 10 + 80)


def test_it_is_a_model_to_analyze_and_another_context_is_not_believed():
    model = unsettled(80)
    assert ModelToAnalyze(model, 80, 80).model is model
    with pytest.raises(ValueError, match="cl_model_clipped"):
        ModelToAnalyze(model, 400, 400)


def test_the_seed_decides_the_weights_and_leaves_the_global_state():
    torch.manual_seed(9)
    before = torch.get_rng_state()
    first, again, other = (SpliceAI(80, seed).first.weight for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_unknown_contexts_and_short_sequences_are_refused():
    with pytest.raises(ValueError, match=r"80, 400, 2000, 10000 bp, got 100"):
        SpliceAI(100)
    with pytest.raises(ValueError, match="more than 80 bp"):
        SpliceAI(80, 0)(random_one_hot(1, 80))

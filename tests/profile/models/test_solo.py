"""The BPNet-style network: lengths, receptive field, strands of code (fused and plain)."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.config.receptive_field import receptive_flank
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from toy_profile import network, random_dna

HEADS = [Head("nexus", 2), Head("atac", 1)]


def make(output_length=40, filters=6, layers=3, widths=(7, 11), heads=HEADS):
    return SoloModel(network(filters, layers, *widths), output_length, heads, seed=3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 4), st.sampled_from([1, 3, 7]), st.sampled_from([1, 5, 9]), st.integers(2, 30))
def test_shapes_and_exact_receptive_field(layers, width_in, width_out, output_length):
    model = make(output_length, 3, layers, (width_in, width_out), [Head("a", 2)]).eval()
    with torch.no_grad():
        for weight in model.parameters():
            # Positive weights leave no ReLU without a gradient.
            weight.abs_()
    x = random_dna(1, model.input_length).requires_grad_()
    profile, log_counts = model(x)
    assert profile.shape == (1, 2, output_length)
    assert log_counts.shape == (1, 1)
    (gradient,) = torch.autograd.grad(profile[0, 0, 0], x)
    reached = np.flatnonzero(gradient[0].abs().sum(0).numpy())
    assert reached.min() == 0
    assert reached.max() == model.input_length - model.output_length


def test_outputs_are_profiles_then_counts_in_head_order():
    outputs = make()(random_dna(3, make().input_length))
    assert [tuple(o.shape) for o in outputs] == [(3, 2, 40), (3, 1, 40), (3, 1), (3, 1)]


def test_fused_and_plain_forward_agree_and_plain_supports_second_derivatives():
    model = make()
    x = random_dna(2, model.input_length)
    for a, b in zip(model.train()(x), model.eval()(x), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)
    y = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(model.eval()(y)[0].square().sum(), y, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), y)
    assert second.abs().sum() > 0


def test_same_seed_same_weights_other_seed_others():
    a, b, c = (SoloModel(network(4, 1, 3, 3), 28, HEADS, seed=s) for s in (1, 1, 2))
    assert torch.equal(a.input_conv.weight, b.input_conv.weight)
    assert not torch.equal(a.input_conv.weight, c.input_conv.weight)


def test_n_is_no_base():
    model = make()
    x = random_dna(1, model.input_length)
    x[:, :, 50] = 0
    by_base = torch.cat([x.clone() for _ in range(4)])
    for base in range(4):
        by_base[base, base, 50] = 1
    assert not torch.allclose(model(x)[0], model(by_base)[0][:1])


def test_a_longer_sequence_is_cropped_to_its_centre():
    model = make()
    x = random_dna(1, model.input_length + 10)
    torch.testing.assert_close(model(x)[0], model(x[..., 5:-5])[0])


def test_a_sequence_that_is_too_short_is_refused_with_the_length_needed():
    needed = 40 + 2 * receptive_flank(3, 7, 11)
    with pytest.raises(ValueError, match=f"must be {needed} bp long"):
        make()(random_dna(1, needed - 2))


@pytest.mark.parametrize("filters", [6, 32])
@pytest.mark.parametrize("training", [True, False])
def test_what_is_no_batch_of_one_hot_sequences_is_refused_by_its_shape(filters, training):
    model = make(filters=filters).train(training)
    length = model.input_length
    for shape in ((2, 5, length), (4, length), (2, length, 4)):
        with pytest.raises(ValueError, match=r"one-hot, \(batch, 4, length\)"):
            model(torch.zeros(shape))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("training", [True, False])
def test_gpu_and_cpu_agree(training):
    model = make().train(training)
    x = random_dna(2, model.input_length)
    expected = model(x)
    for a, b in zip(model.cuda()(x.cuda()), expected, strict=True):
        torch.testing.assert_close(a.cpu(), b, atol=1e-3, rtol=1e-3)

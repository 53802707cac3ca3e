"""The BPNet-style network: lengths, receptive field, strands of code (fused and plain)."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.profile.models.heads import Head, as_heads
from cisgrammar.profile.models.solo import SoloModel, receptive_flank

HEADS = [Head("nexus", 2), Head("atac", 1)]


def make(output_length=40, filters=6, layers=3, widths=(7, 11), heads=HEADS, extra=0):
    length = output_length + 2 * receptive_flank(layers, *widths) + extra
    return SoloModel(length, output_length, filters, layers, *widths, heads, seed=3)


def dna(batch, length, seed=0):
    return torch.eye(4)[torch.randint(0, 4, (batch, length), generator=torch.Generator().manual_seed(seed))].transpose(
        1, 2
    )


@pytest.mark.parametrize(
    ("layers", "widths", "length"),
    [(8, (25, 75), 2118), (8, (21, 75), 2114), (8, (7, 7), 2032), (9, (25, 75), 3142)],
)
def test_input_lengths_that_bpreveal_states(layers, widths, length):
    assert 1000 + 2 * receptive_flank(layers, *widths) == length


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 4), st.sampled_from([1, 3, 7]), st.sampled_from([1, 5, 9]), st.integers(2, 30))
def test_shapes_and_exact_receptive_field(layers, width_in, width_out, output_length):
    model = make(output_length, 3, layers, (width_in, width_out), [Head("a", 2)]).eval()
    x = dna(1, model.input_length).requires_grad_()
    profile, log_counts = model(x)
    assert profile.shape == (1, 2, output_length)
    assert log_counts.shape == (1, 1)
    (gradient,) = torch.autograd.grad(profile[0, 0, 0], x)
    reached = np.flatnonzero(gradient[0].abs().sum(0).numpy())
    assert reached.max() <= 2 * model.flank


def test_outputs_are_profiles_then_counts_in_head_order():
    outputs = make()(dna(3, make().input_length))
    assert [tuple(o.shape) for o in outputs] == [(3, 2, 40), (3, 1, 40), (3, 1), (3, 1)]


def test_fused_and_plain_forward_agree_and_plain_supports_second_derivatives():
    model = make()
    x = dna(2, model.input_length)
    for a, b in zip(model.train()(x), model.eval()(x), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)
    y = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(model.eval()(y)[0].square().sum(), y, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), y)
    assert second.abs().sum() > 0


def test_same_seed_same_weights_other_seed_others():
    a, b, c = (SoloModel(40, 40 - 2 * receptive_flank(1, 3, 3), 4, 1, 3, 3, HEADS, seed=s) for s in (1, 1, 2))
    assert torch.equal(a.input_conv.weight, b.input_conv.weight)
    assert not torch.equal(a.input_conv.weight, c.input_conv.weight)


def test_n_is_no_base():
    model = make()
    x = dna(1, model.input_length)
    x[:, :, 50] = 0
    by_base = torch.cat([x.clone() for _ in range(4)])
    for base in range(4):
        by_base[base, base, 50] = 1
    assert not torch.allclose(model(x)[0], model(by_base)[0][:1])


def test_input_too_long_is_cropped_with_a_warning():
    with pytest.warns(UserWarning, match="longer than the"):
        model = make(extra=10)
    x = dna(1, model.input_length + 10)
    torch.testing.assert_close(model(x)[0], model(x[..., 5:-5])[0])


def test_input_too_short_names_the_length_needed():
    needed = 40 + 2 * receptive_flank(3, 7, 11)
    with pytest.raises(ValueError, match=f"needs {needed}"):
        make(extra=-2)
    with pytest.raises(ValueError, match=f"must be {needed} bp long"):
        make()(dna(1, needed - 2))


@pytest.mark.parametrize(
    ("heads", "message"),
    [([], "at least one head"), ([Head("a"), Head("a")], "must differ"), ([Head("a", 0)], "at least 1")],
)
def test_bad_heads(heads, message):
    with pytest.raises(ValueError, match=message):
        as_heads(heads)


def test_even_width_is_refused():
    with pytest.raises(ValueError, match="must be odd"):
        SoloModel(100, 50, 4, 1, 4, 3, HEADS)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("training", [True, False])
def test_gpu_and_cpu_agree(training):
    model = make().train(training)
    x = dna(2, model.input_length)
    expected = model(x)
    for a, b in zip(model.cuda()(x.cuda()), expected, strict=True):
        torch.testing.assert_close(a.cpu(), b, atol=1e-3, rtol=1e-3)

"""The fast layers against torch's own operations, values and gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cisgrammar.profile.models import layers
from cisgrammar.profile.models.layers import (
    few_channel_conv,
    first_conv,
    residual_conv,
    residual_convs,
    to_channels_last,
)

DILATIONS = (1, 4, 9)


def plain_residual(x, weight, bias, dilation):
    crop = dilation * (weight.shape[2] - 1) // 2
    return functional.conv1d(x, weight, bias, dilation=dilation).relu() + x[..., crop : x.shape[2] - crop]


def gradients(function, *inputs):
    leaves = [value.clone().requires_grad_() for value in inputs]
    out = function(*leaves)
    weights = torch.linspace(-1, 2, out.numel(), dtype=out.dtype).reshape(out.shape)
    return out, torch.autograd.grad((out * weights).sum(), leaves)


@pytest.mark.parametrize("form", ["_gemm_is_faster", "_library_has_no_kernel", "library"])
@settings(max_examples=20, deadline=None)
@given(
    batch=st.integers(1, 3),
    channels=st.integers(1, 6),
    dilation=st.integers(1, 5),
    extra=st.integers(1, 9),
    width=st.sampled_from([1, 3, 5]),
)
def test_residual_conv_equals_conv1d_plus_crop(form, batch, channels, dilation, extra, width):
    torch.manual_seed(batch + 10 * channels)
    x = torch.randn(batch, channels, dilation * (width - 1) + extra)
    weight, bias = torch.randn(channels, channels, width), torch.randn(channels)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_gemm_is_faster", "_library_has_no_kernel"):
            patch.setattr(layers, name, lambda _, name=name: name == form)
        out, grads = gradients(
            lambda a, w, b: residual_conv(to_channels_last(a), w, b, dilation).squeeze(2), x, weight, bias
        )
    expected, expected_grads = gradients(lambda a, w, b: plain_residual(a, w, b, dilation), x, weight, bias)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-4)
    for got, wanted in zip(grads, expected_grads, strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-4, rtol=1e-4)


def in_a_row(channels, width=3, dtype=torch.float32):
    """Input, weights and biases of three blocks."""
    torch.manual_seed(channels + width)
    x = torch.randn(2, channels, 90, dtype=dtype)
    weights = [torch.randn(channels, channels, width, dtype=dtype) / channels for _ in DILATIONS]
    return x, *weights, *(torch.randn(channels, dtype=dtype) for _ in DILATIONS)


def plain_row(x, *parameters):
    for weight, bias, dilation in zip(parameters[:3], parameters[3:], DILATIONS, strict=True):
        x = plain_residual(x, weight, bias, dilation)
    return x


def fast_row(x, *parameters):
    pairs = list(zip(parameters[:3], parameters[3:], strict=True))
    return residual_convs(to_channels_last(x), pairs, DILATIONS).squeeze(2)


# The first is compiled; too few channels, other taps and double precision are torch's.
@pytest.mark.parametrize(
    "given", [(32,), (16,), (96,), (6,), (32, 5), (32, 3, torch.float64)], ids=lambda given: "-".join(map(str, given))
)
def test_residual_convs_are_one_after_the_other(given):
    inputs = in_a_row(*given)
    out, grads = gradients(fast_row, *inputs)
    expected, expected_grads = gradients(plain_row, *inputs)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-4)
    for got, wanted in zip(grads, expected_grads, strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-4, rtol=1e-4)
    with torch.no_grad():
        assert torch.equal(fast_row(*inputs), out)


def test_compiled_blocks_are_taken_for_single_precision_on_a_processor_alone(monkeypatch):
    taken = []
    monkeypatch.setattr(layers, "block_kernels", lambda channels: taken.append(channels))
    x, *parameters = in_a_row(32)
    fast_row(x, *parameters)
    assert taken == [32]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert fast_row(x, *parameters).dtype == torch.bfloat16
    fast_row(*in_a_row(32, 5))
    fast_row(*in_a_row(32, 3, torch.float64))
    assert taken == [32]


def test_a_frozen_block_keeps_its_weights_and_passes_its_gradient_on():
    x, *parameters = in_a_row(32)
    out, (grad,) = gradients(lambda a: fast_row(a, *parameters), x)
    expected, (expected_grad,) = gradients(lambda a: plain_row(a, *parameters), x)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(grad, expected_grad, atol=1e-4, rtol=1e-4)


@settings(max_examples=25, deadline=None)
@given(
    batch=st.integers(1, 3),
    channels=st.sampled_from([1, 2, 5, 16, 32]),
    tasks=st.integers(1, 3),
    width=st.integers(1, 9),
    extra=st.integers(0, 7),
)
def test_few_channel_conv_equals_conv1d(batch, channels, tasks, width, extra):
    torch.manual_seed(width)
    x, weight, bias = (
        torch.randn(batch, channels, width + extra),
        torch.randn(tasks, channels, width),
        torch.randn(tasks),
    )
    out, grads = gradients(lambda a, w, b: few_channel_conv(to_channels_last(a), w, b), x, weight, bias)
    expected, expected_grads = gradients(functional.conv1d, x, weight, bias)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-4)
    for got, wanted in zip(grads, expected_grads, strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("channels", [6, 16, 32])
def test_first_conv_is_a_convolution_with_relu(channels):
    torch.manual_seed(channels)
    x, weight, bias = torch.randn(3, 4, 50), torch.randn(channels, 4, 21) / 9, torch.randn(channels)
    wanted = lambda w, b: functional.conv1d(x, w, b).relu()  # noqa: E731
    out, grads = gradients(lambda w, b: first_conv(x, w, b).squeeze(2), weight, bias)
    expected, expected_grads = gradients(wanted, weight, bias)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-4)
    for got, right in zip(grads, expected_grads, strict=True):
        torch.testing.assert_close(got, right, atol=1e-4, rtol=1e-4)


def test_a_sequence_that_wants_a_gradient_gets_it():
    torch.manual_seed(0)
    inputs = torch.randn(3, 4, 50), torch.randn(32, 4, 21) / 9, torch.randn(32)
    _, grads = gradients(lambda *given: first_conv(*given).squeeze(2), *inputs)
    _, expected = gradients(lambda *given: functional.conv1d(*given).relu(), *inputs)
    for got, right in zip(grads, expected, strict=True):
        torch.testing.assert_close(got, right, atol=1e-4, rtol=1e-4)


def test_rows_are_compiled_for_single_precision_on_a_processor_alone(monkeypatch):
    taken = []
    monkeypatch.setattr(layers, "row_kernels", lambda columns: taken.append(columns))
    x, weight, bias = torch.randn(2, 4, 30), torch.randn(32, 4, 5), torch.randn(32)
    trunk, head = to_channels_last(torch.randn(2, 32, 30)), torch.randn(2, 32, 5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        first_conv(x, weight, bias)
        few_channel_conv(trunk, head, bias[:2])
    first_conv(*(values.double() for values in (x, weight, bias)))
    few_channel_conv(*(values.double() for values in (trunk, head, bias[:2])))
    assert taken == []
    first_conv(x, weight, bias)
    few_channel_conv(trunk, head, bias[:2])
    assert taken == [32, 32]


def test_autocast_computes_in_bfloat16_and_returns_close_values():
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 8, 60), torch.randn(8, 8, 3) / 5, torch.randn(8)
    exact = residual_conv(to_channels_last(x), weight, bias, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = residual_conv(to_channels_last(x), weight, bias, 2)
    assert rounded.dtype == torch.bfloat16
    torch.testing.assert_close(rounded.float(), exact, atol=0.05, rtol=0.05)
    assert not torch.equal(rounded.float(), exact)

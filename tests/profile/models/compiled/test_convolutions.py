"""The first convolution and a profile head against torch in double precision; any number of threads."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cisgrammar.profile.models.compiled import convolutions
from cisgrammar.profile.models.compiled.convolutions import FirstConvolution, Head
from cisgrammar.profile.models.compiled.machine import Machine
from cisgrammar.profile.models.compiled.row_kernels import row_kernels_for
from threads import with_threads

MACHINES = [Machine(16, 8), Machine(8, 6)]
SHAPES = {"windows": st.integers(0, 3), "width": st.integers(1, 25), "extra": st.integers(0, 60)}


def close(found, wanted):
    assert found.shape == wanted.shape
    if wanted.numel():
        assert (found.double() - wanted).abs().max() <= 3e-6 * wanted.abs().max()


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=25, deadline=None)
@given(**SHAPES, few=st.integers(1, 6), blocks=st.integers(1, 2))
def test_first_convolution(machine, windows, width, extra, few, blocks):
    torch.manual_seed(width)
    channels = 2 * machine.lanes * blocks
    x, bias = torch.randn(windows, width + extra, few), torch.randn(channels)
    weight = torch.randn(channels, few, width) / (few * width) ** 0.5
    first = FirstConvolution(row_kernels_for(machine), weight, bias)
    out = first.forward(x)
    leaves = [values.double().requires_grad_() for values in (weight, bias)]
    wanted = functional.conv1d(x.double().transpose(1, 2), *leaves).relu().transpose(1, 2)
    close(out, wanted.detach())
    grad = torch.randn_like(out)
    for found, expected in zip(
        first.backward(grad, x, out), torch.autograd.grad(wanted, leaves, grad.double()), strict=True
    ):
        close(found, expected)


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=25, deadline=None)
@given(**SHAPES, tasks=st.integers(1, 4), blocks=st.integers(1, 2))
def test_head(machine, windows, width, extra, tasks, blocks):
    torch.manual_seed(width)
    channels = 2 * machine.lanes * blocks
    x, weight = torch.randn(windows, width + extra, channels), torch.randn(tasks, channels, width) / channels
    head = Head(row_kernels_for(machine), weight)
    out = head.forward(x)
    leaves = [values.double().requires_grad_() for values in (x, weight)]
    wanted = functional.conv1d(leaves[0].transpose(1, 2), leaves[1]).transpose(1, 2)
    close(out, wanted.detach())
    grad = torch.randn(wanted.shape)
    for found, expected in zip(head.backward(grad, x), torch.autograd.grad(wanted, leaves, grad.double()), strict=True):
        close(found, expected)


@pytest.mark.parametrize("shape", [(2, 40, 5), (2, 6, 4), (40, 4)])
def test_an_input_of_another_shape_is_an_error_and_nothing_is_read(shape):
    first = FirstConvolution(row_kernels_for(MACHINES[1]), torch.randn(16, 4, 7), torch.randn(16))
    with pytest.raises(ValueError, match="wanted 4 channels and 7 bp or more"):
        first.forward(torch.randn(shape))
    head = Head(row_kernels_for(MACHINES[1]), torch.randn(2, 16, 7))
    with pytest.raises(ValueError, match="wanted 16 channels and 7 bp or more"):
        head.forward(torch.randn(shape))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("width", "tasks"), [(1, 1), (9, 2), (25, 3)])
def test_no_row_lies_beyond_its_window(monkeypatch, machine, width, tasks):
    """What sums over rows read behind the last one belongs to the window's array."""

    class Checked(convolutions.Plan):
        def __init__(self, names, numbers, arrays, of_windows):
            stride = numbers["span"] if "spare" in arrays else numbers["stride"]
            assert (numbers["rows"] - 1) * stride + numbers["span"] <= of_windows["a"][0].numel()
            super().__init__(names, numbers, arrays, of_windows)

    monkeypatch.setattr(convolutions, "Plan", Checked)
    code, channels = row_kernels_for(machine), 2 * machine.lanes
    first = FirstConvolution(code, torch.randn(channels, 4, width), torch.randn(channels))
    x = torch.randn(2, 60, 4)
    out = first.forward(x)
    first.backward(torch.randn_like(out), x, out)
    head = Head(code, torch.randn(tasks, channels, width))
    profiles = head.forward(out)
    head.backward(torch.randn_like(profiles), out)


def test_threads_and_companions_change_no_output():
    torch.manual_seed(0)
    code = row_kernels_for(MACHINES[1])
    first = FirstConvolution(code, torch.randn(16, 4, 7), torch.randn(16))
    head = Head(code, torch.randn(2, 16, 9))
    x = torch.randn(5, 40, 4)
    rows = with_threads(1, lambda: first.forward(x))
    profiles = with_threads(1, lambda: head.forward(rows))
    assert torch.equal(with_threads(3, lambda: first.forward(x)), rows)
    assert torch.equal(with_threads(3, lambda: head.forward(rows)), profiles)
    assert torch.equal(first.forward(x[2:3]), rows[2:3])
    assert torch.equal(head.forward(rows[2:3]), profiles[2:3])
    grad = torch.randn_like(profiles)
    one = with_threads(1, lambda: head.backward(grad, rows))
    several = with_threads(3, lambda: head.backward(grad, rows))
    assert torch.equal(one.x, several.x)
    torch.testing.assert_close(one.weight, several.weight, atol=1e-4, rtol=1e-5)
    one, several = (with_threads(n, lambda: first.backward(rows, x, rows)) for n in (1, 3))
    torch.testing.assert_close(one.weight, several.weight, atol=1e-3, rtol=1e-5)
    torch.testing.assert_close(one.bias, several.bias, atol=1e-3, rtol=1e-5)

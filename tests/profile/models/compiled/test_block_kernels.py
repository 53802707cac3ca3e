"""The compiled residual block against torch in double precision; what lies beside its arrays stays as it is."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cisgrammar.profile.models.compiled.block_kernels import PLAN, block_kernels, block_kernels_for
from cisgrammar.profile.models.compiled.machine import Machine
from cisgrammar.profile.models.compiled.pairs import packed, places

MACHINES = [Machine(16, 8), Machine(8, 6)]
BESIDE = 7.5
"""What lies on both sides of each array."""


class Between:
    """An array with `BESIDE` on both sides, as long as two rows of channels."""

    def __init__(self, values, channels):
        self.whole = torch.full((values.numel() + 4 * channels,), BESIDE)
        self.inner = self.whole[2 * channels : -2 * channels].view(values.shape)
        self.inner.copy_(values)
        self.channels = channels

    def is_intact(self):
        edge = 2 * self.channels
        return bool((self.whole[:edge] == BESIDE).all() and (self.whole[-edge:] == BESIDE).all())


class Block:
    """A block and its window, drawn at random, and what the kernels make of it."""

    def __init__(self, machine, blocks, dilation, above, seed=0):
        self.machine, self.dilation, channels = machine, dilation, 2 * machine.lanes * blocks
        draw = torch.Generator().manual_seed(seed)
        normal = lambda *shape: torch.randn(shape, generator=draw)  # noqa: E731
        self.weight, self.bias = normal(channels, channels, 3) / (3 * channels) ** 0.5, normal(channels)
        self.x, self.grad = normal(above + 2 * dilation, channels), normal(above, channels)
        self.channels, self.above, self.begin = channels, above, 3

    def run(self):
        """out, grad_x, gradients of weight and bias; all arrays are intact beside."""
        code, channels, above = block_kernels_for(self.machine), self.channels, self.above
        rows, below = self.machine.rows, len(self.x)
        of = lambda values: Between(values, channels)  # noqa: E731
        empty = lambda *shape: of(torch.zeros(shape))  # noqa: E731
        taps = self.weight.permute(2, 1, 0)
        arrays = {
            "x": of(self.x),
            "out": empty(above, channels),
            "grad": of(self.grad),
            "grad_x": empty(below, channels),
            "kernel": of(packed(taps, self.machine)),
            "transposed": of(packed(taps.flip(0).transpose(1, 2), self.machine)),
            "bias": of(self.bias),
            "zeros": empty(channels),
            "work": empty(code.room(channels)),
            "sums": empty(4 * channels + 1, channels),
            "own": empty(above, channels),
            "multipliers": empty(max(above - 2 * self.begin, 0), channels),
        }
        passed = torch.zeros((above + 2, channels // 8), dtype=torch.uint8)
        tables = [places(above, self.dilation), places(below, self.dilation)]
        fields = {name: array.inner.data_ptr() for name, array in arrays.items()}
        fields |= {"passed": passed[1].data_ptr(), "below": below, "above": above, "dilation": self.dilation}
        fields |= {"channels": channels, "pairs": len(tables[0]), "pairs_below": len(tables[1])}
        fields |= {"begin": self.begin, "number": max(above - 2 * self.begin, 0)}
        padded = [np.pad(table, (0, -len(table) % rows), mode="edge") for table in tables]
        fields |= {"places": padded[0].ctypes.data, "places_below": padded[1].ctypes.data}
        plan = np.array([fields[name] for name in PLAN], dtype=np.int64)
        for function in (code.forward, code.to_kernel, code.to_input, code.inputs):
            function(plan.ctypes.data)
        self.entered = arrays["own"].inner.clone()
        arrays["own"].inner.copy_(self.grad)  # any other input
        code.beside(plan.ctypes.data)
        self.multipliers = arrays["multipliers"].inner
        assert all(array.is_intact() for array in arrays.values())
        assert not passed[0].any()
        assert not passed[-1].any()
        s0, s1, s2, s3 = arrays["sums"].inner[:-1].view(4, channels, channels)
        weight = torch.stack([s0 + (s1 + s2) / 2, (s1 - s2) / 2, (s1 + s2) / 2 + s3]).permute(2, 1, 0)
        return arrays["out"].inner, arrays["grad_x"].inner, weight, arrays["sums"].inner[-1]

    def wanted(self):
        """The same by torch's convolutions."""
        leaves = [values.double().requires_grad_() for values in (self.x, self.weight, self.bias)]
        x = leaves[0].T[None]
        out = functional.conv1d(x, *leaves[1:], dilation=self.dilation).relu()
        out = (out + x[..., self.dilation : -self.dilation])[0].T
        return out.detach(), *torch.autograd.grad(out, leaves, self.grad.double())


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=25, deadline=None)
@given(blocks=st.integers(1, 3), dilation=st.integers(1, 40), above=st.integers(1, 130))
def test_forwards_and_back_are_those_of_a_convolution(machine, blocks, dilation, above):
    block = Block(machine, blocks, dilation, above)
    for found, wanted in zip(block.run(), block.wanted(), strict=True):
        # Single precision: a few rounding errors of the largest.
        assert (found.double() - wanted).abs().max() < 3e-6 * wanted.abs().max()


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=10, deadline=None)
@given(dilation=st.integers(1, 20), above=st.integers(1, 60))
def test_inputs_of_the_relu_and_multipliers_beside_others(machine, dilation, above):
    block = Block(machine, 2, dilation, above)
    out = block.run()[0]
    taps = block.weight.double(), block.bias.double()
    entered = functional.conv1d(block.x.double().T[None], *taps, dilation=dilation)[0].T
    assert (block.entered - entered).abs().max() < 3e-6 * entered.abs().max()
    torch.testing.assert_close(out.double(), entered.relu() + block.x[dilation:-dilation], atol=1e-5, rtol=1e-5)
    slopes = (entered.relu() - block.grad.relu()) / (entered - block.grad)
    kept = slopes[block.begin : max(above - block.begin, block.begin)]
    torch.testing.assert_close(block.multipliers.double(), kept, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_pre_activation_of_zero_stops_what_comes_back_and_nan_passes(machine):
    block = Block(machine, 1, 2, 20)
    block.weight.zero_()
    block.bias.zero_()
    out, grad_x, weight, bias = block.run()
    assert torch.equal(out, block.x[2:-2])
    assert torch.equal(grad_x[2:-2], block.grad)
    assert not weight.any()
    assert not bias.any()
    block.bias[3] = torch.nan
    out, grad_x, weight, bias = block.run()
    assert out[:, 3].isnan().all()
    assert not out[:, :3].isnan().any()
    assert torch.isclose(bias[3], block.grad[:, 3].sum(), atol=1e-5)


def test_they_are_made_once():
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(block_kernels, [32] * 8))
    assert all(each is made[0] for each in made)
    assert block_kernels(16).machine == Machine(8, 6)
    assert block_kernels(20) is None

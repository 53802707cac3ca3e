"""Inputs of ReLUs and multipliers beside references, against torch in double precision; any number of threads."""

import pytest
import torch
from torch.nn import functional

from cisgrammar.profile.models.compiled.block_kernels import block_kernels_for
from cisgrammar.profile.models.compiled.machine import Machine
from cisgrammar.profile.models.compiled.multipliers import Multipliers
from cisgrammar.profile.models.compiled.row_kernels import row_kernels_for

MACHINES = [Machine(16, 8), Machine(8, 6)]
DILATIONS = (2, 4)
LENGTH = 60
WIDTHS = [56, 30, 44]
"""Of the first convolution's 56 positions all, of the blocks' 52 and 44 some and all."""


class Network:
    """Weights and one-hot sequences, drawn at random."""

    def __init__(self, machine, sequences=3, references=2):
        draw = torch.Generator().manual_seed(5)
        normal = lambda *shape: torch.randn(shape, generator=draw)  # noqa: E731
        filters = 2 * machine.lanes
        self.first = normal(filters, 4, 5) / 3, normal(filters) / 3
        self.blocks = [(normal(filters, filters, 3) / 7, normal(filters) / 3) for _ in DILATIONS]
        codes = torch.randint(0, 5, (sequences, references + 1, LENGTH), generator=draw)
        one_hot = torch.eye(5, 4)[codes]
        self.own, self.references = one_hot[:, 0], one_hot[:, 1:]
        codes = row_kernels_for(machine), block_kernels_for(machine)
        self.compiled = Multipliers(codes, self.first, self.blocks, DILATIONS)

    def inputs(self, sequences):
        """What enters each ReLU, and the last output."""
        double = lambda pair: [values.double() for values in pair]  # noqa: E731
        found = [functional.conv1d(sequences.double().transpose(1, 2), *double(self.first))]
        x = found[0].relu()
        for pair, dilation in zip(self.blocks, DILATIONS, strict=True):
            found.append(functional.conv1d(x, *double(pair), dilation=dilation))
            x = found[-1].relu() + x[..., dilation:-dilation]
        return [values.transpose(1, 2) for values in found], x.transpose(1, 2)


@pytest.mark.parametrize("machine", MACHINES)
def test_inputs_and_multipliers_are_those_of_torch(machine):
    network = Network(machine)
    found, out = network.compiled.inputs(network.own)
    own, wanted = network.inputs(network.own)
    for one, other in zip((*found, out), (*own, wanted), strict=True):
        torch.testing.assert_close(one.double(), other, atol=1e-5, rtol=1e-5)
    beside = network.compiled.beside(found, network.references, WIDTHS)
    others, _ = network.inputs(network.references.flatten(0, 1))
    for values, a, b, width in zip(beside, own, others, WIDTHS, strict=True):
        b = b.unflatten(0, network.references.shape[:2])
        a = a[:, None].expand_as(b)
        begin = (a.shape[2] - width) // 2
        slopes = ((a.relu() - b.relu()) / (a - b))[:, :, begin : begin + width]
        same = (a == b)[:, :, begin : begin + width]
        slopes[same] = (a > 0).double()[:, :, begin : begin + width][same]
        assert values.shape == slopes.shape
        torch.testing.assert_close(values.double(), slopes, atol=1e-3, rtol=1e-3)


def test_threads_and_companions_change_no_byte():
    network = Network(MACHINES[1])
    before = torch.get_num_threads()
    found = []
    for threads in (1, 3):
        torch.set_num_threads(threads)
        own, out = network.compiled.inputs(network.own)
        found.append([*own, out, *network.compiled.beside(own, network.references, WIDTHS)])
    torch.set_num_threads(before)
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)
    own, out = network.compiled.inputs(network.own[1:2])
    alone = [*own, out, *network.compiled.beside(own, network.references[1:2], WIDTHS)]
    for one, other in zip(found[0], alone, strict=True):
        assert torch.equal(one[1:2], other)

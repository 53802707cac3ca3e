"""Pairs of positions: each is met once, and four products make both outputs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from llvmlite import ir

from cisgrammar.profile.models.compiled.machine import INT, Compiled, Function, Machine
from cisgrammar.profile.models.compiled.pairs import differences, outputs, packed, places
from cisgrammar.profile.models.compiled.products import tile

MACHINES = [Machine(16, 8), Machine(8, 6)]


@given(length=st.integers(1, 60), dilation=st.integers(1, 20))
def test_each_position_is_in_one_pair_and_only_the_second_may_lie_beyond(length, dilation):
    first = places(length, dilation)
    met = np.concatenate([first, first + dilation])
    assert np.array_equal(np.sort(met[met < length]), np.arange(length))
    assert first.max() < length


@given(length=st.integers(1, 60), dilation=st.integers(1, 20))
def test_no_more_than_a_dilation_of_pairs_is_alone(length, dilation):
    assert 2 * len(places(length, dilation)) - length <= dilation


def test_matrices_of_taps():
    taps = torch.arange(3.0 * 32 * 32).view(32, 32, 3).permute(2, 0, 1)
    found = packed(taps, MACHINES[1])  # blocks of 16 columns
    assert found.shape == (4, 2, 32, 16)
    assert found.dtype == torch.float32
    assert torch.equal(found[0, 1], taps[0, :, 16:])
    assert torch.equal(found[3, 0], taps[2, :, :16])
    assert torch.equal(found[1, 0] - found[2, 0], taps[1, :, :16])
    assert torch.equal(found[1] + found[2], found[0] + found[3])
    both = packed(torch.stack([taps, taps + 1]), MACHINES[1])
    assert torch.equal(both[0], found)
    assert torch.equal(both[1], packed(taps + 1, MACHINES[1]))


@pytest.mark.parametrize("machine", MACHINES)
def test_four_products_of_packed_taps_make_both_outputs(machine):
    channels, lanes = 4 * machine.lanes, machine.lanes
    draw = torch.Generator().manual_seed(1)
    taps = torch.randn(3, channels, channels, generator=draw)
    x = torch.randn(4, machine.rows, channels, generator=draw)
    block = 2 * lanes
    wanted = [sum(x[which + k] @ taps[k] for k in range(3)) for which in (0, 1)]
    matrices = packed(taps, machine)
    assert matrices.shape == (4, 2, channels, block)
    spread = torch.empty(4, 2, machine.rows, block)
    products, out = torch.empty(4, machine.rows, block), torch.empty(2, machine.rows, channels)
    module = ir.Module("pairs")
    multiply = tile(module, machine)
    _write_of_four(module, machine, "spread", differences)
    _write_of_four(module, machine, "merge", outputs)
    _write_tile(module, machine, multiply)
    code = Compiled(module)
    made = torch.empty(4, machine.rows, channels)
    code.function("spread", 3)(x.data_ptr(), made.data_ptr(), x[0].numel())
    spread.copy_(made.unflatten(2, (2, block)).transpose(1, 2))
    for column in range(2):
        for j in range(4):
            code.function("one", 4)(spread[j].data_ptr(), matrices[j, column].data_ptr(), products[j].data_ptr(), 2)
        both = torch.empty(2, machine.rows, block)
        code.function("merge", 3)(products.data_ptr(), both.data_ptr(), products[0].numel())
        out[:, :, column * block : (column + 1) * block] = both
    torch.testing.assert_close(out, torch.stack(wanted), atol=1e-4, rtol=1e-5)


def _write_of_four(module, machine, name, function):
    """Of the vectors of four arrays that lie behind each other."""
    f = Function(module, name, [INT] * 3, machine, public=True)
    x, to, size = f.arguments
    with f.loop(size, f.lanes) as i:
        four = tuple(f.read(f.floats(x), f.add(f.times(size, j), i)) for j in range(4))
        for j, vector in enumerate(function(f, four)):
            f.write(vector, f.floats(to), f.add(f.times(size, j), i))
    f.end()


def _write_tile(module, machine, multiply):
    f = Function(module, "one", [INT] * 4, machine, public=True)
    x, matrix, to, blocks = f.arguments
    f.call(multiply, f.floats(x), f.floats(matrix), f.floats(to), blocks)
    f.end()

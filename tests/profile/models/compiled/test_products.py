"""Products whose sums stay in registers, against torch in double precision."""

import pytest
import torch
from llvmlite import ir

from cisgrammar.profile.models.compiled.machine import INT, Compiled, Function, Machine
from cisgrammar.profile.models.compiled.products import multiplier, outer, products, tile

MACHINES = [Machine(16, 8), Machine(8, 6)]


def normal(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(len(shape)))


def called(machine, number, write):
    """A function of so many integers; `write` has the module, the function and its arguments."""
    module = ir.Module("products")
    f = Function(module, "call", [INT] * number, machine, public=True)
    write(module, f, f.arguments)
    f.end()
    code = Compiled(module)
    function = code.function("call", number)

    def call(*given):
        function(*given)
        return code  # for as long as it is called

    return call


@pytest.mark.parametrize("machine", MACHINES)
def test_a_tile_is_rows_times_a_block_of_columns(machine):
    block, rows = 2 * machine.lanes, machine.rows
    x, matrix, to = normal(3, rows, block), normal(3, block, block, 1)[..., 0], torch.empty(rows, block)

    def write(module, f, given):
        x, matrix, to = map(f.floats, given[:3])
        f.call(tile(module, machine), x, matrix, to, given[3])

    keep = matrix.contiguous()
    called(machine, 4, write)(x.data_ptr(), keep.data_ptr(), to.data_ptr(), 3)
    wanted = torch.einsum("brk,bkc->rc", x.double(), keep.double())
    torch.testing.assert_close(to.double(), wanted, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("span", [1, 7])
def test_rows_that_overlap_times_two_vectors(machine, span):
    block, stride = 2 * machine.lanes, 3
    x, matrix, to = normal(3 * stride + span), normal(span, block), torch.empty(4, block)

    def write(_, f, given):
        x, matrix, to, span = *map(f.floats, given[:3]), given[3]
        rows = [f.at(x, i * stride) for i in range(4)]
        for i, totals in enumerate(products(f, rows, matrix, span)):
            for part, total in enumerate(totals):
                f.write(total.get(), to, i * block + part * f.lanes)

    called(machine, 4, write)(x.data_ptr(), matrix.data_ptr(), to.data_ptr(), span)
    wanted = x.unfold(0, span, stride).double() @ matrix.double()
    torch.testing.assert_close(to.double(), wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("span", "stride"), [(8, 8), (16, 3), (24, 30)])
def test_outer_products_of_rows_are_added(machine, span, stride):
    columns, number = 4 * machine.lanes, 9
    one, other = normal((number - 1) * stride + span), normal(number, columns)
    sums = torch.ones(span, columns)

    def write(module, f, given):
        one, other, to = map(f.floats, (given[0], given[3], given[6]))
        f.call(outer(module, machine), one, given[1], given[2], other, given[4], given[5], to)

    call = called(machine, 7, write)
    call(one.data_ptr(), stride, span, other.data_ptr(), columns, number, sums.data_ptr())
    wanted = 1 + one.unfold(0, span, stride).double().T @ other.double()
    torch.testing.assert_close(sums.double(), wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("machine", MACHINES)
def test_multipliers_of_all_pairs_of_signs(machine):
    values = torch.tensor([-2.0, -1.0, 0.0, 1.0, 3.0])
    a, b = (grid.flatten().repeat(16) for grid in torch.meshgrid(values, values, indexing="ij"))
    found = torch.empty_like(a)

    def write(_, f, given):
        a, b, to = map(f.floats, given[:3])
        with f.loop(given[3], f.lanes) as i:
            f.write(multiplier(f, f.read(a, i), f.read(b, i)), to, i)

    called(machine, 4, write)(a.data_ptr(), b.data_ptr(), found.data_ptr(), len(a))
    slopes = (a.relu() - b.relu()) / (a - b)
    torch.testing.assert_close(found, torch.where(a == b, (a > 0).float(), slopes))

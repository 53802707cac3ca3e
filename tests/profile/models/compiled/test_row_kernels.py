"""What the kernels of rows that overlap do, by hand; what lies beside stays as it is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.profile.models.compiled.convolutions import in_blocks
from cisgrammar.profile.models.compiled.machine import Machine
from cisgrammar.profile.models.compiled.row_kernels import CHUNK, ROWS, row_kernels, row_kernels_for
from cisgrammar.profile.models.compiled.windows import Plan

MACHINES = [Machine(16, 8), Machine(8, 6)]
SHAPES = {"rows": st.integers(1, 150), "stride": st.integers(1, 5), "blocks": st.integers(1, 3)}


class Case:
    """Rows, a matrix and arrays, drawn at random."""

    def __init__(self, machine, rows, stride, span, blocks):
        draw = torch.Generator().manual_seed(rows)
        normal = lambda *shape: torch.randn(shape, generator=draw)  # noqa: E731
        self.machine, self.columns, self.rows, self.stride = machine, 2 * machine.lanes * blocks, rows, stride
        self.a, self.matrix = normal((rows - 1) * stride + span), normal(span, self.columns)
        self.bias, self.other = normal(self.columns), normal(rows, self.columns)
        self.numbers = {"rows": rows, "stride": stride, "span": span, "columns": self.columns}
        self.span = span

    def call(self, name, **arrays):
        arrays = {"a": self.a, "matrix": in_blocks(self.matrix, self.machine), "bias": self.bias, **arrays}
        arrays = {"other": self.other, "work": torch.empty(CHUNK, self.columns), **arrays}
        arrays |= {"spare": torch.zeros(self.span + 2 * self.machine.lanes)}
        Plan(ROWS, self.numbers, arrays, {}).call(0, getattr(row_kernels_for(self.machine), name))

    def overlapping(self):
        return self.a.unfold(0, self.span, self.stride).double()  # (rows, span)


def close(found, wanted):
    assert (found.double() - wanted).abs().max() < 3e-6 * wanted.abs().max().clamp(min=1)


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=20, deadline=None)
@given(**SHAPES, span=st.integers(1, 30))
def test_rows_times_a_matrix_with_and_without_relu(machine, rows, stride, span, blocks):
    case = Case(machine, rows, stride, span, blocks)
    out = torch.full((rows + 1, case.columns), 7.5)
    case.call("multiply", out=out)
    close(out[:-1], case.overlapping() @ case.matrix.double())
    case.call("activate", out=out)
    close(out[:-1], (case.overlapping() @ case.matrix.double() + case.bias).relu())
    assert (out[-1] == 7.5).all()


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=20, deadline=None)
@given(**SHAPES, begin=st.integers(0, 20), end=st.integers(0, 20))
def test_inputs_of_the_relu_and_multipliers_beside_them(machine, rows, stride, blocks, begin, end):
    case = Case(machine, rows, stride, 5, blocks)
    number = max(rows - begin - end, 0)
    case.numbers |= {"begin": begin, "number": number}
    wanted = case.overlapping() @ case.matrix.double() + case.bias
    out, own = torch.empty(rows, case.columns), torch.empty(rows, case.columns)
    case.call("inputs", out=out, own=own)
    close(own, wanted)
    close(out, wanted.relu())
    multipliers = torch.full((number + 1, case.columns), 7.5)
    case.call("beside", out=out, own=case.other, multipliers=multipliers)
    close(out, wanted.relu())
    slopes = (wanted.relu() - case.other.relu()) / (wanted - case.other)
    torch.testing.assert_close(multipliers[:-1].double(), slopes[begin : begin + number], atol=1e-4, rtol=1e-4)
    assert (multipliers[-1] == 7.5).all()


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=20, deadline=None)
@given(**SHAPES, eighths=st.integers(1, 4))
def test_outer_products_of_all_and_of_active_outputs(machine, rows, stride, blocks, eighths):
    case = Case(machine, rows, stride, 8 * eighths, blocks)
    out = torch.randn(rows, case.columns, generator=torch.Generator().manual_seed(0)).relu()
    sums = torch.ones(8 * eighths + 1, case.columns)
    case.call("outer", sums=sums)
    close(sums[:-1], 1 + case.overlapping().T @ case.other.double())
    assert (sums[-1] == 1).all()
    sums.fill_(1)
    case.call("outer_of_active", sums=sums, out=out)
    through = case.other.double() * (out > 0)
    close(sums[:-1], 1 + case.overlapping().T @ through)
    close(sums[-1], 1 + through.sum(0))


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=30, deadline=None)
@given(**SHAPES, span=st.integers(1, 30))
def test_products_along_diagonals(machine, rows, stride, span, blocks):
    case = Case(machine, rows, span, span, blocks)
    product = case.overlapping() @ case.matrix.double()
    case.numbers["stride"] = stride
    length = (rows - 1) * stride + case.columns
    out = torch.full((length + 8,), 0.5)
    wanted = torch.full((length,), 0.5, dtype=torch.float64)
    for row, values in enumerate(product):
        wanted[row * stride : row * stride + case.columns] += values
    case.call("along_diagonals", out=out)
    close(out[:length], wanted)
    assert (out[length:] == 0.5).all()


def test_nan_stays():
    case = Case(MACHINES[1], 5, 1, 3, 1)
    case.bias[2] = torch.nan
    out = torch.empty(5, case.columns)
    case.call("activate", out=out)
    assert out[:, 2].isnan().all()
    assert not out[:, 3:].isnan().any()


def test_they_are_made_once():
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(row_kernels, [32] * 8))
    assert all(each is made[0] for each in made)
    assert row_kernels(20) is None

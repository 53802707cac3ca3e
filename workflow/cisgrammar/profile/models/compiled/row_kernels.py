"""Convolutions without dilation as machine code: the inputs of a position are a row that overlaps with the next one.

Of an array `(positions, few)` the inputs of a convolution of some taps lie behind each other: rows of `span` (taps x
few) floats, each `stride` (few) floats after the one before. So neither the first convolution of a network nor the
gradients of a profile head need their inputs once for each tap. The outputs of a head are sums along diagonals of a
product: there each row's product is added `stride` floats after that of the row before.

Arrays are floats; the columns are a whole number of blocks of two vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from llvmlite import ir

from cisgrammar.profile.models.compiled.machine import INT, Compiled, Function, Machine, made_for
from cisgrammar.profile.models.compiled.products import multiplier, outer, products

ROWS = (
    *("rows", "stride", "span", "columns", "a", "matrix", "bias", "out", "other", "sums", "work", "spare"),
    *("own", "multipliers", "begin", "number"),
)
"""Integers that the functions read.

`rows`; `stride` from one to the next; `span`: floats of a row; `columns`. Addresses: of the first of the rows `a`; of
`matrix`, `(blocks, span, block)`; of `bias`, as many as columns; of `out`, `other`, `sums`: see each function; of
`work`, `CHUNK` rows of columns; of `spare`, `span` zeros and two vectors that may change. `own` to `number`: as in
`PLAN` of `block_kernels`, of rows.
"""
CHUNK = 48
"""Rows whose outer products are summed up in registers."""


class RowKernels(NamedTuple):
    """Compiled for a processor; each is called with the address of `ROWS`.

    Attributes
    ----------
    machine
        Its vectors.
    multiply
        `out`, `(rows, columns)`: the rows times the matrix.
    activate
        The same with the bias added, and the ReLU. A NaN stays.
    inputs
        What `activate` puts, and `own`.
    beside
        What `activate` puts, and `multipliers`.
    along_diagonals
        The product's row r is added to `out` from float r x stride on; rows are `(rows, span)`, one behind the other.
    outer
        To `sums`, `(span, columns)`, the products of each row of `a` with that of `other`, `(rows, columns)`, are
        added; here the span is a multiple of 8.
    outer_of_active
        The same where `out` is above 0, elsewhere nothing; behind the span, `sums` has a row for `other` itself.
    code
        Held for as long as they can be called.
    """

    machine: Machine
    multiply: Callable[[int], None]
    activate: Callable[[int], None]
    inputs: Callable[[int], None]
    beside: Callable[[int], None]
    along_diagonals: Callable[[int], None]
    outer: Callable[[int], None]
    outer_of_active: Callable[[int], None]
    code: Compiled


_NAMES = ("multiply", "activate", "inputs", "beside", "along_diagonals", "outer_of_all", "outer_of_active")


def row_kernels(columns: int) -> RowKernels | None:
    """Those for this processor and so many columns, made at the first call; None if there are none for them."""
    return made_for(columns, row_kernels_for)


@cache
def row_kernels_for(machine: Machine) -> RowKernels:
    """For a kind of processor that this one can run."""
    module = ir.Module("rows")
    sums = outer(module, machine)
    for kind, name in zip((_Multiply, _Activate, _Inputs, _Beside), _NAMES[:4], strict=True):
        kind(module, machine, name).write()
    _Diagonals(module, machine, _NAMES[4]).write()
    for active in (False, True):
        _Outer(module, machine, _NAMES[5 + active]).write(sums, active)
    code = Compiled(module)
    multiply, activate, inputs, beside, along_diagonals, of_all, of_active = (code.function(n, 1) for n in _NAMES)
    return RowKernels(machine, multiply, activate, inputs, beside, along_diagonals, of_all, of_active, code)


class _Written:
    """What the functions have in common."""

    def __init__(self, module: ir.Module, machine: Machine, name: str) -> None:
        self.f = f = Function(module, name, [INT], machine, public=True)
        self.b, self.tall, self.block = f.builder, machine.rows, 2 * machine.lanes
        plan = self.b.inttoptr(f.arguments[0], INT.as_pointer())
        self.plan = {name: f.integer(plan, i) for i, name in enumerate(ROWS)}
        self.rows, self.stride, self.span = (self.plan[name] for name in ("rows", "stride", "span"))
        self.columns = self.plan["columns"]

    def floats(self, name: str) -> Any:
        """An address of floats."""
        return self.f.floats(self.plan[name])

    def matrix(self, column: Any) -> Any:
        """The block of the matrix that begins at a column."""
        return self.f.at(self.floats("matrix"), self.f.times(column, self.span))


class _Multiply(_Written):
    def write(self) -> None:
        """The function."""
        f, b = self.f, self.b
        last = b.sub(self.rows, f.number(1))
        with f.loop(self.rows, self.tall) as top:
            # The last row again, to a whole number of tiles.
            rows = [b.select(b.icmp_signed("<", r, last), r, last) for r in (f.add(top, i) for i in range(self.tall))]
            places = [f.at(self.floats("a"), f.times(row, self.stride)) for row in rows]
            with f.loop(self.columns, self.block) as column:
                found = products(f, places, self.matrix(column), self.span)
                for row, totals in zip(rows, found, strict=True):
                    for part, total in enumerate(totals):
                        self.put(total.get(), row, f.add(column, part * f.lanes))
        f.end()

    def put(self, total: Any, row: Any, column: Any) -> None:
        """A vector of the product."""
        self.f.write(total, self.floats("out"), self.f.add(self.f.times(row, self.columns), column))


class _Activate(_Multiply):
    def put(self, total: Any, row: Any, column: Any) -> None:
        value = self.b.fadd(total, self.f.read(self.floats("bias"), column))
        stopped = self.b.fcmp_ordered("<=", value, self.f.zeros())  # not of a NaN
        super().put(self.b.select(stopped, self.f.zeros(), value), row, column)
        self.leave(value, row, column)

    def leave(self, value: Any, row: Any, column: Any) -> None:
        """What else is kept of an input of the ReLU: nothing."""


class _Inputs(_Activate):
    def leave(self, value: Any, row: Any, column: Any) -> None:
        """The input of the ReLU."""
        self.f.write(value, self.floats("own"), self.f.add(self.f.times(row, self.columns), column))


class _Beside(_Activate):
    def leave(self, value: Any, row: Any, column: Any) -> None:
        """The multiplier beside another sequence."""
        f = self.f
        kept = self.b.sub(row, self.plan["begin"])
        with self.b.if_then(self.b.icmp_unsigned("<", kept, self.plan["number"])):
            other = f.read(self.floats("own"), f.add(f.times(row, self.columns), column))
            to = f.add(f.times(kept, self.columns), column)
            f.write(multiplier(f, value, other), self.floats("multipliers"), to)


class _Diagonals(_Written):
    def write(self) -> None:
        """The function: rows of a tile lie so far apart that what they are added to does not overlap."""
        f, b = self.f, self.b
        apart = b.udiv(f.add(self.stride, self.block - 1), self.stride)
        zeros = self.floats("spare")
        beside = f.at(zeros, self.span)
        with f.loop(self.rows) as top:
            first = f.add(f.times(b.udiv(top, apart), self.tall, apart), b.urem(top, apart))
            with b.if_then(b.icmp_signed("<", first, self.rows)):
                rows = [f.add(first, f.times(apart, i)) for i in range(self.tall)]
                inside = [b.icmp_signed("<", row, self.rows) for row in rows]
                places = [
                    b.select(here, f.at(self.floats("a"), f.times(row, self.span)), zeros)
                    for row, here in zip(rows, inside, strict=True)
                ]
                with f.loop(self.columns, self.block) as column:
                    found = products(f, places, self.matrix(column), self.span)
                    for row, here, totals in zip(rows, inside, found, strict=True):
                        place = f.at(self.floats("out"), f.add(f.times(row, self.stride), column))
                        to = b.select(here, place, beside)
                        for part, total in enumerate(totals):
                            at = part * f.lanes
                            f.write(b.fadd(f.read(to, at), total.get()), to, at)
        f.end()


class _Outer(_Written):
    def write(self, sums: Function, active: bool) -> None:
        """The function."""
        f, b = self.f, self.b
        with f.loop(self.rows, CHUNK) as top:
            left = b.sub(self.rows, top)
            number = b.select(b.icmp_signed("<", left, f.number(CHUNK)), left, f.number(CHUNK))
            other = f.at(self.floats("other"), f.times(top, self.columns))
            if active:
                other = self._of_active(other, top, number)
            a = f.at(self.floats("a"), f.times(top, self.stride))
            f.call(sums, a, self.stride, self.span, other, self.columns, number, self.floats("sums"))
        f.end()

    def _of_active(self, other: Any, top: Any, number: Any) -> Any:
        """What comes back where the output is above 0, in `work`; it is added to the bias."""
        f, b, work = self.f, self.b, self.floats("work")
        out = f.at(self.floats("out"), f.times(top, self.columns))
        bias = f.at(self.floats("sums"), f.times(self.span, self.columns))
        with f.loop(number) as row, f.loop(self.columns, f.lanes) as column:
            place = f.add(f.times(row, self.columns), column)
            stopped = b.fcmp_ordered("<=", f.read(out, place), f.zeros())
            through = b.select(stopped, f.zeros(), f.read(other, place))
            f.write(through, work, place)
            f.write(b.fadd(f.read(bias, column), through), bias, column)
        return work

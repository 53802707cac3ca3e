"""Products of matrices whose sums stay in registers, and what is done with a vector of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from cisgrammar.profile.models.compiled.machine import FLOAT, INT, Function, Machine, Variable

_FLOATS = FLOAT.as_pointer()
TINY = 1e-30
"""Added to a difference that may be 0."""


def products(f: Function, rows: Sequence[Any], matrix: Any, span: Any) -> list[list[Variable]]:
    """Rows of `span` floats, by their addresses, times `(span, two vectors)`: two vectors of each row."""
    sums = [[f.variable(f.zeros()) for _ in range(2)] for _ in rows]
    with f.loop(span) as k:
        weights = [f.read(matrix, f.add(f.times(k, 2 * f.lanes), part)) for part in (0, f.lanes)]
        for row, totals in zip(rows, sums, strict=True):
            value = f.everywhere(row, k)
            for total, weight in zip(totals, weights, strict=True):
                total.set(f.multiply_add(value, weight, total.get()))
    return sums


def tile(module: ir.Module, machine: Machine) -> Function:
    """A function: rows times a block of columns of a matrix, `(blocks, rows, block)` with `(blocks * block, block)`."""
    block, rows = 2 * machine.lanes, machine.rows
    f = Function(module, "tile", (_FLOATS, _FLOATS, _FLOATS, INT), machine)
    x, matrix, to, blocks = f.arguments
    sums = [[f.variable(f.zeros()) for _ in range(2)] for _ in range(rows)]
    with f.loop(blocks) as at:
        mine = f.at(x, f.times(at, rows * block))
        weights = f.at(matrix, f.times(at, block * block))
        with f.loop(block) as k:
            w = [f.read(weights, f.add(f.times(k, block), part)) for part in (0, f.lanes)]
            for row, totals in enumerate(sums):
                value = f.everywhere(mine, f.add(k, row * block))
                for total, weight in zip(totals, w, strict=True):
                    total.set(f.multiply_add(value, weight, total.get()))
    for row, totals in enumerate(sums):
        for part, total in enumerate(totals):
            f.write(total.get(), to, row * block + part * f.lanes)
    f.end()
    return f


def outer(module: ir.Module, machine: Machine) -> Function:
    """A function: outer products of two arrays, row by row, added to `(span, columns)`.

    Of the first array a row begins `stride` after the one before and has `span` floats, a multiple of 8; the rows of
    the other have `columns`, a multiple of two vectors.
    """
    f = Function(module, "outer", (_FLOATS, INT, INT, _FLOATS, INT, INT, _FLOATS), machine)
    one, stride, span, other, columns, number, to = f.arguments
    height = machine.rows // 4 * 4
    with f.loop(columns, 2 * f.lanes) as column, f.loop(span, height) as top:
        a, c = f.at(one, top), f.at(other, column)
        sums = [[f.variable(f.zeros()) for _ in range(2)] for _ in range(height)]
        with f.loop(number) as row:
            start, left = f.times(row, columns), f.times(row, stride)
            right = [f.read(c, f.add(start, part)) for part in (0, f.lanes)]
            for i, totals in enumerate(sums):
                value = f.everywhere(a, f.add(left, i))
                for total, vector in zip(totals, right, strict=True):
                    total.set(f.multiply_add(value, vector, total.get()))
        for i, totals in enumerate(sums):
            for part, total in enumerate(totals):
                place = f.add(f.times(f.add(top, i), columns), column, part * f.lanes)
                f.write(f.builder.fadd(f.read(to, place), total.get()), to, place)
    f.end()
    return f


def multiplier(f: Function, a: Any, b: Any) -> Any:
    """(relu(a) - relu(b)) / (a - b) as `rescale` has it: max(a, b) / |a - b| between 0 and 1, vectors."""
    builder, zeros = f.builder, f.zeros()
    one, tiny = (ir.Constant(zeros.type, [value] * f.lanes) for value in (1.0, TINY))
    apart = builder.fsub(a, b)
    apart = builder.select(builder.fcmp_ordered("<", apart, zeros), builder.fneg(apart), apart)
    larger = builder.select(builder.fcmp_ordered(">", a, b), a, b)
    share = builder.fdiv(larger, builder.fadd(apart, tiny))
    share = builder.select(builder.fcmp_ordered("<", share, zeros), zeros, share)
    return builder.select(builder.fcmp_ordered(">", share, one), one, share)

"""A residual block as machine code, forwards and back: relu(dilated convolution) plus the centre of its input.

One window at a time, its positions in pairs (see `pairs`). The gradient of the taps needs four sums of outer products
instead of six in the same way: with g0 and g1 what comes back to a pair, and d0 to d3 the `differences` of its inputs,

    s0 = d0 g0, s1 = d1 (g0 + g1), s2 = d2 (g0 - g1), s3 = -d3 g1
    of t0, t1, t2: s0 + (s1 + s2) / 2, (s1 - s2) / 2, (s1 + s2) / 2 + s3.

Arrays are floats, `(positions, channels)`; the channels are a whole number of blocks of two vectors.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from llvmlite import ir

from cisgrammar.profile.models.compiled.machine import INT, Compiled, Function, Machine, made_for
from cisgrammar.profile.models.compiled.pairs import Four, differences, outputs
from cisgrammar.profile.models.compiled.products import multiplier, outer, tile

PLAN = (
    *("x", "out", "passed", "grad", "grad_x", "kernel", "transposed", "bias", "zeros", "work", "sums"),
    *("below", "above", "dilation", "channels", "pairs", "places", "pairs_below", "places_below"),
    *("own", "multipliers", "begin", "number"),
)
"""Integers that the functions read.

Addresses: of the arrays `x`, `out`, `grad` (of `out`) and `grad_x`; of `passed`, `(positions of out, channels / lanes)`
integers with a bit for each lane, whether the ReLU passed its input on; of `kernel` and `transposed`, as `packed` in
`pairs`; of `bias`; of `zeros`, as many as channels; of `work`, as long as `room` says; of `sums`, `(4 channels + 1,
channels)`: s0 to s3, `(in, out)`, and the gradient of the bias are added there. `below`, `above`: positions of `x` and
`out`. `places`, `places_below`: addresses of the first positions of the `pairs` and `pairs_below` pairs of `out` and
`x`, the last again to a whole number of tiles. `own`, `multipliers`: addresses of the inputs of the ReLU, and of the
multipliers beside them of the `number` positions of `out` from `begin` on.
"""
CHUNK = 48
"""Pairs whose outer products are summed up in registers: what they need of 64 channels lies in a cache of 32 KB."""

_INTS = INT.as_pointer()
Vectors = Callable[[Any], Four]
"""The four vectors of a pair that begin at a channel."""


class BlockKernels(NamedTuple):
    """Compiled for a processor; each is called with the address of `PLAN`.

    Attributes
    ----------
    machine
        Its vectors.
    forward
        Puts `out` and `passed`. A NaN passes.
    inputs
        Puts `out` and `own`.
    beside
        Puts `out` and `multipliers`, of two sequences: `own` is given.
    to_input
        Puts `grad_x`.
    to_kernel
        Adds to `sums`.
    code
        Held for as long as they can be called.
    """

    machine: Machine
    forward: Callable[[int], None]
    inputs: Callable[[int], None]
    beside: Callable[[int], None]
    to_input: Callable[[int], None]
    to_kernel: Callable[[int], None]
    code: Compiled

    def room(self, channels: int) -> int:
        """Floats of `work`."""
        tiles = 4 * self.machine.rows * (channels + 2 * self.machine.lanes)
        return max(tiles, 8 * CHUNK * channels)


def block_kernels(channels: int) -> BlockKernels | None:
    """Those for this processor and so many channels, made at the first call; None if there are none for them."""
    return made_for(channels, block_kernels_for)


@cache
def block_kernels_for(machine: Machine) -> BlockKernels:
    """For a kind of processor that this one can run."""
    module = ir.Module("residual_block")
    parts = _Parts(tile(module, machine), outer(module, machine))
    for kind in (_Forward, _Inputs, _Beside, _ToInput, _ToKernel):
        kind(module, machine, parts).write()
    code = Compiled(module)
    names = ("forward", "inputs", "beside", "to_input", "to_kernel")
    forward, inputs, beside, to_input, to_kernel = (code.function(name, 1) for name in names)
    return BlockKernels(machine, forward, inputs, beside, to_input, to_kernel, code)


class _Parts(NamedTuple):
    """Functions that the three call."""

    tile: Function
    outer: Function


class _Row(NamedTuple):
    """A position: addresses of its floats and of the bits of the ReLU."""

    floats: Any
    bits: Any


class _Written:
    """What the three functions have in common."""

    name: str

    def __init__(self, module: ir.Module, machine: Machine, parts: _Parts) -> None:
        self.f, self.parts = Function(module, self.name, [INT], machine, public=True), parts
        self.b, self.rows, self.block = self.f.builder, machine.rows, 2 * machine.lanes
        plan = self.b.inttoptr(self.f.arguments[0], _INTS)
        self.plan = {name: self.f.integer(plan, i) for i, name in enumerate(PLAN)}
        self.channels, self.dilation = self.plan["channels"], self.plan["dilation"]
        self.blocks = self.b.udiv(self.channels, self.f.number(self.block))
        self.step = self.f.times(self.dilation, self.channels)

    def floats(self, name: str) -> Any:
        """An address of floats."""
        return self.f.floats(self.plan[name])

    def bits(self, name: str) -> Any:
        """An address of integers with a bit for each lane."""
        return self.b.inttoptr(self.plan[name], ir.IntType(self.f.lanes).as_pointer())

    def first(self, places: str, pair: Any) -> Any:
        """The first position of a pair."""
        return self.f.integer(self.b.inttoptr(self.plan[places], _INTS), pair)

    def has_second(self, first: Any, positions: str) -> Any:
        """Whether the second of a pair lies before the end."""
        return self.b.icmp_signed("<", self.f.add(first, self.dilation), self.plan[positions])

    def inputs(self, first: Any) -> Vectors:
        """`differences` of what a pair of `out` is made of."""
        f = self.f
        row = f.at(self.floats("x"), f.times(first, self.channels))
        # What only the second needs may lie beyond the end: then anything will do.
        last = self.b.select(self.has_second(first, "above"), f.times(self.step, 3), f.number(0))
        rows = [f.at(row, far) for far in (0, self.step, f.times(self.step, 2), last)]

        def vectors(channel: Any) -> Four:
            x0, x1, x2, x3 = (f.read(place, channel) for place in rows)
            return differences(f, (x0, x1, x2, x3))

        return vectors

    def back(self, position: Any) -> _Row:
        """What comes back to a position of `out`; zeros beyond its ends."""
        f, place = self.f, self.f.times(position, self.channels)
        inside = self.b.icmp_unsigned("<", position, self.plan["above"])
        bits = f.at(self.bits("passed"), self.b.sdiv(place, f.number(f.lanes)))
        return _Row(
            self.b.select(inside, f.at(self.floats("grad"), place), self.floats("zeros")),
            self.b.select(inside, bits, self.bits("zeros")),
        )

    def through(self, row: _Row, channel: Any) -> Any:
        """A vector of what comes back through the ReLU."""
        bits = self.b.load(self.f.at(row.bits, self.b.udiv(channel, self.f.number(self.f.lanes))))
        passed = self.b.bitcast(bits, ir.VectorType(ir.IntType(1), self.f.lanes))
        return self.b.select(passed, self.f.read(row.floats, channel), self.f.zeros())


class _InTiles(_Written, ABC):
    """A function that takes its pairs in tiles: four products each, for a block of columns after the other."""

    places: str
    pairs: str
    matrices: str

    def write(self) -> None:
        """The function."""
        f = self.f
        spread = self.floats("work")
        apart = f.times(self.channels, self.rows)
        products = f.at(spread, f.times(apart, 4))
        with f.loop(self.plan[self.pairs], self.rows) as pair:
            with f.loop(self.rows) as row:
                four = self.four(self.first(self.places, f.add(pair, row)))
                with f.loop(self.blocks) as at:
                    mine = f.at(spread, f.times(f.add(f.times(at, self.rows), row), self.block))
                    for part in (0, f.lanes):
                        for j, vector in enumerate(four(f.add(f.times(at, self.block), part))):
                            f.write(vector, mine, f.add(f.times(apart, j), part))
            with f.loop(self.blocks) as at:
                self._products(spread, products, at)
                with f.loop(self.rows) as row:
                    self._merge(f.at(products, f.times(row, self.block)), f.add(pair, row), at)
        f.end()

    def _products(self, spread: Any, products: Any, at: Any) -> None:
        f, tiles = self.f, self.rows * self.block
        size = self.block * self.block
        with f.loop(4) as j:
            matrix = f.at(self.floats(self.matrices), f.times(f.add(f.times(j, self.blocks), at), self.blocks, size))
            mine = f.at(spread, f.times(j, self.blocks, tiles))
            f.call(self.parts.tile, mine, matrix, f.at(products, f.times(j, tiles)), self.blocks)

    def _merge(self, products: Any, pair: Any, at: Any) -> None:
        """Both positions of a pair, for a block of columns."""
        f, first = self.f, self.first(self.places, pair)
        put = self.put(first)
        for part in (0, f.lanes):
            p0, p1, p2, p3 = (f.read(products, j * self.rows * self.block + part) for j in range(4))
            one, other = outputs(f, (p0, p1, p2, p3))
            channel = f.add(f.times(at, self.block), part)
            put(one, 0, channel)
            with self.b.if_then(self.second(first)):
                put(other, 1, channel)

    @abstractmethod
    def four(self, first: Any) -> Vectors:
        """What the matrices multiply."""

    @abstractmethod
    def second(self, first: Any) -> Any:
        """Whether there is a second position."""

    @abstractmethod
    def put(self, first: Any) -> Callable[[Any, int, Any], None]:
        """Called with a vector, whether it is of the second position, and its first channel."""


class _Forward(_InTiles):
    name, places, pairs, matrices = "forward", "places", "pairs", "kernel"

    def four(self, first: Any) -> Vectors:
        return self.inputs(first)

    def second(self, first: Any) -> Any:
        return self.has_second(first, "above")

    def put(self, first: Any) -> Callable[[Any, int, Any], None]:
        f, b = self.f, self.b

        def put(vector: Any, which: int, channel: Any) -> None:
            position = f.add(first, f.times(self.dilation, which))
            place = f.add(f.times(position, self.channels), channel)
            value = b.fadd(vector, f.read(self.floats("bias"), channel))
            stopped = b.fcmp_ordered("<=", value, f.zeros())  # not of a NaN
            centre = f.read(self.floats("x"), f.add(place, self.step))
            f.write(b.fadd(b.select(stopped, f.zeros(), value), centre), self.floats("out"), place)
            self.leave(value, position, channel)

        return put

    def leave(self, value: Any, position: Any, channel: Any) -> None:
        """What the ReLU passed, of a vector that enters it."""
        f, b = self.f, self.b
        place = f.add(f.times(position, self.channels), channel)
        passed = b.not_(b.fcmp_ordered("<=", value, f.zeros()))
        b.store(b.bitcast(passed, ir.IntType(f.lanes)), f.at(self.bits("passed"), b.udiv(place, f.number(f.lanes))))


class _Inputs(_Forward):
    name = "inputs"

    def leave(self, value: Any, position: Any, channel: Any) -> None:
        """The vector itself."""
        self.f.write(value, self.floats("own"), self.f.add(self.f.times(position, self.channels), channel))


class _Beside(_Forward):
    name = "beside"

    def leave(self, value: Any, position: Any, channel: Any) -> None:
        """The multiplier beside another sequence."""
        f = self.f
        kept = self.b.sub(position, self.plan["begin"])
        with self.b.if_then(self.b.icmp_unsigned("<", kept, self.plan["number"])):
            other = f.read(self.floats("own"), f.add(f.times(position, self.channels), channel))
            to = f.add(f.times(kept, self.channels), channel)
            f.write(multiplier(f, value, other), self.floats("multipliers"), to)


class _ToInput(_InTiles):
    name, places, pairs, matrices = "to_input", "places_below", "pairs_below", "transposed"

    def four(self, first: Any) -> Vectors:
        rows = [self.back(self.f.add(first, self.f.times(self.dilation, far))) for far in (-2, -1, 0, 1)]

        def vectors(channel: Any) -> Four:
            x0, x1, x2, x3 = (self.through(row, channel) for row in rows)
            return differences(self.f, (x0, x1, x2, x3))

        return vectors

    def second(self, first: Any) -> Any:
        return self.has_second(first, "below")

    def put(self, first: Any) -> Callable[[Any, int, Any], None]:
        f = self.f
        past = [self.back(f.add(first, f.times(self.dilation, far))).floats for far in (-1, 0)]

        def put(vector: Any, which: int, channel: Any) -> None:
            place = f.add(f.times(f.add(first, f.times(self.dilation, which)), self.channels), channel)
            f.write(self.b.fadd(vector, f.read(past[which], channel)), self.floats("grad_x"), place)

        return put


class _ToKernel(_Written):
    name = "to_kernel"

    def write(self) -> None:
        """The function."""
        f, b = self.f, self.b
        size = f.times(self.channels, self.channels)
        apart, sums = f.times(self.channels, CHUNK), self.floats("sums")
        spread, bias = self.floats("work"), f.at(sums, f.times(size, 4))
        backs = f.at(spread, f.times(apart, 4))
        with f.loop(self.plan["pairs"], CHUNK) as pair:
            left = b.sub(self.plan["pairs"], pair)
            number = b.select(b.icmp_signed("<", left, f.number(CHUNK)), left, f.number(CHUNK))
            with f.loop(number) as row:
                first = self.first("places", f.add(pair, row))
                inputs, back = self.inputs(first), self._backs(first, bias)
                with f.loop(self.channels, f.lanes) as channel:
                    place = f.add(f.times(row, self.channels), channel)
                    for to, four in ((spread, inputs), (backs, back)):
                        for j, vector in enumerate(four(channel)):
                            f.write(vector, to, f.add(place, f.times(apart, j)))
            with f.loop(4) as j:
                one, other = f.at(spread, f.times(j, apart)), f.at(backs, f.times(j, apart))
                to = f.at(sums, f.times(j, size))
                f.call(self.parts.outer, one, self.channels, self.channels, other, self.channels, number, to)
        f.end()

    def _backs(self, first: Any, bias: Any) -> Vectors:
        """g0, g0 + g1, g0 - g1 and -g1; the sum is added to the bias."""
        f, b = self.f, self.b
        rows = [self.back(f.add(first, f.times(self.dilation, which))) for which in (0, 1)]

        def vectors(channel: Any) -> Four:
            g0, g1 = (self.through(row, channel) for row in rows)
            both = b.fadd(g0, g1)
            f.write(b.fadd(f.read(bias, channel), both), bias, channel)
            return g0, both, b.fsub(g0, g1), b.fneg(g1)

        return vectors

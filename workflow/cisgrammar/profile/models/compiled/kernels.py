"""The way back through dilated blocks as machine code: one reference, all layers, within the processor's cache.

A block's way back is g + W^T * (g m): `g` what comes from above, `m` the multipliers, W^T * the transposed convolution
with three taps. Positions are taken in pairs (see `pairs`). Arrays are floats, `(positions, channels)`; the channels
are a whole number of blocks of two vectors.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from typing import Any, NamedTuple

from llvmlite import ir

from cisgrammar.profile.models.compiled.machine import BYTE, FLOAT, INT, Compiled, Function, Machine, made_for
from cisgrammar.profile.models.compiled.pairs import differences, outputs
from cisgrammar.profile.models.compiled.products import tile

PLAN = (
    *("targets", "start", "layers", "blocks", "room", "here", "there", "product", "spread", "products"),
    *("before", "ends", "kept", "sums", "letters", "length", "taps", "span", "totals", "multipliers", "apart"),
)
"""Integers that a way back reads first; sizes and distances are in floats.

`start` (an address, as are `here` to `products`, `kept`, `sums`, `letters`, `taps`, `totals` and `multipliers`): what
comes from above, of the width of the first of the `layers`, for each of the `targets`. `blocks`: that the channels
fill. `here`, `there`: `room` for a layer of each target, as in `product`; `spread`, `products`: for the transforms of a
tile of pairs. The `ends` floats that reach the first convolution lie `before` floats behind the beginning of `kept`,
and are added to those of the target in `sums`. `letters`: bytes, 0 for none, else 1 and more, `length` a reference.
`taps`, `span` for each letter: their products with what is kept from the letter's position on are added to the target's
`totals`. `multipliers`: of the first convolution, `apart` from one reference to the next.
"""
LAYER = ("multipliers", "apart", "kernel", "places", "pairs", "step", "before", "width", "after", "next")
"""Integers of each layer, the last layer first, behind `PLAN`.

`multipliers`, `apart`: as in `PLAN`. `kernel` (address): as `packed` in `pairs`. `places` (address): of `pairs`
pairs, a multiple of a tile's rows, the first float of the first position; `step` from there to the second. The frame of
a layer has `before` zeros, `width` floats that come from above, and `after` zeros. `next`: zeros that the next frame
begins with.
"""

_FLOATS, _INTS = FLOAT.as_pointer(), INT.as_pointer()


class Kernels(NamedTuple):
    """Compiled for a processor.

    Attributes
    ----------
    machine
        Its vectors.
    back
        Called with the address of `PLAN` and its layers, and the number of the reference.
    code
        Held for as long as it can be called.
    """

    machine: Machine
    back: Any
    code: Compiled


def kernels(channels: int) -> Kernels | None:
    """Those for this processor and so many channels, made at the first call; None if there are none for them."""
    return made_for(channels, compiled_for)


@cache
def compiled_for(machine: Machine) -> Kernels:
    """For a kind of processor that this one can run."""
    code = Compiled(_Written(machine).module)
    return Kernels(machine, code.function("back", 2), code)


class _Written:
    """All functions of the way back."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.module = machine, ir.Module("way_back")
        self.block = 2 * machine.lanes
        self.rows = machine.rows
        self.parts = {
            "fill": self._fill(),
            "copy": self._copy(),
            "product": self._product(False),
            "add_product": self._product(True),
            "spread": self._spread(),
            "tile": tile(self.module, machine),
            "merge": self._merge(),
            "letters": self._letters(),
        }
        self.parts["layer"] = self._layer()
        self.parts["end"] = self._end()
        self._back()

    def _new(self, name: str, *arguments: Any, public: bool = False) -> Function:
        return Function(self.module, name, arguments, self.machine, public)

    def _fill(self) -> Function:
        """Zeros."""
        f = self._new("fill", _FLOATS, INT)
        to, number = f.arguments
        with f.loop(number, f.lanes) as i:
            f.write(f.zeros(), to, i)
        f.end()
        return f

    def _copy(self) -> Function:
        f = self._new("copy", _FLOATS, _FLOATS, INT)
        to, source, number = f.arguments
        with f.loop(number, f.lanes) as i:
            f.write(f.read(source, i), to, i)
        f.end()
        return f

    def _product(self, add: bool) -> Function:
        """Element by element, put or added."""
        f = self._new("add_product" if add else "product", _FLOATS, _FLOATS, _FLOATS, INT)
        to, one, other, number = f.arguments
        with f.loop(number, f.lanes) as i:
            a, b = f.read(one, i), f.read(other, i)
            f.write(f.multiply_add(a, b, f.read(to, i)) if add else f.builder.fmul(a, b), to, i)
        f.end()
        return f

    def _spread(self) -> Function:
        """The differences of a block of channels, to four places `apart`."""
        f = self._new("spread", _FLOATS, INT, _FLOATS, INT)
        x, step, to, apart = f.arguments
        for part in (0, f.lanes):
            x0, x1, x2, x3 = (f.read(x, f.add(f.times(step, j), part)) for j in range(4))
            for j, value in enumerate(differences(f, (x0, x1, x2, x3))):
                f.write(value, to, f.add(f.times(apart, j), part))
        f.end()
        return f

    def _merge(self) -> Function:
        """Both positions of a pair from the four products, with what passes the block by."""
        f = self._new("merge", _FLOATS, _FLOATS, _FLOATS, INT)
        products, past, to, step = f.arguments
        b = f.builder
        for part in (0, f.lanes):
            p0, p1, p2, p3 = (f.read(products, j * self.rows * self.block + part) for j in range(4))
            further = f.add(step, part)
            first, second = outputs(f, (p0, p1, p2, p3))
            f.write(b.fadd(first, f.read(past, part)), to, part)
            f.write(b.fadd(second, f.read(past, further)), to, further)
        f.end()
        return f

    def _layer(self) -> Function:
        """From the frame `here` to `there`, both at their beginnings; `row` is that of the layer."""
        f = self._new("layer", _INTS, _INTS, _FLOATS, _FLOATS, INT)
        plan, row, here, there, reference = f.arguments
        field = lambda name: f.integer(row, LAYER.index(name))  # noqa: E731
        room = lambda name: f.floats(f.integer(plan, PLAN.index(name)))  # noqa: E731
        blocks = f.integer(plan, PLAN.index("blocks"))
        product, spread, products = room("product"), room("spread"), room("products")
        before, width, after = field("before"), field("width"), field("after")
        for frame in (here, product):
            f.call(self.parts["fill"], frame, before)
            f.call(self.parts["fill"], f.at(frame, f.add(before, width)), after)
        multipliers = f.at(f.floats(field("multipliers")), f.times(reference, field("apart")))
        f.call(self.parts["product"], f.at(product, before), f.at(here, before), multipliers, width)
        places, step = f.builder.inttoptr(field("places"), _INTS), field("step")
        apart = f.times(blocks, self.rows * self.block)
        size = f.times(blocks, self.block * self.block)
        to = f.at(there, field("next"))
        with f.loop(field("pairs"), self.rows) as pair:
            with f.loop(self.rows) as r, f.loop(blocks) as b:
                x = f.at(product, f.add(f.integer(places, f.add(pair, r)), f.times(b, self.block)))
                mine = f.at(spread, f.times(f.add(f.times(b, self.rows), r), self.block))
                f.call(self.parts["spread"], x, step, mine, apart)
            with f.loop(blocks) as b:
                with f.loop(4) as j:
                    matrix = f.at(f.floats(field("kernel")), f.times(f.add(f.times(j, blocks), b), size))
                    of_it = f.at(products, f.times(j, self.rows * self.block))
                    f.call(self.parts["tile"], f.at(spread, f.times(j, apart)), matrix, of_it, blocks)
                with f.loop(self.rows) as r:
                    first = f.add(f.integer(places, f.add(pair, r)), f.times(b, self.block))
                    mine = f.at(products, f.times(r, self.block))
                    f.call(self.parts["merge"], mine, f.at(here, f.add(first, step)), f.at(to, first), step)
        f.end()
        return f

    def _letters(self) -> Function:
        """Of each position: the products of what is kept from there on with the taps of its letter, added to totals."""
        f = self._new("letters", BYTE.as_pointer(), INT, _FLOATS, INT, _FLOATS, INT, _FLOATS)
        letters, length, kept, channels, taps, span, totals = f.arguments
        b = f.builder
        with ExitStack() as inside:
            t = inside.enter_context(f.loop(length))
            letter = b.zext(b.load(f.at(letters, t)), INT)
            inside.enter_context(b.if_then(b.icmp_signed("!=", letter, f.number(0))))
            weights = f.at(taps, f.times(f.add(letter, -1), span))
            values = f.at(kept, f.times(t, channels))
            sums = [f.variable(f.zeros()) for _ in range(4)]
            with f.loop(span, 4 * f.lanes) as k:
                for part, total in enumerate(sums):
                    at = f.add(k, part * f.lanes)
                    total.set(f.multiply_add(f.read(values, at), f.read(weights, at), total.get()))
            whole = sums[0].get()
            for total in sums[1:]:
                whole = b.fadd(whole, total.get())
            place = f.at(totals, t)
            b.store(b.fadd(b.load(place), self._summed(f, whole)), place)
        f.end()
        return f

    def _summed(self, f: Function, vector: Any) -> Any:
        """The sum of the lanes, halves first."""
        while vector.type.count > 1:
            half = vector.type.count // 2
            kind, none = ir.VectorType(ir.IntType(32), half), ir.Constant(vector.type, ir.Undefined)
            halves = (
                f.builder.shuffle_vector(vector, none, ir.Constant(kind, list(range(first, first + half))))
                for first in (0, half)
            )
            vector = f.builder.fadd(*halves)
        return f.builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))

    def _back(self) -> None:
        """One reference: layer by layer all targets, whose multipliers are the same."""
        f = self._new("back", INT, INT, public=True)
        plan, reference = f.builder.inttoptr(f.arguments[0], _INTS), f.arguments[1]
        field = lambda name: f.integer(plan, PLAN.index(name))  # noqa: E731
        address = lambda name: f.floats(field(name))  # noqa: E731
        here, there = f.variable(address("here")), f.variable(address("there"))
        targets, room, rows = field("targets"), field("room"), f.at(plan, len(PLAN))
        before, width = (f.integer(rows, LAYER.index(name)) for name in ("before", "width"))
        with f.loop(targets) as target:
            frame = f.at(here.get(), f.add(f.times(target, room), before))
            f.call(self.parts["copy"], frame, f.at(address("start"), f.times(target, width)), width)
        with f.loop(field("layers")) as layer:
            row = f.at(rows, f.times(layer, len(LAYER)))
            one, other = here.get(), there.get()
            with f.loop(targets) as target:
                apart = f.times(target, room)
                f.call(self.parts["layer"], plan, row, f.at(one, apart), f.at(other, apart), reference)
            here.set(other)
            there.set(one)
        with f.loop(targets) as target:
            frame = f.at(here.get(), f.times(target, room))
            f.call(self.parts["end"], plan, frame, target, reference)
        f.end()

    def _end(self) -> Function:
        """What reaches the first convolution in one reference, for one target."""
        f = self._new("end", _INTS, _FLOATS, INT, INT)
        plan, here, target, reference = f.arguments
        field = lambda name: f.integer(plan, PLAN.index(name))  # noqa: E731
        address = lambda name: f.floats(field(name))  # noqa: E731
        multipliers = f.at(address("multipliers"), f.times(reference, field("apart")))
        kept, ends, length = address("kept"), field("ends"), field("length")
        f.call(self.parts["product"], f.at(kept, field("before")), here, multipliers, ends)
        f.call(self.parts["add_product"], f.at(address("sums"), f.times(target, ends)), here, multipliers, ends)
        letters = f.at(f.builder.inttoptr(field("letters"), BYTE.as_pointer()), f.times(reference, length))
        channels = f.times(field("blocks"), self.block)
        totals = f.at(address("totals"), f.times(target, length))
        f.call(self.parts["letters"], letters, length, kept, channels, address("taps"), field("span"), totals)
        f.end()
        return f

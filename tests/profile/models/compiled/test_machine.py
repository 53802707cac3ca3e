"""Functions in machine code: loops, vectors and sums do what they are written to, with vectors of both kinds."""

import numpy as np
import pytest
from llvmlite import ir

from cisgrammar.profile.models.compiled import machine as tested
from cisgrammar.profile.models.compiled.machine import FLOAT, INT, Compiled, Function, Machine, machine_for

MACHINES = [Machine(16, 8), Machine(8, 6)]
FLOATS = FLOAT.as_pointer()


def written(machine, body, arguments=3):
    """A function of integers, and what holds its code."""
    module = ir.Module("test")
    function = Function(module, "tested", [INT] * arguments, machine, public=True)
    body(module, function)
    function.end()
    code = Compiled(module)
    return code.function("tested", arguments), code


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("vectors", [0, 1, 5])
def test_a_loop_over_vectors_calls_another_function(machine, vectors):
    def body(module, f):
        inner = Function(module, "inner", [FLOATS, FLOATS], machine)
        to, source = inner.arguments
        inner.write(inner.multiply_add(inner.read(source), inner.everywhere(source, 1), inner.read(to, 0)), to)
        inner.end()
        to, source = (f.floats(number) for number in f.arguments[:2])
        with f.loop(f.arguments[2], machine.lanes) as i:
            f.call(inner, f.at(to, i), f.at(source, i))

    call, held = written(machine, body)
    size = vectors * machine.lanes
    source = np.arange(size + 3, dtype=np.float32) + 1
    to = np.full(size + 3, 0.5, dtype=np.float32)
    call(to.ctypes.data, source.ctypes.data, size)
    second = np.repeat(source[1 : size + 1 : machine.lanes], machine.lanes)
    # What lies behind stays as it was.
    np.testing.assert_array_equal(to, np.append(source[:size] * second + 0.5, [0.5] * 3))
    assert held


def test_integers_are_summed_multiplied_and_kept():
    def body(_, f):
        numbers = f.builder.inttoptr(f.arguments[0], INT.as_pointer())
        total = f.variable(1)
        with f.loop(f.arguments[1]) as i:
            total.set(f.add(total.get(), f.times(f.integer(numbers, i), 3, i), 2))
        f.builder.store(total.get(), f.at(numbers, 0))

    call, held = written(MACHINES[1], body)
    numbers = np.array([7, 5, -4], dtype=np.int64)
    call(numbers.ctypes.data, 3, 0)
    assert numbers.tolist() == [1 + 3 * 2 + 3 * 5 + 6 * -4, 5, -4]
    assert held


@pytest.mark.parametrize("wide", [True, False])
def test_channels_fill_vectors_of_the_processor_or_none(monkeypatch, wide):
    monkeypatch.setattr(tested.llvm, "get_host_cpu_features", lambda: {"avx512f": wide})
    assert [machine_for(channels) and machine_for(channels).lanes for channels in (16, 32, 48, 128)] == (
        [8, 16, 8, 16] if wide else [8] * 4
    )
    assert [machine_for(channels) for channels in (1, 8, 24, 40)] == [None] * 4

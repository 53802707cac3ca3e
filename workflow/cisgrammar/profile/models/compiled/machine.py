"""Functions in machine code for this processor, made by LLVM when they are first called.

A compiler that is there at run time (llvmlite, as numba brings it), since the package has no compiled parts of its own.
What is made is kept in memory: there is no file that a read-only installation could not write.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import llvmlite.binding as llvm
from llvmlite import ir

Made = TypeVar("Made")
INT, FLOAT, BYTE = ir.IntType(64), ir.FloatType(), ir.IntType(8)


class Machine(NamedTuple):
    """What a processor has.

    Attributes
    ----------
    lanes
        Floats of a vector.
    rows
        Rows of two vectors that a product of matrices sums up in registers.
    """

    lanes: int
    rows: int


def machine_for(channels: int) -> Machine | None:
    """What so many channels fill here: pairs of vectors of 16 floats (AVX-512) or of 8; None if they fill neither."""
    if channels % 32 == 0 and llvm.get_host_cpu_features().get("avx512f", False):
        return Machine(16, 8)
    return Machine(8, 6) if channels % 16 == 0 else None


_MAKING = Lock()


def made_for(channels: int, make: Callable[[Machine], Made]) -> Made | None:
    """What `make`, which keeps it, makes for this processor and so many channels, for one thread at a time.

    None if no vectors are for them.
    """
    machine = machine_for(channels)
    if machine is None:
        return None
    with _MAKING:
        return make(machine)


class Variable:
    """An integer, an address or a vector that changes."""

    def __init__(self, builder: ir.IRBuilder, start: Any) -> None:
        self._builder = builder
        with builder.goto_entry_block():
            self._slot = builder.alloca(start.type)
        self.set(start)

    def get(self) -> Any:
        """As it is here."""
        return self._builder.load(self._slot)

    def set(self, value: Any) -> None:
        """From here on."""
        self._builder.store(value, self._slot)


class Function:
    """A function as it is written: integers of 64 bits, addresses of floats, vectors.

    Parameters
    ----------
    module
        Where it is put.
    name
        Of the function.
    arguments
        Types.
    machine
        Whose vectors it uses.
    public
        Whether it can be called from Python; else it is put into its callers.
    """

    def __init__(
        self, module: ir.Module, name: str, arguments: Sequence[Any], machine: Machine, public: bool = False
    ) -> None:
        self.module, self.lanes = module, machine.lanes
        self.written = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), name)
        if not public:
            self.written.linkage = "internal"
        self.vector = ir.VectorType(FLOAT, self.lanes)
        self.builder = ir.IRBuilder(self.written.append_basic_block())

    @property
    def arguments(self) -> Sequence[Any]:
        """What it is called with."""
        return self.written.args

    def number(self, value: Any) -> Any:
        """An integer, given as one of Python's or of this function's."""
        return ir.Constant(INT, value) if isinstance(value, int) else value

    def add(self, *terms: Any) -> Any:
        """Sum of integers."""
        total = self.number(terms[0])
        for term in terms[1:]:
            total = self.builder.add(total, self.number(term))
        return total

    def times(self, *factors: Any) -> Any:
        """Product of integers."""
        total = self.number(factors[0])
        for factor in factors[1:]:
            total = self.builder.mul(total, self.number(factor))
        return total

    def variable(self, start: Any) -> Variable:
        """What changes from here on."""
        return Variable(self.builder, self.number(start))

    def zeros(self) -> Any:
        """A vector of zeros."""
        return ir.Constant(self.vector, [0.0] * self.lanes)

    def at(self, address: Any, offset: Any) -> Any:
        """The address of what lies so many elements on."""
        return self.builder.gep(address, [self.number(offset)])

    def integer(self, address: Any, place: Any) -> Any:
        """An element of an array of integers."""
        return self.builder.load(self.at(address, place))

    def floats(self, number: Any) -> Any:
        """The address of floats that an integer holds."""
        return self.builder.inttoptr(number, FLOAT.as_pointer())

    def read(self, address: Any, offset: Any = 0) -> Any:
        """The vector that begins so many floats on."""
        place = self.builder.bitcast(self.at(address, offset), self.vector.as_pointer())
        return self.builder.load(place, align=4)

    def write(self, value: Any, address: Any, offset: Any = 0) -> None:
        """Put a vector where `read` reads."""
        place = self.builder.bitcast(self.at(address, offset), self.vector.as_pointer())
        self.builder.store(value, place, align=4)

    def everywhere(self, address: Any, offset: Any) -> Any:
        """A vector with one float in all lanes."""
        none, first = ir.Constant(self.vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        one = self.builder.insert_element(none, self.builder.load(self.at(address, offset), align=4), first)
        return self.builder.shuffle_vector(one, none, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), None))

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """The vector a b + c, rounded once."""
        name = f"llvm.fma.v{self.lanes}f32"
        fma = self.module.globals.get(name) or ir.Function(
            self.module, ir.FunctionType(self.vector, [self.vector] * 3), name
        )
        return self.builder.call(fma, [a, b, c])

    def call(self, other: Function, *arguments: Any) -> None:
        """Another function of the module; integers may be Python's."""
        self.builder.call(other.written, [self.number(value) for value in arguments])

    @contextmanager
    def loop(self, stop: Any, step: int = 1) -> Iterator[Any]:
        """What is written within is done for each of 0, step, 2 step, ... below `stop`."""
        builder, index = self.builder, self.variable(0)
        test, body, after = (builder.append_basic_block() for _ in range(3))
        builder.branch(test)
        builder.position_at_end(test)
        builder.cbranch(builder.icmp_signed("<", index.get(), self.number(stop)), body, after)
        builder.position_at_end(body)
        yield index.get()
        index.set(self.add(index.get(), step))
        builder.branch(test)
        builder.position_at_end(after)

    def end(self) -> None:
        """Nothing follows."""
        self.builder.ret_void()


class Compiled:
    """Machine code of a module, as long as it is held.

    Parameters
    ----------
    module
        Its public functions can be called, with integers of 64 bits, addresses among them, while other threads go on.
    """

    def __init__(self, module: ir.Module) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        target = llvm.Target.from_default_triple().create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True
        )
        parsed = llvm.parse_assembly(str(module))
        parsed.verify()
        passes = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(speed_level=2))
        passes.getModulePassManager().run(parsed, passes)
        self._engine = llvm.create_mcjit_compiler(parsed, target)
        self._engine.finalize_object()

    def function(self, name: str, arguments: int) -> Callable[..., None]:
        """A public function of so many integers."""
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * arguments)
        found: Callable[..., None] = kind(self._engine.get_function_address(name))
        return found

"""What a fit asks of the compiler, `compile_ahead` has asked before."""

from __future__ import annotations

from typing import Any

import pytest

from cisgrammar.binding.compile_ahead import compile_ahead
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.kernels import blocks, diagonals, filling, loops
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.reads.count_table import CountTable
from toy_fit import QUICK
from toy_reads import monomer


def _signatures() -> dict[str, list[Any]]:
    modules = blocks, diagonals, filling, loops
    functions = {f"{m.__name__}.{name}": f for m in modules for name, f in vars(m).items() if hasattr(f, "signatures")}
    return {name: list(function.signatures) for name, function in functions.items()}


def _dimer() -> Experiment:
    a, b = (Mode(Conv1d(PSAM(4), 12, 12, 12)) for _ in range(2))
    pair = Cooperativity(Spacing(a.psam, b.psam, 9), a, b, train_hill=True)
    return Experiment([NonSpecific(12, 12), a, b, pair], chain("bound_unsaturated", [True, True]))


@pytest.mark.parametrize("build", [monomer, _dimer])
def test_a_fit_compiles_nothing_more(build: Any, table: CountTable) -> None:
    compile_ahead()
    ahead = _signatures()
    for function in (loops.score, loops.slopes, diagonals.pair_sums, diagonals.pair_slopes):
        assert len(function.signatures) == 2  # float32 and float64
    Fit([build()], [table], QUICK).run()
    assert _signatures() == ahead

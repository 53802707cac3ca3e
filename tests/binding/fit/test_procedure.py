"""The order of the stages."""

from __future__ import annotations

import torch

from cisgrammar.binding.fit.procedure import procedure
from cisgrammar.binding.fit.settings import Search
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing


def test_the_procedure_follows_the_bindings() -> None:
    width = 14
    a, b = PSAM(4), PSAM(5, pairwise_distance=1)
    modes = [Mode(Conv1d(a, width, width, width, train_posbias=True)), Mode(Conv1d(b, width, width, width))]
    dimer = Cooperativity(Spacing(a, b, 11), *modes)
    model = Experiment([NonSpecific(width, width), *modes, dimer], chain("bound", [True, True]))
    names = [s.name for s in procedure(torch.nn.ModuleList([model]), Search())]
    assert names == [
        "activate binding 0",
        "activate binding 1",
        "start binding 1",
        "shift binding 1",
        "fit posbias binding 1",
        "fit all binding 1",
        "activate binding 2",
        "start binding 2",
        "shift binding 2",
        "fit pairwise binding 2",
        "fit all binding 2",
        "activate binding 3",
        "fit spacing binding 3",
        "fit all binding 3",
    ]


def test_a_palindrome_is_not_shifted() -> None:
    palindrome = PSAM(4, symmetry=[1, 2, -2, -1])
    model = Experiment(
        [NonSpecific(9, 9), Mode(Conv1d(palindrome, 9, 9, 9)), Mode(Conv1d(PSAM(4), 9, 9, 9))],
        chain("bound", [True, True]),
    )
    kinds = [(s.kind, s.places[0][1]) for s in procedure(Model([model]), Search(shift=2, extend=True))]
    assert ("shift", 1) not in kinds
    assert ("shift", 2) in kinds
    assert ("extend", 1) in kinds

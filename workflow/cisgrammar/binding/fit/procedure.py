"""The order of a sequential fit: stages, each of one specification in all experiments that share it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from torch import nn

from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Binding, Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.library_likelihood import check_drawn

log = logging.getLogger(__name__)
_ORDER = [
    ("activate", ""),
    ("start", ""),
    ("shift", ""),
    ("extend", ""),
    ("flank", ""),
    ("fit", "spacing"),
    ("fit", "posbias"),
    ("fit", "pairwise"),
    ("fit", "all"),
]


@dataclass(frozen=True)
class Search:
    """What is tried for each matrix besides its values.

    Parameters
    ----------
    kmer
        Length of the k-mers that starts are made of.
    kmer_starts, random_starts
        How many starts of each sort are compared.
    shift
        Positions by which the matrix may be moved at a time; 0 for never.
    extend
        Try to add positions on both sides.
    flank
        Most bases of flank to add on each side.
    max_kernel_size
        Most positions when extending.
    information_threshold
        Bits that both ends must hold before positions are added.
    threshold
        Fall of the loss per count that a wider matrix or flank must bring.
    """

    kmer: int = 8
    kmer_starts: int = 4
    random_starts: int = 2
    shift: int = 2
    extend: bool = False
    flank: int = 0
    max_kernel_size: int = 24
    information_threshold: float = 0.1
    threshold: float = 2e-4


@dataclass(frozen=True)
class Stage:
    """One step of the fit.

    Parameters
    ----------
    kind
        `activate` (switch on), `start` (find the motif), `shift`, `extend`, `flank`, `fit`, or `library` (take the
        reads as draws from their initial library).
    parameter
        What a `fit` unfreezes: `pairwise`, `posbias`, `spacing` or `all`.
    places
        The bindings that it is about, which share a specification: (experiment, index of the binding).
    last
        Whether it ends the motifs' part of the fit or the whole, and so takes all reads; other fits take the subset.
    """

    kind: str
    parameter: str
    places: tuple[tuple[int, int], ...]
    last: bool = False

    @property
    def name(self) -> str:
        """For the log and the history."""
        if self.kind == "library":
            return "draws from library"
        return f"{self.kind} {self.parameter} binding {self.places[0][1]}".replace("  ", " ")

    def members(self, experiment: int) -> list[int]:
        """Bindings of one experiment that the stage is about."""
        return [binding for e, binding in self.places if e == experiment]

    def bindings(self, model: nn.ModuleList) -> list[Binding]:
        """The bindings in `model`, or in a copy of it."""
        return [model[e].bindings[b] for e, b in self.places]

    def has_matrix(self, model: nn.ModuleList) -> bool:
        """Whether the stage is about modes, whose motif is yet to be found when they are switched on."""
        return isinstance(self.bindings(model)[0], Mode)

    def in_dimer(self, model: nn.ModuleList) -> bool:
        """Whether a mode of the stage is also half of a dimer."""
        halves = {id(m) for c in model.modules() if isinstance(c, Cooperativity) for m in (c.mode_a, c.mode_b)}
        return any(id(binding) in halves for binding in self.bindings(model))

    def has_dimer(self, model: nn.ModuleList) -> bool:
        """Whether the stage is about dimers."""
        return isinstance(self.bindings(model)[0], Cooperativity)

    def psam(self, model: nn.ModuleList) -> PSAM:
        """The matrix that the stage is about."""
        return self.bindings(model)[0].psam

    def unfreeze(self, model: nn.ModuleList) -> None:
        """Turn the gradients on that a `fit` of this stage needs."""
        if self.parameter == "all":
            for experiment in model:
                experiment.unfreeze("all")
            return
        for binding in self.bindings(model):
            if self.parameter == "pairwise":
                binding.psam.unfreeze("pairwise")
            else:
                binding.unfreeze(self.parameter)


def procedure(model: nn.ModuleList, search: Search, library: bool = False) -> list[Stage]:
    """Stages of the sequential fit, in the order of the bindings, dimers after all else.

    Bindings with the same key are fitted together. The steps of each are its `fit_steps`;
    steps that `search` switches off are left out. With `library`, reads are taken as draws from their initial library
    at the end, where there is an experiment for which that holds.
    """
    places: dict[object, list[tuple[int, int]]] = {}
    steps: dict[object, list[tuple[str, str]]] = {}
    for e, experiment in enumerate(model):
        for b, binding in enumerate(experiment.bindings):
            # Non-specific binding of all experiments is switched on at once.
            key = "nonspecific" if isinstance(binding, NonSpecific) else binding.key()
            places.setdefault(key, []).append((e, b))
            known = steps.setdefault(key, [])
            known.extend(step for step in binding.fit_steps() if step not in known)
    skipped = {
        kind for kind, on in (("shift", search.shift), ("extend", search.extend), ("flank", search.flank)) if not on
    }
    stages = [
        Stage(kind, parameter, tuple(places[key]))
        for key, own in steps.items()
        for kind, parameter in sorted(own, key=lambda step: _ORDER.index(step))
        if kind not in skipped
    ]
    dimers = [stage for stage in stages if stage.has_dimer(model)]
    motifs = [stage for stage in stages if stage not in dimers]
    every = _finished(motifs) + _finished(dimers)
    if library and any(may_be_drawn(experiment) for experiment in model):
        every.append(Stage("library", "", every[-1].places, last=True))
    return every


def may_be_drawn(experiment: Experiment) -> bool:
    """Whether its selected reads may be taken as draws from the initial library; if not, the log says why."""
    try:
        check_drawn(experiment)
    except ValueError as reason:
        log.info("reads are not taken as draws from the initial library: %s", reason)
        return False
    return True


def _finished(stages: list[Stage]) -> list[Stage]:
    """The stages with a fit of everything on all reads at their end."""
    if stages and stages[-1].kind != "fit":
        stages = [*stages, Stage("fit", "all", stages[-1].places)]
    return [*stages[:-1], replace(stages[-1], last=True)] if stages else []

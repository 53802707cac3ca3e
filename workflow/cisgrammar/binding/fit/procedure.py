"""The order of a sequential fit: stages, each of one specification in all experiments that share it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Literal

from cisgrammar.binding.fit.settings import Search
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Binding, Experiment, Model
from cisgrammar.binding.layers.fit_steps import ORDER, SHIFT, Kind, Parameter, Step
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.library_likelihood import check_drawn

log = logging.getLogger(__name__)
StageKind = Kind | Literal["library"]


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

    kind: StageKind
    parameter: Parameter
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

    def bindings(self, model: Model) -> list[Binding]:
        """The bindings in `model`, or in a copy of it."""
        return [model[e].bindings[b] for e, b in self.places]

    def has_matrix(self, model: Model) -> bool:
        """Whether the stage is about modes, whose motif is yet to be found when they are switched on."""
        return isinstance(self.bindings(model)[0], Mode)

    def in_dimer(self, model: Model) -> bool:
        """Whether a mode of the stage is also half of a dimer."""
        halves = {id(m) for c in model.modules() if isinstance(c, Cooperativity) for m in (c.mode_a, c.mode_b)}
        return any(id(binding) in halves for binding in self.bindings(model))

    def has_dimer(self, model: Model) -> bool:
        """Whether the stage is about dimers."""
        return isinstance(self.bindings(model)[0], Cooperativity)

    def psam(self, model: Model) -> PSAM:
        """The matrix that the stage is about."""
        first = self.bindings(model)[0]
        if not isinstance(first, Mode):
            raise ValueError(f"{self.name} is about no mode, and so about no matrix")
        return first.psam

    def unfreeze(self, model: Model) -> None:
        """Turn the gradients on that a `fit` of this stage needs."""
        if self.parameter == "all":
            for experiment in model:
                experiment.unfreeze("all")
            return
        for binding in self.bindings(model):
            if self.parameter == "posbias":
                binding.unfreeze("posbias")
            elif self.parameter == "pairwise" and isinstance(binding, Mode):
                binding.psam.unfreeze("pairwise")
            elif self.parameter == "spacing" and isinstance(binding, Cooperativity):
                binding.unfreeze("spacing")


def procedure(model: Model, search: Search, library: bool = False) -> list[Stage]:
    """Stages of the sequential fit, in the order of the bindings, dimers after all else.

    Bindings with the same key are fitted together. The steps of each are its `fit_steps`;
    steps that `search` switches off are left out. With `library`, reads are taken as draws from their initial library
    at the end, where there is an experiment for which that holds.
    """
    places: dict[object, list[tuple[int, int]]] = {}
    steps: dict[object, list[Step]] = {}
    for e, experiment in enumerate(model):
        for b, binding in enumerate(experiment.bindings):
            # Non-specific binding of all experiments is switched on at once.
            key = "nonspecific" if isinstance(binding, NonSpecific) else binding.key()
            places.setdefault(key, []).append((e, b))
            known = steps.setdefault(key, [])
            known.extend(step for step in _own_steps(binding) if step not in known)
    skipped = {
        kind for kind, on in (("shift", search.shift), ("extend", search.extend), ("flank", search.flank)) if not on
    }
    stages = [
        Stage(kind, parameter, tuple(places[key]))
        for key, own in steps.items()
        for kind, parameter in sorted(own, key=ORDER.index)
        if kind not in skipped
    ]
    dimers = [stage for stage in stages if stage.has_dimer(model)]
    motifs = [stage for stage in stages if stage not in dimers]
    every = _finished(motifs) + _finished(dimers)
    if library and any(may_be_drawn(experiment) for experiment in model):
        every.append(Stage("library", "", every[-1].places, last=True))
    return every


def _own_steps(binding: Binding) -> list[Step]:
    """Steps of one binding; a palindrome is not shifted, as it could not be its own reverse complement then."""
    fixed = isinstance(binding, Mode) and binding.psam.palindrome
    return [step for step in binding.fit_steps() if not (fixed and step == SHIFT)]


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

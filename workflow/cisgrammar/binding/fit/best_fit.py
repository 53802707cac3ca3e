"""Bring the fits of all seeds together and keep the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cisgrammar.binding.export import centred_betas
from cisgrammar.binding.fit.agreement import agreement_table, best_seed
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.fit_libraries import FitPlan, Libraries, load_fit
from cisgrammar.binding.layers.build import Built
from cisgrammar.binding.likelihood.fitted import Fitted


@dataclass(frozen=True, eq=False)
class BestFit:
    """The fit with the lowest loss, and how the others compare.

    Attributes
    ----------
    seed
        Seed of the best.
    fitted
        The best fit, beside its reads.
    agreement
        What `agreement_table` says of all fits.
    history
        seed, step, stage, loss of all fits.
    flanks
        Bases of constant region that the best fit scores on each side, by library.
    """

    seed: int
    fitted: Fitted
    agreement: pd.DataFrame
    history: pd.DataFrame
    flanks: dict[str, tuple[int, int]]


def best_fit(plan: FitPlan, libraries: Libraries, seeds: Sequence[int], states: Sequence[str]) -> BestFit:
    """Load the fits of `seeds` from their state files and compare them; ValueError if one is of another model."""
    losses, motifs, steps = {}, {}, []
    for seed, state in zip(seeds, states, strict=True):
        built, fit = load_fit(replace(plan, seed=seed), libraries, Path(state))
        losses[seed] = fit.history[-1]["loss"]
        motifs[seed] = {name: centred_betas(psam) for name, psam in built.motifs.items()}
        steps += [{"seed": seed, "step": number, **step} for number, step in enumerate(fit.history, start=1)]
    chosen = best_seed(losses)
    built, fit = load_fit(replace(plan, seed=chosen), libraries, Path(states[list(seeds).index(chosen)]))
    flanks = {name: _flanks(table) for name, table in zip(built.experiments, fit.tables, strict=True)}
    history = pd.DataFrame(steps, columns=["seed", "step", "stage", "loss"])
    return BestFit(chosen, _fitted(plan, libraries, built, fit), agreement_table(losses, motifs), history, flanks)


def _flanks(table: Any) -> tuple[int, int]:
    left, right = table.flanks.scored(table.alphabet)
    return len(left), len(right)


def _fitted(plan: FitPlan, libraries: Libraries, built: Built, fit: Fit) -> Fitted:
    train = dict(zip(built.experiments, fit.tables, strict=True))
    held_out = {
        name: given.with_flank_lengths(*_flanks(train[name]))
        for name, given in zip(built.experiments, libraries.held_out, strict=True)
    }
    for experiment in built.experiments.values():
        # Errors and profiles are of parameters in full precision; a fit scores in float32.
        experiment.set_compute_dtype(None)
    settings = plan.settings()
    compositions = {name: c for name, c in zip(train, fit.compositions, strict=True) if c is not None}
    return Fitted(
        built.experiments,
        built.motifs,
        train,
        held_out,
        penalty=settings.penalty,
        compositions=compositions,
        drift=fit.state.drift,
        device=fit.device,
        chunk=settings.chunk,
    )

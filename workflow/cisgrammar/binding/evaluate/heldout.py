"""How surprised a model is by reads that it has not seen, beside simpler models of the same reads."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch
from torch import nn

from cisgrammar.binding.evaluate.single_motif import single_motif
from cisgrammar.binding.fit.optimise import Effort, minimise
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.mode import NonSpecific
from cisgrammar.binding.likelihood.fitted import Fitted, Split
from cisgrammar.binding.likelihood.likelihood import Data, Objective, row_log_likelihood

SPLITS: tuple[Split, ...] = ("train", "held_out")


@dataclass(frozen=True, eq=False)
class Heldout:
    """Likelihoods of all models.

    Attributes
    ----------
    table
        library, split, model (`fit`, `non_specific`, `without_cooperativity`, `single_motif`), reads, nll_per_read,
        standard_error.
    gains
        library, split, against (the simpler model), gain (its negative log-likelihood per read less that of the
        fit), standard_error (of this difference on the same reads, which is less than that of either).
    """

    table: pd.DataFrame
    gains: pd.DataFrame


def mean_and_error(rows: torch.Tensor, data: Data) -> tuple[float, float]:
    """Mean per read of values summed over each distinct read's counts, and its standard error.

    The error is that of a ratio: distinct reads are what was sampled, and copies of one are not independent.
    """
    values = rows.double()
    counts = data.counts.sum(1, dtype=torch.float64)
    mean = float(values.sum()) / data.total
    return mean, float((values - counts * mean).square().sum().sqrt()) / data.total


def non_specific(fitted: Fitted) -> dict[str, torch.nn.Module]:
    """The experiments with nothing but non-specific binding, fitted to the training reads.

    With reads of one length that is the rounds' totals; with several, depths and the bias by length are fitted.
    """
    out: dict[str, torch.nn.Module] = {}
    for library, (experiment, data) in _pairs(fitted).items():
        alone = copy.deepcopy(experiment)
        alone.active = [isinstance(b, NonSpecific) for b in alone.bindings]
        if not any(alone.active) or _one_length(alone):
            out[library] = Totals(data)
            continue
        minimise(Objective(Model([alone]), [data], fitted.penalty, fitted.chunk), Effort(100, 1e-9))
        out[library] = alone
    return out


def _pairs(fitted: Fitted) -> dict[str, tuple[Experiment, Data]]:
    data = fitted.data()
    return {library: (e, data[library]) for library, e in fitted.experiments.items()}


def _one_length(experiment: Experiment) -> bool:
    found = [b for b in experiment.bindings if isinstance(b, NonSpecific)]
    return all(b.min_input_length == b.max_input_length for b in found)


class Totals(nn.Module):
    """Every read has the rounds' totals as its shares, whatever its sequence."""

    def __init__(self, data: Data) -> None:
        super().__init__()
        totals = data.counts.sum(0, dtype=torch.float64)
        self.log_share = nn.Buffer((totals / totals.sum()).log())

    def forward(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log shares, `(reads, sequenced rounds)`."""
        return self.log_share.expand(len(seqs), -1)


def without_cooperativity(fitted: Fitted, effort: Effort | None = None) -> dict[str, Experiment]:
    """The experiments without their dimers, fitted anew to the training reads from where the fit ended.

    Empty if there is no dimer.
    """
    if not fitted.dimers():
        return {}
    names = list(fitted.experiments)
    model = copy.deepcopy(Model(fitted.experiments.values()))
    for experiment in model:
        experiment.active = [
            on and not isinstance(b, Cooperativity)
            for b, on in zip(experiment.bindings, experiment.active, strict=True)
        ]
    data = fitted.data()
    settings = Objective(model, [data[n] for n in names], fitted.penalty, fitted.chunk)
    minimise(settings, effort or Effort(150, 1e-6))
    return dict(zip(names, model, strict=True))


def heldout(fitted: Fitted, without: Mapping[str, Experiment] | None = None) -> Heldout:
    """Negative log-likelihood per read on training and held-out reads, for the fit and for simpler models.

    Parameters
    ----------
    fitted
        The model, with the reads of both splits.
    without
        The same model without cooperativity, if it has been fitted already; None fits it if the model has dimers.
    """
    models: dict[str, Mapping[str, torch.nn.Module]] = {
        "fit": fitted.experiments,
        "non_specific": non_specific(fitted),
    }
    others = without_cooperativity(fitted) if without is None else without
    if others:
        models["without_cooperativity"] = others
    if wide := single_motif(fitted):
        models["single_motif"] = wide
    rows: list[tuple[Any, ...]] = []
    gains: list[tuple[Any, ...]] = []
    given = {split: fitted.data(split) for split in SPLITS if split == "train" or fitted.held_out}
    for library in fitted.experiments:
        for split, tables in given.items():
            data, scored = tables[library], {}
            for name, model in models.items():
                scored[name] = -row_log_likelihood(model[library], data, fitted.chunk)
                rows.append((library, split, name, data.total, *mean_and_error(scored[name], data)))
            for name in list(models)[1:]:
                gain = mean_and_error(scored[name] - scored["fit"], data)
                gains.append((library, split, name, *gain))
    return Heldout(
        pd.DataFrame(rows, columns=["library", "split", "model", "reads", "nll_per_read", "standard_error"]),
        pd.DataFrame(gains, columns=["library", "split", "against", "gain", "standard_error"]),
    )

"""Whether a temperature is used: only where it makes genes that did not set it more probable and better calibrated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.splice.calibration.reliability import candidate_sums
from cisgrammar.splice.calibration.temperature import (
    Sample,
    Temperature,
    fit_temperature,
    grid_minimum,
    losses_by_gene,
)
from cisgrammar.statistics.bootstrap import Bootstrap, Estimate
from cisgrammar.statistics.calibration_error import squared_error

FOLDS = 5


@dataclass(frozen=True)
class Scaling:
    """The temperature that is used, and why.

    Attributes
    ----------
    temperature
        What logits are divided by: the fitted one, or exactly 1 without interval; nan without sites.
    fitted
        The temperature with the smallest negative log-likelihood of all calibration genes.
    kept
        Whether it is used.
    reason
        One sentence with the numbers that decided.
    nll
        Nats per base before, and after with temperatures of other calibration genes.
    squared_error
        The same of the squared calibration error of candidates, mean of acceptor and donor, `squared_error`.
    """

    temperature: Estimate
    fitted: Estimate
    kept: bool
    reason: str
    nll: tuple[float, float]
    squared_error: tuple[float, float]


def choose_temperature(sample: Sample, bootstrap: Bootstrap) -> Scaling:
    """Fit a temperature, and keep it only if it improves calibration genes that did not set it.

    Genes are dealt into five parts; each is scaled by the temperature of the other four. The fitted temperature is
    used if the negative log-likelihood of all parts and the squared calibration error of their candidates are both
    smaller than without, else 1. No gene that accuracy is measured on plays a part.
    """
    fitted, none = fit_temperature(sample, bootstrap), (float("nan"), float("nan"))
    if not np.isfinite(fitted.value):
        return Scaling(fitted, fitted, False, "no temperature: the calibration genes have no sites", none, none)
    one = Estimate(1.0, float("nan"), float("nan"))
    if sample.genes < 2:
        return Scaling(one, fitted, False, "temperature 1: one gene cannot both set and judge another", none, none)
    crossed = _crossed(sample)
    nll = sample.nll(1.0), sample.nll(crossed)
    error = _error(sample, 1.0), _error(sample, crossed)
    kept = nll[1] < nll[0] and error[1] < error[0]
    verdict = f"temperature {fitted.value:.3f} is used" if kept else f"temperature 1, not {fitted.value:.3f}"
    reason = (
        f"{verdict}: on calibration genes that did not set it, scaling takes the negative log-likelihood from "
        f"{nll[0]:.6g} to {nll[1]:.6g} nats per base and the squared calibration error of candidates from "
        f"{error[0]:.3g} to {error[1]:.3g}"
    )
    return Scaling(fitted if kept else one, fitted, kept, reason, nll, error)


def _crossed(sample: Sample) -> NDArray[np.float64]:
    """For each position the temperature that the genes of other parts set, `(positions,)`."""
    by_gene = losses_by_gene(sample)
    part = np.arange(sample.genes) % min(FOLDS, sample.genes)
    found = np.array([grid_minimum(by_gene[part != one].sum(axis=0)) for one in range(part.max() + 1)])
    return found[part][sample.gene]


def _error(sample: Sample, temperature: Temperature) -> float:
    """Squared calibration error of candidates, mean over the kinds of site that have some; nan if none has."""
    found = [squared_error(candidate_sums(sample, channel, temperature)) for channel in (1, 2)]
    known = [error for error in found if np.isfinite(error)]
    return float(np.mean(known)) if known else float("nan")

"""Known truths of the splice stage: how often intervals of recall and of calibration error hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

from cisgrammar.calibration.rates import tally
from cisgrammar.calibration.simulation import Once
from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.statistics.calibration_error import calibration_error

BINS = 15
DRAWS = 400
"""Draws of genes in each simulation; a run of the stage takes 1,000, whose quantiles are less scattered."""
_TRUTH = 400_000
Values = NDArray[np.float64]
Law = Callable[[Values, float], Values]


def binned(shown: Values, seen: Values) -> Values:
    """`(genes, candidates)` probabilities and sites (or their expectation) as sums `(genes, 3, bins)`."""
    genes = len(shown)
    at = np.arange(genes)[:, None] * BINS + np.minimum((shown * BINS).astype(int), BINS - 1)
    parts = (np.ones(shown.shape), shown, seen)
    return np.stack([np.bincount(at.ravel(), p.ravel(), genes * BINS).reshape(genes, BINS) for p in parts], 1)


def shifted(logit: Values, shift: float) -> Values:
    """True probabilities of a model whose logits are too low by the same number everywhere."""
    return expit(logit + shift)


def sure_at_the_top(logit: Values, excess: float) -> Values:
    """True probabilities of a model that is right below 0.8 and too sure above: an error in few bins."""
    shown = expit(logit)
    return np.where(shown > 0.8, shown - excess, shown)


LAWS: dict[str, tuple[Law, float]] = {
    "calibrated": (shifted, 0.0),
    "shift_0.5": (shifted, 0.5),
    "shift_1": (shifted, 1.0),
    "sure_at_top_0.3": (sure_at_the_top, 0.3),
}


@cache
def true_error(law: str) -> float:
    """Root mean square of accuracy - confidence over bins, of logits with a standard deviation of 2."""
    function, size = LAWS[law]
    logit = 2 * norm.ppf((np.arange(_TRUTH) + 0.5) / _TRUTH)[None]
    number, shown, seen = binned(expit(logit), function(logit, size)).sum(axis=0)
    return float(np.sqrt((((shown - seen) ** 2) / number).sum() / number.sum())) if size else 0.0


def calibration_errors(law: str, genes: int, candidates: int) -> Once:
    """Whether the interval of the calibration error holds the true one."""
    function, size = LAWS[law]

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        logit = rng.normal(0, 2, (genes, candidates))
        seen = (rng.random(logit.shape) < function(logit, size)).astype(np.float64)
        found = calibration_error(binned(expit(logit), seen), Bootstrap(DRAWS, seed=int(rng.integers(2**31))))
        return {"": tally(found.lower <= true_error(law) <= found.upper)}

    return once


def recall(share: float, together: float, genes: int) -> Once:
    """Whether the interval of a share of true sites holds the true one.

    Genes have 1 and a Poisson number (mean 8) of sites; the share of a gene is from a beta distribution of mean
    `share`, so that sites of one gene are right together with the correlation `together`.
    """
    a, b = share * (1 / together - 1), (1 - share) * (1 / together - 1)

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        sites = 1 + rng.poisson(8, genes)
        found = rng.binomial(sites, rng.beta(a, b, genes))
        draws = Bootstrap(DRAWS, seed=int(rng.integers(2**31)))
        weights = np.concatenate(list(draws.blocks(genes)))  # (draws, genes)
        drawn = (weights @ found) / (weights @ sites)
        interval = draws.share(found.sum() / sites.sum(), drawn, float(sites.sum()), genes)
        return {"": tally(interval.lower <= share <= interval.upper)}

    return once

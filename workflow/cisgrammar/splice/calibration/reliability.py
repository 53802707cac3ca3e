"""How well the probabilities of a splice model agree with what is seen, in bins of equal width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.splice.calibration.temperature import Sample, Temperature
from cisgrammar.statistics.bootstrap import Bootstrap, Estimate
from cisgrammar.statistics.calibration_error import calibration_error

BINS = 15
CANDIDATE = 0.01
"""Probability from which on a position is a candidate; the others, of which there are thousands a site, hide them."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """Predicted probability beside observed frequency of one kind of site, in bins of equal width.

    Attributes
    ----------
    n
        `(bins,)`: positions, by weight.
    confidence, accuracy
        `(bins,)`: mean probability, and share of true sites; nan in an empty bin.
    lower, upper
        `(bins,)`: 95 % interval of the share over genes (`Bootstrap.share`); nan in a bin of one gene.
    ece, ece_candidates
        Expected calibration error, root mean square over positions and without the part that chance makes
        (`statistics/calibration_error.py`): of all positions, and of those with a probability of at least 0.01 before
        scaling; the latter is nan if there are none.
    """

    n: NDArray[np.float64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    ece: Estimate
    ece_candidates: Estimate


def reliability(sample: Sample, channel: int, temperature: float, bootstrap: Bootstrap, stream: int = 0) -> Reliability:
    """Reliability of one channel's probabilities (1 acceptor, 2 donor) at a temperature; errors over genes."""
    everywhere = bin_sums(sample, channel, temperature)
    n, confidence, seen = everywhere.sum(axis=0)
    filled = np.where(n > 0, n, np.nan)
    both = everywhere, candidate_sums(sample, channel, temperature)
    errors = (calibration_error(sums, bootstrap, stream) for sums in both)
    ends = share_intervals(everywhere, bootstrap, stream)
    return Reliability(n, confidence / filled, seen / filled, *ends, *errors)


def share_intervals(sums: NDArray[np.float64], bootstrap: Bootstrap, stream: int = 0) -> NDArray[np.float64]:
    """Interval of each bin's share of true sites over genes.

    Parameters
    ----------
    sums
        `(genes, 3, bins)`, as of `bin_sums`.
    bootstrap, stream
        Draws of genes, and the number of the gene set.

    Returns
    -------
    NDArray
        `(2, bins)`: lower and upper ends (`Bootstrap.share`); nan in a bin of fewer than two genes.
    """
    drawn = np.concatenate(
        [np.tensordot(weights, sums[:, [0, 2]], 1) for weights in bootstrap.blocks(len(sums), stream)]
        or [np.empty((0, 2, sums.shape[2]))]
    )  # (draws, 2, bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = drawn[:, 1] / drawn[:, 0]
        value = sums[:, 2].sum(axis=0) / sums[:, 0].sum(axis=0)
    genes = (sums[:, 0] > 0).sum(axis=0)
    found = [
        bootstrap.share(value[i], shares[:, i], sums[:, 0, i].sum(), int(genes[i]))[1:] for i in range(sums.shape[2])
    ]
    return np.array(found).T  # (2, bins)


def candidate_sums(sample: Sample, channel: int, temperature: Temperature) -> NDArray[np.float64]:
    """`bin_sums` of the positions with a probability of at least 0.01 before scaling."""
    return bin_sums(sample, channel, temperature, np.exp(sample.scaled(1.0, channel)) >= CANDIDATE)


def bin_sums(
    sample: Sample, channel: int, temperature: Temperature, chosen: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Sums of weight, of probability and of true sites by gene and bin, `(genes, 3, bins)`, of chosen positions."""
    probability = np.exp(sample.scaled(temperature, channel))
    bins = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    taken = np.ones(len(sample), dtype=bool) if chosen is None else chosen
    at = (sample.gene.astype(np.int64) * BINS + bins)[taken]
    weight = sample.weight[taken]
    values = (weight, weight * probability[taken], weight * (sample.label[taken] == channel))
    found = [np.bincount(at, value, minlength=sample.genes * BINS).reshape(sample.genes, BINS) for value in values]
    return np.stack(found, axis=1)  # (genes, 3, bins)

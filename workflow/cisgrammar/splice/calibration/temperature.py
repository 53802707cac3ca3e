"""Temperature scaling of a splice model, on a sample of positions that fits into memory.

One temperature divides all three logits (Guo et al. 2017, "On calibration of modern neural networks"), so the most
probable class of a base stays what it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.statistics.bootstrap import Bootstrap, Estimate

_GRID = np.exp(np.linspace(np.log(0.1), np.log(20), 54))
Temperature = float | NDArray[np.float64]
_SMALLEST = -87.0
_LIKELY = 1e-3
_EVERY = 61
_MOST = 1 << 17


@dataclass(frozen=True, eq=False)
class Sample:
    """Positions with their weights: all true sites, and others in place of those that are not kept.

    Attributes
    ----------
    log_probs
        `(positions, 3)` float32.
    label
        `(positions,)` uint8: null, acceptor, donor.
    gene
        `(positions,)` int32.
    weight
        `(positions,)` float64: how many positions it stands for.
    genes
        Number of genes.
    """

    log_probs: NDArray[np.float32]
    label: NDArray[np.uint8]
    gene: NDArray[np.int32]
    weight: NDArray[np.float64]
    genes: int

    def __len__(self) -> int:
        return len(self.label)

    def scaled(self, temperature: Temperature, label: int | NDArray[np.uint8]) -> NDArray[np.float64]:
        """Log-probability of a label, or of each position's own, after division of the logits by a temperature.

        One temperature, or one of each position, `(positions,)`.
        """
        # Column by column: a reduction over rows of three takes ten times as long.
        null, acceptor, donor = columns = self.log_probs.T.astype(np.float64) / temperature  # (3, positions)
        largest = np.maximum(np.maximum(null, acceptor), donor)
        total = sum(np.exp(column - largest) for column in columns)
        return np.choose(label, columns) - largest - np.log(total)  # (positions,)

    def loss(self, temperature: Temperature) -> NDArray[np.float64]:
        """Weighted negative log-likelihood of each position, `(positions,)`, nats."""
        return -self.weight * self.scaled(temperature, self.label)

    def nll(self, temperature: Temperature) -> float:
        """Mean negative log-likelihood per base, nats."""
        return float(self.loss(temperature).sum() / self.weight.sum())


class _Stratum:
    """Every n-th row of what it is given; n doubles when there are too many."""

    def __init__(self, every: int, most: int) -> None:
        self.every, self.most, self.seen, self.size = every, most, 0, 0
        self.rows: list[tuple[NDArray, NDArray, NDArray]] = []

    def add(self, log_probs: NDArray, label: NDArray, gene: int) -> None:
        taken = slice(-self.seen % self.every, None, self.every)
        self.seen += len(label)
        rows = np.ascontiguousarray(log_probs[taken]), label[taken].copy()
        self.rows.append((*rows, np.full(len(rows[1]), gene, dtype=np.int32)))
        self.size += len(rows[1])
        if self.size > self.most:
            log_probs, label, genes = (part[::2] for part in self.joined())
            self.rows = [(log_probs, label, genes)]
            self.every, self.size = 2 * self.every, len(self.rows[0][1])

    def joined(self) -> tuple[NDArray, NDArray, NDArray]:
        none = np.zeros((0, 3), np.float32), np.zeros(0, np.uint8), np.zeros(0, np.int32)
        log_probs, label, gene = (np.concatenate(parts) for parts in zip(none, *self.rows, strict=True))
        return log_probs, label, gene


class Sampler:
    """Makes a `Sample` of positions that come tile by tile, with bounded memory and no chance in it.

    Kept are all true sites; of the other positions those with a probability of 0.001 of being a site, and every 61st
    of the rest; of either, every second one whenever more than `most` are held.
    """

    def __init__(self, genes: int, most: int = _MOST) -> None:
        self.genes = genes
        self._strata = (_Stratum(1, 1 << 62), _Stratum(1, most), _Stratum(_EVERY, most))

    def add(self, gene: int, log_probs: NDArray[np.float32], label: NDArray[np.uint8]) -> None:
        """Take positions of a gene: log-probabilities `(positions, 3)` and labels `(positions,)`."""
        likely = log_probs[:, 0] < np.log1p(-_LIKELY)
        for stratum, chosen in zip(
            self._strata, (label > 0, (label == 0) & likely, (label == 0) & ~likely), strict=True
        ):
            places = np.flatnonzero(chosen)
            if len(places):
                stratum.add(np.maximum(log_probs[places], _SMALLEST), label[places], gene)

    def sample(self) -> Sample:
        """All that was kept, each stratum's weights summing to the number of positions that it saw."""
        parts = [stratum.joined() for stratum in self._strata]
        weights = [
            np.full(len(part[1]), s.seen / max(len(part[1]), 1)) for s, part in zip(self._strata, parts, strict=True)
        ]
        log_probs, label, gene = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return Sample(log_probs, label, gene, np.concatenate(weights), self.genes)


def fit_temperature(sample: Sample, bootstrap: Bootstrap) -> Estimate:
    """The temperature with the smallest negative log-likelihood, with its bootstrap interval over genes.

    Parameters
    ----------
    sample
        Positions of the calibration genes.
    bootstrap
        Draws of genes; the optimum of each is read off a parabola through the best points of a grid.

    Returns
    -------
    Estimate
        Above 1 if the model is too sure of itself. The search goes from 0.1 to 20; nan without true sites.
    """
    from scipy.optimize import minimize_scalar

    if not (sample.label > 0).any():
        return Estimate(float("nan"), float("nan"), float("nan"))
    by_gene = losses_by_gene(sample)
    best = int(by_gene.sum(axis=0).argmin())
    low, high = np.log(_GRID[max(best - 1, 0)]), np.log(_GRID[min(best + 1, len(_GRID) - 1)])
    found = minimize_scalar(
        lambda log_t: sample.nll(np.exp(log_t)), bounds=(low, high), method="bounded", options={"xatol": 1e-5}
    )
    drawn = [grid_minimum(row) for weights in bootstrap.blocks(sample.genes) for row in weights @ by_gene]
    return bootstrap.estimate(float(np.exp(found.x)), drawn)


def losses_by_gene(sample: Sample) -> NDArray[np.float64]:
    """Negative log-likelihood of each gene at each temperature of the grid, `(genes, temperatures)`, nats."""
    return np.stack([np.bincount(sample.gene, sample.loss(t), minlength=sample.genes) for t in _GRID], axis=1)


def grid_minimum(losses: NDArray[np.float64]) -> float:
    """Temperature with the smallest loss: of a parabola through the best of `(temperatures,)` on the grid."""
    best = int(losses.argmin())
    if best in (0, len(losses) - 1):
        return float(_GRID[best])
    left, middle, right = losses[best - 1 : best + 2]
    curvature = left - 2 * middle + right
    shift = 0.5 * (left - right) / curvature if curvature > 0 else 0.0
    return float(np.exp(np.log(_GRID[best]) + shift * np.log(_GRID[1] / _GRID[0])))

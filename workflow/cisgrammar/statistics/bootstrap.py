"""Uncertainty from drawing genes, not positions: positions and sites of a gene are not independent.

Shares (recall, precision, top-k accuracy) have intervals on the logit scale, `Bootstrap.share`: percentiles cover
0.53 to 0.89 instead of 0.95 with 8 genes, and the studentised bootstrap 0.45 to 0.88, for with a share near 1 most
draws of genes have no variance at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from cisgrammar.statistics.distributions import student_quantile

# Draws that are worked on at once: enough that the work of a call does not count, few enough for 20,000 genes.
_BLOCK = 100
_LEAST_DEFF = 0.25
"""Least variance, beside the binomial one, that is believed of few genes."""


class Estimate(NamedTuple):
    """A number and the bounds of its interval; nan where it cannot be computed."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Bootstrap:
    """Draws of genes with replacement.

    Attributes
    ----------
    replicates
        Number of draws; with 0 or 1 there are no intervals.
    seed
        Of all draws.
    level
        Share of the replicates that lies within an interval, half of the rest on each side.
    """

    replicates: int = 1000
    seed: int = 1
    level: float = 0.95

    def weights(self, genes: int, stream: int = 0) -> Iterator[NDArray[np.int64]]:
        """How often each gene is drawn, when as many genes as there are get drawn.

        Parameters
        ----------
        genes
            Number of genes.
        stream
            Number of the gene set: two sets are drawn independently, and one always in the same way.

        Yields
        ------
        NDArray
            `(genes,)` int64 that sum to `genes`.
        """
        rng = np.random.default_rng([self.seed, stream])
        for _ in range(self.replicates):
            yield np.bincount(rng.integers(genes, size=genes), minlength=genes)

    def blocks(self, genes: int, stream: int = 0) -> Iterator[NDArray[np.int64]]:
        """The same draws, up to 100 at a time: `(draws, genes)` int64."""
        draws = self.weights(genes, stream)
        while block := list(islice(draws, _BLOCK)):
            yield np.stack(block)

    def estimate(self, value: float, drawn: Sequence[float] | NDArray[np.float64]) -> Estimate:
        """A value with the percentile interval of its replicates.

        Replicates that are nan (no site was drawn, say) are left out; with fewer than half left the bounds are nan.
        """
        drawn = np.asarray(drawn, dtype=np.float64)
        known = drawn[np.isfinite(drawn)]
        if len(known) < max(2, len(drawn) / 2):
            return Estimate(float(value), float("nan"), float("nan"))
        low, high = np.quantile(known, [(1 - self.level) / 2, (1 + self.level) / 2])
        return Estimate(float(value), float(low), float(high))

    def share(self, value: float, drawn: Sequence[float] | NDArray[np.float64], units: float, genes: int) -> Estimate:
        """A share with a t interval on the logit scale, whose variance is that of its replicates.

        The share counts as one of `units / deff` independent units (Kish 1965), with `deff` the variance of the
        replicates, times genes / (genes - 1) for drawing from the genes at hand, over the binomial one: 1 if nothing
        varies (all units are right, say) and at least 1/4. Half a unit is added to either side (Haldane 1955,
        Anscombe 1956), and Student's t has genes - 1 degrees of freedom.

        Simulated coverage of 95 % with 8, 15, 30 and 100 genes of 4 or 9 sites, shares of 0.7 to 0.97 and
        correlations within genes of 0 to 0.1: 0.94 to 0.98; 0.92 where sites of a gene are right or wrong
        together (0.3).

        Parameters
        ----------
        value
            The share, within [0, 1].
        drawn
            Its replicates; nan ones (no site was drawn, say) are left out.
        units
            What it is a share of: true sites, or called bases.
        genes
            Number of genes that have any.

        Returns
        -------
        Estimate
            The interval holds the value. Bounds are nan with fewer than two genes, or half of the replicates.
        """
        drawn = np.asarray(drawn, dtype=np.float64)
        known = drawn[np.isfinite(drawn)]
        if not np.isfinite(value) or genes < 2 or len(known) < max(2, len(drawn) / 2):
            return Estimate(float(value), float("nan"), float("nan"))
        spread, binomial = float(known.var(ddof=1)) * genes / (genes - 1), value * (1 - value) / units
        deff = max(spread / binomial, _LEAST_DEFF) if spread > 0 and binomial > 0 else 1.0
        independent = units / deff
        centre = (value * independent + 0.5) / (independent + 1)
        half = student_quantile((1 + self.level) / 2, genes - 1) / np.sqrt(centre * (1 - centre) * (independent + 1))
        low, high = expit(logit(centre) - half), expit(logit(centre) + half)
        return Estimate(float(value), min(float(low), float(value)), max(float(high), float(value)))

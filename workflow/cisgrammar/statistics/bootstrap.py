"""Uncertainty from drawing genes, not positions: positions and sites of a gene are not independent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Draws that are worked on at once: enough that the work of a call does not count, few enough for 20,000 genes.
_BLOCK = 100


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

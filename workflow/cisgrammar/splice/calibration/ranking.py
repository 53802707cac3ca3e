"""Positions of one kind of site from the highest score to the lowest, and what is read off that order.

The positions of a genome do not fit into memory, and need not: a threshold that calls as many sites as there are
depends on the best few alone. Each true site and each of the best other positions is kept with its score and gene; of
the rest only their number between one true site and the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LISTED_PER_SITE = 8
LISTED_AT_LEAST = 1000
EXACT_AT_LEAST = 1 << 20
_SHIFT = 8
_BINS = (0x3F800000 >> _SHIFT) + 2


@dataclass(frozen=True, eq=False)
class Curve:
    """Positions and true sites at or above each of the levels of a ranking, `(levels,)` each, best level first.

    Attributes
    ----------
    scores
        Score of the level, descending.
    positions, sites
        float64: positions, and true sites among them, with at least this score.
    """

    scores: NDArray[np.float64]
    positions: NDArray[np.float64]
    sites: NDArray[np.float64]

    def score_at(self, rank: float) -> float:
        """Score of the position of a rank, 1 for the best; that of the last if the rank is beyond it."""
        return float(self.scores[min(self.level_of(rank), len(self.scores) - 1)])

    def level_of(self, rank: float) -> int:
        """Index of the level of the position of a rank, 1 for the best."""
        return int(np.searchsorted(self.positions, rank, side="left"))

    def above(self, threshold: float) -> tuple[float, float]:
        """Positions and true sites with a score strictly above a threshold."""
        level = int(np.searchsorted(-self.scores, -threshold, side="left"))
        return (float(self.positions[level - 1]), float(self.sites[level - 1])) if level else (0.0, 0.0)

    def recall(self, threshold: float) -> float:
        """Share of the true sites with a score strictly above a threshold; nan without sites."""
        return float(self.above(threshold)[1] / self.sites[-1]) if self.sites[-1] else float("nan")

    def top(self, factor: float) -> float:
        """Top-k accuracy: true sites among the best `factor * k` positions, over the fewer of the two numbers.

        For 1 it is precision and recall at once, for 0.5 a precision, for 2 a recall (SpliceAI). Of positions with
        equal scores the expected share is taken, as if their order were drawn. nan without sites.
        """
        k = self.sites[-1]
        called = min(np.floor(factor * k), self.positions[-1])
        if called < 1:
            return float("nan")
        level = self.level_of(called)
        before = (self.positions[level - 1], self.sites[level - 1]) if level else (0.0, 0.0)
        share = (called - before[0]) / (self.positions[level] - before[0])
        return float((before[1] + share * (self.sites[level] - before[1])) / min(called, k))

    def average_precision(self) -> float:
        """Area under the precision-recall curve as the sum of precision times gain in recall; nan without sites."""
        if not self.sites[-1]:
            return float("nan")
        gain = np.diff(self.sites, prepend=0.0)
        level = gain > 0
        return float((gain[level] * self.sites[level] / self.positions[level]).sum() / self.sites[-1])

    def precision_recall(self, points: int = 200) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray]:
        """Recall, precision and score at up to `points` levels that have a site, spread evenly over recall."""
        levels = np.flatnonzero(np.diff(self.sites, prepend=0.0) > 0)
        recall = self.sites[levels] / self.sites[-1] if len(levels) else np.zeros(0)
        wanted = np.searchsorted(recall, np.linspace(0, 1, points + 1)[1:] - 1e-12)
        levels = levels[np.unique(np.minimum(wanted, max(len(levels) - 1, 0)))] if len(levels) else levels
        total = self.sites[-1] or 1.0
        return self.sites[levels] / total, self.sites[levels] / self.positions[levels], self.scores[levels]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Entries (positions kept one by one) by level of score, and the rest by number.

    Attributes
    ----------
    scores
        `(levels,)` float64, distinct, descending.
    level, gene, is_site
        `(entries,)`: index into `scores`, index of the gene, whether the position is a true site.
    rest
        `(levels,)` int64: positions that are no entries, at the highest level not above their score.
    positions, sites
        `(genes,)` int64: all positions and all true sites of each gene.
    """

    scores: NDArray[np.float64]
    level: NDArray[np.int64]
    gene: NDArray[np.int32]
    is_site: NDArray[np.bool_]
    rest: NDArray[np.int64]
    positions: NDArray[np.int64]
    sites: NDArray[np.int64]

    def curve(self, weights: NDArray[np.int64] | None = None) -> Curve:
        """Cumulative numbers, each gene counted `weights` times (once by default).

        Positions that are no entries are not known by gene: their numbers are scaled to the weighted total.
        """
        levels = len(self.scores)
        if weights is None:
            weights = np.ones(len(self.positions), dtype=np.int64)
        entries = weights[self.gene].astype(np.float64)
        # Of no entries at all numpy counts in integers.
        positions = np.bincount(self.level, entries, minlength=levels).astype(np.float64)
        sites = np.bincount(self.level[self.is_site], entries[self.is_site], minlength=levels).astype(np.float64)
        if rest := int(self.rest.sum()):
            positions += self.rest * ((float(weights @ self.positions) - entries.sum()) / rest)
        return Curve(self.scores, np.cumsum(positions), np.cumsum(sites))


class Collector:
    """Takes the scores of one kind of site tile by tile and makes a `Ranking` of them.

    Parameters
    ----------
    genes
        Number of genes.
    sites
        Number of true sites to come.
    listed
        How many other positions become entries; None for eight per site, a thousand at least. These are all that
        thresholds and top-k accuracies up to four depend on, in bootstrap draws with up to twice the sites.
    exact
        How many other positions are kept until the end; None for a million, or as many as listed. Scores of those
        beyond are rounded to one part in 32,768, which moves the average precision by less.
    """

    def __init__(self, genes: int, sites: int, listed: int | None = None, exact: int | None = None) -> None:
        self.listed = max(LISTED_PER_SITE * sites, LISTED_AT_LEAST) if listed is None else listed
        self.exact = max(self.listed, EXACT_AT_LEAST if exact is None else exact)
        self._sites, self._others = _Pile(), _Pile()
        self._counts: NDArray[np.int64] | None = None
        self._best = np.zeros(0, dtype=np.float32)
        self._positions = np.zeros(genes, dtype=np.int64)
        self._positives = np.zeros(genes, dtype=np.int64)

    def add(self, gene: int, scores: NDArray[np.float32], is_site: NDArray[np.bool_]) -> None:
        """Take positions of one gene: scores in [0, 1] and whether each is a true site, `(positions,)` both."""
        places = np.flatnonzero(is_site)
        self._positions[gene] += len(scores)
        self._positives[gene] += len(places)
        if len(places):
            self._sites.add(scores[places], gene)
        self._others.add(np.delete(scores, places) if len(places) else scores.copy(), gene)
        if self._others.size > 2 * self.exact:
            self._count(self._others.split(self.exact))

    def _count(self, scores: NDArray[np.float32]) -> None:
        """Count scores by their leading bits, and keep the best of each bin."""
        if self._counts is None:
            self._counts, self._best = np.zeros(_BINS, dtype=np.int64), np.zeros(_BINS, dtype=np.float32)
        # The bits of a positive float, read as an integer, are in the order of the floats.
        bins = np.ascontiguousarray(scores, dtype=np.float32).view(np.int32) >> _SHIFT
        np.add.at(self._counts, bins, 1)
        np.maximum.at(self._best, bins, scores)

    def ranking(self, bounds: Sequence[float] = ()) -> Ranking:
        """The ranking of all that was added; numbers above each of `bounds` are exact even where they are many."""
        rest = self._others.split(self.listed)
        counts = np.ones(len(rest), dtype=np.int64)
        if self._counts is not None:
            full = np.flatnonzero(self._counts)
            rest, counts = np.concatenate([rest, self._best[full]]), np.concatenate([counts, self._counts[full]])
        sites, others = self._sites.joined(), self._others.joined()
        scores = np.concatenate([sites[0], others[0]])  # (entries,)
        over = [np.nextafter(_rounded_down(bound), np.float32(2)) for bound in bounds]
        # The best of the rest is a level too: it may be one of very many equal ones, and the cut among them.
        more = np.array([0, rest.max(initial=0), *over], dtype=np.float32)
        levels = np.unique(np.concatenate([scores, more]))  # (levels,), ascending
        rest_levels = np.searchsorted(levels, rest, side="right") - 1
        return Ranking(
            scores=levels[::-1].astype(np.float64),
            level=len(levels) - 1 - np.searchsorted(levels, scores),
            gene=np.concatenate([sites[1], others[1]]),
            is_site=np.arange(len(scores)) < len(sites[0]),
            rest=np.bincount(rest_levels, counts, minlength=len(levels))[::-1].astype(np.int64),
            positions=self._positions,
            sites=self._positives,
        )


def _rounded_down(bound: float) -> np.float32:
    nearest = np.float32(bound)
    return np.nextafter(nearest, np.float32(-1)) if nearest > bound else nearest


class _Pile:
    """Scores with their genes, in pieces."""

    def __init__(self) -> None:
        self._scores: list[NDArray[np.float32]] = [np.zeros(0, dtype=np.float32)]
        self._genes: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
        self.size = 0

    def add(self, scores: NDArray[np.float32], gene: int) -> None:
        self._scores.append(scores)
        self._genes.append(np.full(len(scores), gene, dtype=np.int32))
        self.size += len(scores)

    def joined(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        return np.concatenate(self._scores), np.concatenate(self._genes)

    def split(self, keep: int) -> NDArray[np.float32]:
        """Keep at most the best `keep`, all or none of equal ones; return the scores of the others."""
        scores, genes = self.joined()
        best = np.ones(len(scores), dtype=bool)
        if len(scores) > keep:
            best = scores > np.partition(scores, len(scores) - keep - 1)[len(scores) - keep - 1]
        self._scores, self._genes = [scores[best]], [genes[best]]
        self.size = int(best.sum())
        return scores[~best]

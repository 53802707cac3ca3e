"""Frame check: delete bases from two neighbouring exons, so that the second deletion restores the frame of the first.

A model that follows the frame through the splice junction loses less to both deletions than to either of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisgrammar.splice.frames.edited_windows import Edit, Reading, SiteScores
from cisgrammar.splice.frames.effects import (
    Metric,
    Models,
    Quantity,
    as_models,
    change,
    known_thresholds,
    means_table,
    metrics_of,
    score,
)
from cisgrammar.splice.frames.statistics import FrameStatistics
from cisgrammar.splice.genes.exon_table import ExonTable
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR, GeneSet

if TYPE_CHECKING:
    import pandas as pd

PAIRS = ((0, 0), (1, 0), (0, 2), (1, 2), (2, 0), (0, 1), (2, 1))
"""bp deleted from the first and from the second exon; (1, 2) and (2, 1) restore the frame."""
RESTORED = {(1, 2): ((1, 0), (0, 2)), (2, 1): ((2, 0), (0, 1))}
SITES = ("first_acceptor", "first_donor", "second_acceptor", "second_donor")
_LABELS = (ACCEPTOR, DONOR, ACCEPTOR, DONOR)


@dataclass(frozen=True, eq=False)
class AdjacentDeletions:
    """What deletions in two neighbouring exons do to their four sites.

    Attributes
    ----------
    first, second
        The exons of each pair; the intron between them is short.
    outside
        Whether the deletions are at the outer ends of the two exons instead of the inner ones.
    scores
        `(models, exon pairs, 7, 4 sites)`, by `PAIRS` and `SITES`.
    thresholds
        `(models, 3)` by label; None if the models have none.
    """

    first: ExonTable
    second: ExonTable
    outside: bool
    scores: SiteScores
    thresholds: NDArray[np.float64] | None

    @property
    def clusters(self) -> NDArray[np.int64]:
        """Gene of each pair, `(exon pairs,)`."""
        return self.first.gene

    def effects(self, metric: Metric = "called") -> NDArray[np.float32]:
        """Effects against no deletion, `(models, exon pairs, 7, 4 sites)`."""
        levels = None if self.thresholds is None else self.thresholds[:, None, None, list(_LABELS)]
        return change(self.scores.each(lambda part: part[:, :, :1]), self.scores, levels, metric)

    def called(self) -> NDArray[np.bool_]:
        """Whether each site is called, `(models, exon pairs, 7, 4 sites)`, as the reference reports."""
        if self.thresholds is None:
            raise ValueError("the model has no thresholds; run calibrate and take its thresholds first")
        return np.exp(self.scores.log_p) > self.thresholds[:, None, None, list(_LABELS)]

    def compensation(self, metric: Metric = "called") -> NDArray[np.float32]:
        """How much less is lost to both deletions than to one, `(models, exon pairs, 2 pairs, 4 sites)`.

        The effect of (1, 2) less the mean of those of (1, 0) and (0, 2), and likewise for (2, 1): positive only if
        the second deletion gives back what the first one took.
        """
        effects = self.effects(metric)
        both = [effects[:, :, PAIRS.index(pair)] for pair in RESTORED]
        single = [np.mean([effects[:, :, PAIRS.index(one)] for one in parts], axis=0) for parts in RESTORED.values()]
        return np.stack(both, axis=2) - np.stack(single, axis=2)

    def table(self, statistics: FrameStatistics | None = None) -> pd.DataFrame:
        """Mean effect by metric, deleted pair and site (`all` for the four together); q over the rows of a metric."""
        import pandas as pd

        tables = []
        for metric in metrics_of(self.thresholds):
            effects = self.effects(metric)
            keys = [_key(self.outside, metric, pair, site) for pair in PAIRS[1:] for site in SITES]
            flat = effects[:, :, 1:].reshape(*effects.shape[:2], -1)  # (models, exon pairs, 6 * 4)
            tables.append(means_table(keys, flat, self.first.gene, statistics))
            keys = [_key(self.outside, metric, pair, "all") for pair in PAIRS[1:]]
            together = np.moveaxis(effects[:, :, 1:], 2, 3)  # (models, exon pairs, 4, 6)
            tables.append(means_table(keys, together, self.first.gene, statistics))
        return pd.concat(tables, ignore_index=True)

    def quantities(self) -> list[Quantity]:
        """One deletion, both, and how much the second compensates for the first."""
        found, prefix = [], "outside_" if self.outside else ""
        single = [PAIRS.index(pair) for parts in RESTORED.values() for pair in parts]
        both = [PAIRS.index(pair) for pair in RESTORED]
        for metric in metrics_of(self.thresholds):
            effects = self.effects(metric)
            found.append(Quantity(f"{prefix}one_deletion", metric, effects[:, :, single]))
            found.append(Quantity(f"{prefix}frame_restored", metric, effects[:, :, both]))
            found.append(Quantity(f"{prefix}compensation", metric, self.compensation(metric)))
        return found

    def zero_if_frame_blind(self) -> NDArray[np.float32]:
        """Effects that are 0 if the sites alone matter: all."""
        return self.effects("log_odds")

    def zero_if_open_frames_suffice(self) -> NDArray[np.float32]:
        """The effect of deleting nothing; every other pair shifts a frame."""
        return self.effects("log_odds")[:, :, 0]


def _key(outside: bool, metric: str, pair: tuple[int, int], site: str) -> dict[str, object]:
    ends = "outer" if outside else "inner"
    return {"metric": metric, "ends": ends, "first": pair[0], "second": pair[1], "site": site}


def exon_pairs(
    exons: ExonTable, max_intron: int = 1000, max_span: int = 4000, min_length: int = 1
) -> tuple[ExonTable, ExonTable]:
    """Neighbouring internal coding exons of one transcript, the first and the second of each pair.

    Parameters
    ----------
    exons
        Exons sorted by gene and place.
    max_intron
        bp: the intron between them is shorter.
    max_span
        bp: from the first's acceptor to the second's donor is less.
    min_length
        bp: both are at least this long.
    """
    coding = exons.internal_coding(min_length)
    first, second = coding.select(np.arange(len(coding) - 1)), coding.select(np.arange(1, len(coding)))
    joined = (first.gene == second.gene) & (first.rank + 1 == second.rank)
    joined &= (second.start - first.end < max_intron) & (second.end - first.start < max_span)
    return first.select(joined), second.select(joined)


def adjacent_deletions(
    m: Models,
    genes: GeneSet,
    pairs: tuple[ExonTable, ExonTable],
    distance: int = 10,
    outside: bool = False,
) -> AdjacentDeletions:
    """Delete bases from neighbouring exons, near the intron between them, and read the sites of both.

    Parameters
    ----------
    m
        A model, or several.
    genes
        The genes.
    pairs
        First and second exons, as of `exon_pairs`; those with less than `2 * distance + 2` bp are left out.
    distance
        bp of exon kept between a deletion and the site that it is near.
    outside
        Delete at the outer ends instead, as a control.

    Raises
    ------
    ValueError
        If no pair is left.
    """
    models = as_models(m)
    need = 2 * distance + 2
    roomy = np.minimum(pairs[0].length, pairs[1].length) >= need
    first, second = (exons.select(roomy) for exons in pairs)
    if not len(first):
        raise ValueError(
            f"none of {len(roomy)} pairs of neighbouring coding exons has {need} bp in both; "
            "give more genes, or a smaller distance"
        )

    def readings() -> Iterator[Reading]:
        for pair in range(len(first)):
            edits = [_edit(first, second, pair, lengths, distance, outside) for lengths in PAIRS]
            ends = [(exons.start[pair], exons.end[pair] - 1) for exons in (first, second)]
            for place, label in zip((int(p) for both in ends for p in both), _LABELS, strict=True):
                yield Reading(int(first.gene[pair]), place, label, edits)

    shape = len(models), len(first), 4, len(PAIRS)
    scores = score(models, genes, readings).each(lambda part: np.moveaxis(part[..., 1:].reshape(shape), 2, 3))
    return AdjacentDeletions(first, second, outside, scores, known_thresholds(models))


def _edit(
    first: ExonTable, second: ExonTable, pair: int, lengths: tuple[int, int], distance: int, outside: bool
) -> Edit:
    if outside:
        left, right = int(first.start[pair]) + distance, int(second.end[pair]) - distance - lengths[1]
    else:
        left, right = int(first.end[pair]) - distance - lengths[0], int(second.start[pair]) + distance
    parts = ((left, left + lengths[0]), (right, right + lengths[1]))
    return Edit(deleted=tuple(part for part in parts if part[0] < part[1]))

"""What the frame checks share: one model or many, which exons, effects of an edit, and tables of their means."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

from cisgrammar.splice.frames.edited_windows import Reading, SiteScores, edited_scores
from cisgrammar.splice.frames.statistics import (
    FrameStatistics,
    Means,
    known_sums,
    mean_effects,
    means_of_sums,
)
from cisgrammar.splice.genes.exon_table import ExonTable
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR, GeneSet
from cisgrammar.splice.genes.reading_frames import next_codon_start, stops_by_frame
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.statistics.p_values import benjamini_hochberg

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

Metric = Literal["called", "probability", "log_odds"]
Models = ModelToAnalyze | Sequence[ModelToAnalyze]
STATISTICS = ("value", "lower", "upper", "p", "q", "n_exons", "n_genes")


class Quantity(NamedTuple):
    """A number of a check.

    Attributes
    ----------
    name
        What it is.
    metric
        Its unit: `called` and `probability` are percentage points, others are named by the check.
    effects
        `(models, exons)` or `(models, exons, repeats)`; nan where not measured.
    """

    name: str
    metric: str
    effects: NDArray


class CheckResult(Protocol):
    """What a check found on a model or several."""

    @property
    def clusters(self) -> NDArray[np.int64]:
        """`(exons,)`: equal numbers for exons that are drawn together in the statistics, those of a gene."""
        ...

    def table(self, statistics: FrameStatistics | None = None) -> pd.DataFrame:
        """The check's own table."""
        ...

    def quantities(self) -> list[Quantity]:
        """The numbers that the check is summed up in."""
        ...

    def zero_if_frame_blind(self) -> NDArray[np.floating]:
        """The effects that are 0 for a model that depends on the sites alone."""
        ...

    def zero_if_open_frames_suffice(self) -> NDArray[np.floating]:
        """The effects that are 0 for a model that depends on sites and on open frames alone."""
        ...


def as_models(m: Models) -> tuple[ModelToAnalyze, ...]:
    """One model or several, as a tuple; ValueError if there is none."""
    models = (m,) if isinstance(m, ModelToAnalyze) else tuple(m)
    if not models:
        raise ValueError("no model to check; give at least one ModelToAnalyze")
    return models


def known_thresholds(models: Sequence[ModelToAnalyze]) -> NDArray[np.float64] | None:
    """Thresholds of all models, `(models, 3)` by label (null has none, nan); None if a model has none."""
    if any(m.thresholds is None for m in models):
        return None
    return np.array([[np.nan, *m.known_thresholds()] for m in models])


def score(models: Sequence[ModelToAnalyze], genes: GeneSet, readings: Callable[[], Iterable[Reading]]) -> SiteScores:
    """Scores by all models, `(models, readings, 1 + edits)`; `readings` makes the sites anew for each."""
    found = [edited_scores(m, genes, readings()) for m in models]
    return SiteScores(*(np.stack(parts) for parts in zip(*found, strict=True)))


def change(before: SiteScores, after: SiteScores, thresholds: NDArray | None, metric: Metric) -> NDArray[np.float32]:
    """Effect of edits.

    Parameters
    ----------
    before, after
        Scores of sites that broadcast to each other.
    thresholds
        Of the sites; broadcast to `before`. For calls only.
    metric
        `called`: 100 if the site is called after but not before, -100 if before but not after, else 0; a site is
        called where its probability is greater than the threshold. `probability`: the change, in percentage points,
        of the probability of the site against null. `log_odds`: the change of its log-odds against null, in nats.

    Returns
    -------
    NDArray
        float32; nan where `before` or `after` is.
    """
    if metric == "log_odds":
        return after.log_odds - before.log_odds
    if metric == "probability":
        return 100 * (expit(after.log_odds) - expit(before.log_odds))
    if thresholds is None:
        raise ValueError("the model has no thresholds; run calibrate and take its thresholds first")
    difference = _called(after, thresholds) - _called(before, thresholds)
    return np.where(np.isnan(before.log_p) | np.isnan(after.log_p), np.float32(np.nan), 100 * difference)


def _called(scores: SiteScores, thresholds: NDArray) -> NDArray[np.float32]:
    return (np.exp(scores.log_p) > thresholds).astype(np.float32)


def log_strength(acceptor: NDArray, donor: NDArray) -> NDArray[np.float64]:
    """Natural log of the (arithmetic) mean of the probabilities of an exon's acceptor and donor.

    Parameters
    ----------
    acceptor, donor
        Log-odds against null, nats; nan gives nan. The reference has the probabilities after the softmax: these have
        something of the other kind of site at the same base in them, see `SiteScores`.
    """
    with np.errstate(invalid="ignore"):
        return np.logaddexp(*(log_expit(np.float64(log_odds)) for log_odds in (acceptor, donor))) - np.log(2)


def metrics_of(thresholds: NDArray | None) -> tuple[Metric, ...]:
    """The metrics of tables: without thresholds, no calls."""
    return ("probability",) if thresholds is None else ("called", "probability")


def mean_known(effects: NDArray) -> NDArray[np.float64]:
    """Mean over the last axis of what is not nan; nan where all is."""
    known = np.isfinite(effects)
    counts = known.sum(axis=-1)
    sums = np.where(known, effects, 0).sum(axis=-1, dtype=np.float64)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def draw_exons(exons: ExonTable, limit: int | None, seed: int) -> ExonTable:
    """At most `limit` exons, drawn without replacement and left in order; None for all."""
    if limit is None or len(exons) <= limit:
        return exons
    return exons.select(np.sort(np.random.default_rng(seed).choice(len(exons), limit, replace=False)))


def require(exons: ExonTable, what: str) -> ExonTable:
    """The exons; ValueError that says what was wanted if there are none."""
    if not len(exons):
        raise ValueError(f"no exon for the check: wanted {what}; give more genes, or smaller lengths")
    return exons


def means_table(
    keys: Sequence[dict[str, Any]], effects: NDArray, gene: NDArray, statistics: FrameStatistics | None
) -> pd.DataFrame:
    """A row of statistics for each quantity.

    Parameters
    ----------
    keys
        What each quantity is: the first columns.
    effects
        `(models, exons, quantities)` or `(models, exons, repeats, quantities)`.
    gene
        `(exons,)`.
    statistics
        Settings.

    Returns
    -------
    DataFrame
        Columns of the keys, then value, lower, upper, p, q (over all rows), n_exons, n_genes.
    """
    import pandas as pd

    return _with_means(pd.DataFrame([*keys]), mean_effects(effects, gene, statistics))


def summary_table(
    check: str, quantities: Sequence[Quantity], gene: NDArray, statistics: FrameStatistics | None
) -> pd.DataFrame:
    """A row for each quantity of a check: check, quantity, metric and its statistics; q over the rows of a metric."""
    import pandas as pd

    parts = [known_sums(q.effects.reshape(*q.effects.shape[:2], -1, 1)) for q in quantities]
    sums, counts = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))  # (models, exons, quantities)
    keys = pd.DataFrame([{"check": check, "quantity": q.name, "metric": q.metric} for q in quantities])
    return correct(_with_means(keys, means_of_sums(sums, counts, gene, statistics)))


def _with_means(table: pd.DataFrame, found: Means) -> pd.DataFrame:
    for name in STATISTICS:
        table[name] = benjamini_hochberg(found.p) if name == "q" else getattr(found, name)
    return table


def correct(table: pd.DataFrame) -> pd.DataFrame:
    """The table with q anew, over all rows of a metric."""
    table = table.copy()
    for metric in dict.fromkeys(table.metric):
        chosen = table.metric == metric
        table.loc[chosen, "q"] = benjamini_hochberg(table.p[chosen].to_numpy())
    return table


def with_open_frame(genes: GeneSet, exons: ExonTable) -> ExonTable:
    """The exons whose annotated frame has no stop codon; others are of wrong annotation, or of a recoded stop."""
    sound = np.ones(len(exons), dtype=bool)
    for exon in range(len(exons)):
        codes, _ = genes.gene(int(exons.gene[exon]))
        first = next_codon_start(int(exons.start[exon]), int(exons.start[exon]), int(exons.phase_start[exon]))
        sound[exon] = stops_by_frame(codes[first : int(exons.end[exon])])[0] == 0
    if not sound.all():
        log.info("%d of %d exons left out: a stop codon in their reading frame", (~sound).sum(), len(sound))
    return exons.select(sound)


def exon_sites(exons: ExonTable, exon: int) -> tuple[tuple[int, int], ...]:
    """(place, label) of an exon's four sites: the donor before it, its acceptor, its donor, the acceptor after it."""
    start, end = int(exons.start[exon]), int(exons.end[exon])
    before, after = int(exons.intron_before[exon]), int(exons.intron_after[exon])
    return (start - before - 1, DONOR), (start, ACCEPTOR), (end - 1, DONOR), (end + after, ACCEPTOR)

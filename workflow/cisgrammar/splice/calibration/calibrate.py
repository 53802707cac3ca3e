"""Thresholds at which a splice model calls as many sites as there are, and how good and how sure they are."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cisgrammar.splice.calibration.ranking import Collector, Curve, Ranking
from cisgrammar.splice.calibration.reliability import Reliability, candidate_sums, reliability
from cisgrammar.splice.calibration.scaling import Scaling, choose_temperature
from cisgrammar.splice.calibration.temperature import Sample, Sampler
from cisgrammar.splice.calibration.thresholds import tied, top_k_threshold
from cisgrammar.splice.genes.gene_set import GeneSet
from cisgrammar.splice.models.model import SITES, ModelToAnalyze, site_probabilities
from cisgrammar.splice.predict import Tiling, predict_tiles
from cisgrammar.statistics.bootstrap import Bootstrap, Estimate
from cisgrammar.statistics.calibration_error import squared_error_change

log = logging.getLogger(__name__)

TOP = (0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, eq=False)
class ChannelAccuracy:
    """How well one kind of site is called on one set of genes.

    Attributes
    ----------
    channel
        acceptor or donor.
    positions, sites
        Number of bases, and of true sites.
    threshold
        A base is called where its probability is strictly greater.
    called, true_called
        Number of bases called, and of true sites among them.
    tied
        Bases that share one score across the cut after as many as there are sites: which of them to call is
        arbitrary, and the threshold calls none. 0 if there is no such tie.
    recall, precision
        Of the called bases; precision is nan if none is called.
    top_k
        Factor -> top-k accuracy, `Curve.top`.
    pr_auc
        Average precision.
    curve
        Recall, precision and score along the precision-recall curve, `(points,)` each.
    """

    channel: str
    positions: int
    sites: int
    threshold: Estimate
    called: int
    true_called: int
    tied: int
    recall: Estimate
    precision: Estimate
    top_k: dict[float, Estimate]
    pr_auc: Estimate
    curve: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

    @property
    def base_rate(self) -> float:
        """Share of bases that are true sites."""
        return self.sites / self.positions


@dataclass(frozen=True, eq=False)
class Accuracy:
    """Accuracy on one set of genes.

    Attributes
    ----------
    role
        `calibration` (the genes that set the thresholds) or `held_out`.
    genes
        Their number.
    channels
        Acceptor, donor.
    nll
        Mean negative log-likelihood per base in nats, before and after temperature scaling.
    reliability
        Stage (before, after) -> acceptor, donor.
    scaling_change
        Of acceptor and donor: what scaling adds to the squared calibration error of candidates, and the standard error
        of that over genes; empty without a temperature.
    """

    role: str
    genes: int
    channels: tuple[ChannelAccuracy, ...]
    nll: dict[str, float]
    reliability: dict[str, tuple[Reliability, ...]]
    scaling_change: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Calibration:
    """What `calibrate` found.

    Attributes
    ----------
    thresholds
        `(2,)` float64, acceptor and donor; nan where there are no sites to set one.
    scaling
        The temperature that the logits are divided by, and why; the thresholds are those of the model without it.
    fitted
        Accuracy on the genes that set thresholds and temperature.
    held_out
        On the other genes, if there are some; its intervals hold the thresholds' own uncertainty.
    """

    thresholds: NDArray[np.float64]
    scaling: Scaling
    fitted: Accuracy
    held_out: Accuracy | None

    @property
    def temperature(self) -> Estimate:
        """The temperature that is used; 1 where scaling did not help."""
        return self.scaling.temperature


def calibrate(
    m: ModelToAnalyze,
    genes: GeneSet,
    held_out: GeneSet | None = None,
    bootstrap: Bootstrap | None = None,
    tiling: Tiling | None = None,
) -> Calibration:
    """Set thresholds and a temperature on some genes, and measure how good they are there and on others.

    Parameters
    ----------
    m
        The model; its thresholds, if it has any, play no part.
    genes
        Genes to calibrate on: not those that the model was trained on.
    held_out
        Other genes to measure on; None for none.
    bootstrap
        Draws of genes for the intervals.
    tiling
        How to run the model.

    Raises
    ------
    ValueError
        If there are no sites at all, or the model's output is wrong; before any work where that can be known.
    """
    bootstrap, tiling = bootstrap or Bootstrap(), tiling or Tiling()
    for given in (genes, held_out):
        if given is not None:
            check_sites(given)
    collectors, sampler = collect(m, genes, tiling)
    rankings = [collector.ranking() for collector in collectors]
    measured = [_fit_channel(name, ranking, bootstrap) for name, ranking in zip(SITES, rankings, strict=True)]
    sample = sampler.sample()
    scaling = choose_temperature(sample, bootstrap)
    log.info("%s", scaling.reason)
    temperature = scaling.temperature
    fitted = _accuracy("calibration", [found for found, _ in measured], sample, temperature, bootstrap)
    thresholds = np.array([found.threshold.value for found, _ in measured])
    if held_out is None:
        return Calibration(thresholds, scaling, fitted, None)
    collectors, sampler = collect(m, held_out, tiling)
    channels = [
        _measure_channel(found, drawn, collector.ranking([found.threshold.value]), bootstrap)
        for (found, drawn), collector in zip(measured, collectors, strict=True)
    ]
    measured_there = _accuracy("held_out", channels, sampler.sample(), temperature, bootstrap)
    return Calibration(thresholds, scaling, fitted, measured_there)


def check_sites(genes: GeneSet) -> None:
    """Say which kinds of site are missing; ValueError if all are."""
    missing = [name for label, name in enumerate(SITES, 1) if not len(genes.sites(label))]
    if len(missing) == len(SITES):
        raise ValueError(
            f"{genes.path or 'gene set'}: none of its {len(genes)} genes has a splice site; take genes with introns"
        )
    for name in missing:
        log.warning("%d genes without any %s: its threshold and accuracy are n/a", len(genes), name)


def collect(m: ModelToAnalyze, genes: GeneSet, tiling: Tiling) -> tuple[list[Collector], Sampler]:
    """Run the model once over all genes; hand every score on, keep none."""
    collectors = [Collector(len(genes), len(genes.sites(label))) for label in (1, 2)]
    sampler = Sampler(len(genes))
    for part in predict_tiles(m, genes, tiling):
        label = genes.gene(part.gene)[1][part.start : part.start + len(part.log_probs)]
        scores = site_probabilities(part.log_probs).T.contiguous().numpy()  # (2, bases)
        for kind, collector in enumerate(collectors):
            collector.add(part.gene, scores[kind], label == kind + 1)
        sampler.add(part.gene, part.log_probs.numpy(), np.asarray(label))
    return collectors, sampler


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


@dataclass
class _Draws:
    """Numbers of the bootstrap replicates, a list each."""

    threshold: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    precision: list[float] = field(default_factory=list)
    pr_auc: list[float] = field(default_factory=list)
    top_k: list[list[float]] = field(default_factory=list)

    def add(self, curve: Curve, threshold: float) -> None:
        called, right = curve.above(threshold)
        self.threshold.append(threshold)
        self.recall.append(_ratio(right, curve.sites[-1]))
        self.precision.append(_ratio(right, called))
        self.pr_auc.append(curve.average_precision())
        self.top_k.append([curve.top(factor) for factor in TOP])


def _fit_channel(channel: str, ranking: Ranking, bootstrap: Bootstrap) -> tuple[ChannelAccuracy, list[float]]:
    """Accuracy on the genes that set the threshold, and the thresholds that other draws of genes would set."""
    curve, draws = ranking.curve(), _Draws()
    for weights in bootstrap.weights(len(ranking.positions)):
        drawn = ranking.curve(weights)
        draws.add(drawn, top_k_threshold(drawn))
    threshold = bootstrap.estimate(top_k_threshold(curve), draws.threshold)
    found = _summary(channel, ranking, threshold, draws, bootstrap)
    if found.tied:
        log.warning(
            "%s: %d bases share the score at the threshold; %d are called for %d sites",
            *(channel, found.tied, found.called, found.sites),
        )
    return found, draws.threshold


def _measure_channel(
    fitted: ChannelAccuracy, thresholds: Sequence[float], ranking: Ranking, bootstrap: Bootstrap
) -> ChannelAccuracy:
    """Accuracy on other genes, both sets drawn anew in each replicate."""
    draws = _Draws()
    for weights, threshold in zip(bootstrap.weights(len(ranking.positions), stream=1), thresholds, strict=True):
        draws.add(ranking.curve(weights), threshold)
    return _summary(fitted.channel, ranking, fitted.threshold, draws, bootstrap)


def _summary(
    channel: str, ranking: Ranking, threshold: Estimate, draws: _Draws, bootstrap: Bootstrap
) -> ChannelAccuracy:
    curve, genes = ranking.curve(), int((ranking.sites > 0).sum())
    sites, positions = curve.sites[-1], curve.positions[-1]
    called, right = curve.above(threshold.value) if sites else (0.0, 0.0)
    # Top-k accuracy is a share of the fewer of sites and best positions, `Curve.top`.
    best = [min(np.floor(factor * sites), positions, sites) for factor in TOP]
    top = {
        factor: bootstrap.share(curve.top(factor), [row[i] for row in draws.top_k], best[i], genes)
        for i, factor in enumerate(TOP)
    }
    return ChannelAccuracy(
        channel=channel,
        positions=int(positions),
        sites=int(sites),
        threshold=threshold,
        called=int(called),
        true_called=int(right),
        tied=tied(curve),
        recall=bootstrap.share(_ratio(right, sites), draws.recall, sites, genes),
        precision=bootstrap.share(_ratio(right, called), draws.precision, called, genes),
        top_k=top,
        pr_auc=bootstrap.share(curve.average_precision(), draws.pr_auc, sites, genes),
        curve=curve.precision_recall(),
    )


def _accuracy(
    role: str, channels: Sequence[ChannelAccuracy], sample: Sample, temperature: Estimate, bootstrap: Bootstrap
) -> Accuracy:
    stream = int(role == "held_out")
    scales = {"before": 1.0, "after": temperature.value}
    known = {stage: t for stage, t in scales.items() if np.isfinite(t)}
    candidates = [[candidate_sums(sample, c, t) for t in known.values()] for c in (1, 2)] if len(known) == 2 else []
    return Accuracy(
        role,
        sample.genes,
        tuple(channels),
        {stage: sample.nll(t) for stage, t in known.items()},
        {stage: tuple(reliability(sample, c, t, bootstrap, stream) for c in (1, 2)) for stage, t in known.items()},
        tuple(squared_error_change(*both) for both in candidates),
    )

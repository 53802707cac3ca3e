"""How sure a mean effect is: intervals from drawing genes, tests by flipping the signs of genes.

Exons of a gene are not independent, so a gene is drawn, and flipped, with all its exons. With several models, models
are drawn as well. The reference draws models only: it has no interval for one model, and none for the choice of exons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.statistics.p_values import sign_flip_p

_CHUNK = 256
_MODELS, _FLIPS = 101, 102
"""Streams of random numbers, beside those of `Bootstrap.weights`."""


@dataclass(frozen=True)
class FrameStatistics:
    """Settings of intervals and tests.

    Attributes
    ----------
    bootstrap
        Draws of genes for the intervals, and the seed of everything.
    flips
        Sign flips of a test; the smallest p-value is `1 / (1 + flips)`.
    """

    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    flips: int = 9999

    def __post_init__(self) -> None:
        if self.flips < 1:
            raise ValueError(f"flips must be at least 1, got {self.flips}; 9999 gives p-values down to 0.0001")


class Means(NamedTuple):
    """Mean effects with intervals and tests, `(quantities,)` each.

    Attributes
    ----------
    value, lower, upper
        Mean over exons, and models; bounds of its interval (nan with fewer than two genes).
    p
        Of a mean that is 0 but for the draw of genes; 1 if there is one gene only, nan if there is no exon.
    n_exons, n_genes
        Exons and genes that have the quantity.
    """

    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    p: NDArray[np.float64]
    n_exons: NDArray[np.int64]
    n_genes: NDArray[np.int64]


def mean_effects(effects: NDArray, gene: NDArray[np.integer], statistics: FrameStatistics | None = None) -> Means:
    """Mean effects over exons, with intervals over genes.

    Parameters
    ----------
    effects
        `(models, exons, repeats, quantities)`: what was measured; nan where nothing was. The repeats of an exon (its
        two ends, say) are averaged over with it. `(models, exons, quantities)` is one repeat.
    gene
        `(exons,)`: any number that says which exons belong together.
    statistics
        Settings.

    Returns
    -------
    Means
        Every measured number counts alike: the mean is that of all exons, whatever their genes.
    """
    return means_of_sums(*known_sums(effects), gene, statistics)


def known_sums(effects: NDArray) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sums over the repeats of an exon, and how many are not nan, `(models, exons, quantities)` each."""
    effects = np.asarray(effects, dtype=np.float64)
    effects = effects[:, :, None] if effects.ndim == 3 else effects  # (models, exons, repeats, quantities)
    known = np.isfinite(effects)
    return np.where(known, effects, 0).sum(axis=2), known.sum(axis=2)  # (models, exons, quantities)


def means_of_sums(
    sums: NDArray[np.float64],
    counts: NDArray[np.int64],
    gene: NDArray[np.integer],
    statistics: FrameStatistics | None = None,
) -> Means:
    """As `mean_effects`, of what `known_sums` gives."""
    statistics = statistics or FrameStatistics()
    by_exon = counts.any(axis=0)  # (exons, quantities)
    _, group = np.unique(np.asarray(gene), return_inverse=True)
    genes = int(group.max(initial=-1)) + 1
    gene_sums, gene_counts = (_grouped(part, group, genes) for part in (sums, counts))  # (models, genes, quantities)
    by_gene = np.asarray(gene_counts.any(axis=0))  # (genes, quantities)
    lower, upper = _interval(gene_sums, gene_counts, statistics.bootstrap)
    flips = np.random.default_rng([statistics.bootstrap.seed, _FLIPS])
    return Means(
        value=_ratio(gene_sums.sum(axis=1), gene_counts.sum(axis=1)).mean(axis=0),
        lower=lower,
        upper=upper,
        p=np.where(by_gene.any(axis=0), sign_flip_p(gene_sums.sum(axis=0), statistics.flips, flips), np.nan),
        n_exons=by_exon.sum(axis=0),
        n_genes=by_gene.sum(axis=0),
    )


def _grouped(values: NDArray, group: NDArray[np.integer], groups: int) -> NDArray[np.float64]:
    found = np.zeros((values.shape[0], groups, values.shape[2]))
    for model in range(values.shape[0]):
        np.add.at(found[model], group, values[model])
    return found


def _ratio(sums: NDArray, counts: NDArray) -> NDArray[np.float64]:
    return np.divide(sums, counts, out=np.full(np.shape(sums), np.nan), where=np.asarray(counts) > 0)


def _interval(sums: NDArray, counts: NDArray, bootstrap: Bootstrap) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    models, genes, quantities = sums.shape
    nothing = np.full(quantities, np.nan)
    if bootstrap.replicates < 2 or genes < 2:
        return nothing, nothing.copy()
    rng, weights, found = np.random.default_rng([bootstrap.seed, _MODELS]), bootstrap.weights(genes), []
    while len(drawn := np.array(list(islice(weights, _CHUNK)), dtype=np.float64)):
        chosen = rng.multinomial(models, np.full(models, 1 / models), size=len(drawn)).T  # (models, draws)
        means = _ratio(drawn @ sums, drawn @ counts)  # (models, draws, quantities)
        shares = (chosen / models)[..., None]
        found.append(np.where(shares > 0, means * shares, 0).sum(axis=0))  # (draws, quantities)
    estimates = [bootstrap.estimate(0.0, column) for column in np.concatenate(found).T]
    lower, upper = (np.array([getattr(e, side) for e in estimates]) for side in ("lower", "upper"))
    alone = counts.any(axis=0).sum(axis=0) < 2
    return np.where(alone, np.nan, lower), np.where(alone, np.nan, upper)


def controlled_decrease(
    predicted: NDArray, control: NDArray, closed: NDArray[np.bool_], neighbours: int
) -> NDArray[np.float64]:
    """For each exon without open frame, the share of open exons alike in the control that are predicted higher.

    Parameters
    ----------
    predicted
        `(exons,)` score of the model.
    control
        `(exons,)`: what exons are matched by, such as the measured inclusion; not nan.
    closed
        `(exons,)`: whether all three frames have a stop.
    neighbours
        How many open exons to compare with: those of nearest control. Those as near as the last of them are compared
        too (the reference takes some of them, in no order), and an equal prediction counts as half higher and half
        lower (there as lower), so that a model that does not care gives 0.5.

    Returns
    -------
    NDArray
        `(exons,)`, 0.5 without an effect of the frame; nan for open exons.
    """
    predicted, control = (np.asarray(values, dtype=np.float64) for values in (predicted, control))
    rivals = np.flatnonzero(~closed)
    if not 1 <= neighbours <= len(rivals):
        raise ValueError(f"{neighbours} neighbours of {len(rivals)} exons with an open frame; wanted 1 to that number")
    found = np.full(len(predicted), np.nan)
    for exon in np.flatnonzero(closed):
        away = np.abs(control[rivals] - control[exon])
        near = predicted[rivals[away <= np.partition(away, neighbours - 1)[neighbours - 1]]]
        found[exon] = (near > predicted[exon]).mean() + 0.5 * (near == predicted[exon]).mean()
    return found

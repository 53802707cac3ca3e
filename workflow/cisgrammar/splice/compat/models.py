"""`fac.models` of frame-alignment-checks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from cisgrammar.splice.calibration.calibrate import check_sites, collect
from cisgrammar.splice.calibration.thresholds import top_k_threshold
from cisgrammar.splice.compat.genes import validation_genes
from cisgrammar.splice.genes.gene_set import GeneSet, read_gene_set
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.predict import Tiling


def calibration_accuracy_and_thresholds(
    m: nn.Module, mcl: int, *, limit: int | None = None, genes: GeneSet | str | Path | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Accuracy and thresholds as frame-alignment-checks defines them.

    A threshold is the score that as many bases exceed as there are true sites, all bases of all genes pooled; accuracy
    is the share of true sites above it. Without ties exactly that many are called, and accuracy is recall, precision
    and top-k accuracy in one. Where scores tie at the threshold all of them are left out, as in the original;
    `calibrate` reports how many, and a top-k accuracy that shares the tie out.

    Parameters
    ----------
    m
        One-hot `(N, T, 4)` to logits or log-probabilities `(N, T - mcl, 3)`. It stays where it is.
    mcl
        Context of the model in bp, both sides together, and what it clips; even.
    limit
        Use the first `limit` genes; None for all.
    genes
        Gene set, or a file of one; None for the few genes of the fly that travel with the package, which are enough
        to try a model. Outside of a gene the model sees the set's flanks (none by default: N).

    Returns
    -------
    accuracy, thresholds
        `(2,)` float64 each, acceptor and donor; nan for a kind of site that the genes have none of.

    Raises
    ------
    ValueError
        If the model does not fit `mcl`, returns probabilities or nan, or `limit` is not positive.
    """
    if genes is None:
        genes = validation_genes()
    elif not isinstance(genes, GeneSet):
        genes = read_gene_set(genes)
    if limit is not None:
        if limit < 1:
            raise ValueError(f"limit must be at least 1 gene, got {limit}; None takes all")
        genes = genes.subset(range(min(limit, len(genes))))
    model = ModelToAnalyze(m, mcl, mcl)
    check_sites(genes)
    collectors, _ = collect(model, genes, Tiling())
    curves = [collector.ranking().curve() for collector in collectors]
    thresholds = [top_k_threshold(curve) for curve in curves]
    accuracy = [curve.recall(threshold) for curve, threshold in zip(curves, thresholds, strict=True)]
    return np.array(accuracy), np.array(thresholds)

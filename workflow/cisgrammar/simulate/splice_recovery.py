"""Whether a splice model sees how strong the simulated sites are, and tells sites from decoys."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cisgrammar.splice.genes.gene_set import LABELS, NULL, GeneSet
from cisgrammar.splice.models.model import ModelToAnalyze, called
from cisgrammar.splice.predict import predict_tiles

COLUMNS = ["gene", "gene_position", "kind", "role", "strength", "frame_dependent", "log_odds", "called"]


def recovered_splice_sites(m: ModelToAnalyze, genes: GeneSet, truth: pd.DataFrame) -> pd.DataFrame:
    """Put the model's log-odds beside the true strength of every site and decoy of some genes.

    Parameters
    ----------
    m
        The model, with thresholds.
    genes
        Genes to look at.
    truth
        Of the simulation: gene, gene_position (0-based, from the gene's 5' end), kind (acceptor, donor), role (site,
        decoy, poison), strength (nats, log-likelihood ratio of the motif), frame_dependent.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: log-odds of the site's kind against null in nats, and whether it is called (1, 0).
    """
    row_of = {name: i for i, name in enumerate(genes.names)}
    here = truth[truth["gene"].isin(row_of)].reset_index(drop=True)
    gene = here["gene"].map(row_of).to_numpy()
    label = here["kind"].map({name: i for i, name in enumerate(LABELS)}).to_numpy()
    place = here["gene_position"].to_numpy()
    log_odds, is_called = np.full(len(here), np.nan), np.zeros(len(here), dtype=int)
    for part in predict_tiles(m, genes):
        inside = (gene == part.gene) & (place >= part.start) & (place < part.start + len(part.log_probs))
        rows = np.flatnonzero(inside)
        scores = part.log_probs[place[rows] - part.start]  # (sites, 3)
        log_odds[rows] = (scores[np.arange(len(rows)), label[rows]] - scores[:, NULL]).numpy()
        is_called[rows] = called(m, scores).numpy()[np.arange(len(rows)), label[rows] - 1]
    return here.assign(log_odds=log_odds, called=is_called)[COLUMNS]

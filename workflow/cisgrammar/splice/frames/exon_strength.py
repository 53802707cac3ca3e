"""How strongly a model includes an exon, one number from its two sites; and the exon with its stop codons taken out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from cisgrammar.splice.frames.deletion_repairs import RemoveStops
from cisgrammar.splice.frames.edited_windows import Edit
from cisgrammar.splice.genes.exon_table import NO_PHASE, ExonTable

MARGIN = 10
"""bp at either end of an exon that are left alone when its stops are taken out."""


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


def opened(codes: NDArray[np.uint8], start: int, end: int, margin: int = MARGIN) -> Edit:
    """The edit that turns every stop codon of an exon, in any frame, from T.. into C.., `margin` bp inside of it."""
    return Edit(((start, RemoveStops(margin=margin)(codes[start:end], 0)),))


def exon_intervals(gene: NDArray, gene_id: NDArray, start: NDArray, end: NDArray) -> ExonTable:
    """An exon table of places alone: no phases, no introns."""
    start, end = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
    zero = np.zeros(len(start), dtype=np.int64)
    none = np.full(len(start), NO_PHASE, dtype=np.int64)
    return ExonTable(
        gene=np.asarray(gene, dtype=np.int64),
        gene_id=np.asarray(gene_id, dtype=np.str_),
        rank=zero,
        start=start,
        end=end,
        length=end - start,
        phase_start=none,
        phase_end=none.copy(),
        intron_before=zero.copy(),
        intron_after=zero.copy(),
        is_internal_coding=np.zeros(len(start), dtype=bool),
    )

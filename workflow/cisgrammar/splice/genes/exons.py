"""Make the exon table of chosen transcripts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.annotation import Transcript
from cisgrammar.splice.genes.coordinates import in_gene
from cisgrammar.splice.genes.exon_table import NO_PHASE, ExonTable


def exon_table(transcripts: Sequence[Transcript]) -> ExonTable:
    """Tabulate the exons of a gene set's transcripts, in its order; the n-th transcript is gene n."""
    parts = [_columns(index, transcript) for index, transcript in enumerate(transcripts)]
    names = ("gene", "rank", "start", "end", "length", "phase_start", "phase_end", "intron_before", "intron_after")
    joined = {name: np.concatenate([part[name] for part in parts]) for name in (*names, "is_internal_coding")}
    ids = np.repeat(np.array([t.gene for t in transcripts], dtype=np.str_), [len(t.exons) for t in transcripts])
    joined["is_internal_coding"] = joined["is_internal_coding"].astype(bool)
    return ExonTable(**joined, gene_id=ids)


def _columns(index: int, transcript: Transcript) -> dict[str, NDArray[np.int64]]:
    exons = in_gene(transcript, transcript.exons)
    start, end = exons[:, 0], exons[:, 1]
    coding = _coding_bases(exons, in_gene(transcript, transcript.coding))
    before = np.cumsum(coding) - coding
    whole = _whole(exons, in_gene(transcript, transcript.coding)) & (transcript.frame >= 0)
    phase = np.where(whole, (before - transcript.frame) % 3, NO_PHASE)
    introns = start[1:] - end[:-1]  # (exons - 1,)
    return {
        "gene": np.full(len(exons), index, dtype=np.int64),
        "rank": np.arange(len(exons), dtype=np.int64),
        "start": start,
        "end": end,
        "length": end - start,
        "phase_start": phase,
        "phase_end": np.where(whole, (phase + end - start) % 3, NO_PHASE),
        "intron_before": np.concatenate([[0], introns]),
        "intron_after": np.concatenate([introns, [0]]),
        "is_internal_coding": whole & (before > 0) & (before + coding < coding.sum()),
    }


def _coding_bases(exons: NDArray[np.int64], coding: NDArray[np.int64]) -> NDArray[np.int64]:
    """Coding bases in each exon, `(exons,)`."""
    inside = np.searchsorted(exons[:, 0], coding[:, 0], side="right") - 1
    return np.bincount(inside, weights=coding[:, 1] - coding[:, 0], minlength=len(exons)).astype(np.int64)


def _whole(exons: NDArray[np.int64], coding: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether one piece of coding sequence is exactly the exon, `(exons,)`."""
    pieces = set(map(tuple, coding.tolist()))
    return np.array([tuple(exon) in pieces for exon in exons.tolist()], dtype=bool)

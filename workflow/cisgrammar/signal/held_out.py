"""Held-out windows that share sequence with training windows: repeats and copied genes on several chromosomes."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.folds import SPLITS, TEST, VALIDATION
from cisgrammar.sequence.homology import K, shared_kmers
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.windows import SelectionSettings, Windows

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SharedReport:
    """How many windows of a held-out split are left out because training windows share their sequence.

    Attributes
    ----------
    peaks, peaks_left_out
        Peak windows that were compared, and those of them that are left out.
    background, background_left_out
        The same of the candidates for background.
    sentence
        The same in words.
    """

    peaks: int
    peaks_left_out: int
    background: int
    background_left_out: int
    sentence: str


def training_spans(
    genome: Genome, parts: tuple[tuple[Windows, NDArray], ...], settings: SelectionSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return starts and ends `(windows,)`, as indices into the genome's codes, of all that training may predict.

    That is the output windows with the jitter on both sides. `parts` are windows, each with an index or a mask of those
    that train.
    """
    centre = np.concatenate([(genome.offsets[w.chromosome] + w.centre)[which] for w, which in parts])
    start = window_starts(centre, settings.shown)
    return start, start + settings.shown


def reject_shared(
    genome: Genome,
    peaks: Windows,
    tiles: Windows,
    training: tuple[NDArray[np.int64], NDArray[np.int64]],
    settings: SelectionSettings,
) -> dict[str, SharedReport]:
    """Reject validation and test windows whose output shares too many of its 31-mers with training windows.

    Parameters
    ----------
    peaks, tiles
        Windows of peaks, and candidates for background; training windows among them are left as they are.
    training
        Starts and ends of the training windows, from `training_spans`.
    settings
        `max_shared_kmers` is the largest share that is kept; None keeps all.

    Returns
    -------
    dict
        Held-out split -> how many were compared and left out; empty if all are kept.
    """
    most = settings.max_shared_kmers
    if most is None:
        return {}
    held_out = [np.flatnonzero(w.accepted & np.isin(w.split, (VALIDATION, TEST))) for w in (peaks, tiles)]
    parts = zip((peaks, tiles), held_out, strict=True)
    centre = np.concatenate([genome.offsets[w.chromosome[which]] + w.centre[which] for w, which in parts])
    # peaks and tiles in one walk through the training windows
    start = window_starts(centre, settings.output_length)
    shared = shared_kmers(genome.codes, start, settings.output_length, training, most) > most
    of_peaks, of_tiles = np.split(shared, [len(held_out[0])])
    reason = f"shares more than {most:g} of its {K}-mers with training windows"
    found = {
        split: (_of(peaks, held_out[0], of_peaks, split), _of(tiles, held_out[1], of_tiles, split))
        for split in (VALIDATION, TEST)
    }
    for windows, which, left_out in ((peaks, held_out[0], of_peaks), (tiles, held_out[1], of_tiles)):
        windows.reject(np.isin(np.arange(len(windows)), which[left_out]), reason)
    return {SPLITS[split]: _report(SPLITS[split], *counts, most) for split, counts in found.items()}


def _of(windows: Windows, held_out: NDArray[np.int64], left_out: NDArray[np.bool_], split: int) -> tuple[int, int]:
    """Return how many held-out windows are of a split, and how many of those are left out."""
    here = windows.split[held_out] == split
    return int(here.sum()), int(left_out[here].sum())


def _report(split: str, peaks: tuple[int, int], tiles: tuple[int, int], most: float) -> SharedReport:
    sentence = (
        f"{peaks[1]} of {peaks[0]} peaks and {tiles[1]} of {tiles[0]} background candidates share more than "
        f"{most:g} of their {K}-mers with training windows and are left out."
    )
    logger.info("%s: %s", split, sentence)
    return SharedReport(*peaks, *tiles, sentence)

"""Held-out windows that share sequence with training windows: repeats and copied genes on several chromosomes."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.folds import SPLITS, TEST, VALIDATION
from cisgrammar.sequence.homology import K, shared_kmers
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
    start = np.concatenate([(genome.offsets[w.chromosome] + w.centre)[which] for w, which in parts])
    start = start - settings.shown // 2
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
    reason = f"shares more than {most:g} of its {K}-mers with training windows"
    counts = {
        kind: _reject(genome, windows, training, settings, reason)
        for kind, windows in (("peaks", peaks), ("background", tiles))
    }
    reports = {}
    for split in (VALIDATION, TEST):
        (of_peaks, lost_peaks), (of_tiles, lost_tiles) = counts["peaks"][split], counts["background"][split]
        sentence = (
            f"{lost_peaks} of {of_peaks} peaks and {lost_tiles} of {of_tiles} background candidates share more than "
            f"{most:g} of their {K}-mers with training windows and are left out."
        )
        logger.info("%s: %s", SPLITS[split], sentence)
        reports[SPLITS[split]] = SharedReport(of_peaks, lost_peaks, of_tiles, lost_tiles, sentence)
    return reports


def _reject(
    genome: Genome,
    windows: Windows,
    training: tuple[NDArray[np.int64], NDArray[np.int64]],
    settings: SelectionSettings,
    reason: str,
) -> dict[int, tuple[int, int]]:
    """Reject windows of one kind; held-out split -> windows compared and rejected."""
    held_out = np.flatnonzero(windows.accepted & np.isin(windows.split, (VALIDATION, TEST)))
    start = genome.offsets[windows.chromosome[held_out]] + windows.centre[held_out] - settings.output_length // 2
    most = settings.max_shared_kmers or 0.0
    shared = np.zeros(len(windows), dtype=bool)
    shared[held_out] = shared_kmers(genome.codes, start, settings.output_length, training, most) > most
    split = windows.split[held_out]
    found = {
        part: (int((split == part).sum()), int(shared[held_out[split == part]].sum())) for part in (VALIDATION, TEST)
    }
    windows.reject(shared, reason)
    return found

"""Peaks and regions never used, read from BED and narrowPeak files and held against the genome."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from cisgrammar.sequence.fasta import Genome, name_hint
from cisgrammar.sequence.intervals import Intervals, read_intervals

logger = logging.getLogger(__name__)


def check_names(path: str | Path, intervals: Intervals, genome: Genome, what: str) -> list[str]:
    """Check that a file's regions are on chromosomes of the genome.

    Returns the names that the FASTA does not have, after a warning that gives their number of regions.

    Raises
    ------
    ValueError
        If there are no regions, or none of them is on a chromosome of the FASTA.
    """
    if not len(intervals):
        raise ValueError(f"{path}: no {what} in it; wanted at least one line of chromosome, start, end")
    names, counts = np.unique(intervals.chrom, return_counts=True)
    absent = {name: n for name, n in zip(names.tolist(), counts.tolist(), strict=True) if name not in genome.names}
    if len(absent) == len(names):
        first = names.tolist()[0]
        close = name_hint(first, genome.names)
        raise ValueError(
            f"{path}: none of its chromosomes is in the FASTA: it has {first!r}, "
            f"the FASTA {close or genome.names[0]!r}; rename the chromosomes of one"
        )
    for name, regions in absent.items():
        logger.warning("%s: %d %s on %s, which is not in the FASTA, are left out", path, regions, what, name)
    return sorted(absent)


def read_peaks(path: str | Path, genome: Genome) -> Intervals:
    """Read peaks; ValueError if the file is malformed or empty, or no peak is on the genome."""
    peaks = read_intervals(path)
    check_names(path, peaks, genome, "peaks")
    return peaks


def read_excluded(path: str | Path | None, genome: Genome) -> Intervals | None:
    """Read regions never used; None stays None. ValueError as `read_peaks`, but the file may be empty."""
    if path is None:
        return None
    excluded = read_intervals(path)
    if len(excluded):
        check_names(path, excluded, genome, "excluded regions")
    return excluded

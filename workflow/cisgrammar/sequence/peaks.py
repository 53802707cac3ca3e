"""Peaks and regions never used, read from BED and narrowPeak files and held against the genome."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.fasta import Genome, name_hint
from cisgrammar.sequence.intervals import Intervals, join, read_intervals

logger = logging.getLogger(__name__)

MOST_BEYOND = 0.01
"""Share of peaks that may end beyond their chromosome: of more the assembly is another one (a judgement)."""


def check_names(path: str | Path, intervals: Intervals, genome: Genome, what: str) -> list[str]:
    """Check that a file's regions are on chromosomes of the genome.

    Returns the names that the FASTA does not have, after a warning that gives their number of regions.

    Raises
    ------
    ValueError
        If there are no regions, none of them is on a chromosome of the FASTA, or one is on a chromosome that has no
        sequence there.
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
    void = sorted(set(absent) & set(genome.empty))
    if void:
        raise ValueError(
            f"{path}: {absent[void[0]]} {what} on {void[0]}, which has no sequence in the FASTA; the FASTA may be cut "
            "off: mend it, or take them out"
        )
    for name, regions in absent.items():
        logger.warning("%s: %d %s on %s, which is not in the FASTA, are left out", path, regions, what, name)
    return sorted(absent)


def read_peaks(path: str | Path, genome: Genome) -> Intervals:
    """Read peaks.

    Raises
    ------
    ValueError
        If the file is malformed or empty, no peak is on the genome, or more than one and more than 1 % of the peaks end
        beyond their chromosome (another assembly).
    """
    peaks = read_intervals(path)
    check_names(path, peaks, genome, "peaks")
    beyond = beyond_chromosome(genome, peaks)
    if beyond.any():
        first, number = int(beyond.argmax()), int(beyond.sum())
        place = f"{peaks.chrom[first]}:{peaks.start[first]}-{peaks.end[first]}"
        length = genome.length(str(peaks.chrom[first]))
        what = f"{path}: {number} of {len(peaks)} peaks end beyond their chromosome, as {place} of {length} bp"
        if not number <= max(1, MOST_BEYOND * len(peaks)) < len(peaks):
            raise ValueError(f"{what}; give the peaks' own assembly")
        logger.warning("%s, and are left out", what)
    places = set(
        zip(peaks.chrom.tolist(), peaks.start.tolist(), peaks.end.tolist(), peaks.summit.tolist(), strict=True)
    )
    if len(places) < len(peaks):
        repeats = len(peaks) - len(places)
        logger.warning("%s: %d of %d peaks repeat another's place; each place is used once", path, repeats, len(peaks))
    return peaks


def read_all_peaks(paths: str | Sequence[str], genome: Genome) -> Intervals:
    """The peaks of a file, or of several one after the other; errors as `read_peaks`."""
    found = [read_peaks(path, genome) for path in ([paths] if isinstance(paths, str) else paths)]
    return found[0] if len(found) == 1 else join(found)


def beyond_chromosome(genome: Genome, intervals: Intervals) -> NDArray[np.bool_]:
    """Tell which regions end beyond their chromosome, `(regions,)`; none of those on a chromosome that is not there."""
    lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    limit = np.array([lengths.get(chrom, np.iinfo(np.int64).max) for chrom in intervals.chrom.tolist()], dtype=np.int64)
    return intervals.end > limit


def read_excluded(path: str | Path | None, genome: Genome) -> Intervals | None:
    """Read regions never used; None stays None. ValueError as of peaks, but the file may be empty, which is told.

    Of a line only chromosome, start and end count. Regions are clipped to their chromosome.
    """
    if path is None:
        return None
    excluded = read_intervals(path, "areas")
    if len(excluded):
        check_names(path, excluded, genome, "excluded regions")
    else:
        logger.warning("%s: no regions in it; nothing is excluded", path)
    return excluded

"""The test windows of a fold that are scored, and where they begin. Free of torch: jobs that look at sites read it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.profile import Evaluate
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.table import Regions, places_of, read_regions


def scored_regions(regions: Regions, genome: Genome, settings: Evaluate) -> Regions:
    """Return the test windows with enough reads whose centre is far enough from the chromosome's ends.

    ValueError if there is none.
    """
    return _some(regions.take(is_scored(regions, genome, settings)), settings)


def read_scored(path: str | Path, genome: Genome, settings: Evaluate) -> Regions:
    """Read the test windows that `scored_regions` would take of a table; the others are never in memory together."""
    return _some(read_regions(path, "test", lambda part: is_scored(part, genome, settings)), settings)


def read_scored_places(path: str | Path, genome: Genome, settings: Evaluate) -> Regions:
    """As `read_scored`, without names, kinds and splits (empty texts): half of the memory, or less."""
    return _some(read_regions(path, "test", lambda part: is_scored(part, genome, settings), places_of), settings)


def _some(chosen: Regions, settings: Evaluate) -> Regions:
    if not len(chosen):
        raise ValueError(
            f"no test window has {settings.min_counts:g} or more 5' ends and a centre {settings.edge} bp or "
            "more from an end; lower evaluate.min_counts or evaluate.edge, or test other chromosomes"
        )
    return chosen


def is_scored(regions: Regions, genome: Genome, settings: Evaluate) -> NDArray[np.bool_]:
    """Which regions `scored_regions` takes, `(regions,)`."""
    lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    ends = np.array([lengths[chrom] for chrom in regions.chrom.tolist()], dtype=np.int64)
    to_edge = np.minimum(regions.centre, ends - regions.centre)
    return (regions.split == "test") & (regions.counts >= settings.min_counts) & (to_edge >= settings.edge)


def genome_starts(regions: Regions, genome: Genome) -> NDArray[np.int64]:
    """Return where regions begin, as indices into the genome's codes; `(regions,)`."""
    return genome.positions(regions.chrom.tolist(), regions.start)

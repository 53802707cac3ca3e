"""The sequences that sites are ablated in: scored test peaks, and background windows to put motifs into."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisgrammar.ablation.sites.find import windows_of
from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.config.profile import Evaluate
from cisgrammar.profile.data.scored import is_scored
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.store import cut_codes
from cisgrammar.signal.table import Regions


def peak_windows(regions: Regions, genome: Genome, settings: Evaluate) -> Windows:
    """Output windows of the test peaks that are scored; ValueError if there is none."""
    return windows_of(regions, genome, scored_peaks(regions, genome, settings))


def scored_peaks(regions: Regions, genome: Genome, settings: Evaluate) -> NDArray[np.int64]:
    """Rows of the test peaks that are scored, `(peaks,)`; ValueError if there is none."""
    rows = np.flatnonzero(is_scored(regions, genome, settings) & (regions.kind == "peak"))
    if not len(rows):
        raise ValueError(
            "no test peak is scored; lower evaluate.min_counts or evaluate.edge, or test other chromosomes"
        )
    return rows


def inputs_of(regions: Regions, genome: Genome, rows: NDArray[np.integer], length: int) -> NDArray[np.uint8]:
    """Sequences of `length` bp around the centres of some rows of the table of regions, `(rows, length)` codes."""
    part = regions.take(rows)
    centres = genome.positions(part.chrom.tolist(), part.centre)
    return cut_codes(genome.codes, window_starts(centres, length), length)


def background_inputs(regions: Regions, genome: Genome, number: int, length: int) -> NDArray[np.uint8]:
    """Sequences of up to `number` test background windows, evenly taken, `(windows, length)` codes.

    ValueError if there is none.
    """
    rows = np.flatnonzero((regions.split == "test") & (regions.kind == "background"))
    if not len(rows):
        raise ValueError("no test background window to put motifs into; raise prepare.background_ratio")
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(number, len(rows))).astype(np.int64))
    return inputs_of(regions, genome, rows[chosen], length)

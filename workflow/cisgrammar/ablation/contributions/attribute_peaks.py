"""Which peaks are explained, and the contributions of a shard of them."""

from __future__ import annotations

import logging

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.ablation.contributions.contribution_files import PeakContributions
from cisgrammar.ablation.contributions.contributions import contributions, of_the_sequence
from cisgrammar.ablation.effects.model_parts import Part
from cisgrammar.ablation.sites.peak_inputs import inputs_of, peak_windows
from cisgrammar.config.ablation import Ablation
from cisgrammar.config.profile import Evaluate
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from cisgrammar.signal.table import Regions

log = logging.getLogger(__name__)


def explained_peaks(
    regions: Regions, genome: Genome, evaluate: Evaluate, most: int, length: int, shard: tuple[int, int]
) -> NDArray[np.int64]:
    """Rows of the table of regions: scored test peaks without N, at most `most` of all, of which this shard's share.

    Parameters
    ----------
    regions, genome, evaluate
        As for `peak_windows`.
    most
        Of all shards together, evenly taken.
    length
        bp that the model reads.
    shard
        Number of the shard, and how many there are.

    Raises
    ------
    ValueError
        If every peak has an N.
    """
    rows = peak_windows(regions, genome, evaluate).region
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64))]
    known = (inputs_of(regions, genome, rows, length) != N_CODE).all(axis=1)
    if not known.any():
        raise ValueError(f"all {len(rows)} peaks have an N within {length} bp: none can be explained")
    if not known.all():
        log.info("%d of %d peaks have an N within %d bp and are left out", (~known).sum(), len(rows), length)
    return np.array_split(rows[known], shard[1])[shard[0]]


def attribute_peaks(
    part: Part, regions: Regions, genome: Genome, rows: NDArray[np.int64], settings: Ablation, seed: int
) -> PeakContributions:
    """Contributions of the bases of some peaks, and of those of one dinucleotide shuffle of each."""
    codes = inputs_of(regions, genome, rows, part.input_length)
    # A shuffle follows from the seed and the sequence: what a peak gives does not depend on its shard.
    shuffled = dinucleotide_shuffle(one_hot(torch.from_numpy(codes)), n=1, random_state=seed + 1)
    other = shuffled[:, 0].argmax(dim=1).numpy().astype(np.uint8)  # (peaks, length)
    wish = settings.contributions
    found, control = (contributions(part, each, wish, seed, settings.device) for each in (codes, other))
    place = regions.take(rows)
    start = place.centre - part.input_length // 2
    bases = {key: of_the_sequence(values, other) for key, values in control.items()}
    return PeakContributions(rows, np.asarray(place.chrom), start, codes, found, bases)

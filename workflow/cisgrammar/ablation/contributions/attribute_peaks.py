"""Which peaks are explained, and what their bases contribute to the outputs of a part of a model."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.ablation.contributions.contribution_files import BLOCK, PeakContributions
from cisgrammar.ablation.effects.model_parts import LogCounts, Part
from cisgrammar.ablation.sites.peak_inputs import inputs_of, scored_peaks
from cisgrammar.config.ablation import Ablation, Contributions
from cisgrammar.config.profile import Evaluate
from cisgrammar.files.progress import Progress
from cisgrammar.perturb.contributions import (
    HiddenFunctionError,
    deep_lift,
    of_present_bases,
    without_convergence_warnings,
)
from cisgrammar.profile.models.rescale import Target, can_rescale, references_of, rescale
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.table import Regions
from cisgrammar.training.device import pick_device
from cisgrammar.training.lanes import map_in_lanes, model_lanes

log = logging.getLogger(__name__)
_AT_ONCE = 4
"""Sequences whose references are held at a time."""


class ProfileContrast(nn.Module):
    """Logits of one head, their mean taken off, summed with weights: `(batch, 1)`.

    With a sequence's own predicted profile as weights, held fixed, this is BPNet's target of profile contributions
    (Avsec et al. 2021): what raises the logits where reads are expected.
    """

    def __init__(self, model: nn.Module, head: int) -> None:
        super().__init__()
        self.model, self.head = model, head

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        """One-hot `(batch, 4, length)` and weights `(batch, tasks * positions)`."""
        logits = self.model(x)[self.head].flatten(1)  # (batch, tasks * positions)
        return ((logits - logits.mean(dim=1, keepdim=True)) * weights).sum(dim=1, keepdim=True)


def contributions(
    part: Part,
    codes: NDArray[np.uint8],
    settings: Contributions,
    seed: int,
    device: str = "cpu",
    progress: Progress | None = None,
) -> dict[tuple[str, str], NDArray[np.float32]]:
    """What every base, and every base that is not there, contributes to each head's counts and profile.

    Parameters
    ----------
    part
        The model.
    codes
        `(windows, input_length)`, without N.
    settings
        Outputs and number of references: dinucleotide shuffles of each sequence.
    seed
        Of the references; those of a sequence follow from it and the seed alone.
    device
        cpu or cuda.
    progress
        Counts sequences of a larger whole; None for one of these.

    Returns
    -------
    dict
        (head, output) -> hypothetical contributions `(windows, 4, input_length)`: those to ln counts in nats, those to
        the profile in logits. Times the one-hot sequence they are the contributions of the bases that are there, which
        sum to the output minus the mean output of the references.
    """
    model = part.model.to(pick_device(device)).eval().requires_grad_(False)
    heads = np.eye(len(part.heads)).tolist()
    keys = [(number, head.name, output) for number, head in enumerate(part.heads) for output in settings.outputs]
    targets = [Target(output, tuple(heads[number])) for number, _, output in keys]

    def run(model: nn.Module, first: int) -> list[NDArray[np.float32]]:
        if can_rescale(model):
            few = codes[first : first + _AT_ONCE]
            return rescale(model, few, references_of(few, settings.references, seed), targets)
        X = one_hot(torch.from_numpy(codes[first : first + _AT_ONCE]))  # (few, 4, length)
        references = dinucleotide_shuffle(X, n=settings.references, random_state=seed)
        return [_deep_lift(model, len(part.heads), head, output, X, references, device) for head, _, output in keys]

    found: list[list[NDArray[np.float32]]] = []
    progress = progress or Progress(f"contributions to {part.name} on {device}", len(codes))
    with without_convergence_warnings():
        # tangermeme hooks the layers of a model: each thread has layers of its own.
        for values in map_in_lanes(run, model_lanes(model), range(0, len(codes), _AT_ONCE)):
            found.append(values)
            progress.add(len(values[0]))
    return {key[1:]: np.concatenate(values) for key, values in zip(keys, zip(*found, strict=True), strict=True)}


def _deep_lift(
    model: nn.Module, heads: int, head: int, output: str, X: Tensor, references: Tensor, device: str
) -> NDArray[np.float32]:
    """Hypothetical contributions of a few sequences to one output, `(few, 4, length)`."""
    try:
        if output == "counts":
            return deep_lift(LogCounts(model, heads), X, references, head, (), device).numpy()
        with torch.no_grad():
            weights = torch.softmax(model(X.to(device))[head].float().flatten(1), dim=1).cpu()  # (few, positions)
        return deep_lift(ProfileContrast(model, head), X, references, 0, (weights,), device).numpy()
    except HiddenFunctionError as error:
        raise ValueError(
            f"{error} (a transformation with sigmoid or relu, or use_bias_counts); "
            "set ablation.contributions.model: residual"
        ) from None


def explained_peaks(
    regions: Regions, genome: Genome, evaluate: Evaluate, most: int, length: int, shard: tuple[int, int]
) -> NDArray[np.int64]:
    """Rows of the table of regions: scored test peaks without N, at most `most` of all, of which this shard's share.

    Parameters
    ----------
    regions, genome, evaluate
        As for `scored_peaks`.
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
    rows = scored_peaks(regions, genome, evaluate)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64))]
    blocks = (rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK))
    known = np.concatenate([(inputs_of(regions, genome, block, length) != N_CODE).all(axis=1) for block in blocks])
    if not known.any():
        raise ValueError(f"all {len(rows)} peaks have an N within {length} bp: none can be explained")
    if not known.all():
        log.info("%d of %d peaks have an N within %d bp and are left out", (~known).sum(), len(rows), length)
    return np.array_split(rows[known], shard[1])[shard[0]]


def attribute_peaks(
    part: Part, regions: Regions, genome: Genome, rows: NDArray[np.int64], settings: Ablation, seed: int
) -> Iterator[PeakContributions]:
    """Yield contributions of the bases of peaks, and of those of one dinucleotide shuffle of each, in blocks of peaks.

    There is one block at least, also of no peak.
    """
    wish = settings.contributions
    if wish is None:
        raise ValueError("ablation.contributions is not in the config, so no peak is explained; add the section")
    progress = Progress(f"contributions to {part.name} on {settings.device}", 2 * len(rows))
    for i in range(0, max(len(rows), 1), BLOCK):
        few = rows[i : i + BLOCK]
        codes = inputs_of(regions, genome, few, part.input_length)
        # A shuffle follows from the seed and the sequence: what a peak gives does not depend on its shard.
        shuffled = dinucleotide_shuffle(one_hot(torch.from_numpy(codes)), n=1, random_state=seed + 1)
        other = shuffled[:, 0].argmax(dim=1).numpy().astype(np.uint8)  # (peaks, length)
        found, control = (contributions(part, x, wish, seed, settings.device, progress) for x in (codes, other))
        place = regions.take(few)
        start = window_starts(place.centre, part.input_length)
        bases = {key: of_present_bases(values, other) for key, values in control.items()}
        yield PeakContributions(few, np.asarray(place.chrom), start, codes, found, bases)

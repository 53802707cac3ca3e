"""Contributions of windows and of their shuffles: both strands, averages over folds, counts and profile at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.discover import Discover, Output
from cisgrammar.discover.attribution_files import Attributions
from cisgrammar.discover.windows import Explained, inputs_of
from cisgrammar.files.progress import Progress
from cisgrammar.profile.models.rescale import Network, Target, references_of, rescale
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.training.lanes import lane_count, map_in_lanes, model_lanes

LEAST_SHUFFLES = 500
"""Shuffled windows below which a null is too coarse (measured: one shuffle of each of 500 peaks is enough)."""
_AT_ONCE = {"cpu": 4, "cuda": 64}
_LARGEST = float(np.finfo(np.float16).max)


def attribute_windows(
    models: Sequence[Network],
    windows: Explained,
    genome: Genome,
    settings: Discover,
    total: int,
    seed: int,
) -> Attributions:
    """Contributions of windows and of shuffles of each, in the output window.

    Parameters
    ----------
    models
        The network of each fold, on its device.
    windows
        Of this shard.
    genome
        Where they lie.
    settings
        Outputs, references, shuffles.
    total
        Windows of all shards: fewer than 500 get several shuffles each.
    seed
        Of the shuffles, which follow from it and the sequence alone: what a window gives does not depend on its shard.
    """
    lengths = (models[0].output_length, models[0].input_length)
    codes = inputs_of(windows, genome, lengths)
    each = max(settings.shuffles, -(-LEAST_SHUFFLES // total))
    others = references_of(codes, each, seed + 1).reshape(-1, codes.shape[1])  # (windows * each, input_length)
    every = np.concatenate([codes, others])
    row = np.concatenate([np.arange(len(codes)), np.repeat(np.arange(len(codes)), each)])
    outputs = settings.outputs
    found, spread, each_fold = _contributions(models, every, windows.used[row], settings, seed)
    return Attributions(
        chrom=windows.chrom[row],
        start=windows.start[row],
        shuffled=np.arange(len(row)) >= len(codes),
        held_out=windows.held_out[row],
        seen=windows.seen[row],
        codes=_centre(every, lengths[0]),
        hypothetical=dict(zip(outputs, (_packed(values) for values in found), strict=True)),
        spread=dict(zip(outputs, (_packed(values) for values in spread), strict=True)),
        by_fold=dict(zip(outputs, map(_packed, each_fold), strict=True)) if len(models) > 1 else {},
    )


def _centre(codes: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    beyond = (codes.shape[1] - length) // 2
    return codes[:, beyond : beyond + length]


def _packed(values: NDArray[np.float32]) -> NDArray[np.float16]:
    """Three digits are enough; what is beyond the range of half precision becomes its end."""
    return np.clip(values, -_LARGEST, _LARGEST).astype(np.float16)


def _contributions(
    models: Sequence[Network], codes: NDArray[np.uint8], used: NDArray[np.bool_], settings: Discover, seed: int
) -> list[list[NDArray[np.float32]]]:
    """Of each target `(windows, 4, output_length)`, mean over folds; then of the bases that are there the deviation.

    At last the values of each fold, `(windows, folds, output_length)`.
    """
    targets = _targets(settings.outputs, len(models[0].heads))
    device = next(models[0].parameters()).device
    step = _AT_ONCE[device.type]
    lanes = list(zip(*(model_lanes(model) for model in models), strict=True))[: lane_count(device)]
    progress = Progress(f"contributions on {device.type}", len(codes))

    def run(lane: Sequence[Network], first: int) -> list[tuple[NDArray[np.float32], ...]]:
        rows = slice(first, first + step)
        return _of_few(lane, codes[rows], used[rows], targets, settings.references, seed)

    kept: list[list[list[NDArray[np.float32]]]] = [[[] for _ in targets] for _ in range(3)]
    for values in map_in_lanes(run, lanes, range(0, len(codes), step)):
        for number, of_target in enumerate(values):
            for kind, part in zip(kept, of_target, strict=True):
                kind[number].append(part)
        progress.add(len(values[0][0]))
    return [[np.concatenate(part) for part in kind] for kind in kept]


def _targets(outputs: Sequence[Output], heads: int) -> list[Target]:
    """The mean over heads of each output."""
    return [Target(output, (1 / heads,) * heads) for output in outputs]


def _of_few(
    models: Sequence[Network],
    codes: NDArray[np.uint8],
    used: NDArray[np.bool_],
    targets: Sequence[Target],
    references: int,
    seed: int,
) -> list[tuple[NDArray[np.float32], ...]]:
    """Mean and spread over the folds that are used, and the values of each, for each target."""
    length = models[0].output_length
    every = np.zeros((len(targets), len(models), len(codes), 4, length), dtype=np.float32)
    inner = _centre(codes, length)
    folds = used.sum(axis=1)
    for fold, model in enumerate(models):
        # References are divided among the folds of a window: windows with as many folds go together.
        for number in np.unique(folds[used[:, fold]]).tolist():
            rows = np.flatnonzero(used[:, fold] & (folds == number))
            each = -(-references // (2 * number))
            both = [_of_strand(model, codes[rows], targets, each, seed + 2 + fold, turned) for turned in (False, True)]
            for target, strands in enumerate(zip(*both, strict=True)):
                every[target, fold, rows] = np.mean(strands, axis=0)
    weights = (used / folds[:, None]).T.astype(np.float32)  # (folds, windows)
    found: list[tuple[NDArray[np.float32], ...]] = []
    for values in every:
        mean = np.einsum("fw,fwbl->wbl", weights, values)
        there = _of_bases(values, inner)  # (folds, windows, length)
        centre = np.einsum("fw,fwl->wl", weights, there)
        variance = np.einsum("fw,fwl->wl", used.T, (there - centre) ** 2) / np.maximum(folds - 1, 1)[:, None]
        spread = np.sqrt(variance).astype(np.float32)
        found.append((mean.astype(np.float32), spread, there.swapaxes(0, 1)))
    return found


def _of_bases(values: NDArray[np.float32], codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Contributions of the bases that are there, of `(..., 4, length)`; 0 where there is none."""
    there = (codes[:, None] == np.arange(4)[:, None]).astype(np.float32)  # (windows, 4, length)
    return (values * there).sum(axis=-2)


def _of_strand(
    model: Network, codes: NDArray[np.uint8], targets: Sequence[Target], number: int, seed: int, turned: bool
) -> list[NDArray[np.float32]]:
    """Contributions in the output window by one strand, written on the forward one."""
    read = reverse_complement(codes) if turned else codes
    found = rescale(model, read, references_of(read, number, seed), targets, model.output_length)
    return [values[:, ::-1, ::-1] if turned else values for values in found]

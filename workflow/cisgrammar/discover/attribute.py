"""Contributions of windows and of their shuffles: both strands, averages over folds, counts and profile at once."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import cisgrammar
from cisgrammar.config.discover import Discover, Output
from cisgrammar.discover.attribution_files import BLOCK, Attributions
from cisgrammar.discover.windows import Explained, inputs_of
from cisgrammar.files.progress import Progress
from cisgrammar.manifest import package_digest
from cisgrammar.profile.models.rescale import Network, Target, references_of, rescale
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.training.lanes import lane_count, map_in_lanes, model_lanes

LEAST_SHUFFLES = 500
"""Shuffled windows below which a null is too coarse (measured: one shuffle of each of 500 peaks is enough)."""
_AT_ONCE = {"cpu": 4, "cuda": 64}
_LARGEST = float(np.finfo(np.float16).max)
_Few = tuple[NDArray[np.uint8], NDArray[np.bool_]]
"""Codes of a batch, and the folds that explain each sequence."""
_Explained = tuple[NDArray[np.uint8], list[tuple[NDArray[np.float32], ...]]]
"""Codes of the output windows of a batch, and what `_of_few` gives."""


def attribute_windows(
    models: Sequence[Network],
    windows: Explained,
    genome: Genome,
    settings: Discover,
    total: int,
    seed: int,
    done: int = 0,
) -> Iterator[Attributions]:
    """Yield contributions of windows and then of shuffles of each, in the output window, in blocks.

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
        Windows of all shards: fewer than 500 get several shuffles each, see `shuffles_of`.
    seed
        Of the shuffles, which follow from it and the sequence alone: what a window gives does not depend on its shard.
    done
        Blocks that are there already, which are left out.
    """
    every = _Sequences(windows, genome, models[0], shuffles_of(settings, total), seed + 1)
    targets = _targets(settings.outputs, len(models[0].heads))
    device = next(models[0].parameters()).device
    step = _AT_ONCE[device.type]
    lanes = list(zip(*(model_lanes(model) for model in models), strict=True))[: lane_count(device)]
    begin = min(done * BLOCK, len(every))
    progress = Progress(f"contributions on {device.type}", len(every) - begin)

    def run(lane: Sequence[Network], few: _Few) -> _Explained:
        codes, used = few
        values = _of_few(lane, codes, used, targets, settings.references, seed)
        return _centre(codes, lane[0].output_length), values

    made = map_in_lanes(run, lanes, every.batches(step, begin))
    for first in range(begin, len(every), BLOCK):
        rows = np.arange(first, min(first + BLOCK, len(every)))
        parts = []
        for part in itertools.islice(made, -(-len(rows) // step)):
            parts.append(part)
            progress.add(len(part[0]))
        yield _block(every, rows, parts, settings.outputs)


def shuffles_of(settings: Discover, total: int) -> int:
    """Shuffles of each of `total` windows."""
    return max(settings.shuffles, -(-LEAST_SHUFFLES // total))


def fingerprint_of(
    models: Sequence[str | Path], windows: Explained, genome: Genome, settings: Discover, total: int, seed: int
) -> str:
    """Hash of all that `attribute_windows` depends on: files of models, its other arguments, and the code."""
    digest = hashlib.sha256(f"{genome.fingerprint} {total} {seed} {torch.__version__} {BLOCK}".encode())
    digest.update(package_digest(Path(cisgrammar.__file__).parent).encode())
    digest.update(json.dumps(settings.model_dump(mode="json"), sort_keys=True).encode())
    for path in models:
        digest.update(hashlib.sha256(Path(path).read_bytes()).digest())
    digest.update("\t".join(windows.chrom.tolist()).encode())
    for values in (windows.start, windows.seen):
        digest.update(f"{values.shape}".encode() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


class _Sequences:
    """What the models read: windows, and then the shuffles of each; made a block at a time."""

    def __init__(self, windows: Explained, genome: Genome, model: Network, each: int, seed: int) -> None:
        self.windows, self.genome, self.each, self.seed = windows, genome, each, seed
        self.lengths = (model.output_length, model.input_length)

    def __len__(self) -> int:
        return len(self.windows) * (1 + self.each)

    def window_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The window of each sequence."""
        real = len(self.windows)
        return np.where(rows < real, rows, (rows - real) // self.each)

    def batches(self, step: int, begin: int = 0) -> Iterator[_Few]:
        for first in range(begin, len(self), BLOCK):
            rows = np.arange(first, min(first + BLOCK, len(self)))
            codes, used = self._codes(rows), self.windows.used[self.window_of(rows)]
            for i in range(0, len(rows), step):
                yield codes[i : i + step], used[i : i + step]

    def _codes(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Codes of sequences `(rows, input_length)`."""
        number, back = np.unique(self.window_of(rows), return_inverse=True)
        codes = inputs_of(self.windows.take(number), self.genome, self.lengths)
        real = rows < len(self.windows)
        found = codes[back]
        if not real.all():
            shuffled, mine = np.unique(back[~real], return_inverse=True)
            others = references_of(codes[shuffled], self.each, self.seed)  # (windows, each, input_length)
            found[~real] = others[mine, (rows[~real] - len(self.windows)) % self.each]
        return found


def _block(
    every: _Sequences, rows: NDArray[np.int64], parts: Sequence[_Explained], outputs: Sequence[Output]
) -> Attributions:
    """The windows of a block, from what its batches gave."""
    window, places = every.window_of(rows), every.windows
    # Of each output the mean, the spread, and the values of each fold.
    kinds: list[dict[str, NDArray[np.float16]]] = [
        {
            output: np.concatenate([_packed(values[number][kind]) for _, values in parts])
            for number, output in enumerate(outputs)
        }
        for kind in range(3)
    ]
    return Attributions(
        chrom=places.chrom[window],
        start=places.start[window],
        shuffled=rows >= len(places),
        held_out=places.held_out[window],
        seen=places.seen[window],
        codes=np.concatenate([codes for codes, _ in parts]),
        hypothetical=kinds[0],
        spread=kinds[1],
        by_fold=kinds[2] if places.seen.shape[1] > 1 else {},
    )


def _centre(codes: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    beyond = (codes.shape[1] - length) // 2
    return codes[:, beyond : beyond + length]


def _packed(values: NDArray[np.float32]) -> NDArray[np.float16]:
    """Three digits are enough; what is beyond the range of half precision becomes its end."""
    return np.clip(values, -_LARGEST, _LARGEST).astype(np.float16)


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

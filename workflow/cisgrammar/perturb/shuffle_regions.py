"""Shuffle regions of many sequences, and say what came out: what differs, and how often the input itself."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.perturb.compat import compatible_dinucleotide_shuffle, compatible_shuffle
from cisgrammar.perturb.edit import Edit, distinct
from cisgrammar.perturb.motif_free import MotifFreeShuffle
from cisgrammar.perturb.results import UNKNOWN, ShuffleReport
from cisgrammar.sequence.shuffle import (
    Draw,
    Kind,
    Shuffler,
    codes_of,
    count_arrangements,
    dinucleotide_shuffle,
    row_generator,
    row_seeds,
    shuffle,
)

ShuffleFunction = Callable[..., torch.Tensor]
_SEED_BITS = (1 << 64) - 1
_COMPATIBLE: dict[ShuffleFunction, Kind] = {
    compatible_shuffle: "plain",
    compatible_dinucleotide_shuffle: "dinucleotide",
}


class Region(NamedTuple):
    """A stretch of a sequence, 0-based, half-open."""

    row: int
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class ShuffledRow:
    """The shuffles of one region.

    Attributes
    ----------
    region
        What was shuffled.
    edit, version
        The different shuffles, and which of them each of the `n` is (-1 for the input), `(n,)`.
    arrangements, how, kind, allowed
        As in `ShuffleReport`.
    """

    region: Region
    edit: Edit
    version: NDArray[np.int64]
    arrangements: int
    how: str
    kind: str
    allowed: int = UNKNOWN


def shuffler_of(shuffle_fn: ShuffleFunction) -> Shuffler | None:
    """The settings of a shuffle function of this package, also behind `functools.partial`; None for any other."""
    options: dict[str, Any] = {}
    while isinstance(shuffle_fn, functools.partial) and not shuffle_fn.args:
        options = {**shuffle_fn.keywords, **options}
        shuffle_fn = shuffle_fn.func
    if shuffle_fn is shuffle and not options:
        return Shuffler("plain")
    if shuffle_fn is dinucleotide_shuffle and set(options) <= {"too_few", "minimum"}:
        return Shuffler("dinucleotide", **options)
    return None


def shuffle_regions(
    shuffle_fn: ShuffleFunction | MotifFreeShuffle,
    X: torch.Tensor,
    codes: NDArray[np.uint8],
    regions: Sequence[Region],
    n: int,
    random_state: Any,
) -> list[ShuffledRow]:
    """Shuffle each region on its own, `n` times.

    The shuffles of this package draw for each region from the seed, the sequence and the region. Any other function
    is called once per region with the seed as it is given, or with its own where a list says one per region.
    """
    if isinstance(shuffle_fn, MotifFreeShuffle):
        seeds = row_seeds(random_state, len(regions))
        return [_free(shuffle_fn, codes[r.row], r, n, seeds, i) for i, r in enumerate(regions)]
    shuffler = shuffler_of(shuffle_fn)
    if shuffler is not None:
        seeds = row_seeds(random_state, len(regions))
        return [
            _own(shuffler, codes[r.row], r, n, seed, X.shape[1] + 1) for r, seed in zip(regions, seeds, strict=True)
        ]
    states = [random_state] * len(regions)
    if random_state is not None and np.ndim(random_state) == 1:
        states = row_seeds(random_state, len(regions))
    rows = []
    for region, state in zip(regions, states, strict=True):
        one = X[region.row : region.row + 1]
        shuffled = _shuffled(shuffle_fn, one, (region.start, region.end), n, state)
        rows += _given(shuffle_fn, shuffled, codes[region.row][None], [region], n)
    return rows


def shuffle_all(
    shuffle_fn: ShuffleFunction,
    X: torch.Tensor,
    codes: NDArray[np.uint8],
    region: tuple[int, int],
    n: int,
    random_state: Any,
) -> list[ShuffledRow]:
    """Shuffle the same region of every sequence; a function that is not of this package is called once for all."""
    regions = [Region(row, *region) for row in range(len(X))]
    if shuffler_of(shuffle_fn) is not None:
        return shuffle_regions(shuffle_fn, X, codes, regions, n, random_state)
    shuffled = _shuffled(shuffle_fn, X, region, n, random_state)
    return _given(shuffle_fn, shuffled, codes, regions, n)


def _shuffled(shuffle_fn: ShuffleFunction, X: torch.Tensor, region: tuple[int, int], n: int, random_state: Any) -> Any:
    """Call a function of the user for `n` shuffles; one that takes no `n` is called for each of them.

    Then each shuffle has a seed of its own that follows from `random_state`; generator objects are handed on as they
    are, and advance.
    """
    place = {"start": region[0], "end": region[1]}
    parameters = inspect.signature(shuffle_fn).parameters.values()
    if any(parameter.name == "n" or parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return shuffle_fn(X, **place, n=n, random_state=random_state)
    singles = [shuffle_fn(X, **place, random_state=state) for state in _states(random_state, n)]
    if not all(isinstance(single, torch.Tensor) and single.shape == X.shape for single in singles):
        raise ValueError(
            f"shuffle_fn takes no n, so it must give a tensor of the shape of X, {tuple(X.shape)}, got "
            f"{tuple(getattr(singles[0], 'shape', ())) or type(singles[0]).__name__}"
        )
    return torch.stack(singles, dim=1)  # (rows, n, alphabet, length)


def _states(random_state: Any, n: int) -> list[Any]:
    """A seed for each of `n` shuffles."""
    if random_state is None or isinstance(random_state, np.random.RandomState | np.random.Generator):
        return [random_state] * n
    entropy = [int(seed) & _SEED_BITS for seed in np.ravel(random_state)]
    return np.random.SeedSequence(entropy).generate_state(n).tolist()


def _own(
    shuffler: Shuffler, sequence: NDArray[np.uint8], region: Region, n: int, seed: int, letters: int
) -> ShuffledRow:
    rng = row_generator(seed, sequence, region.start, region.end)
    return _drawn(region.row, shuffler.draw(sequence, (region.start, region.end), n, rng, letters), sequence)


def _free(
    free: MotifFreeShuffle, sequence: NDArray[np.uint8], region: Region, n: int, seeds: Sequence[int], number: int
) -> ShuffledRow:
    rng = row_generator(seeds[number], sequence, region.start, region.end)
    return _drawn(region.row, free.draw(sequence, (region.start, region.end), n, rng, number), sequence)


def _drawn(row: int, draw: Draw, sequence: NDArray[np.uint8]) -> ShuffledRow:
    edit, version = distinct(row, draw.start, draw.codes, sequence)
    used = Region(row, draw.start, draw.start + draw.codes.shape[1])
    allowed = draw.arrangements - 1 if draw.allowed < 0 else draw.allowed
    return ShuffledRow(used, edit, version, draw.arrangements, draw.how, draw.kind, allowed)


def _given(
    shuffle_fn: ShuffleFunction, shuffled: Any, codes: NDArray[np.uint8], regions: Sequence[Region], n: int
) -> list[ShuffledRow]:
    if not isinstance(shuffled, torch.Tensor) or shuffled.ndim != 4 or shuffled.shape[:2] != (len(regions), n):
        raise ValueError(
            f"shuffle_fn must give a tensor of shape ({len(regions)}, {n}, alphabet, length), got "
            f"{tuple(shuffled.shape) if isinstance(shuffled, torch.Tensor) else type(shuffled).__name__}"
        )
    kind = _COMPATIBLE.get(shuffle_fn)
    rows = []
    for region, mine, sequence in zip(regions, shuffled, codes, strict=True):
        edit, version = distinct(region.row, 0, codes_of(mine, "the result of shuffle_fn"), sequence)
        inside = sequence[region.start : region.end]
        count = UNKNOWN if kind is None else count_arrangements(inside, kind, shuffled.shape[2] + 1)
        rows.append(ShuffledRow(region, edit, version, count, "drawn" if kind else "given", kind or "given"))
    return rows


def report_on(rows: Sequence[ShuffledRow]) -> ShuffleReport:
    """Gather what came out of shuffling into columns."""
    versions = np.stack([row.version for row in rows])  # (rows, n)
    return ShuffleReport(
        row=np.array([row.region.row for row in rows]),
        start=np.array([row.region.start for row in rows]),
        end=np.array([row.region.end for row in rows]),
        arrangements=np.array([row.arrangements for row in rows]),
        distinct=np.array([len(row.edit.codes) for row in rows]),
        is_input=versions < 0,
        weights=np.stack([_weights(row) for row in rows]),
        how=np.array([row.how for row in rows]),
        kind=np.array([row.kind for row in rows]),
        allowed=np.array([row.allowed for row in rows]),
    )


def _weights(row: ShuffledRow) -> NDArray[np.float64]:
    """Weights of the `n` shuffles, `(n,)`."""
    changed = row.version >= 0
    weights = changed.astype(np.float64)
    if row.how == "listed" and changed.any():
        times = np.bincount(row.version[changed], minlength=len(row.edit.codes))
        weights[changed] /= times[row.version[changed]]
    return weights / max(1.0, weights.sum())

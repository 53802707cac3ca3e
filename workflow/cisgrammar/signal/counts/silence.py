"""Where the data have nothing: chromosomes and long stretches without a 5' end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.mapped import release
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import merge
from cisgrammar.signal.counts.sparse import SparseRow
from cisgrammar.signal.counts.sums import Merged
from cisgrammar.signal.store import Signal

_SLAB = 1 << 22
# A bin in which it is looked for 5' ends; a slab holds whole bins.
_BIN_SHIFT = 9
_BIN = 1 << _BIN_SHIFT
_STRETCH = 10
_EXPECTED = 50


@dataclass(frozen=True, eq=False)
class Silence:
    """Where the data have nothing: what is not in the data is no background.

    Attributes
    ----------
    empty
        Chromosomes without a single 5' end, as indices into the genome's names.
    stretches
        Starts and ends, as indices into the genome's codes, of stretches without one that are `_STRETCH` times the
        reach of a window long or longer, and in which `_EXPECTED` or more would be expected at the chromosome's mean
        rate: were ends independent, the chance of none is exp(-50).
    """

    empty: NDArray[np.int64]
    stretches: Merged


def find_silence(genome: Genome, signal: Signal, reach: int) -> Silence:
    """Find where the data have nothing; `reach` is what the widest model sees, in bp."""
    empty, start, end = [], [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for index, (low, size) in enumerate(zip(genome.offsets.tolist(), genome.lengths.tolist(), strict=True)):
        bins, ends = _bins_with_ends(signal, low, size)
        if not ends:
            empty.append(index)
            continue
        stretches = _runs_of_false(bins) * _BIN
        lengths = np.minimum(stretches[:, 1], size) - stretches[:, 0]
        long = (lengths >= _STRETCH * reach) & (lengths * (ends / size) >= _EXPECTED)
        start.append(low + stretches[long, 0])
        end.append(low + np.minimum(stretches[long, 1], size))
    return Silence(np.array(empty, dtype=np.int64), merge(np.concatenate(start), np.concatenate(end)))


def _bins_with_ends(signal: Signal, low: int, size: int) -> tuple[NDArray[np.bool_], int]:
    """Return which bins of a chromosome have a 5' end, `(bins,)`, and how many ends it has."""
    found, ends = np.zeros(-(-size // _BIN), dtype=bool), 0
    for task in (task for head in signal.heads.values() for task in head):
        if isinstance(task, SparseRow):
            bounds = np.array([low, low + size], dtype=np.int64).astype(task.positions.dtype)
            here = slice(*np.searchsorted(task.positions, bounds).tolist())
            found[(task.positions[here] - bounds[0]) >> _BIN_SHIFT] = True
            ends += int(task.counts[here].sum(dtype=np.int64))
            release(task.positions)
            continue
        for first in range(0, size, _SLAB):
            part = task[low + first : low + min(first + _SLAB, size)]
            if total := int(part.sum(dtype=np.int64)):
                ends += total
                bins = np.add.reduceat(part != 0, np.arange(0, len(part), _BIN), dtype=np.int64)
                found[first // _BIN : first // _BIN + len(bins)] |= bins > 0
            release(part)
    return found, ends


def _runs_of_false(found: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return first and end of each run of False, `(runs, 2)`."""
    steps = np.flatnonzero(np.diff(~found, prepend=False, append=False))
    return steps.reshape(-1, 2)

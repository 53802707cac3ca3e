"""Sums over many windows of a genome: G and C, 5' ends, runs of N. A stretch is in memory at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.mapped import release
from cisgrammar.files.progress import Progress
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import merge
from cisgrammar.signal.counts.sparse import SparseCounts
from cisgrammar.signal.store import Signal

_SLAB = 1 << 22
_STRETCH = 1 << 24

Merged = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Starts and ends of sorted, disjoint stretches, as indices into the genome's codes."""


def unknown_runs(genome: Genome) -> Merged:
    """Find runs of N: starts and ends as indices into the genome's codes, sorted and disjoint."""
    starts, ends = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for low in range(0, genome.size, _SLAB):
        unknown = genome.codes[low : low + _SLAB] == N_CODE
        if unknown.any():
            steps = np.flatnonzero(np.diff(unknown, prepend=False, append=False)) + low
            starts.append(steps[::2])
            ends.append(steps[1::2])
        release(genome.codes)
    # runs that touch, in two slabs, become one
    return merge(np.concatenate(starts), np.concatenate(ends))


def span_sums(per_base: Callable[[int, int], NDArray], start: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Sum a quantity over spans of `length` bp that begin at `start` `(spans,)`, indices into the genome's codes.

    Those that begin in the same stretch of the genome are taken together: few one by one, many by a running sum.
    """
    order = np.argsort(start, kind="stable")
    ordered, found = start[order], np.zeros(len(start), dtype=np.int64)
    first, progress = 0, Progress("sums of windows", len(start))
    while first < len(ordered):
        low = int(ordered[first])
        last = int(np.searchsorted(ordered, low + _STRETCH))
        here, high = ordered[first:last], int(ordered[last - 1]) + length
        if len(here) * length < high - low:
            found[first:last] = [per_base(place, place + length).sum(dtype=np.int64) for place in here.tolist()]
        else:
            found[first:last] = _running_sums(per_base(low, high), here - low, length)
        first = last
        progress.to(last)
    sums = np.empty_like(found)
    sums[order] = found
    return sums


def _kind_for(most: int) -> np.dtype[Any]:
    return np.dtype(np.uint32 if most < 2**32 else np.uint64)


def _running_sums(values: NDArray, start: NDArray[np.int64], length: int) -> NDArray:
    # modulo 2^32, in half the memory: differences are right all the same, unless a window itself holds more
    kind = _kind_for(int(values.max(initial=0)) * length)
    running = np.zeros(len(values) + 1, dtype=kind)
    np.cumsum(values, dtype=kind, out=running[1:])
    return running[start + length] - running[start]


def counts_per_base(signal: Signal) -> Callable[[int, int], NDArray]:
    """Return a function that sums a sample's heads and tasks in a range of bases."""
    tasks = [task for head in signal.heads.values() for task in head]
    largest = sum(np.iinfo(task.dtype).max for task in tasks)

    def total(low: int, high: int) -> NDArray:
        most = largest if largest < 2**32 else sum(int(task[low:high].max(initial=0)) for task in tasks)
        summed = np.zeros(high - low, dtype=_kind_for(most))
        for task in tasks:
            np.add(summed, task[low:high], out=summed, casting="unsafe")
            release(task)
        return summed

    return total


def strong_per_base(genome: Genome) -> Callable[[int, int], NDArray[np.bool_]]:
    """Return a function that tells of a range of bases which are G or C."""

    def strong(low: int, high: int) -> NDArray[np.bool_]:
        codes = genome.codes[low:high]
        found = (codes == 1) | (codes == 2)
        release(codes)
        return found

    return strong


def sums_of_ends(signal: Signal, start: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Sum all heads and tasks over spans of `length` bp that begin at `start` `(spans,)`."""
    heads = signal.heads.values()
    sparse = [head for head in heads if isinstance(head, SparseCounts)]
    if len(sparse) < len(heads):
        return span_sums(counts_per_base(signal), start, length)
    return np.sum([head.sums(start, length) for head in sparse], axis=0, dtype=np.int64)

"""Candidate windows: where they are, what they hold, and why one is rejected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.prepare import Counts, FoldSplit, Prepare
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.folds import NO_SPLIT, SPLITS, TEST, TRAIN, VALIDATION
from cisgrammar.sequence.intervals import Intervals, merge, overlaps
from cisgrammar.sequence.peaks import beyond_chromosome
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.store import Signal

_SLAB = 1 << 20
# A bin in which it is looked for 5' ends; a slab holds whole bins.
_BIN = 1 << 9
_STRETCH = 10
_EXPECTED = 50
_UNKNOWN = "its chromosome is not in the FASTA"

Merged = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class SelectionSettings:
    """What decides which windows a fold uses.

    Attributes
    ----------
    prepare
        The config's section.
    split, by
        The fold's split and what its entries are.
    excluded
        Chromosomes never used.
    input_length, output_length
        bp of the longest input and of the output.
    jitter
        bp, the largest random shift in training; `input_length + 2 * jitter` must fit on the chromosome.
    seed
        Of the choice of background.
    max_shared_kmers
        Largest share of a held-out window's 31-mers that training windows may have too; None for any.
    """

    prepare: Prepare
    split: FoldSplit
    by: str
    input_length: int
    output_length: int
    jitter: int = 0
    excluded: tuple[str, ...] = ()
    seed: int = 1
    max_shared_kmers: float | None = None

    @property
    def shown(self) -> int:
        """Length in bp within which a window's output may ever lie: the output, and the jitter on both sides."""
        return self.output_length + 2 * self.jitter

    @property
    def reach(self) -> int:
        """Length in bp that a window may ever show: the input, and the jitter on both sides."""
        return self.input_length + 2 * self.jitter


@dataclass(eq=False)
class Windows:
    """Candidate windows by their centres, and why each is rejected, if it is.

    Attributes
    ----------
    chromosome
        `(windows,)` index into the genome's names, -1 where it has none.
    centre
        `(windows,)` on the chromosome; a window of `length` begins at `centre - length // 2`.
    score
        `(windows,)` the higher wins where windows overlap.
    split
        `(windows,)` index into `SPLITS`; -1 for none.
    counts
        `(windows,)` 5' ends in the output window; 0 before `limit_counts`.
    verdict
        `(windows,)` index into `reasons`; 0 where the window is accepted.
    reasons
        Why windows are rejected; the first is ''.
    """

    chromosome: NDArray[np.int64]
    centre: NDArray[np.int64]
    score: NDArray[np.float64]
    split: NDArray[np.int8] = field(init=False)
    counts: NDArray[np.int64] = field(init=False)
    verdict: NDArray[np.int16] = field(init=False)
    reasons: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.split = np.full(len(self), NO_SPLIT, dtype=np.int8)
        self.counts = np.zeros(len(self), dtype=np.int64)
        self.verdict = np.zeros(len(self), dtype=np.int16)
        self.reasons = [""]

    def __len__(self) -> int:
        return len(self.centre)

    @property
    def accepted(self) -> NDArray[np.bool_]:
        """Windows without a reason against them, `(windows,)`."""
        return self.verdict == 0

    def reject(self, where: NDArray[np.bool_], reason: str) -> None:
        """Note a reason against windows that have none yet."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        self.verdict[where & self.accepted] = self.reasons.index(reason)

    def rejections(self) -> dict[str, int]:
        """Return reason -> windows rejected for it, the most frequent first."""
        counts = np.bincount(self.verdict, minlength=len(self.reasons)).tolist()
        found = {reason: count for reason, count in zip(self.reasons[1:], counts[1:], strict=True) if count}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def unknown_runs(genome: Genome) -> Merged:
    """Find runs of N: starts and ends as indices into the genome's codes, sorted and disjoint."""
    starts, ends = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for offset, length in zip(genome.offsets.tolist(), genome.lengths.tolist(), strict=True):
        unknown = genome.codes[offset : offset + length] == N_CODE
        steps = np.flatnonzero(np.diff(unknown, prepend=False, append=False)) + offset
        starts.append(steps[::2])
        ends.append(steps[1::2])
    return merge(np.concatenate(starts), np.concatenate(ends))


def reject_misplaced(genome: Genome, windows: Windows, peaks: Intervals) -> None:
    """Reject windows of peaks that are not on the genome, outside of their chromosome, or without length."""
    windows.reject(windows.chromosome < 0, _UNKNOWN)
    windows.reject(peaks.start < 0, "its start is negative")
    windows.reject(peaks.end <= peaks.start, "its end is not beyond its start")
    windows.reject(beyond_chromosome(genome, peaks), "its end is beyond its chromosome's")


def reject_repeats(windows: Windows) -> None:
    """Of accepted windows at one place keep that of the highest score; ties: the first."""
    order = np.lexsort((-windows.score, windows.centre, windows.chromosome, ~windows.accepted))
    chromosome, centre = windows.chromosome[order], windows.centre[order]
    again = np.zeros(len(windows), dtype=bool)
    again[order[1:]] = (chromosome[1:] == chromosome[:-1]) & (centre[1:] == centre[:-1])
    windows.reject(again, "at the place of another peak")


def reject_without_signal(genome: Genome, windows: Windows, signal: Signal, reach: int) -> None:
    """Reject windows where the data have nothing: what is not in the data is no background.

    These are windows on chromosomes without a single 5' end, and those whose centre lies in a stretch without one that
    is `_STRETCH` times `reach` bp long or longer, and in which `_EXPECTED` or more would be expected at the
    chromosome's mean rate: were ends independent, the chance of none is exp(-50). `reach` is what the widest model
    sees, in bp.
    """
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
    windows.reject(np.isin(windows.chromosome, empty), "no 5' end on its chromosome")
    centre = genome.offsets[windows.chromosome] + windows.centre
    targeted = overlaps(centre, centre + 1, merge(np.concatenate(start), np.concatenate(end)))
    windows.reject(targeted, "in a long stretch without a 5' end")


def _bins_with_ends(signal: Signal, low: int, size: int) -> tuple[NDArray[np.bool_], int]:
    """Return which bins of a chromosome have a 5' end, `(bins,)`, and how many ends it has."""
    found, ends = np.zeros(-(-size // _BIN), dtype=bool), 0
    for task in (task for head in signal.heads.values() for task in head):
        for first in range(0, size, _SLAB):
            part = task[low + first : low + min(first + _SLAB, size)]
            if total := int(part.sum(dtype=np.int64)):
                ends += total
                bins = np.add.reduceat(part != 0, np.arange(0, len(part), _BIN), dtype=np.int64)
                found[first // _BIN : first // _BIN + len(bins)] |= bins > 0
    return found, ends


def _runs_of_false(found: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return first and end of each run of False, `(runs, 2)`."""
    steps = np.flatnonzero(np.diff(~found, prepend=False, append=False))
    return steps.reshape(-1, 2)


def reject_off_edge(genome: Genome, windows: Windows, settings: SelectionSettings) -> None:
    """Reject windows on unknown or excluded chromosomes, and those that leave their chromosome."""
    windows.reject(windows.chromosome < 0, _UNKNOWN)
    excluded = [index for index, name in enumerate(genome.names) if name in settings.excluded]
    windows.reject(np.isin(windows.chromosome, excluded), "its chromosome is excluded")
    half = settings.reach // 2
    outside = (windows.centre < half) | (windows.centre + half > genome.lengths[windows.chromosome])
    windows.reject(outside, "off the chromosome's edge")


def _spans(genome: Genome, windows: Windows, length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    start = genome.offsets[windows.chromosome] + window_starts(windows.centre, length)
    return start, start + length


def reject_masked(genome: Genome, windows: Windows, settings: SelectionSettings, unknown: Merged, mask: Merged) -> None:
    """Reject windows that may show an N, and those whose (jittered) output may reach an excluded region."""
    windows.reject(overlaps(*_spans(genome, windows, settings.reach), unknown), "holds N")
    windows.reject(overlaps(*_spans(genome, windows, settings.shown), mask), "in an excluded region")


def reject_by_split(windows: Windows) -> None:
    """Reject windows in no split of the fold."""
    windows.reject(windows.split == NO_SPLIT, "in no split of the fold")


def reject_near_held_out(genome: Genome, windows: Windows, settings: SelectionSettings) -> None:
    """Reject windows whose (jittered) output overlaps one that is held out from them.

    Test windows are held out from validation, test and validation windows from training. For folds by the names
    of peaks, which may lie anywhere.
    """
    start, end = _spans(genome, windows, settings.output_length)
    reach = _spans(genome, windows, settings.shown)
    # validation first: a window that is not used is held out from nothing
    for split, held_out in ((VALIDATION, (TEST,)), (TRAIN, (VALIDATION, TEST))):
        held = windows.accepted & np.isin(windows.split, held_out)
        near = overlaps(*reach, merge(start[held], end[held]))
        windows.reject(
            near & (windows.split == split), f"{SPLITS[split]} window overlaps a held-out one, jitter included"
        )


def window_sums(
    genome: Genome,
    per_base: Callable[[int, int], NDArray],
    windows: Windows,
    length: int,
) -> NDArray[np.int64]:
    """Sum a quantity over every accepted window of `length` bp around its centre, `(windows,)`; 0 elsewhere.

    Few windows are summed one by one; many by a running sum of their chromosome, one in memory at a time.

    Parameters
    ----------
    per_base
        Gives the quantity for a range of indices into the genome's codes.
    """
    sums = np.zeros(len(windows), dtype=np.int64)
    accepted = windows.accepted
    for index in np.unique(windows.chromosome[accepted]).tolist():
        here = np.flatnonzero(accepted & (windows.chromosome == index))
        low, size = int(genome.offsets[index]), int(genome.lengths[index])
        start = window_starts(windows.centre[here], length)
        if len(here) * length < size:
            places = (start + low).tolist()
            sums[here] = [per_base(place, place + length).sum(dtype=np.int64) for place in places]
        else:
            sums[here] = _running_sums(per_base(low, low + size), start, length)
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
        return summed

    return total


def gc_of_windows(genome: Genome, windows: Windows, length: int) -> NDArray[np.float64]:
    """Return each accepted window's share of G and C, `(windows,)`, rounded to 4 digits; it holds no N."""

    def strong(low: int, high: int) -> NDArray[np.bool_]:
        codes = genome.codes[low:high]
        return (codes == 1) | (codes == 2)

    return np.round(window_sums(genome, strong, windows, length) / length, 4)


def limit_counts(genome: Genome, signal: Signal, windows: Windows, limits: Counts, settings: SelectionSettings) -> None:
    """Count 5' ends in the output windows; reject by the limits, whose quantiles are those of each split."""
    per_base = counts_per_base(signal)
    windows.counts = window_sums(genome, per_base, windows, settings.output_length)
    _limit(windows, windows.counts, limits.min_counts, limits.min_quantile, -1)
    if limits.max_counts is not None or limits.max_quantile is not None:
        shown = window_sums(genome, per_base, windows, settings.reach)
        _limit(windows, shown, limits.max_counts, limits.max_quantile, +1)


def _limit(
    windows: Windows, counts: NDArray[np.int64], number: float | None, quantile: float | None, side: int
) -> None:
    word, where = ("more", "window with flanks") if side > 0 else ("fewer", "output window")
    accepted = windows.accepted
    for split in np.unique(windows.split[accepted]).tolist():
        here = accepted & (windows.split == split)
        limit = number if quantile is None else float(np.quantile(counts[here], quantile))
        if limit is not None:
            windows.reject(here & (side * counts > side * limit), f"{word} than {limit:g} 5' ends in the {where}")


def remove_overlaps(windows: Windows, distance: int) -> None:
    """Of accepted windows with centres nearer than `distance` bp keep the highest; ties: the leftmost."""
    alive = np.flatnonzero(windows.accepted)
    alive = alive[np.lexsort((windows.centre[alive], windows.chromosome[alive]))]
    chromosome, centre = windows.chromosome[alive], windows.centre[alive]
    removed = np.zeros(len(alive), dtype=bool)
    for best in np.argsort(-windows.score[alive], kind="stable").tolist():
        if removed[best]:
            continue
        for step in (-1, 1):
            other = best + step
            while 0 <= other < len(alive) and chromosome[other] == chromosome[best]:
                if abs(centre[other] - centre[best]) >= distance:
                    break
                removed[other] = True
                other += step
    where = np.zeros(len(windows), dtype=bool)
    where[alive[removed]] = True
    windows.reject(where, f"nearer than {distance} bp to a higher peak")

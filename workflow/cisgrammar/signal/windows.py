"""Candidate windows: where they are, what they hold, and why one is rejected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.prepare import Counts, FoldSplit, Prepare
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.folds import NO_SPLIT, SPLITS, TEST, TRAIN, VALIDATION
from cisgrammar.sequence.intervals import Intervals, merge, overlaps
from cisgrammar.sequence.peaks import beyond_chromosome
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.counts.silence import Silence
from cisgrammar.signal.counts.sums import Merged, span_sums, strong_per_base, sums_of_ends
from cisgrammar.signal.counts.tiles import TileShape
from cisgrammar.signal.store import Signal

_UNKNOWN = "its chromosome is not in the FASTA"


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

    @property
    def tiles(self) -> TileShape:
        """Where the candidates for background are, and how wide."""
        return TileShape(self.prepare.background_stride, self.output_length, self.reach)


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


def reject_without_signal(genome: Genome, windows: Windows, silence: Silence) -> None:
    """Reject windows where the data have nothing, by their chromosome or their centre."""
    windows.reject(np.isin(windows.chromosome, silence.empty), "no 5' end on its chromosome")
    centre = genome.offsets[windows.chromosome] + windows.centre
    windows.reject(overlaps(centre, centre + 1, silence.stretches), "in a long stretch without a 5' end")


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
    genome: Genome, per_base: Callable[[int, int], NDArray], windows: Windows, length: int
) -> NDArray[np.int64]:
    """Sum a quantity over every accepted window of `length` bp around its centre, `(windows,)`; 0 elsewhere.

    Parameters
    ----------
    per_base
        Gives the quantity for a range of indices into the genome's codes.
    """
    return _of_accepted(genome, windows, length, lambda start: span_sums(per_base, start, length))


def _of_accepted(
    genome: Genome, windows: Windows, length: int, sums_of: Callable[[NDArray[np.int64]], NDArray[np.int64]]
) -> NDArray[np.int64]:
    sums = np.zeros(len(windows), dtype=np.int64)
    here = np.flatnonzero(windows.accepted)
    sums[here] = sums_of(genome.offsets[windows.chromosome[here]] + window_starts(windows.centre[here], length))
    return sums


def gc_of_windows(genome: Genome, windows: Windows, length: int) -> NDArray[np.float64]:
    """Return each accepted window's share of G and C, `(windows,)`, rounded to 4 digits; it holds no N."""
    return share_of(window_sums(genome, strong_per_base(genome), windows, length), length)


def share_of(bases: NDArray[np.integer], length: int) -> NDArray[np.float64]:
    """Bases as a share of a window of `length` bp, rounded to 4 digits."""
    return np.round(bases / length, 4)


def limit_counts(genome: Genome, signal: Signal, windows: Windows, limits: Counts, settings: SelectionSettings) -> None:
    """Count 5' ends in the output windows; reject by the limits, whose quantiles are those of each split."""

    def counted(length: int) -> NDArray[np.int64]:
        return _of_accepted(genome, windows, length, lambda start: sums_of_ends(signal, start, length))

    reject_by_counts(windows, limits, lambda: counted(settings.output_length), lambda: counted(settings.reach))


def has_most(limits: Counts) -> bool:
    """Whether limits say how many 5' ends a window with its flanks may have."""
    return limits.max_counts is not None or limits.max_quantile is not None


def reject_by_counts(
    windows: Windows,
    limits: Counts,
    output: Callable[[], NDArray[np.int64]],
    shown: Callable[[], NDArray[np.int64]],
) -> None:
    """Reject windows by limits; `output` and `shown` give 5' ends in the output and in all that a window may show."""
    windows.counts = np.where(windows.accepted, output(), 0)
    _limit(windows, windows.counts, limits.min_counts, limits.min_quantile, -1)
    if has_most(limits):
        _limit(windows, shown(), limits.max_counts, limits.max_quantile, +1)


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

"""Background windows: tiled over the genome, and chosen to match the GC content of peaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.folds import NO_SPLIT
from cisgrammar.sequence.intervals import overlaps
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.counts.sums import Merged
from cisgrammar.signal.counts.tiles import TileShape, tile_places
from cisgrammar.signal.windows import SelectionSettings, Windows


@dataclass(frozen=True)
class MatchReport:
    """How well background matches the peaks of one split.

    Attributes
    ----------
    peaks, candidates
        Windows to match, and windows to choose from.
    wanted, got
        Background windows asked for and found.
    borrowed
        Of these, windows from another GC bin than asked for, as the right one ran out.
    largest_distance, mean_distance
        GC content of a chosen window against the mean of the peaks that it stands for.
    ks_distance
        Largest difference between the cumulative GC distributions of peaks and background.
    sentence
        The same in words.
    """

    peaks: int
    candidates: int
    wanted: int
    got: int
    borrowed: int
    largest_distance: float
    mean_distance: float
    ks_distance: float
    sentence: str


def tile_windows(genome: Genome, shape: TileShape) -> Windows:
    """Return the tiles of a genome as candidates for background."""
    chromosome, centre = tile_places(genome, shape)
    return Windows(chromosome, centre, np.zeros(len(centre)))


def reject_peaks(genome: Genome, windows: Windows, settings: SelectionSettings, peaks: Merged) -> None:
    """Reject windows whose output overlaps a peak or a peak's own output window."""
    start = genome.offsets[windows.chromosome] + window_starts(windows.centre, settings.output_length)
    windows.reject(overlaps(start, start + settings.output_length, peaks), "overlaps a peak")


def nearest_split(windows: Windows, peaks: Windows) -> NDArray[np.int8]:
    """Return the split of the nearest peak on the same chromosome, -1 where there is none, `(windows,)`.

    For folds by the names of peaks, which background has not.
    """
    split = np.full(len(windows), NO_SPLIT, dtype=np.int8)
    known = np.flatnonzero((peaks.split != NO_SPLIT) & (peaks.chromosome >= 0))
    for index in np.unique(peaks.chromosome[known]).tolist():
        of_peaks = known[peaks.chromosome[known] == index]
        of_peaks = of_peaks[np.argsort(peaks.centre[of_peaks], kind="stable")]
        centres = peaks.centre[of_peaks]
        here = windows.chromosome == index
        right = np.minimum(np.searchsorted(centres, windows.centre[here]), len(centres) - 1)
        left = np.maximum(right - 1, 0)
        nearer_left = windows.centre[here] - centres[left] <= centres[right] - windows.centre[here]
        split[here] = peaks.split[of_peaks[np.where(nearer_left, left, right)]]
    return split


def _shares(peaks_per_bin: NDArray[np.int64], ratio: float) -> NDArray[np.int64]:
    """Return windows wanted per bin: `ratio` per peak, rounded so that the total is right."""
    exact = peaks_per_bin * min(ratio, 1e9)
    wanted = np.floor(exact + 1e-9).astype(np.int64)
    missing = int(np.floor(exact.sum() + 1e-9)) - int(wanted.sum())
    wanted[np.argsort(wanted - exact, kind="stable")[:missing]] += 1
    return wanted


def match_gc(
    peak_gc: NDArray[np.float64],
    candidate_gc: NDArray[np.float64],
    ratio: float,
    bin_width: float,
    generator: np.random.Generator,
) -> tuple[NDArray[np.int64], MatchReport]:
    """Choose candidates, each at most once, so that their GC content is that of the peaks.

    Every GC bin gives `ratio` windows per peak in it, drawn at random; when it runs out, the nearest bin that
    has some left gives (of two equally near the one with less GC). Ends when no candidate is left.

    Parameters
    ----------
    peak_gc, candidate_gc
        `(peaks,)` and `(candidates,)`, 0 to 1.
    ratio
        Windows wanted per peak.
    bin_width
        Width of a GC bin.
    generator
        Source of the random choice.

    Returns
    -------
    chosen, report
        Sorted indices into the candidates, and how well they match.
    """
    bins = int(np.floor(1 / bin_width + 1e-9)) + 1
    peak_bin = np.minimum((peak_gc / bin_width + 1e-9).astype(np.int64), bins - 1)
    candidate_bin = np.minimum((candidate_gc / bin_width + 1e-9).astype(np.int64), bins - 1)
    peaks_per_bin = np.bincount(peak_bin, minlength=bins)
    wanted = _shares(peaks_per_bin, ratio)
    shuffled = generator.permutation(len(candidate_gc))
    stock = [shuffled[candidate_bin[shuffled] == index] for index in range(bins)]
    taken: list[list[NDArray[np.int64]]] = [[stock[i][: wanted[i]]] for i in range(bins)]
    stock = [stock[i][wanted[i] :] for i in range(bins)]
    for index in np.flatnonzero(wanted).tolist():
        taken[index] += _borrow(stock, index, int(wanted[index]) - len(taken[index][0]))
    mean_gc = np.bincount(peak_bin, weights=peak_gc, minlength=bins) / np.maximum(peaks_per_bin, 1)
    chosen = [np.concatenate(parts) for parts in taken]
    distance = np.concatenate([np.abs(candidate_gc[chosen[i]] - mean_gc[i]) for i in range(bins)])
    borrowed = sum(len(part) for parts in taken for part in parts[1:])
    everything = np.sort(np.concatenate(chosen))
    report = _report(peak_gc, candidate_gc, everything, int(wanted.sum()), borrowed, distance)
    return everything, report


def _borrow(stock: list[NDArray[np.int64]], index: int, missing: int) -> list[NDArray[np.int64]]:
    """Take `missing` windows from the bins nearest to `index` that have some left."""
    borrowed = []
    for other in sorted(range(len(stock)), key=lambda i: (abs(i - index), i)):
        if missing <= 0:
            break
        borrowed.append(stock[other][:missing])
        stock[other] = stock[other][missing:]
        missing -= len(borrowed[-1])
    return borrowed


def _report(
    peak_gc: NDArray[np.float64],
    candidate_gc: NDArray[np.float64],
    chosen: NDArray[np.int64],
    wanted: int,
    borrowed: int,
    distance: NDArray[np.float64],
) -> MatchReport:
    got = len(chosen)
    largest, mean = (float(distance.max()), float(distance.mean())) if got else (0.0, 0.0)
    ks = ks_distance(peak_gc, candidate_gc[chosen])
    sentence = f"{got} of {wanted} background windows found for {len(peak_gc)} peaks"
    if got < wanted:
        sentence += f" (all {len(candidate_gc)} candidates are used)"
    sentence += f"; {borrowed} come from another GC bin" if borrowed else "; all come from the right GC bin"
    sentence += f"; mean GC distance {mean:.4f}, largest {largest:.4f}, KS distance {ks:.4f}."
    return MatchReport(
        peaks=len(peak_gc),
        candidates=len(candidate_gc),
        wanted=wanted,
        got=got,
        borrowed=borrowed,
        largest_distance=round(largest, 4),
        mean_distance=round(mean, 4),
        ks_distance=round(ks, 4),
        sentence=sentence,
    )


def ks_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the largest difference of two samples' cumulative distributions; 1 if just one is empty."""
    if not len(a) or not len(b):
        return float(len(a) != len(b))
    values = np.concatenate([a, b])
    below_a = np.searchsorted(np.sort(a), values, side="right") / len(a)
    below_b = np.searchsorted(np.sort(b), values, side="right") / len(b)
    return float(np.abs(below_a - below_b).max())

"""Which windows are explained, which folds' models were trained on them, and which models explain them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.store import cut_codes
from cisgrammar.signal.table import Regions

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Explained:
    """Output windows of one length, sorted by chromosome (in the genome's order) and start.

    Attributes
    ----------
    chrom, start
        `(windows,)` where each begins on its chromosome, 0-based.
    seen
        `(windows, folds)` whether a fold's model was trained or validated on a window that overlaps it.
    """

    chrom: NDArray[np.str_]
    start: NDArray[np.int64]
    seen: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def held_out(self) -> NDArray[np.bool_]:
        """`(windows,)` whether the first fold has not seen it: patterns are found on the others, and tested on these.

        Only folds that have not seen a held-out window explain it.
        """
        return ~self.seen[:, 0]

    @property
    def used(self) -> NDArray[np.bool_]:
        """`(windows, folds)` whose models explain a window: of a held-out one those that have not seen it, else all."""
        return np.where(self.held_out[:, None], ~self.seen, True)

    def take(self, index: NDArray[np.bool_] | NDArray[np.integer]) -> Explained:
        """The windows that an index or mask picks."""
        return Explained(self.chrom[index], self.start[index], self.seen[index])


def explained_windows(
    folds: Sequence[Regions], genome: Genome, bed: str | Path | None, most: int | None, lengths: tuple[int, int]
) -> Explained:
    """Windows of all peaks of all folds, or around the centres of a BED file's regions.

    Parameters
    ----------
    folds
        Table of regions of each fold.
    genome
        Windows whose input leaves its chromosome are left out, which is logged.
    bed
        Regions instead of peaks.
    most
        Windows, at most; evenly taken.
    lengths
        bp of the output window and of the model's input.

    Raises
    ------
    ValueError
        If no window is left.
    """
    output_length, input_length = lengths
    places = _of_bed(bed, genome, output_length) if bed else _of_peaks(folds)
    order = {name: number for number, name in enumerate(genome.names)}
    places = sorted(places, key=lambda place: (order[place[0]], place[1]))
    flank = (input_length - output_length) // 2
    fits = [s >= flank and s + input_length - flank <= genome.length(c) for c, s in places]
    if not all(fits):
        log.info("%d of %d windows end within %d bp of a chromosome: left out", fits.count(False), len(fits), flank)
    kept = [place for place, inside in zip(places, fits, strict=True) if inside]
    if not kept:
        raise ValueError(f"none of {len(places)} windows can be explained; the model reads {input_length} bp of each")
    if most is not None and len(kept) > most:
        kept = [kept[i] for i in np.linspace(0, len(kept) - 1, most).astype(np.int64)]
    chrom, start = np.array([c for c, _ in kept]), np.array([s for _, s in kept], dtype=np.int64)
    seen = np.stack([_overlaps(chrom, start, fold, output_length) for fold in folds], axis=1)
    return Explained(chrom, start, seen)


def _of_peaks(folds: Sequence[Regions]) -> list[tuple[str, int]]:
    peaks = [fold.of(kind="peak") for fold in folds]
    return sorted({place for fold in peaks for place in zip(fold.chrom.tolist(), fold.start.tolist(), strict=True)})


def _of_bed(path: str | Path, genome: Genome, length: int) -> list[tuple[str, int]]:
    given = read_intervals(path, "peaks")
    given = given.take((given.start >= 0) & (given.end > given.start))  # the others have been told
    known = np.isin(given.chrom, genome.names)
    if not known.all():
        log.info(
            "%s: %d of %d regions lie on chromosomes that the genome lacks: left out", path, (~known).sum(), len(known)
        )
    summit = np.where(given.summit >= 0, given.start + given.summit, (given.start + given.end) // 2)[known]
    return sorted(set(zip(given.chrom[known].tolist(), window_starts(summit, length).tolist(), strict=True)))


def _overlaps(chrom: NDArray[np.str_], start: NDArray[np.int64], regions: Regions, length: int) -> NDArray[np.bool_]:
    """Whether windows of `length` bp overlap a region that is trained or validated on, `(windows,)`."""
    learned = regions.take(np.isin(regions.split, ["train", "validation"]))
    found = np.zeros(len(start), dtype=bool)
    for name in np.unique(chrom):
        mine = chrom == name
        starts = np.sort(learned.start[learned.chrom == name])
        if len(starts):
            # Regions are as long as windows: they overlap where their starts are nearer than that.
            first = np.searchsorted(starts, start[mine] - length, side="right")
            found[mine] = (first < len(starts)) & (starts[np.minimum(first, len(starts) - 1)] < start[mine] + length)
    return found


def inputs_of(windows: Explained, genome: Genome, lengths: tuple[int, int]) -> NDArray[np.uint8]:
    """What the model reads of windows, `(windows, input_length)` codes; `lengths` as for `explained_windows`."""
    flank = (lengths[1] - lengths[0]) // 2
    starts = [genome.position(c, s) for c, s in zip(windows.chrom.tolist(), windows.start.tolist(), strict=True)]
    return cut_codes(genome.codes, np.array(starts, dtype=np.int64) - flank, lengths[1])

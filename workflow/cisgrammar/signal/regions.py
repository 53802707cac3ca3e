"""Turn peaks into the windows of a fold: train, validation and test, peaks and background."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.folds import SPLITS, TEST, TRAIN, VALIDATION, split_by_bed, split_by_name, split_by_place
from cisgrammar.sequence.intervals import Intervals, centres, merge, on_genome, sort_order
from cisgrammar.sequence.peaks import beyond_chromosome
from cisgrammar.sequence.places import chromosome_of, read_place, spans
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.background import MatchReport, match_gc, nearest_split, reject_peaks, tile_windows
from cisgrammar.signal.counts.silence import Silence
from cisgrammar.signal.counts.sums import Merged
from cisgrammar.signal.counts.tiles import Tiles, tile_genome, tile_signal
from cisgrammar.signal.held_out import SharedReport, reject_shared, training_spans
from cisgrammar.signal.store import Signal
from cisgrammar.signal.table import Regions, concatenate_regions
from cisgrammar.signal.windows import (
    SelectionSettings,
    Windows,
    gc_of_windows,
    limit_counts,
    reject_by_counts,
    reject_by_split,
    reject_masked,
    reject_misplaced,
    reject_near_held_out,
    reject_off_edge,
    reject_repeats,
    reject_without_signal,
    remove_overlaps,
    share_of,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SelectionReport:
    """How a fold's windows were chosen.

    Attributes
    ----------
    background
        Split -> how well its background matches its peaks.
    rejected_peaks
        Reason -> peaks.
    rejected_background
        Reason -> candidate background windows.
    shared_with_training
        Held-out split -> windows left out because training windows share their sequence; empty if all are kept.
    """

    background: dict[str, MatchReport]
    rejected_peaks: dict[str, int]
    rejected_background: dict[str, int]
    shared_with_training: dict[str, SharedReport]


@dataclass(frozen=True, eq=False)
class Selection:
    """What a fold uses, what it does not and why.

    Attributes
    ----------
    regions
        The chosen windows.
    rejected
        Rows chrom, start, end, name, kind, reason: peaks as in their file.
    report
        Numbers of all this, and how close the background is.
    """

    regions: Regions
    rejected: list[tuple[str, int, int, str, str, str]]
    report: SelectionReport


def select_regions(
    genome: Genome,
    signal: Signal,
    peaks: Intervals,
    excluded: Intervals | None,
    settings: SelectionSettings,
    tiles: Tiles | None = None,
) -> Selection:
    """Choose a fold's windows: peaks by their limits, background by GC content.

    Training windows are chosen first; held-out windows that share sequence with them are then left out.

    Parameters
    ----------
    genome, signal
        The assembly, and the sample's counts on it.
    peaks
        In any order.
    excluded
        Regions never used; None for none.
    settings
        Lengths, limits, the fold.
    tiles
        What the candidates for background hold, which is the same in all folds; counted here if it is not given.

    Raises
    ------
    ValueError
        If `resize` is `none` and a peak is not as wide as the output; or the tiles are of another genome or have other
        lengths.
    """
    table = tiles or Tiles(tile_genome(genome, settings.tiles), tile_signal(genome, signal, settings.tiles))
    table.check(genome, settings.tiles)
    peaks = peaks.take(sort_order(genome, peaks))
    _check_widths(peaks, settings)
    mask = _mask(genome, excluded, settings.excluded)
    barred = table.genome.unknown, mask
    of_peaks = peak_windows(genome, signal, peaks, settings, (barred, table.sample.silence))
    of_tiles = background_windows(genome, table, (peaks, of_peaks), settings, barred)
    peak_gc = gc_of_windows(genome, of_peaks, settings.output_length)
    tile_gc = share_of(table.genome.strong, settings.output_length)
    gc = peak_gc, tile_gc
    trained, matches = _match(of_peaks, of_tiles, gc, settings, (TRAIN,))
    peaks_trained = of_peaks.accepted & (of_peaks.split == TRAIN)
    training = training_spans(genome, ((of_peaks, peaks_trained), (of_tiles, trained)), settings)
    shared = reject_shared(genome, of_peaks, of_tiles, training, settings)
    held_out, others = _match(of_peaks, of_tiles, gc, settings, (VALIDATION, TEST))
    chosen = np.concatenate([trained, held_out])
    accepted = np.flatnonzero(of_peaks.accepted)
    tables = [
        _rows(genome, of_peaks, accepted, peak_gc, settings.output_length, peaks.name[accepted]),
        _rows(genome, of_tiles, chosen, tile_gc, settings.output_length, None),
    ]
    return Selection(
        regions=_join(genome, tables),
        rejected=_rejected_rows(peaks, of_peaks),
        report=SelectionReport(matches | others, of_peaks.rejections(), of_tiles.rejections(), shared),
    )


def _check_widths(peaks: Intervals, settings: SelectionSettings) -> None:
    other = peaks.end - peaks.start != settings.output_length
    if settings.prepare.resize == "none" and other.any():
        first = int(other.argmax())
        raise ValueError(
            f"prepare.resize is none, but peak {peaks.name[first]} "
            f"({peaks.chrom[first]}:{peaks.start[first]}-{peaks.end[first]}) is "
            f"{peaks.end[first] - peaks.start[first]} bp wide, not the output's "
            f"{settings.output_length}; use resize: centre"
        )


def _mask(genome: Genome, excluded: Intervals | None, named: Sequence[str]) -> Merged:
    """The excluded regions, and the parts of chromosomes among the excluded ones."""
    parts = [text for text in named if text not in genome.names and chromosome_of(text, genome.names) in genome.names]
    start, end = spans(genome, [read_place(genome, text, "genome.exclude_chromosomes") for text in parts])
    if excluded is None:
        return start, end
    absent = sorted(set(excluded.chrom.tolist()) - set(genome.names))
    if absent:
        logger.warning("excluded regions on %s, not in the FASTA, are ignored", ", ".join(absent))
    of_file = on_genome(genome, excluded)
    return merge(np.concatenate([start, of_file[0]]), np.concatenate([end, of_file[1]]))


def peak_windows(
    genome: Genome,
    signal: Signal,
    peaks: Intervals,
    settings: SelectionSettings,
    unusable: tuple[tuple[Merged, Merged], Silence],
) -> Windows:
    """Return one window per peak, those that may not be used with their reason.

    `unusable` are the runs of N with the excluded regions, as `merge` gives them, and where the data have nothing.
    """
    barred, silence = unusable
    rank = {name: index for index, name in enumerate(genome.names)}
    chromosome = np.array([rank.get(chrom, -1) for chrom in peaks.chrom.tolist()], dtype=np.int64)
    windows = Windows(chromosome, centres(peaks, settings.prepare.resize), peaks.score)
    reject_misplaced(genome, windows, peaks)
    reject_repeats(windows)
    reject_off_edge(genome, windows, settings)
    reject_without_signal(genome, windows, silence)
    reject_masked(genome, windows, settings, *barred)
    if settings.by == "regex":
        windows.split = split_by_name(settings.split, peaks.name.tolist())
    else:
        windows.split = _split_by_place(genome, windows, settings)
    reject_by_split(windows)
    limit_counts(genome, signal, windows, settings.prepare.peaks, settings)
    if settings.by == "regex":
        reject_near_held_out(genome, windows, settings)
    if settings.prepare.remove_overlaps:
        remove_overlaps(windows, settings.prepare.remove_overlaps)
    return windows


def _split_by_place(genome: Genome, windows: Windows, settings: SelectionSettings) -> NDArray[np.int8]:
    # training shifts windows by the jitter: shifted too, they must keep out of the held-out areas
    start = genome.offsets[windows.chromosome] + window_starts(windows.centre, settings.shown)
    if settings.by != "bed":
        return split_by_place(settings.split, genome, windows.chromosome, start, start + settings.shown)
    return split_by_bed(settings.split, genome, start, start + settings.shown)


def _occupied(genome: Genome, peaks: Intervals, windows: Windows, length: int) -> Merged:
    """Return what background must not overlap: all peaks, and their windows, used or not."""
    there = ~beyond_chromosome(genome, peaks)
    peaks, centre = peaks.take(there), windows.centre[there]
    shown = replace(peaks, start=window_starts(centre, length), end=centre + length // 2)
    spans = zip(on_genome(genome, peaks), on_genome(genome, shown), strict=True)
    return merge(*(np.concatenate(pair) for pair in spans))


def background_windows(
    genome: Genome,
    table: Tiles,
    peaks: tuple[Intervals, Windows],
    settings: SelectionSettings,
    barred: tuple[Merged, Merged],
) -> Windows:
    """Return all tiles of the genome; those that overlap any peak or may not be used with their reason."""
    windows = tile_windows(genome, settings.tiles)
    reject_off_edge(genome, windows, settings)
    reject_without_signal(genome, windows, table.sample.silence)
    reject_masked(genome, windows, settings, *barred)
    # only by name may a peak of another split be near; shifted by the jitter, it must not show this tile
    length = settings.shown if settings.by == "regex" else settings.output_length
    reject_peaks(genome, windows, settings, _occupied(genome, *peaks, length))
    if settings.by == "regex":
        windows.split = nearest_split(windows, peaks[1])
    else:
        windows.split = _split_by_place(genome, windows, settings)
    reject_by_split(windows)
    counted = table.sample
    limits = settings.prepare.background
    reject_by_counts(windows, limits, lambda: counted.output.astype(np.int64), lambda: counted.shown.astype(np.int64))
    if settings.by == "regex":
        reject_near_held_out(genome, windows, settings)
    return windows


def _match(
    peaks: Windows,
    tiles: Windows,
    gc: tuple[NDArray[np.float64], NDArray[np.float64]],
    settings: SelectionSettings,
    splits: Sequence[int],
) -> tuple[NDArray[np.int64], dict[str, MatchReport]]:
    """Match each of some splits' background on its own; a split's draw does not depend on the other splits."""
    chosen, matches = [np.zeros(0, dtype=np.int64)], {}
    for index in splits:
        split = SPLITS[index]
        of_peaks = peaks.accepted & (peaks.split == index)
        of_tiles = np.flatnonzero(tiles.accepted & (tiles.split == index))
        picked, matches[split] = match_gc(
            gc[0][of_peaks],
            gc[1][of_tiles],
            settings.prepare.background_ratio,
            settings.prepare.gc_bin,
            np.random.default_rng([settings.seed, index]),
        )
        chosen.append(of_tiles[picked])
        logger.info("%s: %s", split, matches[split].sentence)
    return np.concatenate(chosen), matches


def _rows(
    genome: Genome,
    windows: Windows,
    index: NDArray[np.int64],
    gc: NDArray[np.float64],
    length: int,
    names: NDArray[np.str_] | None,
) -> Regions:
    chrom = np.array(genome.names)[windows.chromosome[index]]
    start = window_starts(windows.centre[index], length)
    end = start + length
    kind = "background" if names is None else "peak"
    if names is None:
        places = zip(chrom.tolist(), start.tolist(), end.tolist(), strict=True)
        names = np.array([f"{c}:{s}-{e}" for c, s, e in places], dtype=str)
    split, counts = np.array(SPLITS)[windows.split[index]], windows.counts[index]
    return Regions(chrom, start, end, names, np.full(len(index), kind), split, counts, gc[index])


def _join(genome: Genome, tables: Sequence[Regions]) -> Regions:
    joined = concatenate_regions(tables)
    rank = {name: index for index, name in enumerate(genome.names)}
    chromosome = np.array([rank[chrom] for chrom in joined.chrom.tolist()], dtype=np.int64)
    return joined.take(np.lexsort((joined.name, joined.kind, joined.start, chromosome)))


def _rejected_rows(peaks: Intervals, windows: Windows) -> list[tuple[str, int, int, str, str, str]]:
    index = np.flatnonzero(~windows.accepted)
    columns = [field[index].tolist() for field in (peaks.chrom, peaks.start, peaks.end, peaks.name)]
    verdicts = windows.verdict[index].tolist()
    return [(*row, "peak", windows.reasons[verdict]) for *row, verdict in zip(*columns, verdicts, strict=True)]

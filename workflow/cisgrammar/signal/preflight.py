"""Checks that a run's inputs fit together, before any training."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cisgrammar.config.prepare import Folds, FoldSplit
from cisgrammar.config.samples import Track
from cisgrammar.config.schema import Config
from cisgrammar.sequence.fasta import Genome, name_hint
from cisgrammar.sequence.folds import SPLITS, longest_chromosome, resolve_folds
from cisgrammar.sequence.intervals import read_intervals
from cisgrammar.sequence.peaks import check_names, read_excluded
from cisgrammar.sequence.places import chromosome_of, read_place
from cisgrammar.signal.sample import check_tracks
from cisgrammar.signal.store import Signal, check_same_genome
from cisgrammar.signal.table import Regions

logger = logging.getLogger(__name__)


def check_excluded_chromosomes(names: Sequence[str], genome: Genome) -> None:
    """Raise ValueError if `genome.exclude_chromosomes` has a name that is nearly, but not, in the FASTA."""
    for text in names:
        name = chromosome_of(text, genome.names)
        if text != name and name in genome.names:
            read_place(genome, text, "genome.exclude_chromosomes")
        close = name_hint(name, genome.names)
        if name not in genome.names and close:
            raise ValueError(f"genome.exclude_chromosomes: {name!r} is not in the FASTA; did you mean {close!r}?")
        if name not in genome.names:
            logger.warning("genome.exclude_chromosomes: %s is not in the FASTA", name)


def check_folds(folds: Folds, genome: Genome, excluded: Sequence[str]) -> dict[str, FoldSplit]:
    """Return fold name -> split, checked against the genome.

    Raises
    ------
    ValueError
        If a fold names a chromosome or BED file that is not there, all of a part's chromosomes are excluded,
        or `k` exceeds the number of chromosomes.
    """
    splits = resolve_folds(folds, genome, excluded)
    for fold, split in splits.items():
        for part in SPLITS:
            entries = getattr(split, part) or ()
            if folds.by == "bed":
                for path in entries:
                    check_names(path, read_intervals(path, "areas"), genome, f"{part} areas of fold {fold}")
            elif folds.by != "regex" and entries and _all_excluded(entries, genome, excluded):
                raise ValueError(
                    f"folds.splits.{fold}.{part}: genome.exclude_chromosomes has all of {', '.join(entries)}; "
                    "name other chromosomes"
                )
    return splits


def _all_excluded(entries: Sequence[str], genome: Genome, excluded: Sequence[str]) -> bool:
    return {chromosome_of(text, genome.names) for text in entries} <= set(excluded)


def check_window_fits(genome: Genome, split: FoldSplit, fold: str, excluded: Sequence[str], reach: int) -> None:
    """Raise ValueError if no chromosome of a fold's part is as long as a window with jitter, `reach` bp."""
    for index, part in enumerate(SPLITS):
        longest = longest_chromosome(split, genome, index, excluded)
        if 0 < longest < reach:
            raise ValueError(
                f"folds: fold {fold}: a window with jitter is {reach} bp, but the longest {part} chromosome "
                f"has {longest} bp; use fewer layers, a shorter output_length, or other chromosomes"
            )


def check_regions(sample: str, fold: str, regions: Regions, path: str | Path) -> dict[str, dict[str, int]]:
    """Return split -> kind -> windows of a fold; ValueError if one of these is empty."""
    found = {s: {k: len(regions.of(k, s)) for k in ("peak", "background")} for s in SPLITS}
    for split, kinds in found.items():
        for kind, windows in kinds.items():
            if not windows:
                raise ValueError(
                    f"{path}: sample {sample}, fold {fold}: no {kind} windows in {split}; see "
                    "rejected.tsv and background.json beside it, then change folds (folds.max_shared_kmers: null keeps "
                    "windows that share sequence with training windows) or the prepare section"
                )
    return found


def check_heads(sample: str, tracks: Sequence[Track], signal: Signal) -> dict[str, int]:
    """Return head -> tasks of a sample's counts; ValueError if they are not those of the sample sheet."""
    wanted = {track.head: track.tasks for track in tracks}
    found = {head: counts.shape[0] for head, counts in signal.heads.items()}
    if wanted != found:
        raise ValueError(
            f"{signal.path}: sample {sample} has heads (with tasks) {found}, but the sample sheet "
            f"has {wanted}; run the prepare stage again"
        )
    return found


def longest_window(config: Config) -> int:
    """Return bp of the longest input of any model, with the largest jitter on both sides."""
    inputs = [model.architecture.input_length(config.output_length) for model in config.networks]
    jitters = [model.training.jitter for model in (config.bias, config.combined) if model is not None]
    return max(inputs, default=config.output_length) + 2 * max(jitters, default=0)


def check_inputs(config: Config, tracks: Sequence[Track], genome: Genome) -> dict[str, Any]:
    """Check config and files against the genome: all that needs neither counts nor regions.

    Parameters
    ----------
    config
        The run's config.
    tracks
        One sample's rows of the sample sheet.
    genome
        The assembly.

    Returns
    -------
    dict
        `window_with_jitter` in bp; `folds`: name -> part -> entries; `peaks_left_out`: chromosomes.
    """
    assembly, folds = config.genome, config.folds
    if assembly is None or folds is None:
        raise ValueError("genome, folds: missing; samples need both sections")
    excluded, reach = assembly.exclude_chromosomes, longest_window(config)
    check_tracks(tracks)
    check_excluded_chromosomes(excluded, genome)
    splits = check_folds(folds, genome, excluded)
    if folds.by in ("chromosome", "region"):
        for fold, split in splits.items():
            check_window_fits(genome, split, fold, excluded, reach)
    read_excluded(assembly.exclude, genome)
    peaks = tracks[0].peaks
    return {
        "window_with_jitter": reach,
        "folds": {fold: split.model_dump(mode="json") for fold, split in splits.items()},
        "peaks_left_out": check_names(peaks, read_intervals(peaks), genome, "peaks"),
    }


def preflight(
    config: Config,
    tracks: Sequence[Track],
    genome: Genome,
    signal: Signal,
    regions: Mapping[str, tuple[str, Regions]],
) -> dict[str, Any]:
    """Check that everything a sample's training reads fits together.

    Parameters
    ----------
    config
        The run's config.
    tracks
        The sample's rows of the sample sheet.
    genome, signal
        The assembly, and the sample's counts on it.
    regions
        Fold -> path and table of its windows.

    Returns
    -------
    dict
        What was found, for `checked.json`.

    Raises
    ------
    ValueError
        Naming file, line or key, what was found and what to do.
    """
    sample = tracks[0].sample
    found = check_inputs(config, tracks, genome)
    check_same_genome(genome, signal)
    heads = check_heads(sample, tracks, signal)
    ends = {head: int(signal.attrs[f"ends_{head}"]) for head in heads}
    if sum(ends.values()) < config.prepare.min_reads:
        raise ValueError(
            f"{signal.path}: sample {sample} has {sum(ends.values())} 5' ends, fewer than "
            f"prepare.min_reads {config.prepare.min_reads}; sequence deeper or lower it"
        )
    chromosomes = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    return {
        "sample": sample,
        "genome": {"fingerprint": genome.fingerprint, "chromosomes": chromosomes},
        **found,
        "tasks": heads,
        "ends": ends,
        "windows": {fold: check_regions(sample, fold, table, path) for fold, (path, table) in regions.items()},
    }

"""Which regions of a fold train, validate and test."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.prepare import Folds, FoldSplit
from cisgrammar.sequence.fasta import Genome, names_in_short
from cisgrammar.sequence.intervals import merge, on_genome, overlaps, read_intervals
from cisgrammar.sequence.places import Place, chromosome_of, overlapping, read_place, spans

logger = logging.getLogger(__name__)

Areas = tuple[NDArray[np.int64], NDArray[np.int64]]

SPLITS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(3)
NO_SPLIT = -1


def balanced_parts(names: Sequence[str], lengths: Sequence[int], k: int) -> list[tuple[str, ...]]:
    """Share chromosomes out over `k` parts of about equal length: the longest first, to the shortest part.

    ValueError if there are fewer chromosomes than parts.
    """
    if len(names) < k:
        raise ValueError(f"folds.k: {k} folds need {k} chromosomes, got {len(names)} ({', '.join(names)}); lower k")
    parts: list[list[str]] = [[] for _ in range(k)]
    totals = [0] * k
    for index in sorted(range(len(names)), key=lambda i: (-int(lengths[i]), i)):
        shortest = totals.index(min(totals))
        parts[shortest].append(names[index])
        totals[shortest] += int(lengths[index])
    return [tuple(part) for part in parts]


def resolve_folds(folds: Folds, genome: Genome, excluded: Collection[str] = ()) -> dict[str, FoldSplit]:
    """Return fold name -> split; with `folds.k`, fold i tests part i and validates on part i + 1.

    Parameters
    ----------
    folds
        The config's section.
    genome
        The assembly.
    excluded
        Chromosomes that no part gets.

    Raises
    ------
    ValueError
        If folds name places that the genome does not have, or two parts of a fold share a base, a line each; or `k`
        exceeds the number of chromosomes. Of `folds.files` names that the FASTA does not have are left out, and told.
    """
    if folds.k is None:
        splits = dict(folds.splits or {})
        if folds.files is not None:
            splits = {name: _without_absent(name, split, genome) for name, split in splits.items()}
        if folds.by in ("chromosome", "region"):
            _check_places(splits, genome)
        return splits
    kept = [i for i, name in enumerate(genome.names) if name not in set(excluded)]
    names, lengths = [genome.names[i] for i in kept], [int(genome.lengths[i]) for i in kept]
    parts = blocks(names, lengths, folds.k) if folds.by == "region" else balanced_parts(names, lengths, folds.k)
    return {name: FoldSplit(test=parts[i], validation=parts[(i + 1) % folds.k]) for i, name in enumerate(folds.names)}


def blocks(names: Sequence[str], lengths: Sequence[int], k: int) -> list[tuple[str, ...]]:
    """Cut each chromosome into `k` blocks and give each part one, in turn: the next part begins the next chromosome.

    ValueError if a chromosome has fewer than k bp.
    """
    parts: list[list[str]] = [[] for _ in range(k)]
    for number, (name, length) in enumerate(zip(names, lengths, strict=True)):
        if length < k:
            raise ValueError(f"folds.k: {name} has {length} bp, fewer than {k} blocks; exclude it")
        bounds = [length * block // k for block in range(k + 1)]
        for block in range(k):
            parts[(block + number) % k].append(f"{name}:{bounds[block]}-{bounds[block + 1]}")
    return [tuple(part) for part in parts]


def _without_absent(fold: str, split: FoldSplit, genome: Genome) -> FoldSplit:
    """A split of a file without the places on chromosomes that the FASTA lacks; ConfigError if a part is left empty."""
    kept: dict[str, tuple[str, ...] | None] = {}
    for part in SPLITS:
        entries = getattr(split, part)
        there = tuple(text for text in entries or () if chromosome_of(text, genome.names) in genome.names)
        absent = sorted({chromosome_of(text, genome.names) for text in entries or ()} - set(genome.names))
        if entries and not there:
            raise ConfigError(
                f"folds.files: fold {fold}: none of {part}'s chromosomes is in the FASTA: {names_in_short(absent)}; "
                f"it has {names_in_short(genome.names)}"
            )
        if absent:
            logger.warning(
                "folds.files: fold %s: %s, of %s, are not in the FASTA and are left out",
                fold,
                names_in_short(absent),
                part,
            )
        kept[part] = None if entries is None else there
    return FoldSplit.model_validate(kept)


def _check_places(splits: Mapping[str, FoldSplit], genome: Genome) -> None:
    faults: list[str] = []
    for fold, split in splits.items():
        found: dict[str, list[Place]] = {part: [] for part in SPLITS}
        for part in SPLITS:
            for text in getattr(split, part) or ():
                try:
                    found[part].append(read_place(genome, text, f"folds.splits.{fold}.{part}"))
                except ValueError as error:
                    faults.append(str(error))
        for index, part in enumerate(SPLITS):
            for other in SPLITS[index + 1 :]:
                if shared := overlapping(found[part], found[other]):
                    one, two = (f"{place.chrom}:{place.start}-{place.end}" for place in shared)
                    faults.append(
                        f"folds.splits.{fold}: {part} {one} overlaps {other} {two}; a base may be in one only"
                    )
    if faults:
        raise ConfigError("\n".join(faults))


def split_by_place(
    split: FoldSplit, genome: Genome, chromosome: NDArray[np.integer], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Return the split of each window, `(windows,)`, by chromosomes and parts of them.

    As indices into `SPLITS`, -1 for none. Where a split names parts of chromosomes a window belongs to the split that
    holds its centre, and one that reaches into another split's held-out part belongs to none.

    Parameters
    ----------
    split
        Lists of `chrom` and `chrom:start-end`.
    genome
        The assembly.
    chromosome
        `(windows,)` index into the genome's names, -1 for none.
    start, end
        `(windows,)` indices into the genome's codes.
    """
    if not names_parts(split, genome):
        part = split_by_chromosome(split, genome.names)[chromosome]
        return np.where(chromosome < 0, NO_SPLIT, part).astype(np.int8)
    areas = [_places(split, name, genome) for name in SPLITS]
    return _split_by_areas(areas, split.train is None, start, end)


def names_parts(split: FoldSplit, genome: Genome) -> bool:
    """Whether a split names parts of chromosomes, and not whole ones alone."""
    return any(text not in genome.names for name in SPLITS for text in getattr(split, name) or ())


def longest_chromosome(split: FoldSplit, genome: Genome, part: int, excluded: Collection[str]) -> int:
    """Return bp of the longest chromosome that is not excluded and of which a part of a fold has something; 0 if none.

    `part` is an index into `SPLITS`.
    """
    entries = getattr(split, SPLITS[part])
    named = {chromosome_of(text, genome.names) for text in entries or ()}
    held_out = {text for name in SPLITS for text in (getattr(split, name) or ()) if text in genome.names}
    if entries is None and part == TRAIN:
        named = set(genome.names) - held_out
    return max((genome.length(name) for name in named - set(excluded)), default=0)


def _places(split: FoldSplit, name: str, genome: Genome) -> Areas:
    return spans(genome, [read_place(genome, text, f"folds: {name}") for text in getattr(split, name) or ()])


def split_by_chromosome(split: FoldSplit, names: Sequence[str]) -> NDArray[np.int8]:
    """Return the split of each chromosome, `(names,)`: index into `SPLITS`, -1 for none."""
    part = np.full(len(names), TRAIN if split.train is None else NO_SPLIT, dtype=np.int8)
    for index, name in enumerate(SPLITS):
        part[[chrom in (getattr(split, name) or ()) for chrom in names]] = index
    return part


def split_by_name(split: FoldSplit, names: Sequence[str]) -> NDArray[np.int8]:
    """Return the split of each region, `(regions,)`, by regular expressions found in its name.

    As indices into `SPLITS`, -1 for none. ValueError names the first region that the expressions of two
    splits match.
    """
    part = np.full(len(names), TRAIN if split.train is None else NO_SPLIT, dtype=np.int8)
    patterns = [_patterns(name, getattr(split, name) or ()) for name in SPLITS]
    for index, region in enumerate(names):
        found = [i for i in range(len(SPLITS)) if any(pattern.search(region) for pattern in patterns[i])]
        if len(found) > 1:
            both = " and ".join(SPLITS[i] for i in found)
            raise ValueError(f"folds: region {region!r} matches expressions of {both}; make them exclusive")
        if found:
            part[index] = found[0]
    return part


def _patterns(name: str, texts: Sequence[str]) -> list[re.Pattern[str]]:
    try:
        return [re.compile(text) for text in texts]
    except re.error as error:
        raise ValueError(f"folds: {name}: {error.pattern!r} is not a regular expression ({error}); mend it") from None


def split_by_bed(
    split: FoldSplit, genome: Genome, start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Return the split of each window, `(windows,)`, by the areas in the split's BED files.

    As indices into `SPLITS`, -1 for none. A window belongs to the split whose area holds its centre. One
    that reaches into another split's held-out area belongs to none, so that no base is both trained on and
    tested.

    Parameters
    ----------
    split
        Lists of BED files.
    genome
        The assembly.
    start, end
        `(windows,)` indices into the genome's codes.
    """
    areas = [_areas(genome, getattr(split, name) or ()) for name in SPLITS]
    return _split_by_areas(areas, split.train is None, start, end)


def _split_by_areas(
    areas: Sequence[Areas], rest_trains: bool, start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.int8]:
    """The split whose area holds a window's centre, unless the window reaches into another one's held-out area."""
    centre = (start + end) // 2
    inside = [overlaps(centre, centre + 1, area) for area in areas]
    touched = [overlaps(start, end, area) for area in areas]
    part = np.full(len(start), NO_SPLIT, dtype=np.int8)
    part[(inside[TRAIN] | rest_trains) & ~touched[TEST] & ~touched[VALIDATION]] = TRAIN
    part[inside[VALIDATION] & ~touched[TEST]] = VALIDATION
    part[inside[TEST] & ~touched[VALIDATION]] = TEST
    return part


def _areas(genome: Genome, paths: Sequence[str]) -> Areas:
    found = [on_genome(genome, read_intervals(path, "areas")) for path in paths]
    starts = [start for start, _ in found] or [np.zeros(0, dtype=np.int64)]
    ends = [end for _, end in found] or [np.zeros(0, dtype=np.int64)]
    return merge(np.concatenate(starts), np.concatenate(ends))

"""Which regions of a fold train, validate and test."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.prepare import Folds, FoldSplit
from cisgrammar.sequence.fasta import Genome, name_hint
from cisgrammar.sequence.intervals import merge, on_genome, overlaps, read_intervals

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
        If a fold names a chromosome that the genome does not have, or `k` exceeds their number.
    """
    if folds.k is None:
        splits = dict(folds.splits or {})
        if folds.by == "chromosome":
            _check_chromosomes(splits, genome.names)
        return splits
    kept = [i for i, name in enumerate(genome.names) if name not in set(excluded)]
    parts = balanced_parts([genome.names[i] for i in kept], [int(genome.lengths[i]) for i in kept], folds.k)
    return {name: FoldSplit(test=parts[i], validation=parts[(i + 1) % folds.k]) for i, name in enumerate(folds.names)}


def _check_chromosomes(splits: Mapping[str, FoldSplit], names: Sequence[str]) -> None:
    for fold, split in splits.items():
        for part in SPLITS:
            for chrom in getattr(split, part) or ():
                if chrom not in names:
                    hint = name_hint(chrom, names)
                    raise ValueError(
                        f"folds.splits.{fold}.{part}: chromosome {chrom!r} is not in the FASTA; "
                        + (f"did you mean {hint!r}?" if hint else f"it has {', '.join(names[:5])}, ...")
                    )


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
    centre = (start + end) // 2
    inside = [overlaps(centre, centre + 1, area) for area in areas]
    touched = [overlaps(start, end, area) for area in areas]
    part = np.full(len(start), NO_SPLIT, dtype=np.int8)
    part[(inside[TRAIN] | (split.train is None)) & ~touched[TEST] & ~touched[VALIDATION]] = TRAIN
    part[inside[VALIDATION] & ~touched[TEST]] = VALIDATION
    part[inside[TEST] & ~touched[VALIDATION]] = TEST
    return part


def _areas(genome: Genome, paths: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    found = [on_genome(genome, read_intervals(path, "areas")) for path in paths]
    starts = [start for start, _ in found] or [np.zeros(0, dtype=np.int64)]
    ends = [end for _, end in found] or [np.zeros(0, dtype=np.int64)]
    return merge(np.concatenate(starts), np.concatenate(ends))

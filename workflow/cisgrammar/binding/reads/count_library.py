"""One SELEX library, from FASTQ of its rounds or a count table, to one count table and what there is to say of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, takewhile
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.constant_region import Design, Layout, complete, fits_design, locate, sample_reads
from cisgrammar.binding.reads.count_reads import MANY, PLACES, REASONS, RoundCounts, count_reads, turned_to_fit
from cisgrammar.binding.reads.count_table import CountTable, Flanks, read_count_table
from cisgrammar.binding.reads.fastq import read_fastq
from cisgrammar.binding.reads.mixed_reads import align, orient, turn_to
from cisgrammar.binding.reads.packed import union, unpack
from cisgrammar.binding.reads.placement import common_left
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.files.text import check_is_file

log = logging.getLogger(__name__)
Stats = dict[str, Any]


def count_library(library: SelexLibrary, files: Sequence[str]) -> tuple[CountTable, Stats]:
    """Count the reads of a library.

    Parameters
    ----------
    library
        Its row of the sheet.
    files
        The count table, or the FASTQ of each sequenced round, in the order of `library.files`.

    Returns
    -------
    tuple
        The table, sorted by sequence, with a column for every round (zeros for one that was not sequenced) and
        the constant regions as flanks; and the stats: `left`, `right`, `barcode`, `length` (bp, null if reads
        differ), which of them were `found` in the reads, `unique` reads, and `rounds`, for each of which `file`,
        `sequenced`, `reads`, `kept`, `unique`, reads left out by reason (`REASONS`) and kept from other places
        (`PLACES`), and its own `left` and `right`.

    Raises
    ------
    ValueError
        In one sentence that names the file, for whatever keeps the library from being counted.
    """
    if len(files) != len(library.files):
        raise ValueError(f"library {library.library}: {len(files)} files given, its row names {len(library.files)}")
    for path in files:
        check_is_file(path)
    return _from_table(library, files[0]) if library.counts else _from_reads(library, files)


def _from_reads(library: SelexLibrary, files: Sequence[str]) -> tuple[CountTable, Stats]:
    wanted = _wanted(library)
    samples = [sample_reads(path, one.barcode) for path, one in zip(files, wanted, strict=True)]
    designs = _designs(files, samples, wanted)
    parts = [part for part in ("left", "right", "length") if getattr(wanted[0], part) is None]
    counted = [count_reads(*one) for one in zip(files, designs, samples, strict=True)]
    if not counted[0].placed["shifted"]:
        _warn_of_the_rest(files[0], counted[0].layout, designs[0], parts)
    following = iter(counted)
    rounds = [next(following) if path else None for path in library.read_paths]
    _check_distinct(files, counted)
    words, counts = union([None if one is None else (one.words, one.counts) for one in rounds])
    left, right = _shared([one.flanks for one in designs])
    table = CountTable(unpack(words, designs[0].length or 0), counts, Flanks(left, right))
    given = iter(zip(files, designs, strict=True))
    stats = {
        **_head(library, left, right, designs[0].length, parts),
        "unique": len(counts),
        "rounds": [_round_of_reads(i, one, next(given) if one else None) for i, one in enumerate(rounds)],
    }
    return table, stats


def _check_distinct(files: Sequence[str], counted: Sequence[RoundCounts]) -> None:
    """ValueError if two rounds have the same reads, each as often: a file that was copied or named twice."""
    for (i, first), (j, second) in combinations(enumerate(counted), 2):
        if np.array_equal(first.words, second.words) and np.array_equal(first.counts, second.counts):
            raise ValueError(f"{files[j]}: the same reads as in {files[i]}; give each round its own file")


def _wanted(library: SelexLibrary) -> list[Design]:
    """What the sheet says of each sequenced round."""
    names: tuple[Literal["left", "right", "barcode"], ...] = ("left", "right", "barcode")
    rows = zip(library.read_paths, *(library.of_round(name) for name in names), strict=True)
    return [Design(left or None, right or None, library.length, barcode) for path, left, right, barcode in rows if path]


def _designs(files: Sequence[str], samples: Sequence[NDArray[np.uint8]], wanted: Sequence[Design]) -> list[Design]:
    """The design of each round: what is not given is found in the first one, and anew in a later one that differs."""
    designs: list[Design] = []
    for path, sample, one in zip(files, samples, wanted, strict=True):
        if designs:
            first = designs[0]
            known = replace(one, left=one.left or first.left, right=one.right or first.right, length=first.length)
            if one == wanted[0] and fits_design(turned_to_fit(sample, known), known):
                designs.append(known)
                continue
            one = replace(one, length=first.length)
        try:
            designs.append(_completed(path, sample, one))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
    return designs


def _completed(path: str, sample: NDArray[np.uint8], wanted: Design) -> Design:
    parts = [part for part in ("left", "right", "length") if getattr(wanted, part) is None]
    if len(parts) == 0:
        return wanted
    turned, reverse = orient(sample)
    if reverse:
        turned = turn_to(turned, wanted.flanks)
    alike, places = align(turned, wanted.left or "")
    design = complete(alike, wanted)
    if wanted.left is None and design.left:
        design = replace(design, left=common_left(next(read_fastq(path)), locate(turned, design), design.barcode))
    said = ", ".join(f"{part} {getattr(design, part) or 'none'}" for part in parts)
    log.info("%s: found by the composition of its reads: %s", path, said)
    if reverse or places > 1:
        message = "%s: of %d reads, %d are of the other strand (give left to say which); reads begin at %d places"
        log.info(message, path, len(sample), reverse, places)
    return design


def _shared(flanks: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The bases beside the variable region that all rounds have: they are what can be scored along."""
    left = _shared_start([before[::-1] for before, _ in flanks])[::-1]
    right = _shared_start([after for _, after in flanks])
    if any(one != (left, right) for one in flanks):
        message = "rounds differ in their constant regions; only what all have is scored along: left %s, right %s; %s"
        log.warning(message, left or "none", right or "none", "if a file is of another library, correct its path")
    return left, right


def _shared_start(texts: Sequence[str]) -> str:
    same = (len(set(letters)) == 1 for letters in zip(*texts, strict=False))
    return texts[0][: sum(takewhile(bool, same))]


def _warn_of_the_rest(path: str, layout: Layout, design: Design, found: list[str]) -> None:
    """Warn of bases that vary beyond a constant region that was found: several barcodes, which one file may hold."""
    before = layout.start - len(layout.left) - len(design.barcode)
    after = layout.read_length - layout.end - len(layout.right)
    for part, rest in (("left", before), ("right", after)):
        if part in found and rest > 0:
            log.warning(
                "%s: %d bases beyond the constant region %s (%s) vary; if they tell libraries apart, give %s",
                *(path, rest, part, getattr(design, part) or "none", part),
            )


def _head(library: SelexLibrary, left: str, right: str, length: int | None, found: list[str]) -> Stats:
    return {
        "model": library.model,
        "library": library.library,
        "source": "counts" if library.counts else "reads",
        "left": left,
        "right": right,
        "barcode": library.barcode,
        "length": length,
        "found": found,
    }


def _round_of_reads(number: int, counted: RoundCounts | None, given: tuple[str, Design] | None) -> Stats:
    head = {"round": number, "file": given[0] if given else "", "sequenced": counted is not None}
    if counted is None or given is None:
        return {**head, "reads": 0, "kept": 0, "unique": 0, **dict.fromkeys((*REASONS, *PLACES), 0)}
    left, right = given[1].flanks
    where = {"read_length": counted.layout.read_length, "start": counted.layout.start, "left": left, "right": right}
    numbers = {"reads": counted.reads, "kept": counted.kept, "unique": len(counted.counts)}
    return {**head, **numbers, **counted.dropped, **counted.placed, **where}


def _from_table(library: SelexLibrary, path: str) -> tuple[CountTable, Stats]:
    table = read_count_table(path, Flanks(library.left, library.right))
    lengths, given = table.variable_lengths, table.counts.sum(0)
    fits = np.ones(len(lengths), dtype=bool) if library.length is None else lengths == library.length
    if not fits.any():
        most = int(np.bincount(lengths).argmax())
        raise ValueError(f"{path}: no read of {library.length} bp, most have {most}; correct the library's length")
    table = table.subset(fits)
    sequenced = int((table.counts.sum(0) > 0).sum())
    if sequenced < 2:
        raise ValueError(
            f"{path}: {sequenced} of {len(given)} rounds has counts, wanted at least 2; enrichment compares rounds"
        )
    table = _sorted(replace(table, variable=table.variable[:, : int(lengths[fits].max())]))
    kept = sorted(set(lengths[fits].tolist()))
    stats = {
        **_head(library, library.left, library.right, kept[0] if len(kept) == 1 else None, []),
        "unique": len(table.counts),
        **{reason.replace(" ", "_"): count for reason, count in table.dropped.items()},
        "rounds": [_round_of_table(i, table.counts[:, i], total, path) for i, total in enumerate(given.tolist())],
    }
    for one in stats["rounds"]:
        if one["wrong_length"] > MANY * one["reads"]:
            log.warning("%s: round %d: %s of %s reads have another length", path, *_lost(one))
    return table, stats


def _lost(one: Stats) -> tuple[int, float, float]:
    return one["round"], one["wrong_length"], one["reads"]


def _round_of_table(number: int, kept: NDArray[np.float64], total: float, path: str) -> Stats:
    left = float(kept.sum())
    lost = {**dict.fromkeys((*REASONS, *PLACES), 0), "wrong_length": _plain(total - left)}
    head = {"round": number, "file": path if total else "", "sequenced": total > 0}
    return {**head, "reads": _plain(total), "kept": _plain(left), "unique": int((kept > 0).sum()), **lost}


def _plain(count: float) -> float:
    """A count as a whole number, if it is one."""
    return int(count) if count.is_integer() else count


def _sorted(table: CountTable) -> CountTable:
    """Sort by sequence, a read before those that it begins: the pad is a space, which is before all letters."""
    symbols = np.frombuffer(table.alphabet.symbols.replace("*", "N").encode("ascii"), dtype=np.uint8)
    text = symbols[table.variable]  # (reads, longest)
    return table.subset(np.argsort(text.view(f"S{text.shape[1]}")[:, 0], kind="stable"))

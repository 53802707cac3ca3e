"""One SELEX library, from FASTQ of its rounds or a count table, to one count table and what there is to say of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.constant_region import Design, Layout, complete, sample_reads
from cisgrammar.binding.reads.count_reads import MANY, REASONS, RoundCounts, count_reads
from cisgrammar.binding.reads.count_table import CountTable, Flanks, read_count_table
from cisgrammar.binding.reads.packed import union, unpack
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
        `sequenced`, `reads`, `kept`, `unique`, and reads left out by reason (`reads.REASONS`).

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
    wanted = Design(library.left or None, library.right or None, library.length, library.barcode)
    samples = [sample_reads(path, library.barcode) for path in files]
    try:
        design = complete(samples[0], wanted)
    except ValueError as error:
        raise ValueError(f"{files[0]}: {error}") from None
    parts = [part for part in ("left", "right", "length") if getattr(wanted, part) is None]
    said = ", ".join(f"{part} {getattr(design, part) or 'none'}" for part in parts)
    if parts:
        log.info("%s: found by the composition of its reads: %s", files[0], said)
    counted = [count_reads(path, design, sample) for path, sample in zip(files, samples, strict=True)]
    _warn_of_the_rest(files[0], counted[0].layout, design, parts)
    following = iter(counted)
    rounds = [next(following) if path else None for path in library.read_paths]
    words, counts = union([None if one is None else (one.words, one.counts) for one in rounds])
    left, right = design.flanks
    table = CountTable(unpack(words, design.length or 0), counts, Flanks(left, right))
    given = iter(files)
    stats = {
        **_head(library, left, right, design.length, parts),
        "unique": len(counts),
        "rounds": [_round_of_reads(i, one, next(given) if one else "") for i, one in enumerate(rounds)],
    }
    return table, stats


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


def _round_of_reads(number: int, counted: RoundCounts | None, path: str) -> Stats:
    head = {"round": number, "file": path, "sequenced": counted is not None}
    if counted is None:
        return {**head, "reads": 0, "kept": 0, "unique": 0, **dict.fromkeys(REASONS, 0)}
    where = {"read_length": counted.layout.read_length, "start": counted.layout.start}
    numbers = {"reads": counted.reads, "kept": counted.kept, "unique": len(counted.counts)}
    return {**head, **numbers, **counted.dropped, **where}


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
    lost = {**dict.fromkeys(REASONS, 0), "wrong_length": _plain(total - left)}
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

"""The data of a run as tables of the report: what was read of each sample, and which windows came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from cisgrammar.report.table import Column, Table

_READS = (
    Column("sample", "sample", "text", choice=True),
    Column("head", "head", "text"),
    Column("files", "files", "count"),
    Column("records", "records", "count", unit="reads, fragments or bases of a bigWig"),
    Column(
        "left out", "left_out", "count", unit="records on no chromosome of the genome, filtered, or without a place"
    ),
    Column("5' ends", "ends", "count"),
    Column("shift", "shift", "text", unit="bp added to ends of the + and the - strand, and where it comes from"),
    Column("evidence", "evidence", "text", unit="of the sequence around the ends"),
)
_WINDOWS = (
    Column("sample", "sample", "text", choice=True),
    Column("fold", "fold", "text", choice=True),
    Column("split", "split", "text", choice=True),
    Column("peaks", "peaks", "count"),
    Column("background", "got", "count"),
    Column("wanted", "wanted", "count", unit="background windows that the config asks for"),
    Column("GC distance", "ks_distance", unit="Kolmogorov-Smirnov distance of GC, background from peaks"),
    Column("left out, shared", "shared", "count", unit="peaks that share sequence with training windows"),
)


class DataSection(NamedTuple):
    """The first part of the report: tables of reads and of windows, and the first cause of failed gates."""

    reads: Table | None = None
    windows: Table | None = None
    cause: str = ""


def reads_table(reads: Iterable[Mapping[str, Any]]) -> Table | None:
    """A row for each sample and head; None without reads.

    Parameters
    ----------
    reads
        As the counting of reads wrote them (`shift.json`), one a sample.
    """
    rows = [_read_row(counted["sample"], head, found) for counted in reads for head, found in counted["heads"].items()]
    return Table("reads", _READS, rows) if rows else None


def windows_table(places: Sequence[tuple[str, str]], windows: Iterable[Mapping[str, Any]]) -> Table | None:
    """A row for each sample, fold and split; None without windows.

    Parameters
    ----------
    places
        Sample and fold of each choice of windows.
    windows
        As the choice of windows wrote them (`background.json`); empty, or one a place.
    """
    selected = list(windows)
    rows = [
        _window_row(sample, fold, split, found, chosen["shared_with_training"].get(split))
        for (sample, fold), chosen in zip(places, selected, strict=bool(selected))
        for split, found in chosen["background"].items()
    ]
    return Table("windows", _WINDOWS, rows) if rows else None


def _read_row(sample: str, head: str, found: Mapping[str, Any]) -> dict[str, Any]:
    files, shift = found["files"], found.get("shift")
    return {
        "sample": sample,
        "head": head,
        "files": len(files),
        "records": sum(file.get("records", 0) for file in files),
        "left_out": sum(_left_out(file) for file in files),
        "ends": found["ends"],
        "shift": f"{shift[0]:+d}/{shift[1]:+d} ({found['shift_from']})" if shift else "",
        "evidence": (found.get("estimate") or {}).get("verdict", ""),
    }


def _left_out(file: Mapping[str, Any]) -> int:
    """Records of a file that are not counted."""
    of_reasons = (file.get(name) or {} for name in ("dropped", "faulty", "unknown_chromosomes"))
    return sum(sum(reasons.values()) for reasons in of_reasons) + file.get("unplaced", 0)


def _window_row(
    sample: str, fold: str, split: str, found: Mapping[str, Any], shared: Mapping[str, Any] | None
) -> dict[str, Any]:
    return {
        "sample": sample,
        "fold": fold,
        "split": split,
        **{name: found[name] for name in ("peaks", "got", "wanted", "ks_distance")},
        "shared": (shared or {}).get("peaks_left_out", 0),
    }

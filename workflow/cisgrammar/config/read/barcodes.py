"""The table of barcodes and their groups."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from cisgrammar.config.fields import ConfigError
from cisgrammar.files.text import read_text

_BARCODES = ("barcode", "barcodes", "cell_barcode", "cell", "cell_id", "cellid", "cells", "cb", "bc", "index", "")
_GROUPS = (
    *("group", "groups", "cluster", "clusters", "cell_type", "celltype", "cell type", "leiden", "louvain", "ident"),
    *("seurat_clusters", "annotation", "label", "celltypist", "type"),
)
_LIKE_BARCODE = re.compile(r"[ACGTN]{6,}", re.IGNORECASE)
_NO_GROUP = ("", "na", "nan", "<na>", "none", "null")


def read_barcodes(path: str | Path) -> dict[str, str]:
    """Read barcode -> group, in the order of the table.

    Cells are separated by tabs; in a table whose first line has none by commas or semicolons, else by the first blank
    of each line. A first line that names the columns tells which ones are taken: `barcode` and `group`, or what else
    programs call them (`cell`, `cluster`, `leiden`, R's names of rows); without one the first two are. Lines that begin
    with # are left out, and so are barcodes without a group (none, `NA` or `nan`).

    Raises
    ------
    ConfigError
        If there is no such file, a line has one cell alone, a quote is not closed, the columns' names do not tell which
        has the groups, no barcode has a group, or one has two.
    """
    if not Path(path).is_file():
        raise ConfigError(f"barcodes: no file {path}; write a table of barcode and group")
    try:
        lines = [line for line in read_text(path).splitlines() if line.strip() and not line.startswith("#")]
        rows = _cells(lines)
    except ValueError as error:
        raise ConfigError(f"barcodes: {error}") from None
    except csv.Error as error:
        raise ConfigError(f"barcodes: {path}: not a table ({error}); close every quote, or take quotes out") from None
    named, columns = _columns(path, rows)
    groups: dict[str, str] = {}
    for number, cells in enumerate(rows[named:], start=1 + named):
        if len(cells) <= max(columns):
            raise ConfigError(f"barcodes: {path}: row {number} has {len(cells)} cells; wanted barcode and group")
        barcode, group = (cells[column].strip() for column in columns)
        group = "" if group.lower() in _NO_GROUP else group
        if groups.get(barcode, group) != group:
            raise ConfigError(f"barcodes: {path}: row {number}: {barcode} is in {groups[barcode]} and in {group}")
        if barcode and group:
            groups[barcode] = group
    if not groups:
        raise ConfigError(f"barcodes: {path}: no barcode has a group; write a table of barcode and group")
    return groups


def _cells(lines: Sequence[str]) -> list[list[str]]:
    """The cells of each line; csv.Error for a quote that its line does not close."""
    first = lines[0] if lines else ""
    if not set("\t,;") & set(first):
        return [[cell.strip().strip('"') for cell in line.strip().split(None, 1)] for line in lines]
    delimiter = "\t" if "\t" in first else max(",;", key=first.count)
    # line by line: a quote that is not closed would take the lines after it along
    return [next(csv.reader([line], delimiter=delimiter, strict=True), []) for line in lines]


def _columns(path: str | Path, rows: Sequence[Sequence[str]]) -> tuple[int, tuple[int, int]]:
    """Whether the first row names the columns (1, else 0), and the places of barcode and group."""
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    below = rows[1] if len(rows) > 1 else ()
    if len(below) == len(header) + 1:  # R's names of rows have no name
        header = ["", *header]
    groups = [header.index(name) for name in _GROUPS if name in header]
    barcodes = [header.index(name) for name in _BARCODES if name in header]
    named = bool(groups and barcodes) or (
        bool(header and below)
        and not _LIKE_BARCODE.search(header[0])
        and _LIKE_BARCODE.search(below[0]) is not None
        and bool(barcodes or groups or len(header) > 2)
    )
    if not named:
        return 0, (0, 1)
    twice = sorted({name for name in (*_BARCODES[:1], *_GROUPS[:1]) if header.count(name) > 1})
    if twice:
        raise ConfigError(f"barcodes: {path}: two columns are called {twice[0]}; take one out")
    if not groups and len(header) > 2:
        shown = ", ".join(name or "(none)" for name in header[:8])
        raise ConfigError(f"barcodes: {path}: which column has the groups? They are called {shown}; call one group")
    barcode = barcodes[0] if barcodes else 0
    return 1, (barcode, groups[0] if groups else 1 - barcode)


def plain_name(group: str) -> str:
    """A group's name as a sample or a file may have it: letters, digits, `_`, `.` and `-`."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", group).strip("_.-") or "group"


def file_of_group(group: str) -> str:
    """The name of the file with a group's fragments."""
    return f"{plain_name(group)}.tsv.gz"

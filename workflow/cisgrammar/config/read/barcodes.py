"""The table of barcodes and their groups."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from cisgrammar.config.fields import ConfigError
from cisgrammar.files.text import read_text


def read_barcodes(path: str | Path) -> dict[str, str]:
    """Read barcode -> group, in the order of the table.

    Cells are separated by tabs, commas or semicolons. With a header that names `barcode` and `group` these columns are
    taken, wherever they stand; without one the first two. Lines that begin with # are left out, and so are barcodes
    without a group.

    Raises
    ------
    ConfigError
        If there is no such file, a line has one cell alone, no barcode has a group, or one has two.
    """
    if not Path(path).is_file():
        raise ConfigError(f"barcodes: no file {path}; write a table of barcode and group")
    try:
        lines = [line for line in read_text(path).splitlines() if line.strip() and not line.startswith("#")]
    except ValueError as error:
        raise ConfigError(f"barcodes: {error}") from None
    first = lines[0] if lines else ""
    delimiter = max("\t,;", key=first.count)
    header = [cell.strip().lower() for cell in next(csv.reader([first], delimiter=delimiter), [])]
    named = {"barcode", "group"} <= set(header)
    columns = (header.index("barcode"), header.index("group")) if named else (0, 1)
    groups: dict[str, str] = {}
    for number, cells in enumerate(csv.reader(lines[named:], delimiter=delimiter), start=1 + named):
        if len(cells) <= max(columns):
            raise ConfigError(f"barcodes: {path}: row {number} has {len(cells)} cells; wanted barcode and group")
        barcode, group = (cells[column].strip() for column in columns)
        if groups.get(barcode, group) != group:
            raise ConfigError(f"barcodes: {path}: row {number}: {barcode} is in {groups[barcode]} and in {group}")
        if barcode and group:
            groups[barcode] = group
    if not groups:
        raise ConfigError(f"barcodes: {path}: no barcode has a group; write a table of barcode and group")
    return groups


def plain_name(group: str) -> str:
    """A group's name as a sample or a file may have it: letters, digits, `_`, `.` and `-`."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", group).strip("_.-") or "group"


def file_of_group(group: str) -> str:
    """The name of the file with a group's fragments."""
    return f"{plain_name(group)}.tsv.gz"

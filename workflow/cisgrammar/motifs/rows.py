"""Rows of numbers of a motif file, gathered into motifs: each must be of finite numbers >= 0 that are not all 0."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cisgrammar.iupac import BASES
from cisgrammar.motifs.motif import Motif, from_shares

logger = logging.getLogger(__name__)

# Sums of a motif's positions as parts of the largest: counts of aligned sites differ by sites that are cut off.
_ALIKE = 0.9
_EQUAL = 0.99
"""Of shares and of counts of sites that are all whole."""
_OF_ONE = 0.05


def numbers(fields: Sequence[str]) -> list[float] | None:
    """Fields as numbers; None if one is none."""
    try:
        return [float(field) for field in fields]
    except ValueError:
        return None


def are_positions(values: Sequence[Sequence[float]]) -> bool:
    """Whether four rows of four numbers are positions, and not bases: they add up alike, and columns do not.

    Shares of 1 in each row are positions, whatever the columns add up to.
    """
    sums = [sum(row) for row in values]
    if all(abs(total - 1) < _OF_ONE for total in sums):
        return True
    columns = [sum(column) for column in zip(*values, strict=True)]
    return min(sums) >= _EQUAL * max(sums) and min(columns) < _EQUAL * max(columns)


class MotifRows:
    """Collects the motifs of a file, row by row; errors name the file and the line.

    Parameters
    ----------
    path
        The file.
    kind
        What it should be, for messages.
    """

    def __init__(self, path: str | Path, kind: str) -> None:
        self._path = path
        self._kind = kind
        self._rows: dict[str, list[list[float]]] = {}
        self._lines: dict[str, int] = {}
        self._bases: dict[str, list[str]] = {}
        self._name = ""

    @property
    def empty(self) -> bool:
        """Whether no motif has begun."""
        return not self._rows

    @property
    def width(self) -> int:
        """Rows of the motif that has begun."""
        return len(self._rows.get(self._name, ()))

    def begin(self, name: str, line: int) -> None:
        """Begin a motif; one whose name is there already gets a number behind it, which is logged."""
        if not name:
            raise ValueError(f"{self._path}:{line}: a motif without a name")
        number, free = 1, name
        while free in self._rows:
            number += 1
            free = f"{name}.{number}"
        if free != name:
            place, first = f"{self._path}:{line}", self._lines[name]
            logger.warning("%s: a second motif %s (first in line %d) is called %s here", place, name, first, free)
        self._name = free
        self._rows[free], self._lines[free], self._bases[free] = [], line, []

    def add(self, fields: Sequence[str], line: int) -> None:
        """Add a position's four shares or counts."""
        values = self._numbers(fields, line)
        if len(values) != 4:
            raise self._fault(line, fields, "is not a row of 4 shares")
        if not 0 < sum(values) < math.inf:
            raise self._fault(line, fields, "has no base: a row of zeros; wanted shares or counts of A, C, G and T")
        self._rows[self._name].append(values)

    def add_base(self, fields: Sequence[str], line: int) -> None:
        """Add a base's shares or counts, a number a position; the first field may be the base."""
        if self.empty:
            raise self._fault(line, fields, "is not a row of counts under a > line")
        named = bool(fields) and fields[0].upper() in (*BASES, "U")
        values = self._numbers(fields[1:] if named else fields, line)
        self._rows[self._name].append(values)
        self._bases[self._name].append(fields[0].upper().replace("U", "T") if named else "")

    def check_width(self, width: int | None) -> None:
        """Check that the motif that has begun has so many rows; None is any number."""
        if width is not None and self.width != width:
            raise ValueError(
                f"{self._path}:{self._lines[self._name]}: motif {self._name}: w= {width}, but {self.width} rows; "
                "the file may be cut off"
            )

    def motifs(self) -> dict[str, Motif]:
        """The motifs whose rows are positions."""
        empty = [name for name, rows in self._rows.items() if not rows]
        if self.empty or empty:
            what = f"motif {empty[0]} is empty" if empty else "no motif"
            raise ValueError(f"{self._path}: {what}; wanted a {self._kind} file")
        for name, rows in self._rows.items():
            self._note_sums(name, rows)
        return {name: from_shares(name, np.array(rows)) for name, rows in self._rows.items()}

    def _note_sums(self, name: str, rows: list[list[float]]) -> None:
        """Log that positions of a motif add up to different sums, as where a number is missing."""
        sums = [sum(row) for row in rows]
        if min(sums) < _ALIKE * max(sums):
            logger.warning(
                "%s:%d: positions of motif %s add up to %g to %g; each is scaled to shares of 1",
                *(self._path, self._lines[name], name, min(sums), max(sums)),
            )

    def of_bases(self) -> dict[str, Motif]:
        """The motifs whose rows are bases: A C G T, or in the order of the letters that they begin with."""
        for name, rows in self._rows.items():
            where = f"{self._path}:{self._lines[name]}: motif {name}"
            if len(rows) != 4 or len({len(row) for row in rows}) != 1 or not rows[0]:
                raise ValueError(f"{where} has rows of {[len(row) for row in rows]} numbers, wanted 4 alike (A C G T)")
            bases = self._bases[name] if any(self._bases[name]) else list(BASES)
            if sorted(bases) != sorted(BASES):
                raise ValueError(
                    f"{where} has rows of {', '.join(base or '?' for base in bases)}; wanted A, C, G and T"
                )
            counts = np.array([rows[bases.index(base)] for base in BASES])  # (4, width)
            if not counts.sum(0).all():
                position = int((counts.sum(0) == 0).argmax()) + 1
                raise ValueError(f"{where} has no base at position {position}: a column of zeros")
            self._rows[name] = counts.T.tolist()
        return self.motifs()

    def _numbers(self, fields: Sequence[str], line: int) -> list[float]:
        values = numbers(fields)
        if values is None:
            raise self._fault(line, fields, "is not a row of numbers")
        if not all(math.isfinite(value) and value >= 0 for value in values):
            raise self._fault(line, fields, "is not a row of finite numbers >= 0")
        return values

    def _fault(self, line: int, fields: Sequence[str], what: str) -> ValueError:
        shown = " ".join(fields)
        return ValueError(f"{self._path}:{line}: {shown if len(shown) <= 40 else shown[:37] + '...'!r} {what}")

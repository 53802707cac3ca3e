"""Metrics of every window of a fold, beside memory: on disk while a fold is scored, read back by model."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.signal.table import Regions

Array = NDArray[np.float64]
PLACE = ("chrom", "start", "end", "name", "kind")
_ROWS = 4096


@dataclass(frozen=True)
class Scored:
    """What was scored: a model, baseline or reference, on one head, in windows of one kind."""

    model: str
    head: str
    kind: str


@dataclass(frozen=True, eq=False)
class _Place:
    offset: int
    rows: NDArray[np.int64]


class Scores:
    """Metrics by what was scored, in an unnamed file that is gone when this object, or its process, is.

    Parameters
    ----------
    regions
        The windows.
    folder
        Where the file lies; None for the system's folder of temporary files.
    """

    def __init__(self, regions: Regions, folder: Path | None = None) -> None:
        self._regions = regions
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as this object
        weakref.finalize(self, self._file.close)
        self._places: dict[Scored, _Place] = {}
        self._metrics: tuple[str, ...] = ()
        self._end = 0

    def begin(self, scored: Scored, rows: NDArray[np.int64]) -> None:
        """Make room for the metrics of windows that are `rows` of the regions; what began first is first in tables."""
        self._places[scored] = _Place(self._end, rows)
        self._end += len(rows) * 8 * 7

    def add(self, scored: Scored, first: int, found: Mapping[str, Array]) -> None:
        """Keep metrics (`metrics.region_metrics`) of a block of its windows, from its window `first` on."""
        self._metrics = self._metrics or tuple(found)
        values = np.stack([found[name] for name in self._metrics], axis=1).astype(np.float64)  # (block, metrics)
        self._file.seek(self._places[scored].offset + first * values.itemsize * values.shape[1])
        self._file.write(values.tobytes())

    def of(self, scored: Scored) -> dict[str, Array]:
        """All metrics of what was scored, `(windows,)` each; empty arrays where nothing of the kind was."""
        place = self._places.get(scored)
        if place is None:
            return {name: np.zeros(0) for name in self._metrics}
        values = self._read(place, 0, len(place.rows))
        return {name: values[:, i].copy() for i, name in enumerate(self._metrics)}

    def rows(self, scored: Scored) -> NDArray[np.int64]:
        """Which rows of the regions were scored, `(windows,)`."""
        return self._places[scored].rows if scored in self._places else np.zeros(0, dtype=np.int64)

    @property
    def heads(self) -> list[str]:
        """Names of the heads, in their order."""
        return list(dict.fromkeys(scored.head for scored in self._places))

    @property
    def regions(self) -> Regions:
        """The windows."""
        return self._regions

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield the table `PER_REGION` in blocks of rows."""
        for scored, place in self._places.items():
            names = {"model": scored.model, "head": scored.head}
            for first in range(0, len(place.rows), _ROWS):
                rows = place.rows[first : first + _ROWS]
                values = self._read(place, first, len(rows))
                where = {column: getattr(self._regions, column)[rows] for column in PLACE}
                found = {name: values[:, i] for i, name in enumerate(self._metrics)}
                yield pd.DataFrame({**where, **names, **found})

    def _read(self, place: _Place, first: int, number: int) -> Array:
        width = len(self._metrics)
        self._file.seek(place.offset + first * 8 * width)
        return np.frombuffer(self._file.read(number * 8 * width), dtype=np.float64).reshape(number, width)

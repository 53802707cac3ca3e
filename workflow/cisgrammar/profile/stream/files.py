"""Predictions written as they come: HDF5 in pieces, and the counts of each region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.predictions import FORMAT, Predictions
from cisgrammar.profile.stream.windows import Cover
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import Intervals

_CHUNK = 16


class WindowFile:
    """An open HDF5 file of the windows' predictions, filled batch by batch.

    Layout as of `write_predictions`, in the order of the windows; `coordinates` also has `first` and `last`, the bases
    that a window gives, and `region`, the number of its region.

    Parameters
    ----------
    file
        Open for writing.
    genome, windows
        The sequences, and all windows.
    heads, length
        What the models predict.
    parts
        The parts that are written.
    """

    def __init__(
        self, file: h5py.File, genome: Genome, windows: Cover, heads: Iterable[Head], length: int, parts: Iterable[str]
    ) -> None:
        file.attrs["format"] = FORMAT
        place = file.create_group("coordinates")
        place["chrom_names"] = np.array([name.encode() for name in genome.names], dtype=h5py.string_dtype())
        place["chrom"] = windows.chromosome
        place["start"] = windows.start
        place["end"] = windows.start + length
        for name in ("first", "last", "region"):
            place[name] = getattr(windows, name)
        number, heads = len(windows), tuple(heads)
        rows = max(1, min(_CHUNK, number))
        self._written = 0
        self._groups: dict[tuple[str, str], Any] = {}
        for part in parts:
            for head in heads:
                group = file.create_group(f"{part}/{head.name}")
                shape, chunk = (number, head.tasks, length), (rows, head.tasks, length)
                group.create_dataset("log_probabilities", shape, np.float32, chunks=chunk)
                group.create_dataset("log_counts", (number,), np.float32)
                self._groups[part, head.name] = group

    def add(self, predicted: Mapping[str, Predictions]) -> None:
        """Write the next batch."""
        size = len(next(iter(predicted.values())))
        rows = slice(self._written, self._written + size)
        for (part, head), group in self._groups.items():
            group["log_probabilities"][rows] = predicted[part].log_probabilities[head]
            group["log_counts"][rows] = predicted[part].log_counts[head]
        self._written += size


class RegionCounts:
    """Expected 5' ends of each region, summed over the bases that its windows give.

    Parameters
    ----------
    regions
        All regions.
    faults
        `(regions,)` why one has no prediction; empty where it has.
    windows
        All windows.
    beyond
        `(windows,)` bp of a window's input beyond its sequence.
    """

    def __init__(self, regions: Intervals, faults: NDArray[np.str_], windows: Cover, beyond: NDArray[np.int64]) -> None:
        number = len(regions)
        self._regions, self._faults = regions, faults
        self._windows = np.bincount(windows.region, minlength=number)
        self._beyond = np.zeros(number, dtype=np.int64)
        np.maximum.at(self._beyond, windows.region, beyond)
        self._first = np.full(number, np.iinfo(np.int64).max)
        self._last = np.zeros(number, dtype=np.int64)
        np.minimum.at(self._first, windows.region, windows.first)
        np.maximum.at(self._last, windows.region, windows.last)
        self._counts: dict[tuple[str, str], NDArray[np.float64]] = {}
        self._log_counts: dict[tuple[str, str], NDArray[np.float64]] = {}

    def add(self, part: str, head: str, batch: Cover, expected: list[float], log_counts: NDArray[np.floating]) -> None:
        """Add a batch: `expected` ends on the bases that each window gives, and the windows' `log_counts`."""
        place = part, head
        if place not in self._counts:
            self._counts[place] = np.zeros(len(self._regions))
            self._log_counts[place] = np.full(len(self._regions), np.nan)
        np.add.at(self._counts[place], batch.region, expected)
        alone = self._windows[batch.region] == 1
        self._log_counts[place][batch.region[alone]] = log_counts[alone]

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Yield the rows of the table `PREDICTED`, by region, part and head."""
        regions = self._regions
        for index in range(len(regions)):
            place = tuple(getattr(regions, name)[index].item() for name in ("chrom", "start", "end", "name"))
            there = not self._faults[index]
            first, last = (int(self._first[index]), int(self._last[index])) if there else place[1:3]
            for (part, head), counts in self._counts.items():
                yield (
                    *place,
                    part,
                    head,
                    int(self._windows[index]),
                    first,
                    last,
                    f"{counts[index] if there else np.nan:.8g}",
                    f"{self._log_counts[part, head][index]:.8g}",
                    int(self._beyond[index]),
                    str(self._faults[index]),
                )

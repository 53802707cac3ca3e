"""The file of a fold's predictions, written and read in blocks of windows: memory goes with the block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5, require_room
from cisgrammar.files.rows import rows_of
from cisgrammar.profile.predictions import FORMAT, Predictions


class Source(Protocol):
    """Predictions of several parts of a model for the same windows."""

    parts: tuple[str, ...]

    def __len__(self) -> int:
        """Windows."""
        ...

    def read(self, part: str, rows: NDArray[np.int64]) -> Predictions:
        """What a part predicts for some windows, in their order."""
        ...


class InMemory:
    """Predictions that are there already, as a `Source`.

    Parameters
    ----------
    predictions
        Part -> its predictions.
    """

    def __init__(self, predictions: Mapping[str, Predictions]) -> None:
        self.parts = tuple(predictions)
        self._predictions = predictions

    def __len__(self) -> int:
        return len(next(iter(self._predictions.values())))

    def read(self, part: str, rows: NDArray[np.int64]) -> Predictions:
        """What a part predicts for some windows, in their order."""
        whole = self._predictions[part]
        return Predictions(*({head: values[rows] for head, values in kind.items()} for kind in vars(whole).values()))


class PredictionWriter:
    """An open HDF5 file (with `track_order`) of the predictions of several parts, filled batch by batch.

    Layout: `coordinates/{chrom_names,chrom,start,end}` (0-based, half-open; `chrom` indexes `chrom_names`), and
    `<part>/<head>/{log_probabilities,log_counts}`, float32 `(windows, tasks, length)` and `(windows,)`. Each dataset
    lies in one piece.

    Parameters
    ----------
    file
        Open for writing.
    chroms, starts
        `(windows,)` where the output windows begin.
    """

    def __init__(self, file: h5py.File, chroms: Sequence[str] | NDArray[np.str_], starts: NDArray[np.integer]) -> None:
        chroms, starts = np.asarray(chroms, dtype=np.str_), np.asarray(starts, dtype=np.int64)
        names, first, index = np.unique(chroms, return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty(len(names), dtype=np.int32)
        rank[order] = np.arange(len(names))
        file.attrs["format"] = FORMAT
        self._place = file.create_group("coordinates")
        self._place["chrom_names"] = np.array([names[i].encode() for i in order], dtype=h5py.string_dtype())
        self._place["chrom"] = rank[index]
        self._place["start"] = starts
        self._file, self._starts, self._written = file, starts, 0

    def add(self, predicted: Mapping[str, Predictions]) -> None:
        """Write the next batch."""
        if "end" not in self._place:
            self._create(predicted)
        rows = slice(self._written, self._written + len(next(iter(predicted.values()))))
        for part, found in predicted.items():
            for head, profile in found.log_probabilities.items():
                group = self._file[part][head]
                group["log_probabilities"][rows] = profile.astype(np.float32)
                group["log_counts"][rows] = found.log_counts[head].astype(np.float32)
        self._written = rows.stop

    def _create(self, predicted: Mapping[str, Predictions]) -> None:
        """Make the datasets, once a batch tells their shapes."""
        number, length, size = len(self._starts), 0, 0
        for part, found in predicted.items():
            heads = self._file.create_group(part, track_order=True)
            for head, profile in found.log_probabilities.items():
                _, tasks, length = profile.shape
                group = heads.create_group(head)
                group.create_dataset("log_probabilities", (number, tasks, length), np.float32)
                group.create_dataset("log_counts", (number,), np.float32)
                size += 4 * number * (tasks * length + 1)
        self._place["end"] = self._starts + length
        require_room(self._file.filename, size)


class PredictionFile:
    """A file of predictions that is read as far as it is asked for.

    Attributes
    ----------
    parts, heads
        Their names.
    chroms
        `(windows,)` text.
    starts
        `(windows,)` 0-based first bases of the output windows.

    Parameters
    ----------
    path
        The file; ValueError or FileNotFoundError if it is none.
    """

    def __init__(self, path: str | Path) -> None:
        if not Path(path).is_file():
            raise FileNotFoundError(f"{path}: no such file; run the predict stage first")
        self._file = h5py.File(path, "r")
        if self._file.attrs.get("format") != FORMAT:
            self._file.close()
            raise ValueError(f"{path}: not a file of predictions ({FORMAT}); delete it and run again")
        place = self._file["coordinates"]
        names = np.array([name.decode() for name in place["chrom_names"][:]], dtype=np.str_)
        self.chroms: NDArray[np.str_] = names[place["chrom"][:]]
        self.starts: NDArray[np.int64] = place["start"][:]
        self.parts = tuple(part for part in self._file if part != "coordinates")
        self.heads = tuple(self._file[self.parts[0]]) if self.parts else ()

    def __enter__(self) -> PredictionFile:
        """Return the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._file.close()

    def __len__(self) -> int:
        return len(self.starts)

    def read(self, part: str, rows: NDArray[np.int64]) -> Predictions:
        """What a part predicts for some windows, in their order."""
        heads = self._file[part]
        return Predictions(
            {head: rows_of(heads[head]["log_probabilities"], rows) for head in heads},
            {head: rows_of(heads[head]["log_counts"], rows) for head in heads},
        )


def write_predictions(
    path: str | Path, predictions: Mapping[str, Predictions], chroms: Sequence[str], starts: NDArray[np.integer]
) -> None:
    """Write the predictions of several parts for the same windows, all in memory, as `PredictionWriter` does."""
    with atomic_hdf5(path, track_order=True) as file:
        PredictionWriter(file, chroms, starts).add(predictions)


def read_predictions(path: str | Path) -> tuple[dict[str, Predictions], list[str], NDArray[np.int64]]:
    """Read all of a file into memory: part -> predictions, chromosomes, starts."""
    with PredictionFile(path) as file:
        rows = np.arange(len(file))
        return {part: file.read(part, rows) for part in file.parts}, file.chroms.tolist(), file.starts

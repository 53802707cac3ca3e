"""Profiles of ablated sites as files, one of each shard. Free of torch: the job that joins them reads it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import h5py
import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5
from cisgrammar.files.rows import rows_of

_FORMAT = "cisgrammar ablated sites 1"
_NAMES = ("site", "before", "after")


class ProfileWriter:
    """The profiles of a shard as HDF5, written as they come; with `with`, which makes the file whole or removes it.

    Parameters
    ----------
    path
        The file.
    total
        Sites in all.
    """

    def __init__(self, path: str | Path, total: int) -> None:
        self._path, self._total, self._written = path, total, 0
        self._open = ExitStack()

    def __enter__(self) -> ProfileWriter:
        """Return the writer itself."""
        self._file = self._open.enter_context(atomic_hdf5(self._path))
        self._file.attrs["format"] = _FORMAT
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._open.__exit__(kind, error, trace)

    def add(self, site: NDArray[np.int64], before: NDArray[np.float32], after: NDArray[np.float32]) -> None:
        """Write the next sites `(sites,)` and their profiles `(sites, positions)`."""
        rows = slice(self._written, self._written + len(site))
        found: tuple[NDArray, ...] = (site, before, after)
        for name, values in zip(_NAMES, found, strict=True):
            if name not in self._file:
                self._file.create_dataset(name, (self._total, *values.shape[1:]), values.dtype)
            self._file[name][rows] = values
        self._written = rows.stop


class Profiles:
    """The profiles of all shards, read as far as they are asked for.

    Attributes
    ----------
    site
        `(sites,)` numbers of the sites, ascending.

    Parameters
    ----------
    paths
        What `ProfileWriter` wrote; ValueError if one is another file.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._files = [_open(path) for path in paths]
        site = np.concatenate([file["site"][:] for file in self._files])
        self._order = np.argsort(site, kind="stable")
        self._first = np.cumsum([0, *(len(file["site"]) for file in self._files)])
        self.site: NDArray[np.int64] = site[self._order]

    def __len__(self) -> int:
        return len(self.site)

    def read(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Profiles before and after of some of the sites, `(rows, positions)` each."""
        at = self._order[rows]
        shard = np.searchsorted(self._first, at, side="right") - 1
        before, after = (self._rows(name, at, shard) for name in _NAMES[1:])
        return before, after

    def _rows(self, name: str, at: NDArray[np.int64], shard: NDArray[np.int64]) -> NDArray[np.float32]:
        data = self._files[0][name]
        found = np.empty((len(at), *data.shape[1:]), dtype=data.dtype)
        for number, file in enumerate(self._files):
            mine = shard == number
            if mine.any():
                found[mine] = rows_of(file[name], at[mine] - self._first[number])
        return found


def _open(path: str | Path) -> h5py.File:
    file = h5py.File(path, "r")
    if file.attrs.get("format") != _FORMAT:
        file.close()
        raise ValueError(f"{path}: not profiles of ablated sites; delete it and run again")
    return file

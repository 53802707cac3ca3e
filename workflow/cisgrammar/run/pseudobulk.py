"""Samples that are groups of barcodes: the files that are split, and what is counted of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from cisgrammar.config.read.barcodes import file_of_group, plain_name
from cisgrammar.config.read.groups import Samples
from cisgrammar.config.samples import Track


class Splitting:
    """The files of fragments that are split by groups of barcodes, and what samples count of them.

    Parameters
    ----------
    results
        The folder of results.
    samples
        As `with_groups` gives them.
    """

    def __init__(self, results: str, samples: Samples) -> None:
        self._results = results
        self._tracks = [track for tracks in samples.values() for track in tracks if track.barcodes]
        self.files = _folders(dict.fromkeys(track.signal for track in self._tracks))

    def groups(self, wildcards: Any) -> list[str]:
        """The groups that a file is split into, sorted; its folder is the wildcard `fragments`."""
        file = self.files[wildcards.fragments]
        return sorted({track.barcodes for track in self._tracks if track.signal == file})

    def folder(self, track: Track) -> str:
        """The folder with the files of a row's fragments."""
        name = next(name for name, file in self.files.items() if file == track.signal)
        return f"{self._results}/pseudobulk/{name}"

    def counted(self, track: Track) -> str:
        """The signal of a row, or the file with the fragments of its group."""
        return f"{self.folder(track)}/{file_of_group(track.barcodes)}" if track.barcodes else track.signal

    def inputs(self, tracks: Iterable[Track]) -> list[str]:
        """The files that rows are counted from; the folder of one that is split."""
        paths = [[self.folder(track)] if track.barcodes else track.signal_paths for track in tracks]
        return [path for found in paths for path in found]


def _folders(files: Iterable[str]) -> dict[str, str]:
    """Folder below `pseudobulk` -> file, called by the file's name; with a number where two have one name."""
    found: dict[str, str] = {}
    for file in files:
        stem = plain_name(Path(file).name.split(".")[0])
        names = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
        found[next(name for name in names if name not in found)] = file
    return found

"""Contributions as files: HDF5 with all of them, a bigWig of each output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5, atomic_path, require_room
from cisgrammar.files.progress import counted
from cisgrammar.files.rows import rows_of
from cisgrammar.perturb.contributions import of_present_bases
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig import most_bytes
from cisgrammar.signal.tracks.stream import TrackStream

_FORMAT = "cisgrammar contributions 1"
BLOCK = 256
"""Windows that are in memory at a time."""
_CHUNK = 16

Outputs = dict[tuple[str, str], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class PeakContributions:
    """Contributions of some windows.

    Attributes
    ----------
    region
        `(windows,)` row of the table of regions.
    chrom, start
        `(windows,)` where the sequence begins on its chromosome; it is `codes.shape[1]` bp long.
    codes
        `(windows, length)`.
    hypothetical
        (head, output) -> `(windows, 4, length)`.
    control
        (head, output) -> `(windows, length)`: of the bases of one shuffle of each sequence.
    """

    region: NDArray[np.int64]
    chrom: NDArray[np.str_]
    start: NDArray[np.int64]
    codes: NDArray[np.uint8]
    hypothetical: Outputs
    control: Outputs

    def of_bases(self, key: tuple[str, str]) -> NDArray[np.float32]:
        """Contributions of the bases that are there, `(windows, length)`."""
        return of_present_bases(self.hypothetical[key], self.codes)


def write_contributions(path: str | Path, blocks: Iterable[PeakContributions]) -> None:
    """Write windows that come in blocks, at least one, as HDF5.

    Layout: `coordinates/{chrom,start,end,region}`, `codes`, and `<head>/<output>/{hypothetical,bases,control}`; 0-based
    half-open; A C G T are 0 to 3 and the rows of `hypothetical`, as TF-MoDISco wants them.
    """
    region, chrom, start = [], [], []
    length = 0
    with atomic_hdf5(path, track_order=True) as file:
        file.attrs["format"] = _FORMAT
        place = file.create_group("coordinates")
        for found in blocks:
            region.append(found.region.astype(np.int64))
            chrom.append(found.chrom)
            start.append(found.start.astype(np.int64))
            length = found.codes.shape[1]
            _append(file, "codes", found.codes)
            for (head, output), values in found.hypothetical.items():
                name = f"{head}/{output}"
                _append(file, f"{name}/hypothetical", values.astype(np.float32))
                _append(file, f"{name}/bases", found.of_bases((head, output)))
                _append(file, f"{name}/control", found.control[head, output].astype(np.float32))
        starts = np.concatenate(start)
        place["chrom"] = np.array([name.encode() for name in np.concatenate(chrom)], dtype=h5py.string_dtype())
        place["start"], place["end"] = starts, starts + length
        place["region"] = np.concatenate(region)


def _append(file: h5py.File, name: str, values: NDArray) -> None:
    """Write rows behind those of a dataset, which is made if it is not there."""
    if name not in file:
        packed = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
        shape = {"maxshape": (None, *values.shape[1:]), "chunks": (_CHUNK, *values.shape[1:])}
        file.create_dataset(name, data=values, **packed, **shape)
        return
    data = file[name]
    number = len(data)
    data.resize(number + len(values), axis=0)
    data[number:] = values


class ContributionFile:
    """What `write_contributions` wrote, read as far as it is asked for.

    Attributes
    ----------
    region, chrom, start
        As of `PeakContributions`.
    keys
        (head, output) pairs.

    Parameters
    ----------
    path
        The file; ValueError if it is another.
    """

    def __init__(self, path: str | Path) -> None:
        self._file = h5py.File(path, "r")
        if self._file.attrs.get("format") != _FORMAT:
            self._file.close()
            raise ValueError(f"{path}: not a file of contributions ({_FORMAT}); delete it and run again")
        place, heads = self._file["coordinates"], [h for h in self._file if h not in ("coordinates", "codes")]
        self.region: NDArray[np.int64] = place["region"][:]
        self.chrom = np.array([name.decode() for name in place["chrom"][:]])
        self.start: NDArray[np.int64] = place["start"][:]
        self.keys = [(head, output) for head in heads for output in self._file[head]]

    def __len__(self) -> int:
        return len(self.region)

    def read(self, rows: NDArray[np.int64]) -> PeakContributions:
        """Some windows, in the order asked for."""
        hypothetical, control = (
            {key: rows_of(self._file["/".join(key)][name], rows) for key in self.keys}
            for name in ("hypothetical", "control")
        )
        place = self.region[rows], self.chrom[rows], self.start[rows]
        return PeakContributions(*place, self.codes(rows), hypothetical, control)

    def codes(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Codes of some windows."""
        return rows_of(self._file["codes"], rows)

    def values(self, key: tuple[str, str], kind: Literal["bases", "control"]) -> Iterator[NDArray[np.float32]]:
        """Yield contributions of the bases of windows or of their shuffles, `(windows, length)`, in blocks."""
        data = self._file["/".join(key)][kind]
        for first in range(0, len(self), BLOCK):
            yield data[first : first + BLOCK]


def read_contributions(path: str | Path) -> PeakContributions:
    """Read all of what `write_contributions` wrote; ValueError if it is another file."""
    found = ContributionFile(path)
    return found.read(np.arange(len(found)))


def joined_contributions(paths: Sequence[str | Path]) -> Iterator[PeakContributions]:
    """Yield the windows of all shards in blocks, in the order of the table of regions."""
    shards = [ContributionFile(path) for path in paths]
    region = np.concatenate([shard.region for shard in shards])
    order = np.argsort(region, kind="stable")
    first = np.cumsum([0, *map(len, shards)])
    for i in counted(range(0, max(len(order), 1), BLOCK), "join contributions", "blocks of windows"):
        rows = order[i : i + BLOCK]
        of = np.searchsorted(first, rows, side="right") - 1
        mine = [np.flatnonzero(of == n) for n in range(len(shards))]
        parts = [shard.read(rows[at] - first[n]) for n, (shard, at) in enumerate(zip(shards, mine, strict=True))]
        yield _together(parts, np.argsort(np.concatenate(mine), kind="stable"))


def _together(parts: Sequence[PeakContributions], order: NDArray[np.int64]) -> PeakContributions:
    """Windows of several blocks, in an order."""

    def outputs(name: str) -> Outputs:
        every = [getattr(part, name) for part in parts]
        return {key: np.concatenate([each[key] for each in every])[order] for key in every[0]}

    region, chrom, start, codes = (
        np.concatenate([getattr(part, name) for part in parts])[order] for name in ("region", "chrom", "start", "codes")
    )
    return PeakContributions(region, chrom, start, codes, outputs("hypothetical"), outputs("control"))


def write_contribution_track(path: str | Path, found: ContributionFile, output: str, genome: Genome) -> None:
    """Write the contributions of the bases to an output as bigWig: means over heads, and over windows that overlap.

    Windows are in the genome's order, as in the table of regions.
    """
    sizes = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    keys = [key for key in found.keys if key[1] == output]
    with atomic_path(path) as partial, TrackStream(partial, sizes) as track:
        for i in counted(range(0, len(found), BLOCK), f"write {path}", "blocks of windows"):
            block = found.read(np.arange(i, min(i + BLOCK, len(found))))
            require_room(path, most_bytes(block.codes.size))
            values = np.mean([block.of_bases(key) for key in keys], axis=0)
            for chrom, start, row in zip(block.chrom.tolist(), block.start.tolist(), values, strict=True):
                track.add(chrom, start, row)

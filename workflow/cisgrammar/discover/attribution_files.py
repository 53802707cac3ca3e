"""Contributions of a sample's windows as files: HDF5 that the stage reads, and a bigWig of each output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5, atomic_path, require_room
from cisgrammar.files.kept_parts import KeptParts, Part
from cisgrammar.files.rows import rows_of
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig import most_bytes
from cisgrammar.signal.tracks.stream import TrackStream

FORMAT = "cisgrammar discover contributions 2"
_PLACES = ("chrom", "start", "shuffled", "held_out", "seen")
_COLUMNS = (*_PLACES, "codes")
_VALUES = ("hypothetical", "spread", "by_fold")
_ROWS = 64
BLOCK = 512
"""Windows that are in memory at a time: a multiple of the batches of `attribute` and `fit_hits`, which so do not
depend on it."""


@dataclass(frozen=True, eq=False)
class Attributions:
    """Contributions of windows and of their shuffles.

    Attributes
    ----------
    chrom, start
        `(windows,)` where each begins on its chromosome, 0-based; a shuffle is where its window is.
    shuffled
        `(windows,)` whether it is a dinucleotide shuffle.
    held_out
        `(windows,)` not seen by the first fold: patterns are not found on it.
    seen
        `(windows, folds)` whether a fold's model was trained or validated on it.
    codes
        `(windows, length)`.
    hypothetical
        Output -> `(windows, 4, length)` float16: to ln counts in nats, to the profile in logits; mean over folds.
    spread
        Output -> `(windows, length)` float16: standard deviation over folds of the contributions of the bases there.
    by_fold
        Output -> `(windows, folds, length)` float16: contributions of the bases there by each fold, 0 where it does not
        explain a window; empty with one fold.
    """

    chrom: NDArray[np.str_]
    start: NDArray[np.int64]
    shuffled: NDArray[np.bool_]
    held_out: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    codes: NDArray[np.uint8]
    hypothetical: dict[str, NDArray[np.float16]]
    spread: dict[str, NDArray[np.float16]]
    by_fold: dict[str, NDArray[np.float16]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.start)

    @property
    def length(self) -> int:
        """Bp of a window."""
        return self.codes.shape[1]

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return tuple(self.hypothetical)

    def of_bases(self, output: str, rows: NDArray[np.integer] | slice = slice(None)) -> NDArray[np.float32]:
        """Contributions of the bases that are there, of all windows or some, `(windows, length)`; 0 at N."""
        values, codes = self.hypothetical[output][rows], self.codes[rows]
        found = np.zeros(codes.shape, dtype=np.float32)
        for base in range(4):
            np.copyto(found, values[:, base], where=codes == base)
        return found

    def take(self, index: NDArray[np.bool_] | NDArray[np.integer]) -> Attributions:
        """The windows that an index or mask picks."""
        picked: dict[str, Any] = {name: getattr(self, name)[index] for name in _COLUMNS}
        outputs: dict[str, Any] = {name: {key: v[index] for key, v in getattr(self, name).items()} for name in _VALUES}
        return replace(self, **picked, **outputs)


class Source(Protocol):
    """Windows and their shuffles, whose contributions are read as far as they are asked for."""

    chrom: NDArray[np.str_]
    start: NDArray[np.int64]
    shuffled: NDArray[np.bool_]
    held_out: NDArray[np.bool_]
    seen: NDArray[np.bool_]

    def __len__(self) -> int:
        """Windows and shuffles."""
        ...

    @property
    def length(self) -> int:
        """Bp of a window."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""
        ...

    def take(self, index: NDArray[np.integer]) -> Attributions:
        """Some windows, in the order asked for."""
        ...


def blocks_of(source: Source, rows: NDArray[np.integer] | None = None) -> Iterator[tuple[NDArray, Attributions]]:
    """Yield row numbers and windows in blocks: all of a source, or some rows in their order."""
    every = np.arange(len(source)) if rows is None else rows
    for first in range(0, len(every), BLOCK):
        block = every[first : first + BLOCK]
        yield block, source.take(block)


def joined(blocks: Iterable[Attributions]) -> Attributions:
    """Blocks of windows, one after the other."""
    parts = list(blocks)
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS}
    values: dict[str, Any] = {
        kind: {key: np.concatenate([getattr(part, kind)[key] for part in parts]) for key in getattr(parts[0], kind)}
        for kind in _VALUES
    }
    return Attributions(**columns, **values)


def kept_blocks(kept: KeptParts, make: Callable[[int], Iterable[Attributions]]) -> Iterator[Attributions]:
    """Yield blocks of windows that a stopped job kept, and then those of `make`, which is given how many there are."""
    for part in kept.parts(lambda first: map(_as_part, make(first))):
        places: dict[str, Any] = {name: part[name] for name in _COLUMNS}
        values: dict[str, Any] = {
            kind: {name.partition("/")[2]: part[name] for name in part if name.startswith(f"{kind}/")}
            for kind in _VALUES
        }
        yield Attributions(**places, **values)


def _as_part(found: Attributions) -> Part:
    columns = {name: getattr(found, name) for name in _COLUMNS}
    return columns | {f"{kind}/{key}": data for kind in _VALUES for key, data in getattr(found, kind).items()}


def write_attributions(path: str | Path, found: Attributions) -> None:
    """Write windows as `write_attribution_blocks` does."""
    write_attribution_blocks(path, [found], len(found))


def write_attribution_blocks(path: str | Path, blocks: Iterable[Attributions], total: int) -> None:
    """Write `total` windows that come in blocks as HDF5, windows before shuffles.

    A dataset for each attribute, and `<output>/{hypothetical,spread,by_fold}`; 0-based, rows A C G T.
    """
    places: dict[str, list[NDArray]] = {name: [] for name in _PLACES}
    first = 0
    with atomic_hdf5(path, track_order=True) as file:
        file.attrs["format"] = FORMAT
        for found in blocks:
            if first == 0:
                _create(file, found, total)
            rows = slice(first, first + len(found))
            for name, parts in places.items():
                parts.append(getattr(found, name))
            file["codes"][rows] = found.codes
            for output in found.outputs:
                for name, data in _values(found, output):
                    file[f"{output}/{name}"][rows] = data
            first = rows.stop
        for name, parts in places.items():
            values = np.concatenate(parts)
            plain = np.char.encode(values, "utf-8").astype(h5py.string_dtype()) if name == "chrom" else values
            file.create_dataset(name, data=plain, compression="gzip", compression_opts=4)


def _values(found: Attributions, output: str) -> Iterator[tuple[str, NDArray]]:
    for name in _VALUES:
        data = getattr(found, name).get(output)
        if data is not None:
            yield name, data


def _create(file: h5py.File, found: Attributions, total: int) -> None:
    """Make the datasets, once a block tells their shapes."""
    packed = {"compression": "gzip", "compression_opts": 4}

    def make(name: str, data: NDArray, **options: Any) -> None:
        shape = (total, *data.shape[1:])
        chunks = (min(_ROWS, max(total, 1)), *data.shape[1:])
        file.create_dataset(name, shape, data.dtype, chunks=chunks, **packed, **options)

    make("codes", found.codes)
    for output in found.outputs:
        for name, data in _values(found, output):
            make(f"{output}/{name}", data, shuffle=True)


class AttributionFiles:
    """Shards that `write_attributions` wrote, read as far as they are asked for.

    Windows come first and then shuffles, in the order of the shards.

    Attributes
    ----------
    chrom, start, shuffled, held_out, seen
        As of `Attributions`.
    outputs
        Their names.
    length
        Bp of a window.

    Parameters
    ----------
    paths
        The shards; ValueError if one is another file.
    by_fold, spread
        Whether to read the contributions of each fold, and their standard deviation.
    """

    def __init__(self, paths: Sequence[str | Path], by_fold: bool = False, spread: bool = True) -> None:
        self._files = [_open(path) for path in paths]
        wanted = {"hypothetical": True, "spread": spread, "by_fold": by_fold}
        self._kinds = [kind for kind in _VALUES if wanted[kind]]
        columns = {name: np.concatenate([_column(file, name) for file in self._files]) for name in _PLACES}
        # Row of each window among the shards one after the other.
        self._order = np.argsort(columns["shuffled"], kind="stable")
        self._first = np.cumsum([0, *(len(file["start"]) for file in self._files)])
        self.chrom, self.start, self.shuffled, self.held_out, self.seen = (
            columns[name][self._order] for name in _PLACES
        )
        self.outputs = tuple(name for name in self._files[0] if name not in _COLUMNS)
        self.length = int(self._files[0]["codes"].shape[1])

    def __len__(self) -> int:
        return len(self.start)

    def take(self, index: NDArray[np.integer]) -> Attributions:
        """Some windows, in the order asked for."""
        values: dict[str, Any] = {
            kind: {
                output: self._read(f"{output}/{kind}", index)
                for output in self.outputs
                if kind in self._kinds and kind in self._files[0][output]
            }
            for kind in _VALUES
        }
        places: dict[str, Any] = {name: getattr(self, name)[index] for name in _PLACES}
        return Attributions(**places, codes=self.codes(index), **values)

    def codes(self, index: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Codes of some windows, `(windows, length)`."""
        return self._read("codes", index)

    def _read(self, name: str, index: NDArray[np.integer]) -> NDArray:
        data = self._files[0][name]
        found = np.empty((len(index), *data.shape[1:]), dtype=data.dtype)
        # What is read is copied once more: a block of it.
        for first in range(0, len(index), BLOCK):
            part = slice(first, first + BLOCK)
            rows = self._order[index[part]]
            shard = np.searchsorted(self._first, rows, side="right") - 1
            for number in np.unique(shard).tolist():
                mine = shard == number
                found[part][mine] = rows_of(self._files[number][name], rows[mine] - self._first[number])
        return found


def read_attributions(paths: Sequence[str | Path], by_fold: bool = False, spread: bool = True) -> Attributions:
    """Read all of what `AttributionFiles` reads; contributions of each fold need memory."""
    found = AttributionFiles(paths, by_fold, spread)
    return found.take(np.arange(len(found)))


def _open(path: str | Path) -> h5py.File:
    file = h5py.File(path, "r")
    if file.attrs.get("format") != FORMAT:
        file.close()
        raise ValueError(f"{path}: not a file of contributions ({FORMAT}); delete it and run again")
    return file


def _column(file: h5py.File, name: str) -> NDArray:
    values = file[name][:]
    return np.array([text.decode() for text in values], dtype=np.str_) if name == "chrom" else values


def write_track(path: str | Path, found: Source, output: str, genome: Genome) -> None:
    """Write the contributions of windows, not of their shuffles, as bigWig; means where windows overlap."""
    sizes = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    chrom = np.array([genome.index(name) for name in found.chrom.tolist()], dtype=np.int64)
    rows = np.flatnonzero(~found.shuffled)
    rows = rows[np.lexsort((found.start[rows], chrom[rows]))]
    with atomic_path(path) as partial, TrackStream(partial, sizes) as track:
        for _, block in blocks_of(found, rows):
            require_room(path, most_bytes(block.codes.size))
            for name, start, values in zip(
                block.chrom.tolist(), block.start.tolist(), block.of_bases(output), strict=True
            ):
                track.add(name, start, values)

"""Contributions of a sample's windows as files: HDF5 that the stage reads, and a bigWig of each output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig import write_profile_bigwig

FORMAT = "cisgrammar discover contributions 2"
_COLUMNS = ("chrom", "start", "shuffled", "held_out", "seen", "codes")
_VALUES = ("hypothetical", "spread", "by_fold")
_ROWS = 64


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

    def of_bases(self, output: str) -> NDArray[np.float32]:
        """Contributions of the bases that are there, `(windows, length)`; 0 at N."""
        values = self.hypothetical[output]
        found = np.zeros(self.codes.shape, dtype=np.float32)
        for base in range(4):
            np.copyto(found, values[:, base], where=self.codes == base)
        return found

    def take(self, index: NDArray[np.bool_] | NDArray[np.integer]) -> Attributions:
        """The windows that an index or mask picks."""
        picked: dict[str, Any] = {name: getattr(self, name)[index] for name in _COLUMNS}
        outputs: dict[str, Any] = {name: {key: v[index] for key, v in getattr(self, name).items()} for name in _VALUES}
        return replace(self, **picked, **outputs)


def write_attributions(path: str | Path, found: Attributions) -> None:
    """Write HDF5: a dataset for each attribute, and `<output>/{hypothetical,spread,by_fold}`; 0-based, rows A C G T."""
    with atomic_hdf5(path, track_order=True) as file:
        file.attrs["format"] = FORMAT
        for name in _COLUMNS:
            values = getattr(found, name)
            plain = np.char.encode(values, "utf-8").astype(h5py.string_dtype()) if name == "chrom" else values
            file.create_dataset(name, data=plain, compression="gzip", compression_opts=4)
        for output in found.hypothetical:
            for name in _VALUES:
                data = getattr(found, name).get(output)
                if data is None:
                    continue
                chunks = (min(_ROWS, max(len(data), 1)), *data.shape[1:])
                packed = {"compression": "gzip", "compression_opts": 4, "shuffle": True, "chunks": chunks}
                file.create_dataset(f"{output}/{name}", data=data, **packed)


def read_attributions(paths: Sequence[str | Path], by_fold: bool = False) -> Attributions:
    """Read shards that `write_attributions` wrote: windows first and then shuffles, in the order of the shards.

    `by_fold`: with the contributions of each fold, which need memory.


    ValueError if one is another file.
    """
    parts = [_read(path, _VALUES if by_fold else _VALUES[:2]) for path in paths]
    joined: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS}
    order = np.argsort(joined["shuffled"], kind="stable")
    outputs: dict[str, Any] = {name: {} for name in _VALUES}
    for name, kept in outputs.items():
        for output in list(getattr(parts[0], name)):
            kept[output] = np.concatenate([getattr(part, name).pop(output) for part in parts])[order]
    return Attributions(**{name: values[order] for name, values in joined.items()}, **outputs)


def _read(path: str | Path, kinds: Sequence[str]) -> Attributions:
    with h5py.File(path, "r") as file:
        if file.attrs.get("format") != FORMAT:
            raise ValueError(f"{path}: not a file of contributions ({FORMAT}); delete it and run again")
        columns: dict[str, Any] = {name: file[name][:] for name in _COLUMNS}
        columns["chrom"] = np.array([name.decode() for name in columns["chrom"]], dtype=np.str_)
        outputs = [name for name in file if name not in _COLUMNS]
        values: dict[str, Any] = {
            kind: {output: file[output][kind][:] for output in outputs if kind in file[output]} for kind in kinds
        }
    return Attributions(**columns, **values)


def write_track(path: str | Path, found: Attributions, output: str, genome: Genome) -> None:
    """Write the contributions of windows, not of their shuffles, as bigWig; means where windows overlap."""
    sizes = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    real = found.take(~found.shuffled)
    write_profile_bigwig(path, sizes, (real.chrom.tolist(), real.start), real.of_bases(output))

"""The store: genome codes and read counts as contiguous HDF5 datasets, read through memory maps.

A dataset that is neither chunked nor compressed lies in one piece in its file, so a window of it is a plain
slice of a memory map at the dataset's own offset: no HDF5 call per window, and the page cache is shared by
all jobs on a machine.

Counts are written as a number for each base, or where few bases have any (a tenth or less) as positions and counts with
an index of blocks; both are read by `cut_counts` and `cut_windows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5
from cisgrammar.files.mapped import count_read
from cisgrammar.files.text import check_is_file
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.counts.sparse import SparseCounts, add_counts

_SLAB = 1 << 24
_AT_ONCE = 512
_FORMAT_GENOME = "cisgrammar genome 1"
# The first form has no sparse heads.
_FORMAT_DENSE, _FORMAT_SIGNAL = "cisgrammar signal 1", "cisgrammar signal 2"

Head = NDArray | SparseCounts
"""Counts of a head, `(tasks, bases)`."""


class CountSource(Protocol):
    """What `write_signal` needs of a head: an array `(tasks, bases)`, or a maker of its parts."""

    @property
    def shape(self) -> tuple[int, ...]:
        """`(tasks, bases)`."""

    @property
    def dtype(self) -> np.dtype:
        """An unsigned integer type."""

    def __getitem__(self, key: tuple[int, slice]) -> NDArray:
        """Return the counts of one task in a range of bases."""


@dataclass(frozen=True, eq=False)
class Signal:
    """Counts of a sample over the concatenated genome.

    Attributes
    ----------
    heads
        Head name -> `(tasks, bases)` unsigned integers, an array or `SparseCounts`, memory-mapped; of two rows the
        first is +.
    genome_fingerprint
        Fingerprint of the genome that the counts belong to.
    attrs
        What else was written with them.
    path
        The file, for messages.
    halves
        Head name -> counts of one half of the fragments; without the heads whose fragments are not known (bigWigs).
    """

    heads: dict[str, Head]
    genome_fingerprint: str
    attrs: dict[str, Any]
    path: str = ""
    halves: Mapping[str, SparseCounts] = field(default_factory=dict)


def map_dataset(path: str | Path, dataset: h5py.Dataset) -> NDArray:
    """Return a read-only memory map of a contiguous dataset of the file at `path`; ValueError if it has none."""
    offset = dataset.id.get_offset()
    if offset is None:
        raise ValueError(f"{path}: dataset {dataset.name} is chunked or empty; make the file again")
    mapped = np.memmap(path, mode="r", dtype=dataset.dtype, offset=offset, shape=dataset.shape)
    return np.asarray(mapped)


def open_hdf5(path: str | Path, *wanted: str) -> h5py.File:
    """Open an HDF5 file whose `format` attribute is one of `wanted`; ValueError if it is missing, damaged or another.

    The error names the first of them.
    """
    check_is_file(path)
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise ValueError(f"{path}: not a readable HDF5 file ({error}); delete it and run again") from None
    found = file.attrs.get("format", "no format attribute")
    if found not in wanted:
        file.close()
        raise ValueError(f"{path}: {found!r}, wanted {wanted[0]!r}; delete the file and run again")
    return file


def write_genome(path: str | Path, genome: Genome) -> None:
    """Write a genome as contiguous uint8 codes with its names, lengths and fingerprint."""
    with atomic_hdf5(path) as file:
        file.attrs["format"] = _FORMAT_GENOME
        file.attrs["fingerprint"] = genome.fingerprint
        file.create_dataset("names", data=np.array([name.encode() for name in genome.names], dtype="S"))
        file.create_dataset("lengths", data=genome.lengths)
        file.create_dataset("codes", data=genome.codes)


def open_genome(path: str | Path) -> Genome:
    """Open a genome written by `write_genome`; its codes are a read-only memory map."""
    with open_hdf5(path, _FORMAT_GENOME) as file:
        names = tuple(name.decode() for name in file["names"][:])
        lengths = file["lengths"][:].astype(np.int64)
        codes = map_dataset(path, file["codes"])
        fingerprint = str(file.attrs["fingerprint"])
    offsets = np.cumsum(lengths) - lengths
    return Genome(names, lengths, offsets, codes, fingerprint)


def write_signal(path: str | Path, heads: Mapping[str, Head | CountSource], attrs: Mapping[str, Any]) -> None:
    """Write the counts of a sample's heads.

    Parameters
    ----------
    path
        HDF5 file to write.
    heads
        Head name -> unsigned integers `(tasks, bases of the genome)`; an array, or a source that makes parts
        of one on demand, so that the whole need never be in memory. `SparseCounts` are written as they are if they have
        few positions, and as a number for each base if not; the half of their fragments is written too.
    attrs
        Attributes of the file; `genome_fingerprint` must be among them.
    """
    if not heads or "genome_fingerprint" not in attrs:
        raise ValueError("write_signal wants at least one head, and genome_fingerprint among the attributes")
    with atomic_hdf5(path) as file:
        file.attrs["format"] = _FORMAT_SIGNAL
        for name, value in attrs.items():
            file.attrs[name] = value
        group = file.create_group("heads", track_order=True)
        for name, source in heads.items():
            if isinstance(source, SparseCounts) and source.few:
                _write_sparse(group.create_group(name), source)
            else:
                _write_head(group, name, source)
        halves = file.create_group("halves", track_order=True)
        for name, source in heads.items():
            half = source.half if isinstance(source, SparseCounts) else None
            if half is not None:
                _write_sparse(halves.create_group(name), half)


class _Sum:
    """The sum of several samples' counts of a head, made in parts on demand."""

    def __init__(self, parts: Sequence[Head]) -> None:
        self._parts, self.shape = parts, parts[0].shape
        # Where each part's largest count is, others may have theirs too.
        self.dtype = np.min_scalar_type(sum(map(_largest, parts)))

    def __getitem__(self, key: tuple[int, slice]) -> NDArray:
        return np.stack([part[key] for part in self._parts]).sum(axis=0, dtype=self.dtype)  # (bases,)


def _largest(counts: Head) -> int:
    tasks = counts.counts if isinstance(counts, SparseCounts) else counts
    return max((int(task.max(initial=0)) for task in tasks), default=0)


def _added(parts: Sequence[Head]) -> SparseCounts | CountSource:
    sparse = [part for part in parts if isinstance(part, SparseCounts)]
    return add_counts(sparse) if len(sparse) == len(parts) else _Sum(parts)


def pool_signals(signals: Sequence[Signal]) -> tuple[dict[str, SparseCounts | CountSource], dict[str, Any]]:
    """The counts of several samples added up, head by head, as `write_signal` takes them.

    Halves of the fragments are left out: nothing is scored on a pool.

    Raises
    ------
    ValueError
        If the samples are of other genomes, or their heads differ.
    """
    first = signals[0]
    for signal in signals[1:]:
        shapes = [{name: head.shape for name, head in one.heads.items()} for one in (first, signal)]
        if signal.genome_fingerprint != first.genome_fingerprint or shapes[0] != shapes[1]:
            raise ValueError(
                f"{signal.path}: heads {shapes[1]} on genome {signal.genome_fingerprint}, but {first.path} has "
                f"{shapes[0]} on {first.genome_fingerprint}; samples of a group must agree"
            )
    heads: dict[str, SparseCounts | CountSource] = {
        name: _added([one.heads[name] for one in signals]) for name in first.heads
    }
    ends = {f"ends_{name}": sum(int(one.attrs[f"ends_{name}"]) for one in signals) for name in heads}
    return heads, {"genome_fingerprint": first.genome_fingerprint, **ends}


def _write_head(group: h5py.Group, name: str, source: NDArray | CountSource) -> None:
    if len(source.shape) != 2 or source.dtype.kind != "u":
        raise ValueError(
            f"head {name}: wanted unsigned integers of shape (tasks, bases), got {source.dtype} {source.shape}"
        )
    dataset = group.create_dataset(name, shape=source.shape, dtype=source.dtype)
    tasks, bases = source.shape
    for task in range(tasks):
        for start in range(0, bases, _SLAB):
            stop = min(start + _SLAB, bases)
            dataset[task, start:stop] = source[task, start:stop]


def _write_sparse(group: h5py.Group, counts: SparseCounts) -> None:
    group.attrs["shape"] = counts.shape
    parts = zip(counts.positions, counts.counts, counts.blocks, strict=True)
    for task, (positions, values, blocks) in enumerate(parts):
        group.create_dataset(f"positions_{task}", data=positions)
        group.create_dataset(f"counts_{task}", data=values.astype(counts.dtype, copy=False))
        kind = np.uint32 if len(positions) < 2**32 else np.uint64
        group.create_dataset(f"blocks_{task}", data=blocks.astype(kind))


def _map_sparse(path: str | Path, group: h5py.Group, shape: tuple[int, ...]) -> SparseCounts:
    def mapped(name: str) -> NDArray:
        # A dataset without elements has no place in the file.
        return map_dataset(path, group[name]) if len(group[name]) else group[name][:]

    def of_tasks(name: str) -> list[NDArray]:
        return [mapped(f"{name}_{task}") for task in range(shape[0])]

    # files of the first form have no index
    index = of_tasks("blocks") if "blocks_0" in group else None
    counts = of_tasks("counts")
    return SparseCounts(of_tasks("positions"), counts, shape[1], index=index, kind=counts[0].dtype)


def _map_head(path: str | Path, stored: h5py.Dataset | h5py.Group) -> Head:
    if isinstance(stored, h5py.Dataset):
        return map_dataset(path, stored)
    return _map_sparse(path, stored, tuple(stored.attrs["shape"].tolist()))


def open_signal(path: str | Path) -> Signal:
    """Open counts written by `write_signal`; every head is read through read-only memory maps."""
    with open_hdf5(path, _FORMAT_SIGNAL, _FORMAT_DENSE) as file:
        heads = {name: _map_head(path, stored) for name, stored in file["heads"].items()}
        halves = {name: _map_sparse(path, group, heads[name].shape) for name, group in file.get("halves", {}).items()}
        attrs = {name: value for name, value in file.attrs.items() if name != "format"}
    return Signal(heads, str(attrs["genome_fingerprint"]), attrs, str(path), halves)


def check_same_genome(genome: Genome, signal: Signal) -> None:
    """Raise ValueError if `signal` was counted on another genome than `genome`."""
    bases = {name: counts.shape[1] for name, counts in signal.heads.items()}
    if signal.genome_fingerprint != genome.fingerprint or any(n != genome.size for n in bases.values()):
        raise ValueError(
            f"{signal.path or 'signal'}: counted on genome {signal.genome_fingerprint} ({bases} bp), "
            f"but the genome given is {genome.fingerprint} ({genome.size} bp); run the prepare stage again"
        )


def _check_starts(starts: NDArray[np.integer], length: int, size: int) -> None:
    if len(starts) and (starts.min() < 0 or starts.max() + length > size):
        bad = int(starts[((starts < 0) | (starts + length > size)).argmax()])
        raise ValueError(f"window {bad}-{bad + length} is outside of the genome's {size} bp")


def cut_codes(codes: NDArray[np.uint8], starts: NDArray[np.integer], length: int) -> NDArray[np.uint8]:
    """Cut windows of `length` bp that begin at `starts` `(batch,)`, as indices into `codes`.

    Returns uint8 `(batch, length)`, a copy. ValueError if a window leaves the genome.
    """
    _check_starts(starts, length, len(codes))
    found = np.empty((len(starts), length), dtype=codes.dtype)
    windows = sliding_window_view(codes, length)
    for i in range(0, len(starts), _AT_ONCE):
        found[i : i + _AT_ONCE] = windows[starts[i : i + _AT_ONCE]]
        count_read(codes, len(starts[i : i + _AT_ONCE]), length)
    return found


def cut_counts(counts: Head, starts: NDArray[np.integer], length: int) -> NDArray:
    """Cut windows of `length` bp that begin at `starts` `(batch,)` from `counts` `(tasks, bases)`.

    Returns `(batch, tasks, length)` of the same type, a copy. ValueError if a window leaves the genome.
    """
    _check_starts(starts, length, counts.shape[1])
    if isinstance(counts, SparseCounts):
        return counts.windows(starts, length)
    windows = sliding_window_view(counts, length, axis=1).transpose(1, 0, 2)  # (bases - length + 1, tasks, length)
    found = np.empty((len(starts), *windows.shape[1:]), dtype=counts.dtype)
    for i in range(0, len(starts), _AT_ONCE):
        found[i : i + _AT_ONCE] = windows[starts[i : i + _AT_ONCE]]
        count_read(counts, len(counts) * len(starts[i : i + _AT_ONCE]), length * counts.itemsize)
    return found


def cut_windows(
    genome: Genome,
    signal: Signal,
    centres: NDArray[np.integer],
    input_length: int,
    output_length: int,
    shifts: NDArray[np.integer] | None = None,
    flip: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.uint8], dict[str, NDArray]]:
    """Cut sequence and counts around the same centres, with jitter and reverse complement.

    Parameters
    ----------
    centres
        `(batch,)` indices into the genome's codes; a window begins at `centre - length // 2`.
    shifts
        `(batch,)` bp added to the centres; None for none.
    flip
        `(batch,)` bool: windows to reverse-complement; their counts are reversed, and a head's tasks swapped
        end to end (two strands: `[1, 0]`). None for none.

    Returns
    -------
    codes, counts
        uint8 `(batch, input_length)`, and head name -> `(batch, tasks, output_length)`.
    """
    middles = np.asarray(centres, dtype=np.int64) + (0 if shifts is None else np.asarray(shifts, dtype=np.int64))
    codes = cut_codes(genome.codes, window_starts(middles, input_length), input_length)
    starts = window_starts(middles, output_length)
    counts = {name: cut_counts(head, starts, output_length) for name, head in signal.heads.items()}
    if flip is not None and flip.any():
        codes[flip] = reverse_complement(codes[flip])
        for head in counts.values():
            head[flip] = head[flip][:, ::-1, ::-1]
    return codes, counts

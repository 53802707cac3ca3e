"""Tiles: windows at equal distances over a genome, with what each holds, counted once for all folds of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.counts.silence import Silence, find_silence
from cisgrammar.signal.counts.sums import Merged, span_sums, strong_per_base, sums_of_ends, unknown_runs
from cisgrammar.signal.store import Signal, open_hdf5

_FORMAT_GENOME = "cisgrammar tiles of a genome 1"
_FORMAT_SIGNAL = "cisgrammar tiles of a sample 1"


@dataclass(frozen=True)
class TileShape:
    """Where tiles are and how wide, all in bp.

    Attributes
    ----------
    stride
        Distance of neighbours' centres, which are its multiples on each chromosome.
    output_length
        Length within which 5' ends, G and C are counted.
    reach
        Longest stretch that a window may ever show: the input, and the jitter on both sides.
    """

    stride: int
    output_length: int
    reach: int


def tile_places(genome: Genome, shape: TileShape) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the chromosome of each tile, as an index, and its centre there, `(tiles,)` each."""
    counts = -(-genome.lengths // shape.stride)
    chromosome = np.repeat(np.arange(len(counts)), counts)
    centre = np.arange(len(chromosome)) - np.repeat(np.cumsum(counts) - counts, counts)
    return chromosome, centre * shape.stride


def inner_starts(genome: Genome, shape: TileShape) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which tiles show nothing beyond their chromosome, `(inner,)`, and the starts of their outputs.

    Starts are indices into the genome's codes.
    """
    chromosome, centre = tile_places(genome, shape)
    half = shape.reach // 2
    inner = np.flatnonzero((centre >= half) & (centre + half <= genome.lengths[chromosome]))
    return inner, genome.offsets[chromosome[inner]] + window_starts(centre[inner], shape.output_length)


@dataclass(frozen=True, eq=False)
class GenomeTiles:
    """What of the genome is in the tiles.

    Attributes
    ----------
    shape, fingerprint
        Of the tiles and of the genome.
    unknown
        Runs of N.
    strong
        `(tiles,)` G and C in the output; 0 in tiles that show something beyond their chromosome.
    """

    shape: TileShape
    fingerprint: str
    unknown: Merged
    strong: NDArray[np.unsignedinteger]


@dataclass(frozen=True, eq=False)
class SampleTiles:
    """What of a sample's counts is in the tiles.

    Attributes
    ----------
    shape, fingerprint
        Of the tiles and of the genome.
    silence
        Where the data have nothing.
    output, shown
        `(tiles,)` 5' ends of all heads and tasks in the output, and in all that a tile may show; 0 in tiles that show
        something beyond their chromosome.
    """

    shape: TileShape
    fingerprint: str
    silence: Silence
    output: NDArray[np.unsignedinteger]
    shown: NDArray[np.unsignedinteger]


def _small(values: NDArray[np.integer]) -> NDArray[np.unsignedinteger]:
    return values.astype(np.uint32 if values.max(initial=0) < 2**32 else np.uint64)


def _of_tiles(genome: Genome, inner: NDArray[np.int64], sums: NDArray[np.int64], shape: TileShape) -> NDArray:
    whole = np.zeros(int((-(-genome.lengths // shape.stride)).sum()), dtype=np.int64)
    whole[inner] = sums
    return _small(whole)


def tile_genome(genome: Genome, shape: TileShape) -> GenomeTiles:
    """Look at every tile of a genome."""
    inner, start = inner_starts(genome, shape)
    strong = span_sums(strong_per_base(genome), start, shape.output_length)
    return GenomeTiles(shape, genome.fingerprint, unknown_runs(genome), _of_tiles(genome, inner, strong, shape))


def tile_signal(genome: Genome, signal: Signal, shape: TileShape) -> SampleTiles:
    """Count a sample's 5' ends in every tile."""
    inner, start = inner_starts(genome, shape)
    wide = start - (shape.reach // 2 - shape.output_length // 2)
    sums = [(start, shape.output_length), (wide, shape.reach)]
    output, shown = (_of_tiles(genome, inner, sums_of_ends(signal, *span), shape) for span in sums)
    return SampleTiles(shape, genome.fingerprint, find_silence(genome, signal, shape.reach), output, shown)


def _write(path: str | Path, format: str, tiles: GenomeTiles | SampleTiles, values: dict[str, Any]) -> None:
    with atomic_hdf5(path) as file:
        shape = tiles.shape
        file.attrs["format"] = format
        file.attrs["fingerprint"] = tiles.fingerprint
        file.attrs["shape"] = (shape.stride, shape.output_length, shape.reach)
        for name, value in values.items():
            file.create_dataset(name, data=value)


def _read(path: str | Path, format: str, names: tuple[str, ...]) -> tuple[TileShape, str, list[NDArray]]:
    with open_hdf5(path, format) as file:
        shape = TileShape(*file.attrs["shape"].tolist())
        return shape, str(file.attrs["fingerprint"]), [file[name][:] for name in names]


def write_genome_tiles(path: str | Path, tiles: GenomeTiles) -> None:
    """Write what of a genome is in the tiles, as HDF5."""
    start, end = tiles.unknown
    _write(path, _FORMAT_GENOME, tiles, {"unknown_start": start, "unknown_end": end, "strong": tiles.strong})


def open_genome_tiles(path: str | Path) -> GenomeTiles:
    """Read what `write_genome_tiles` wrote."""
    shape, fingerprint, (start, end, strong) = _read(path, _FORMAT_GENOME, ("unknown_start", "unknown_end", "strong"))
    return GenomeTiles(shape, fingerprint, (start, end), strong)


_OF_SAMPLE = ("empty", "silent_start", "silent_end", "output", "shown")


def write_sample_tiles(path: str | Path, tiles: SampleTiles) -> None:
    """Write what of a sample is in the tiles, as HDF5."""
    values = (tiles.silence.empty, *tiles.silence.stretches, tiles.output, tiles.shown)
    _write(path, _FORMAT_SIGNAL, tiles, dict(zip(_OF_SAMPLE, values, strict=True)))


def open_sample_tiles(path: str | Path) -> SampleTiles:
    """Read what `write_sample_tiles` wrote."""
    shape, fingerprint, (empty, start, end, output, shown) = _read(path, _FORMAT_SIGNAL, _OF_SAMPLE)
    return SampleTiles(shape, fingerprint, Silence(empty, (start, end)), output, shown)


@dataclass(frozen=True, eq=False)
class Tiles:
    """All that a fold needs of the tiles of a sample."""

    genome: GenomeTiles
    sample: SampleTiles

    def check(self, genome: Genome, shape: TileShape) -> None:
        """Raise ValueError if these are tiles of another genome or with other lengths."""
        for part in (self.genome, self.sample):
            if part.fingerprint != genome.fingerprint or part.shape != shape:
                raise ValueError(
                    f"tiles: of genome {part.fingerprint} and {part.shape}, wanted {genome.fingerprint} and {shape}; "
                    "run the prepare stage again"
                )

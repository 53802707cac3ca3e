"""Windows per second from files to integer tensors: the store against the ways of the field.

A synthetic genome of 100 Mb and counts of two strands are written to a temporary folder as store, as FASTA and
bigWigs, and as gzip-chunked one-hot HDF5. 20,000 random windows of 2,114 bp with 2 x 1,000 counts are then
read each way (fewer where a way is slow; the number is in the table). Takes under a minute on one core.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pyBigWig
import pyfaidx

from cisgrammar.sequence.alphabet import decode, one_hot
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig import write_counts_bigwig
from cisgrammar.signal.store import Signal, cut_windows, open_genome, open_signal, write_genome, write_signal

INPUT, OUTPUT, BATCH, CHROMOSOMES = 2114, 1000, 64, 4
Windows = tuple[np.ndarray, np.ndarray]


def make_data(folder: Path, bases: int, generator: np.random.Generator) -> tuple[Genome, Signal]:
    codes = generator.integers(0, 4, bases, dtype=np.uint8)
    genome = Genome.from_chromosomes({f"chr{i}": part for i, part in enumerate(np.split(codes, CHROMOSOMES))})
    counts = np.zeros((2, bases), dtype=np.uint16)
    for task in range(2):
        counts[task, generator.integers(0, bases, bases // 100)] += 1
        write_counts_bigwig(folder / f"{task}.bw", genome, counts[task])
    with (folder / "genome.fa").open("w") as handle:
        for name in genome.names:
            text = decode(genome.chromosome(name))
            handle.write(f">{name}\n")
            handle.writelines(text[i : i + 60] + "\n" for i in range(0, len(text), 60))
    write_genome(folder / "genome.h5", genome)
    write_signal(folder / "signal.h5", {"signal": counts}, {"genome_fingerprint": genome.fingerprint})
    return open_genome(folder / "genome.h5"), open_signal(folder / "signal.h5")


def from_store(genome: Genome, signal: Signal, centres: np.ndarray) -> Windows:
    codes, counts = cut_windows(genome, signal, centres, INPUT, OUTPUT)
    return codes, counts["signal"]


def in_batches(genome: Genome, signal: Signal, centres: np.ndarray, generator: np.random.Generator) -> None:
    for first in range(0, len(centres), BATCH):
        batch = centres[first : first + BATCH]
        shifts = generator.integers(-500, 501, len(batch))
        cut_windows(genome, signal, batch, INPUT, OUTPUT, shifts, generator.random(len(batch)) < 0.5)


def from_bigwigs(folder: Path, genome: Genome, centres: np.ndarray) -> Windows:
    fasta = pyfaidx.Fasta(str(folder / "genome.fa"))
    tracks = [pyBigWig.open(str(folder / f"{task}.bw")) for task in range(2)]
    chromosome = np.searchsorted(genome.offsets, centres, side="right") - 1
    sequences, profiles = [], []
    for index, centre in zip(chromosome.tolist(), (centres - genome.offsets[chromosome]).tolist(), strict=True):
        name = genome.names[index]
        sequences.append(fasta[name][centre - INPUT // 2 : centre + INPUT // 2].seq)
        ends = (centre - OUTPUT // 2, centre + OUTPUT // 2)
        profiles.append([np.nan_to_num(track.values(name, *ends, numpy=True)) for track in tracks])
    letters = np.frombuffer("".join(sequences).encode(), dtype=np.uint8).reshape(len(centres), INPUT)
    return np.searchsorted(np.frombuffer(b"ACGT", dtype=np.uint8), letters).astype(np.uint8), np.array(profiles)


def write_one_hot(path: Path, windows: Windows) -> None:
    codes, counts = windows
    with h5py.File(path, "w") as file:
        settings = {"compression": "gzip", "compression_opts": 4}
        sequence = one_hot(codes).transpose(0, 2, 1)
        file.create_dataset("sequence", data=sequence, chunks=(BATCH, INPUT, 4), **settings)
        profile = counts.astype(np.float32)
        file.create_dataset("profile", data=profile, chunks=(BATCH, 2, OUTPUT), **settings)


def from_one_hot(path: Path, windows: int, generator: np.random.Generator) -> None:
    order = generator.permutation(windows)
    with h5py.File(path, "r") as file:
        for first in range(0, windows, BATCH):
            rows = np.sort(order[first : first + BATCH])
            _ = file["sequence"][rows], file["profile"][rows]


def seconds(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(folder: Path, bases: int, windows: int) -> list[tuple[str, int, float]]:
    generator = np.random.default_rng(1)
    genome, signal = make_data(folder, bases, generator)
    chromosome = generator.integers(0, CHROMOSOMES, windows)
    centres = genome.offsets[chromosome] + generator.integers(2000, bases // CHROMOSOMES - 2000, windows)
    few, fewer = centres[: windows // 10], centres[: windows // 20]
    stored, peers = from_store(genome, signal, few), from_bigwigs(folder, genome, few)
    if not all(np.array_equal(a, b) for a, b in zip(stored, peers, strict=True)):
        raise SystemExit("the ways disagree about what is in the windows")
    write_one_hot(folder / "one_hot.h5", from_store(genome, signal, fewer))
    ways = [
        ("store, all at once", windows, lambda: from_store(genome, signal, centres), 5),
        (
            "store, batches of 64, jitter, reverse complement",
            windows,
            lambda: in_batches(genome, signal, centres, np.random.default_rng(2)),
            5,
        ),
        ("pyfaidx + pyBigWig, window by window", len(few), lambda: from_bigwigs(folder, genome, few), 2),
        (
            "one-hot HDF5, gzip, chunks of 64, random batches",
            len(fewer),
            lambda: from_one_hot(folder / "one_hot.h5", len(fewer), np.random.default_rng(3)),
            1,
        ),
    ]
    return [(name, number, number / seconds(work, repeats)) for name, number, work, repeats in ways]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bases", type=int, default=100_000_000)
    parser.add_argument("--windows", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), given.bases, given.windows)
    print(f"{'way':50} {'windows':>8} {'windows/s':>12} {'store is x times':>17}")
    for name, number, rate in rows:
        print(f"{name:50} {number:8,} {rate:12,.0f} {rows[0][2] / rate:17,.1f}")


if __name__ == "__main__":
    main()

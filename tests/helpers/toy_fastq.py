"""Reads in FASTQ files, and their counts."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from cisgrammar.binding.reads.alphabet import DNA
from cisgrammar.binding.reads.count_library import count_library
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.config.selex_sheet import SelexLibrary


def random_reads(n: int, length: int, seed: int = 0) -> list[str]:
    """`n` reads of random letters."""
    return ["".join(row) for row in np.random.default_rng(seed).choice(list("ACGT"), (n, length))]


def fastq(reads: list[str], end: str = "\n") -> str:
    """Text of a FASTQ file."""
    return "".join(f"@r{i} x{end}{read}{end}+{end}{'I' * len(read)}{end}" for i, read in enumerate(reads))


def write_fastq(path: Path, reads: list[str], end: str = "\n") -> str:
    """Write a FASTQ file, gzipped if its name says so; return its path."""
    data = fastq(reads, end).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return str(path)


def count(folder: Path, rounds: list[list[str]], **row) -> tuple[CountTable, dict]:
    """Count rounds of reads, an empty one being unsequenced."""
    files = [write_fastq(folder / f"r{i}.fastq.gz", reads) if reads else "" for i, reads in enumerate(rounds)]
    library = SelexLibrary(model="m", reads=",".join(files), **row)
    return count_library(library, library.files)


def counted(table: CountTable) -> dict[str, tuple[float, ...]]:
    """Read -> counts by round."""
    return {
        DNA.decode(codes).strip(): tuple(row) for codes, row in zip(table.variable, table.counts.tolist(), strict=True)
    }

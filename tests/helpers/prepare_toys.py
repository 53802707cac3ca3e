"""Small inputs of the prepare stage, and a way to run its scripts without Snakemake."""

from __future__ import annotations

import gzip
import runpy
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyBigWig
import pysam

from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.sequence.fasta import Genome
from places import ROOT

SCRIPTS = ROOT / "scripts"


def random_genome(lengths: dict[str, int], seed: int = 1) -> Genome:
    generator = np.random.default_rng(seed)
    return Genome.from_chromosomes(
        {name: generator.integers(0, 4, length, dtype=np.uint8) for name, length in lengths.items()}
    )


def text_genome(**chromosomes: str) -> Genome:
    return Genome.from_chromosomes({name: encode(text) for name, text in chromosomes.items()})


def write_fasta(path: Path, genome: Genome, width: int = 60) -> Path:
    lines = []
    for name in genome.names:
        text = decode(genome.chromosome(name))
        lines += [f">{name} some words", *(text[i : i + width] for i in range(0, len(text), width))]
    return write_text(path, "\n".join(lines) + "\n")


def write_text(path: Path, text: str) -> Path:
    data = text.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def write_bam(path: Path, genome: Genome, reads: list[tuple[str, int, int, int]]) -> Path:
    """Write reads (chromosome, start, length, flag); chromosomes that the genome lacks get 1 kb."""
    lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    names = list(dict.fromkeys([*genome.names, *(read[0] for read in reads)]))
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": name, "LN": lengths.get(name, 1000)} for name in names]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for index, (chrom, start, length, flag) in enumerate(reads):
            read = pysam.AlignedSegment(bam.header)
            read.query_name, read.flag = f"read{index}", flag
            read.query_sequence = "A" * length
            read.reference_id, read.reference_start = names.index(chrom), start
            read.mapping_quality, read.cigartuples = 60, [(0, length)]
            bam.write(read)
    return path


def write_alignments(path: Path, genome: Genome, reads: list[dict[str, Any]], reference: Path | None = None) -> Path:
    """Write reads as BAM, or as CRAM against a FASTA.

    A read is a dictionary with chrom (None for none), start, cigar ('' for none), flag, quality; any may be left out.
    """
    sizes = zip(genome.names, genome.lengths.tolist(), strict=True)
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": name, "LN": length} for name, length in sizes]}
    mode = "wc" if reference else "wb"
    with pysam.AlignmentFile(str(path), mode, header=header, reference_filename=reference and str(reference)) as file:
        for index, given in enumerate(reads):
            read = pysam.AlignedSegment(file.header)
            read.query_name, read.flag = f"read{index}", given.get("flag", 0)
            chrom = given.get("chrom", "chr1")
            read.reference_id = -1 if chrom is None else genome.names.index(chrom)
            read.reference_start = given.get("start", -1)
            read.cigarstring = given.get("cigar", "30M") or None
            bases = read.infer_query_length() or 30
            start = max(read.reference_start, 0)
            text = decode(genome.chromosome(chrom)[start : start + bases]) if chrom else ""
            read.query_sequence = text.ljust(bases, "A")
            read.mapping_quality = given.get("quality", 60)
            file.write(read)
    return path


def write_bigwig(path: Path, lengths: dict[str, int], values: dict[str, dict[int, float]]) -> Path:
    """Write values at single bases: chromosome -> position -> value."""
    file = pyBigWig.open(str(path), "w")
    file.addHeader(list(lengths.items()))
    for chrom, of_base in values.items():
        if of_base:
            file.addEntries(chrom, list(of_base), values=[float(v) for v in of_base.values()], span=1)
    file.close()
    return path


def store_nan(path: Path, value: float) -> None:
    """Turn a value in a bigWig's first data block into NaN; the library cannot write one."""
    data = bytearray(path.read_bytes())
    start = struct.unpack_from("<Q", data, 16)[0] + 8
    stream = zlib.decompressobj()
    block = stream.decompress(bytes(data[start:]))
    size = len(data) - start - len(stream.unused_data)
    old = struct.pack("<f", value)
    assert block.count(old) == 1
    packed = zlib.compress(block.replace(old, struct.pack("<f", float("nan"))), 9)
    assert len(packed) <= size
    data[start : start + size] = packed.ljust(size, b"\0")
    path.write_bytes(data)


class Named(list):
    """Stands in for Snakemake's lists with names."""

    def __init__(self, **items: Any) -> None:
        super().__init__(items.values())
        self.__dict__.update(items)

    def get(self, name: str, default: Any = None) -> Any:
        return self.__dict__.get(name, default)

    def __getitem__(self, key: Any) -> Any:
        return self.__dict__[key] if isinstance(key, str) else super().__getitem__(key)


def run_script(
    name: str,
    inputs: dict[str, Any],
    outputs: dict[str, Path],
    params: dict[str, Any] | None = None,
    **wildcards: str,
) -> str | None:
    """Run a script as Snakemake would, in this process; return the error line of its log if it exits with an error."""
    log = next(iter(outputs.values())).parent / f"{name}.log"
    snakemake = SimpleNamespace(
        input=Named(**inputs),
        output=Named(**{key: str(path) for key, path in outputs.items()}),
        params=Named(**(params or {})),
        wildcards=SimpleNamespace(**wildcards),
        log=[str(log)],
    )
    try:
        runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": snakemake})
    except SystemExit as stop:
        code = stop.code
    else:
        return None
    text = log.read_text()
    errors = [line for line in text.splitlines() if " ERROR " in line]
    assert (code, len(errors)) == (1, 1), text
    assert "Traceback" not in text
    return errors[0].split(" ERROR ", 1)[1]

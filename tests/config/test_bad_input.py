"""Bad input files and folds of every kind: one clear error before any training, and nothing half-written.

Each kind is a function that spoils one thing of a sound run; the run's prepare stage must then stop with one
message that names the culprit, and the failed job must leave no output under any name.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench import GENOME, LENGTHS, PEAK_STARTS, Bench
from cisgrammar.sequence.fasta import Genome
from prepare_toys import random_genome, store_nan, write_alignments, write_bam, write_bigwig, write_fasta

KINDS: dict[str, tuple[Callable[[Bench], None], tuple[str, ...]]] = {}


def kind(name: str, *named: str) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """Register a way to spoil a run, and the words that its error must hold."""

    def register(spoil: Callable[[Bench], None]) -> Callable[[Bench], None]:
        assert name not in KINDS
        KINDS[name] = spoil, named
        return spoil

    return register


# FASTA


@kind("missing FASTA", "absent.fa: no such file")
def _(bench: Bench) -> None:
    bench.set("genome.fasta", bench.path("absent.fa"))


@kind("empty FASTA", "genome.fa: no sequences")
def _(bench: Bench) -> None:
    bench.write("genome.fa", "")


@kind("FASTA with a stray byte", "genome.fa:3: stray byte b'!' in column 1")
def _(bench: Bench) -> None:
    bench.edit_lines("genome.fa", lambda lines: [*lines[:2], "!" + lines[2][1:], *lines[3:]])


@kind("FASTA with a chromosome twice", "chromosome chr1 is named a second time (first in line 1)")
def _(bench: Bench) -> None:
    bench.edit_lines("genome.fa", lambda lines: [*lines, ">chr1", "ACGT"])


@kind("FASTA without a header", "genome.fa:1: sequence before the first header")
def _(bench: Bench) -> None:
    bench.edit_lines("genome.fa", lambda lines: lines[1:])


@kind("truncated gzipped FASTA", "genome.fa.gz: truncated")
def _(bench: Bench) -> None:
    data = gzip.compress((bench.folder / "genome.fa").read_bytes())
    (bench.folder / "genome.fa.gz").write_bytes(data[: len(data) // 2])
    bench.set("genome.fasta", bench.path("genome.fa.gz"))


# Reads


@kind("missing reads", "absent.tsv: no such file")
def _(bench: Bench) -> None:
    bench.signal("absent.tsv")


@kind("truncated BAM", "reads.bam: truncated")
def _(bench: Bench) -> None:
    path = write_bam(bench.folder / "reads.bam", GENOME, [("chr1", i, 50, 0) for i in range(5000)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    bench.signal("reads.bam")


@kind("a BAM that is none", "reads.bam: not a BAM or CRAM file")
def _(bench: Bench) -> None:
    bench.write("reads.bam", "chr1\t5\t9\n")
    bench.signal("reads.bam")


@kind("BAM of another assembly", "reads.bam: chr1 has 8001 bp in the BAM header, 8000 in the FASTA")
def _(bench: Bench) -> None:
    other = random_genome(LENGTHS | {"chr1": 8001})
    write_bam(bench.folder / "reads.bam", other, [("chr1", 5, 50, 0)])
    bench.signal("reads.bam")


@kind("truncated gzipped fragments", "reads.tsv.gz: truncated")
def _(bench: Bench) -> None:
    data = gzip.compress((bench.folder / "reads.tsv").read_bytes())
    (bench.folder / "reads.tsv.gz").write_bytes(data[:-20])
    bench.signal("reads.tsv.gz")


@kind("fragments of another assembly", "reads.tsv:401: the end is beyond chr5's 8000 bp", "5 of 405", "own assembly")
def _(bench: Bench) -> None:
    bench.edit_lines("reads.tsv", lambda lines: [*lines, *["chr5\t7990\t8001"] * 5])


@kind("fragments whose end is before their start", "reads.tsv:2: the end is not beyond the start", "chr1\\t90\\t30")
def _(bench: Bench) -> None:
    bench.edit_lines("reads.tsv", lambda lines: [lines[0], *["chr1\t90\t30"] * 5, *lines[1:]])


@kind("negative coordinates of fragments", "reads.tsv:1: the start is negative", "prepare.max_faulty (0.01)")
def _(bench: Bench) -> None:
    bench.edit_lines("reads.tsv", lambda lines: [*["chr1\t-3\t30"] * 5, *lines])


@kind("coordinate of a fragment that is no number", "reads.tsv:1: column 2 (start) is not a whole number")
def _(bench: Bench) -> None:
    bench.edit_lines("reads.tsv", lambda lines: ["chr1\t1x3\t30", *lines])


@kind("fragments separated by bars", "reads.tsv:1: 1 tab-separated columns; wanted 3 or more")
def _(bench: Bench) -> None:
    bench.edit_lines("reads.tsv", lambda lines: [line.replace("\t", "|") for line in lines])


@kind("tagAlign with an odd strand", "reads.tagAlign:1: column 6 (strand) is not + or -")
def _(bench: Bench) -> None:
    bench.write("reads.tagAlign", "chr1\t5\t9\tN\t1000\t*\n")
    bench.signal("reads.tagAlign")


@kind("reads of no known format", "reads.txt: the name does not tell the format", "format column")
def _(bench: Bench) -> None:
    bench.write("reads.txt", "chr1\t5\t9\n")
    bench.signal("reads.txt")


@kind("too few reads", "sample s: 2 5' ends", "fewer than prepare.min_reads 500")
def _(bench: Bench) -> None:
    bench.edit_lines("reads.tsv", lambda lines: lines[:1])


@kind("reads on chromosomes with other names", "reads.tsv: no 5' ends", "'1'", "it has 'chr1'")
def _(bench: Bench) -> None:
    bench.edit_lines("reads.tsv", lambda lines: [line.removeprefix("chr") for line in lines if "chr1" in line])


@kind("unaligned BAM", "reads.bam: no 5' ends", "50 of 50 records are left out: unmapped")
def _(bench: Bench) -> None:
    write_alignments(bench.folder / "reads.bam", GENOME, [{"chrom": None, "cigar": "", "flag": 4}] * 50)
    bench.signal("reads.bam")


@kind("BAM with a flipped byte", "reads.bam: truncated or damaged (its blocks cannot be read)")
def _(bench: Bench) -> None:
    path = write_bam(bench.folder / "reads.bam", GENOME, [("chr1", i % 7000, 50, 0) for i in range(20_000)])
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)
    bench.signal("reads.bam")


@kind("BAM of reads past the end", "reads.bam: read read0 at chr1:7981", "600 of 600 records", "own assembly")
def _(bench: Bench) -> None:
    write_bam(bench.folder / "reads.bam", GENOME, [("chr1", 7980, 50, 0)] * 600)
    bench.signal("reads.bam")


# bigWigs


@kind("a bigBed", "plus.bw: a bigBed, which holds intervals")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}})
    (bench.folder / "plus.bw").write_bytes(bytes.fromhex("ebf28987") + bytes(500))


@kind("bigWig that is cut off", "plus.bw: cut off or damaged: the index")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}})
    path = bench.folder / "plus.bw"
    path.write_bytes(path.read_bytes()[:450])


@kind("bigWig with a damaged block", "plus.bw: damaged bigWig (the block at byte")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": dict.fromkeys(range(1000, 1600), 1)})
    path = bench.folder / "plus.bw"
    data = bytearray(path.read_bytes())
    start = int.from_bytes(data[16:24], "little") + 8
    data[start + 9] ^= 255
    path.write_bytes(data)


@kind("bigWig with infinity", "plus.bw: inf at chr2:77 is not a whole number")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}, "chr2": {77: float("inf")}})


@kind("bigWig of 1e30", "plus.bw: 1e+30 at chr2:77 is too large for a count")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}, "chr2": {77: 1e30}})


@kind("bigWig with NaN", "plus.bw: NaN is stored at chr1:1001")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1, 1001: 1.2345678, 1002: 2}})
    store_nan(bench.folder / "plus.bw", 1.2345678)


@kind("bigWig with a negative value", "plus.bw: negative value -2 at chr2:77")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}, "chr2": {77: -2}})


@kind("bigWig that is normalised", "plus.bw: 0.125 at chr2:77 is not a whole number")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}, "chr2": {77: 0.125}})


@kind("bigWig of another assembly", "plus.bw: chr3 has 9000 bp in the bigWig, 8000 in the FASTA")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}}, LENGTHS | {"chr3": 9000})


@kind("a bigWig that is none", "plus.bw: not a bigWig file")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}})
    bench.write("plus.bw", "variableStep\n")


@kind("strands apart in one bigWig", "strands is split", "one bigWig", "plus.bw")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}})
    bench.signal("plus.bw")
    bench.rows[0]["strands"] = "split"


@kind("plus and minus that are no bigWigs", "signal has two files that are fragments and fragments")
def _(bench: Bench) -> None:
    bench.signal("reads.tsv", "reads.tsv")


@kind("one bigWig for both strands", "sample s, head signal: signal has", "plus.bw for both strands")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}})
    bench.signal("plus.bw", "./plus.bw")


@kind("shift of a bigWig", "sample s, head signal: shift is +4/-4, but a bigWig")
def _(bench: Bench) -> None:
    bench.bigwigs({"chr1": {1000: 1}})
    bench.rows[0]["shift"] = "+4/-4"


# Peaks and masks


@kind("empty peaks", "peaks.narrowPeak: no peaks in it")
def _(bench: Bench) -> None:
    bench.write("peaks.narrowPeak", "track name=none\n")


@kind("missing peaks", "absent.bed: no such file")
def _(bench: Bench) -> None:
    bench.rows[0]["peaks"] = bench.path("absent.bed")


@kind("malformed peaks", "peaks.narrowPeak:3: 2 columns; wanted chromosome, start and end")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: [*lines[:2], "chr1\t55", *lines[2:]])


@kind("peaks whose end is before their start", "peaks.narrowPeak:1: end 50 is not beyond start 60", "2 of 22 lines")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: ["chr1\t60\t50", "chr1\t60\t50", *lines])


@kind("peaks with a negative start", "peaks.narrowPeak:1: start -1 is negative")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: ["chr1\t-1\t50", *lines, "chr1\t0\t0"])


@kind("peaks of another assembly", "peaks.narrowPeak: 2 of 22 peaks end beyond", "chr5:7900-8001", "own assembly")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: [*lines, "chr5\t7900\t8001", "chr5\t9000\t9100"])


@kind("peak with a coordinate that is no number", "peaks.narrowPeak:1: column 3 (end)", "'5o'")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: ["chr1\t1\t5o", *lines])


@kind("summits as places", "peaks.narrowPeak:1: summit 300 is outside of its peak of 300 bp", "20 of 20 lines")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: [line.removesuffix("150") + "300" for line in lines])


@kind("peaks with other chromosome names", "peaks.narrowPeak: none of its chromosomes", "'1'", "'chr1'")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: [line.removeprefix("chr") for line in lines])


@kind("peaks that must fit and do not", "prepare.resize is none, but peak chr1_1000", "300 bp wide")
def _(bench: Bench) -> None:
    bench.set("prepare.resize", "none")


@kind("malformed mask", "mask.bed:1: end 5 is not beyond start 9")
def _(bench: Bench) -> None:
    bench.set("genome.exclude", bench.write("mask.bed", "chr1\t9\t5\nchr1\t9\t9\n"))


@kind("mask without numbers", "mask.bed:2: column 2 (start) is not a whole number, got '1x3'")
def _(bench: Bench) -> None:
    bench.set("genome.exclude", bench.write("mask.bed", "chr1\t5\t9\nchr1\t1x3\t9\n"))


@kind("mask with other chromosome names", "mask.bed: none of its chromosomes", "'I'")
def _(bench: Bench) -> None:
    bench.set("genome.exclude", bench.write("mask.bed", "I\t5\t9\n"))


@kind("excluded chromosome with another name", "genome.exclude_chromosomes: '2'", "did you mean 'chr2'")
def _(bench: Bench) -> None:
    bench.set("genome.exclude_chromosomes", ["2"])


# Folds and windows


@kind("fold that names an absent chromosome", "folds.splits.fold0.test: chromosome '5'", "did you mean 'chr5'")
def _(bench: Bench) -> None:
    bench.set("folds.splits.fold0.test", ["5"])


@kind("fold with no peaks", "sample s, fold fold0: no peak windows in test", "regions.tsv")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: [line for line in lines if "chr5" not in line])


@kind("fold whose peaks have too few reads", "sample s, fold fold0: no peak windows in train", "rejected.tsv")
def _(bench: Bench) -> None:
    bench.set("prepare.peaks.min_counts", 1000)


@kind("fold with no background", "sample s, fold fold0: no background windows in test")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: [*lines, "chr5\t0\t8000"])


@kind("more folds than chromosomes", "folds.k: 9 folds need 9 chromosomes, got 5")
def _(bench: Bench) -> None:
    bench.set("folds", {"k": 9})


@kind("fold by a BED that is missing", "test.bed: no such file")
def _(bench: Bench) -> None:
    split = {"test": [bench.path("test.bed")], "validation": [bench.path("validation.bed")]}
    bench.set("folds", {"by": "bed", "splits": {"fold0": split}})
    bench.write("validation.bed", "chr4\t0\t8000\n")


@kind("fold by a bad expression", "folds: fold fold0: '[' is not a regular expression")
def _(bench: Bench) -> None:
    bench.set("folds", {"by": "regex", "splits": {"fold0": {"test": ["["], "validation": ["chr4"]}}})


@kind("region in two splits by name", "region 'chr4_1000' matches expressions of validation and test")
def _(bench: Bench) -> None:
    bench.set("folds", {"by": "regex", "splits": {"fold0": {"test": ["chr[45]"], "validation": ["chr4"]}}})


@kind("window longer than the chromosomes", "fold fold0: a window with jitter is 16674 bp", "has 8000 bp")
def _(bench: Bench) -> None:
    bench.set("combined.architecture.layers", 12)
    bench.set("combined.training.jitter", 0)
    bench.set("bias.training.jitter", 0)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize("name", KINDS)
def test_bad_input(bench: Bench, name: str):
    spoil, named = KINDS[name]
    spoil(bench)
    message = bench.prepare()
    assert message is not None, f"{name}: the stage ran through"
    for words in named:
        assert words in message
    sentence = message.removeprefix("bad config:\n  ").removeprefix("error: ")
    assert "\n" not in sentence
    assert len(sentence) < 600


def test_the_sound_run_passes(bench: Bench):
    assert bench.prepare() is None
    assert (bench.folder / "results" / "s" / "checked.json").exists()


def test_there_are_thirty_kinds_and_more():
    assert len(KINDS) >= 30


def test_unsorted_peaks_and_reads_give_the_same_files(tmp_path: Path):
    results = []
    for name in ("sorted", "unsorted"):
        folder = tmp_path / name
        folder.mkdir()
        bench = Bench(folder)
        if name == "unsorted":
            for file in ("peaks.narrowPeak", "reads.tsv"):
                bench.edit_lines(file, lambda lines: lines[::-1])
        assert bench.prepare() is None
        results.append(folder / "results" / "s")
    for file in ("fold0/regions.tsv", "fold0/rejected.tsv", "fold0/background.json", "signal.h5"):
        assert (results[0] / file).read_bytes() == (results[1] / file).read_bytes()


def test_running_again_gives_the_same_bytes(bench: Bench):
    assert bench.prepare() is None
    files = [path for path in (bench.folder / "results").rglob("*") if path.suffix not in ("", ".log")]
    before = {path: path.read_bytes() for path in files}
    assert len(before) == 9
    assert bench.prepare() is None
    assert {path: path.read_bytes() for path in files} == before


def test_paired_stranded_bigwigs_run(bench: Bench):
    """A second kind of data set, given as two bigWigs and a BED, needs a config and a row, no code."""
    generator = np.random.default_rng(7)
    for name, sign in (("plus.bw", 1), ("minus.bw", -1)):
        values = {
            chrom: {
                int(position): sign * int(generator.integers(1, 5))
                for peak in PEAK_STARTS
                for position in np.sort(generator.choice(np.arange(peak, peak + 300), 40, replace=False))
            }
            for chrom in LENGTHS
        }
        write_bigwig(bench.folder / name, LENGTHS, values)
    bench.signal("plus.bw", "minus.bw")
    bench.write("peaks.bed", "\n".join(f"{c}\t{s}\t{s + 300}" for c in LENGTHS for s in PEAK_STARTS))
    bench.rows[0]["peaks"] = bench.path("peaks.bed")
    assert bench.prepare() is None


def test_a_test_chromosome_that_copies_a_training_one_is_left_out(bench: Bench):
    """chr5 tests and is chr1 again: no test window is left, unless the key says that all are kept."""
    copied = {name: GENOME.chromosome("chr1" if name == "chr5" else name) for name in LENGTHS}
    write_fasta(bench.folder / "genome.fa", Genome.from_chromosomes(copied))
    message = bench.prepare()
    assert message is not None
    assert "no peak windows in test" in message
    assert "folds.max_shared_kmers" in message
    rejected = (bench.folder / "results" / "s" / "fold0" / "rejected.tsv").read_text()
    assert rejected.count("shares more than 0.1 of its 31-mers with training windows") == len(PEAK_STARTS)
    bench.set("folds.max_shared_kmers", None)
    assert bench.prepare() is None
    checked = json.loads((bench.folder / "results" / "s" / "checked.json").read_text())
    assert checked["shared_with_training"] == {"fold0": {}}
    assert checked["windows"]["fold0"]["test"]["peak"] == len(PEAK_STARTS)


def test_a_sound_run_says_how_many_windows_were_compared(bench: Bench):
    assert bench.prepare() is None
    checked = json.loads((bench.folder / "results" / "s" / "checked.json").read_text())
    for split in ("validation", "test"):
        found = checked["shared_with_training"]["fold0"][split]
        assert (found["peaks"], found["peaks_left_out"]) == (checked["windows"]["fold0"][split]["peak"], 0)


def test_k_folds_run(bench: Bench):
    bench.set("folds", {"k": 3})
    assert bench.prepare() is None
    assert len(list((bench.folder / "results" / "s").glob("fold*/regions.tsv"))) == 3

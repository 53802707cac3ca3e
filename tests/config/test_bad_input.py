"""Bad input files and folds of every kind: one clear error before any training, and nothing half-written.

Each kind is a function that spoils one thing of a sound run; the run's prepare stage must then stop with one
message that names the culprit, and the failed job must leave no output under any name.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.samples import Track, read_samples
from cisgrammar.config.schema import Config, parse_config
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.preflight import longest_window
from prepare_toys import random_genome, run_script, store_nan, write_bam, write_bigwig, write_fasta, write_text

LENGTHS = {f"chr{i}": 8000 for i in range(1, 6)}
GENOME: Genome = random_genome(LENGTHS)
PEAK_STARTS = range(1000, 7000, 1500)
CONFIG: dict[str, Any] = {
    "output_length": 200,
    "folds": {"splits": {"fold0": {"test": ["chr5"], "validation": ["chr4"]}}},
    "prepare": {"shift": [0, 0], "min_reads": 500, "peaks": {"min_counts": 5}, "background_stride": 100},
    "bias": {"architecture": {"filters": 4, "layers": 2}},
    "transformation": {},
    "combined": {"architecture": {"filters": 4, "layers": 3}},
}


def fragment_rows() -> list[str]:
    generator = np.random.default_rng(3)
    rows = []
    for chrom in LENGTHS:
        for peak in PEAK_STARTS:
            starts = np.sort(peak + generator.integers(0, 250, 20))
            rows += [f"{chrom}\t{start}\t{start + 60}" for start in starts.tolist()]
    return rows


def peak_rows() -> list[str]:
    return [
        f"{chrom}\t{start}\t{start + 300}\t{chrom}_{start}\t{start}\t.\t1\t2\t3\t150"
        for chrom in LENGTHS
        for start in PEAK_STARTS
    ]


@dataclass
class Bench:
    """A sound run in a folder of its own, to be spoilt."""

    folder: Path
    config: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(CONFIG))
    rows: list[dict[str, str]] = field(default_factory=list)
    header: list[str] = field(default_factory=lambda: ["sample", "head", "signal", "strands", "shift", "peaks"])

    def __post_init__(self) -> None:
        write_fasta(self.folder / "genome.fa", GENOME)
        write_text(self.folder / "reads.tsv", "\n".join(fragment_rows()) + "\n")
        write_text(self.folder / "peaks.narrowPeak", "\n".join(peak_rows()) + "\n")
        self.config["genome"] = {"fasta": self.path("genome.fa")}
        self.config["samples"] = self.path("samples.tsv")
        self.config["results"] = self.path("results")
        self.rows = [{"sample": "s", "signal": self.path("reads.tsv"), "peaks": self.path("peaks.narrowPeak")}]

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def write(self, name: str, text: str) -> str:
        return str(write_text(self.folder / name, text))

    def signal(self, *names: str) -> None:
        self.rows[0]["signal"] = ",".join(self.path(name) for name in names)

    def set(self, key: str, value: Any) -> None:
        *sections, last = key.split(".")
        place = self.config
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value

    def edit_lines(self, name: str, change: Callable[[list[str]], list[str]]) -> None:
        path = self.folder / name
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")

    def bigwigs(self, plus: dict[str, dict[int, float]], lengths: dict[str, int] = LENGTHS) -> None:
        write_bigwig(self.folder / "plus.bw", lengths, plus)
        write_bigwig(self.folder / "minus.bw", LENGTHS, {"chr1": dict.fromkeys(range(1000, 1600), 1)})
        self.signal("plus.bw", "minus.bw")

    def prepare(self) -> str | None:
        """Run the prepare stage up to the checks; return the first error."""
        if not (self.folder / "samples.tsv").exists():
            lines = [self.header, *([row.get(column, "") for column in self.header] for row in self.rows)]
            self.write("samples.tsv", "\n".join("\t".join(line) for line in lines) + "\n")
        try:
            config = parse_config(self.config)
            samples = read_samples(config.samples)
        except ConfigError as error:
            return str(error)
        return run_stage(config, samples, self.folder / "results")


def run_stage(config: Config, samples: dict[str, list[Track]], results: Path) -> str | None:
    results.mkdir(exist_ok=True)
    genome = results / "genome.h5"
    plain = config.model_dump(mode="json")
    jobs = [("prepare_genome", {"fasta": config.genome.fasta}, {"genome": genome}, {}, {})]
    for sample, tracks in samples.items():
        out = results / sample
        rows = [track.model_dump(mode="json") for track in tracks]
        params = {"tracks": rows, "prepare": plain["prepare"]}
        inputs = {"genome": str(genome), "signals": [p for track in tracks for p in track.signal_paths]}
        outputs = {"signal": out / "signal.h5", "shift": out / "shift.json"}
        jobs.append(("count_reads", inputs, outputs, params, {}))
        for fold in config.folds.names:
            inputs = {
                "genome": str(genome),
                "signal": str(out / "signal.h5"),
                "peaks": tracks[0].peaks,
                "exclude": [config.genome.exclude] if config.genome.exclude else [],
            }
            outputs = {
                "regions": out / fold / "regions.tsv",
                "rejected": out / fold / "rejected.tsv",
                "background": out / fold / "background.json",
            }
            jobs.append(("select_regions", inputs, outputs, select_params(config), {"fold": fold}))
        regions = [str(out / fold / "regions.tsv") for fold in config.folds.names]
        inputs = {"genome": str(genome), "signal": str(out / "signal.h5"), "regions": regions}
        inputs["background"] = [str(out / fold / "background.json") for fold in config.folds.names]
        outputs = {"checked": out / "checked.json"}
        jobs.append(("preflight", inputs, outputs, {"config": plain, "tracks": rows}, {}))
    return run_jobs(jobs, results)


def select_params(config: Config) -> dict[str, Any]:
    jitter = max(stage.training.jitter for stage in (config.bias, config.combined))
    return {
        "prepare": config.prepare.model_dump(mode="json"),
        "folds": config.folds.model_dump(mode="json"),
        "exclude_chromosomes": config.genome.exclude_chromosomes,
        "input_length": longest_window(config) - 2 * jitter,
        "output_length": config.output_length,
        "jitter": jitter,
        "seed": config.seed,
    }


def run_jobs(jobs: list[tuple], results: Path) -> str | None:
    for name, inputs, outputs, params, wildcards in jobs:
        error = run_script(name, inputs, outputs, params, **wildcards)
        left = [path for path in outputs.values() if path.exists()]
        assert not list(results.rglob("*partial*")), "a temporary file is left"
        if error is not None:
            assert not left, f"{name} failed, but left {left}"
            return error
        assert len(left) == len(outputs)
    return None


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
    bench.edit_lines("reads.tsv", lambda lines: ["chr1\t1e3\t30", *lines])


@kind("fragments separated by spaces", "reads.tsv:1: 1 tab-separated columns; wanted 3 or more")
def _(bench: Bench) -> None:
    bench.edit_lines("reads.tsv", lambda lines: [line.replace("\t", " ") for line in lines])


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


# bigWigs


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


@kind("peak whose end is before its start", "peaks.narrowPeak:1: end 50 is not beyond start 60")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: ["chr1\t60\t50", *lines])


@kind("peak with a negative start", "peaks.narrowPeak:1: start -1 is negative")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: ["chr1\t-1\t50", *lines])


@kind("peak with a coordinate that is no number", "peaks.narrowPeak:1: column 3 (end)", "'5o'")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: ["chr1\t1\t5o", *lines])


@kind("summit outside of its peak", "peaks.narrowPeak:1: summit 300 is outside of its peak of 300 bp")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: [lines[0].removesuffix("150") + "300", *lines[1:]])


@kind("peaks with other chromosome names", "peaks.narrowPeak: none of its chromosomes", "'1'", "'chr1'")
def _(bench: Bench) -> None:
    bench.edit_lines("peaks.narrowPeak", lambda lines: [line.removeprefix("chr") for line in lines])


@kind("peaks that must fit and do not", "prepare.resize is none, but peak chr1_1000", "300 bp wide")
def _(bench: Bench) -> None:
    bench.set("prepare.resize", "none")


@kind("malformed mask", "mask.bed:1: end 5 is not beyond start 9")
def _(bench: Bench) -> None:
    bench.set("genome.exclude", bench.write("mask.bed", "chr1\t9\t5\n"))


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


@kind("fold by a bad expression", "folds: test: '[' is not a regular expression")
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
    assert len(before) == 7
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

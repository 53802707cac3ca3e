"""Inputs that are odd and usable: the windows and counts are those of the clean input, and what was odd is told.

Each kind changes one file of a sound run; the prepare stage must run through, write the same windows, and say in a log
or in `rejected.tsv` what it left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pysam
import pytest

from bench import GENOME, LENGTHS, Bench, fragment_rows, peak_rows
from cisgrammar.signal.store import open_signal
from prepare_toys import write_alignments, write_bigwig

KINDS: dict[str, tuple[Callable[[Bench], None], tuple[str, ...]]] = {}


def kind(name: str, *told: str) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """Register an odd input, and the words that a log or `rejected.tsv` must hold."""

    def register(change: Callable[[Bench], None]) -> Callable[[Bench], None]:
        assert name not in KINDS
        KINDS[name] = change, told
        return change

    return register


def fragments(*odd: str) -> Callable[[Bench], None]:
    return lambda bench: bench.edit_lines("reads.tsv", lambda lines: [*lines[:200], *odd, *lines[200:]])


def peaks(change: Callable[[list[str]], list[str]]) -> Callable[[Bench], None]:
    return lambda bench: bench.edit_lines("peaks.narrowPeak", change)


kind(
    "fragment over the end", "(1: beyond the end of the chromosome)", "reads.tsv:201: the end is beyond chr4's 8000 bp"
)(fragments("chr4\t7900\t8003"))
kind("fragment before the start", "(1: the start is negative)", "reads.tsv:201:")(fragments("chr4\t-4\t60"))
kind("fragment without length", "(1: the end is not beyond the start)", "reads.tsv:201:")(fragments("chr4\t60\t60"))
kind("fragment at 10^20", "(1: beyond the end of the chromosome)", "reads.tsv:201:")(
    fragments("chr4\t60\t100000000000000000000")
)
kind("a line that names the columns of fragments")(
    lambda bench: bench.edit_lines("reads.tsv", lambda lines: ["chrom\tstart\tend", *lines])
)
kind("peaks of IDR")(
    peaks(lambda lines: [f"{line}\t1.5\t2.5\t5\t9\t1\t2\t6\t10\t1\t3" for line in lines]),
)
kind("peaks with more columns")(peaks(lambda lines: [f"{line}\tgene\tpromoter" for line in lines]))
kind("peaks twice", *["at the place of another peak"] * 20)(peaks(lambda lines: [*lines, *lines]))
kind("peaks that say where others are", *["at the place of another peak"] * 20)(
    peaks(lambda lines: [*lines, *(line.replace("\t.\t", "\t+\t").replace("chr1_", "more_") for line in lines)])
)
kind("peak at 0", "chr4\t0\t0\tchr4:0-0\tpeak\tits end is not beyond its start", "1 of 21 lines are like that")(
    peaks(lambda lines: [*lines, "chr4\t0\t0"])
)
kind("peak before the start", "chr4\t-5\t60\tchr4:-5-60\tpeak\tits start is negative")(
    peaks(lambda lines: [*lines, "chr4\t-5\t60"])
)
kind("peak to 10^20", "its end is beyond its chromosome's", "1 of 21 peaks end beyond their chromosome")(
    peaks(lambda lines: [*lines, "chr4\t600\t100000000000000000000\tp\t1\t.\t1\t1\t1\t5"])
)
kind("a line that names the columns of peaks")(peaks(lambda lines: ["chr\tstart\tend\tname", *lines]))
kind("peaks with text as score", "column 5 (score) is not a number", "20 of 20 lines are like that: their score is 0")(
    peaks(
        lambda lines: [line.replace("\t.\t", "\tx\t", 1).replace("_", "_", 1) for line in map(with_text_score, lines)]
    )
)
kind("peaks on scaffolds", "its chromosome is not in the FASTA", "2 peaks on chrUn, which is not in the FASTA")(
    peaks(lambda lines: [*lines, "chrUn\t5\t900", "chrUn\t5\t900"])
)
kind("mask at the edges with text", "1 of 3 lines are like that and left out")(
    lambda bench: bench.set(
        "genome.exclude",
        bench.write("mask.bed", "chr1\t0\t5\tHigh Signal\tx\t?\nchr2\t7999\t99999999999999999999\ta b\nchr3\t7\t7\n"),
    )
)


def rewritten(name: str, change: Callable[[str], str]) -> Callable[[Bench], None]:
    """A file of the bench as another program writes it."""

    def rewrite(bench: Bench) -> None:
        path = bench.folder / name
        path.write_bytes(change(path.read_text()).encode())

    return rewrite


for file in ("reads.tsv", "peaks.narrowPeak", "genome.fa"):
    kind(f"{file} of an old Mac")(rewritten(file, lambda text: text.replace("\n", "\r")))
    kind(f"{file} of Windows, without the last line end")(
        rewritten(file, lambda text: text.rstrip("\n").replace("\n", "\r\n"))
    )
for file in ("reads.tsv", "peaks.narrowPeak"):
    kind(f"{file} with blanks between columns")(rewritten(file, lambda text: text.replace("\t", "   ")))
    kind(f"{file} with numbers of pandas")(rewritten(file, lambda text: re.sub(r"\t(\d+)(?=[\t\n])", r"\t\1.0", text)))
    kind(f"{file} with numbers for people")(
        rewritten(file, lambda text: re.sub(r"\t(\d)(\d{3})(?=[\t\n])", r"\t\1,\2", text))
    )
    kind(f"{file} with numbers of R")(rewritten(file, lambda text: re.sub(r"\t(\d)000(?=[\t\n])", r"\t\1e+03", text)))
    kind(f"{file} with lines of blanks")(rewritten(file, lambda text: text.replace("\n", "\n \n\t\n", 2) + " \n"))
kind("peaks as CSV")(rewritten("peaks.narrowPeak", lambda text: "chrom,start,end\n" + text.replace("\t", ",")))
kind("peaks of pandas with numbers of rows")(
    peaks(lambda lines: [",chrom,start,end", *(",".join([str(i), *line.split("\t")]) for i, line in enumerate(lines))])
)
kind("peaks with the quotes of R")(
    rewritten("peaks.narrowPeak", lambda text: re.sub(r"^(\w+)", r'"\1"', text, flags=re.M))
)
kind("summit outside of its peak", "summit 300 is outside of its peak of 300 bp", "1 of 20 lines are like that")(
    peaks(lambda lines: [lines[0].removesuffix("150") + "300", *lines[1:]])
)
kind("empty mask", "mask.bed: no regions in it; nothing is excluded")(
    lambda bench: bench.set("genome.exclude", bench.write("mask.bed", "# chr4\t0\t8000\n"))
)


def with_text_score(line: str) -> str:
    fields = line.split("\t")
    return "\t".join([*fields[:4], "high", *fields[5:]])


def as_reads(bench: Bench) -> list[dict]:
    """The fragments as pairs of reads of 30 bp."""
    found = []
    for row in fragment_rows():
        chrom, start, end = row.split("\t")
        found += [{"chrom": chrom, "start": int(start)}, {"chrom": chrom, "start": int(end) - 30, "flag": 16}]
    return found


def bam(*odd: dict, name: str = "reads.bam") -> Callable[[Bench], None]:
    def change(bench: Bench) -> None:
        reference = bench.folder / "genome.fa" if name.endswith("cram") else None
        if reference:
            pysam.faidx(str(reference))
        reads = as_reads(bench)
        write_alignments(bench.folder / name, GENOME, [*reads[:100], *odd, *reads[100:]], reference)
        bench.signal(name)

    return change


PAST = {"chrom": "chr2", "start": 7990, "flag": 16}
kind("BAM")(bam())
kind("CRAM")(bam(name="reads.cram"))
kind("BAM with reads past the end", "(5: beyond the end of the chromosome)", "read read100 at chr2:7991")(
    bam(*[PAST] * 5)
)
kind("CRAM with duplicates")(bam(*[{"start": 50, "flag": 1024}] * 50, name="reads.cram"))
kind("BAM with POS 0 and without chromosome", "(4: mapped without chromosome or position)")(
    bam({"start": -1}, {"start": -1, "flag": 16}, {"chrom": None, "start": 9}, {"chrom": None, "start": 9, "flag": 16})
)
kind("BAM with reads that are all clipped", "(1: mapped without an aligned base)")(bam({"start": 50, "cigar": "30S"}))
kind("BAM with reads without CIGAR", "(2: mapped without CIGAR)")(
    bam({"start": 50, "cigar": ""}, {"start": 50, "cigar": "", "flag": 16})
)


def windows_and_counts(bench: Bench) -> tuple[str, np.ndarray]:
    assert bench.prepare() is None
    out = bench.folder / "results" / "s"
    signal = open_signal(out / "signal.h5")
    return (out / "fold0" / "regions.tsv").read_text(), np.array(signal.heads["signal"])


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> tuple[str, np.ndarray]:
    return windows_and_counts(Bench(tmp_path_factory.mktemp("clean")))


@pytest.mark.parametrize("name", KINDS)
def test_odd_input_gives_what_the_clean_one_gives(tmp_path: Path, clean, name: str):
    change, told = KINDS[name]
    bench = Bench(tmp_path)
    change(bench)
    regions, counts = windows_and_counts(bench)
    np.testing.assert_array_equal(counts, clean[1])
    assert regions == clean[0]
    said = "".join(path.read_text() for path in (tmp_path / "results").rglob("*") if path.suffix in (".log", ".tsv"))
    for words in told:
        assert said.count(words) >= told.count(words), words


def test_mapping_quality_and_single_reads_with_strands(tmp_path: Path, clean):
    """What more is asked for in config or sheet: quality, and the strand of single reads."""
    bench = Bench(tmp_path)
    bam(*[{"start": 10 * i, "quality": 0} for i in range(300)])(bench)
    bench.set("prepare.min_mapq", 1)
    assert windows_and_counts(bench)[0] == clean[0]
    report = json.loads((tmp_path / "results" / "s" / "shift.json").read_text())["heads"]["signal"]["files"][0]
    assert report["dropped"] == {"mapping quality below 1": 300}
    rows = [
        f"{r['chrom']}\t{r['start']}\t{r['start'] + 30}\tB\t1\t{'+-'[r.get('flag', 0) > 0]}" for r in as_reads(bench)
    ]
    bench.write("single.tsv", "\n".join(rows))
    bench.signal("single.tsv")
    bench.header.append("format")
    bench.rows[0]["format"] = "tagalign"
    (tmp_path / "samples.tsv").unlink()
    assert windows_and_counts(bench)[0] == clean[0]


def test_a_mask_is_the_same_with_and_without_more_columns(tmp_path: Path):
    found = []
    for number, more in enumerate(("", "\tHigh Signal Region\tnot a number\t?")):
        folder = tmp_path / str(number)
        folder.mkdir()
        bench = Bench(folder)
        bench.set("genome.exclude", bench.write("mask.bed", f"chr1\t900\t1400{more}\nchr4\t900\t1400{more}\n"))
        found.append(windows_and_counts(bench)[0])
    assert found[0] == found[1]
    assert "chr1_1000" not in found[0]


def values_of(chromosomes: list[str]) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {chrom: {} for chrom in chromosomes}
    for row in fragment_rows():
        chrom, start, end = row.split("\t")
        for place in (int(start), int(end) - 1):
            if chrom in found:
                found[chrom][place] = found[chrom].get(place, 0) + 1
    return {chrom: dict(sorted(places.items())) for chrom, places in found.items()}


def test_windows_on_chromosomes_that_a_bigwig_lacks_are_left_out(tmp_path: Path, clean):
    bench = Bench(tmp_path)
    there = [name for name in LENGTHS if name != "chr2"]
    write_bigwig(tmp_path / "a.bw", {name: LENGTHS[name] for name in there}, values_of(there))
    bench.signal("a.bw")
    regions, counts = windows_and_counts(bench)
    np.testing.assert_array_equal(counts[0, :8000], clean[1][0, :8000])
    assert not counts[0, 8000:16000].any()
    assert {line.split("\t")[0] for line in regions.splitlines()[1:]} == set(there)
    rejected = (tmp_path / "results" / "s" / "fold0" / "rejected.tsv").read_text()
    assert rejected.count("no 5' end on its chromosome") == sum("chr2" in row for row in peak_rows())
    logs = "".join(path.read_text() for path in (tmp_path / "results").rglob("*.log"))
    assert "no 5' end on chr2; windows there are left out" in logs


def test_a_held_out_chromosome_without_reads_is_an_error(tmp_path: Path):
    bench = Bench(tmp_path)
    bench.edit_lines("reads.tsv", lambda lines: [line for line in lines if not line.startswith("chr5")])
    assert "no peak windows in test" in (bench.prepare() or "")
    rejected = (tmp_path / "results" / "s" / "fold0" / "rejected.tsv").read_text()
    assert rejected.count("no 5' end on its chromosome") == 4


def test_the_kinds_are_many():
    assert len(KINDS) >= 39

"""Reads and peaks of a sample: counted where a file tells them, else estimated from its beginning."""

import gzip
import random
import re

import numpy as np
import pyBigWig
import pysam
import pytest

from cisgrammar.check import sizes
from cisgrammar.check.sizes import Amount, amount_of, shown_sizes, sizes_of
from cisgrammar.config.samples import Track
from cisgrammar.config.schema import Simulate


def track(signal, peaks="peaks.bed", **more):
    return Track(sample="a", signal=str(signal), peaks=str(peaks), **more)


def write_fragments(path, number):
    rng = random.Random(0)
    rows = (f"chr1\t{rng.randrange(10**8)}\t{rng.randrange(10**8)}\tACGTACGTAA-1\t1\n" for _ in range(number))
    text = "# a header\n" + "".join(rows)
    with gzip.open(path, "wt") if str(path).endswith(".gz") else open(path, "w") as out:
        out.write(text)


def write_bam(path, number):
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": 10_000_000}]}
    rng = np.random.default_rng(0)
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for start in range(number):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.flag, read.mapping_quality = f"read_{start}", 0, 60
            read.reference_id, read.reference_start, read.cigartuples = 0, start, [(0, 40)]
            read.query_sequence = "".join(rng.choice(list("ACGT"), 40))
            out.write(read)


@pytest.mark.parametrize("name", ["reads.tsv", "reads.tsv.gz"])
def test_lines_are_counted_or_estimated_within_a_fifth(tmp_path, monkeypatch, name):
    write_fragments(tmp_path / name, 20_000)
    assert amount_of(tmp_path / name) == Amount(20_000)
    monkeypatch.setattr(sizes, "_LOOKED_AT", 1 << 18)
    found = amount_of(tmp_path / name)
    assert not found.exact
    assert found.number == pytest.approx(20_000, rel=0.2)
    assert re.fullmatch("about (1[6-9]|2[0-4]),000", str(found))


def test_a_bam_is_counted_by_its_index_and_estimated_without(tmp_path, monkeypatch):
    write_bam(tmp_path / "x.bam", 20_000)
    assert amount_of(tmp_path / "x.bam") == Amount(20_000)
    monkeypatch.setattr(sizes, "_LOOKED_AT", 1 << 16)
    found = amount_of(tmp_path / "x.bam")
    assert not found.exact
    assert found.number == pytest.approx(20_000, rel=0.3)
    pysam.index(str(tmp_path / "x.bam"))
    assert amount_of(tmp_path / "x.bam") == Amount(20_000)


def test_a_bigwig_has_its_sum_in_its_header(tmp_path):
    with pyBigWig.open(str(tmp_path / "x.bw"), "w") as file:
        file.addHeader([("chr1", 1000)])
        file.addEntries(["chr1", "chr1"], [10, 500], ends=[11, 501], values=[3.0, 39.0])
    assert amount_of(tmp_path / "x.bw") == Amount(42)
    both = sizes_of({"a": [track(f"{tmp_path}/x.bw,{tmp_path}/x.bw", strands="split")]})
    assert both["a"].reads == Amount(84)


def test_what_cannot_be_read_is_unknown_and_no_error(tmp_path):
    (tmp_path / "x.bam").write_bytes(b"no BAM")
    (tmp_path / "x.bw").write_bytes(b"no bigWig")
    for name in ("x.bam", "x.bw", "none.tsv"):
        assert amount_of(tmp_path / name).number is None
    found = sizes_of({"a": [track(tmp_path / "none.tsv", tmp_path / "none.bed")]})
    assert shown_sizes(found) == ["data      a: unknown reads, unknown peaks"]


def test_peaks_are_counted_by_chromosome_and_headers_are_none(tmp_path):
    (tmp_path / "p.bed").write_text("track name=x\n#c\nchr1\t1\t2\nchr2\t1\t2\nchr1\t4\t5\n\n")
    write_fragments(tmp_path / "r.tsv", 3)
    found = sizes_of({"a": [track(tmp_path / "r.tsv", tmp_path / "p.bed")]})["a"]
    assert found.peaks == {"chr1": 2, "chr2": 1}
    assert shown_sizes({"a": found}) == ["data      a: 3 reads, 3 peaks"]
    lines = shown_sizes({f"s{n}": found for n in range(50)})
    assert len(lines) == 9
    assert lines[-1] == "data      50 samples in all: 150 reads, 150 peaks"


def test_files_that_are_to_be_simulated_have_the_sizes_of_the_config():
    simulate = Simulate(chromosomes=4, peaks_per_chromosome=30, fragments=5000)
    (line,) = shown_sizes(sizes_of({"a": [track("results/none.tsv.gz")]}, simulate))
    assert line == "data      a: 5,000 reads, 120 peaks, to be simulated"

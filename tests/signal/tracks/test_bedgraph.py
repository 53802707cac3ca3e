"""A bedGraph gives the counts of its bigWig."""

import gzip
import re

import numpy as np
import pyBigWig
import pytest

from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig import peek_bigwig, read_bigwigs
from cisgrammar.signal.tracks.bedgraph import BedGraphFile
from fuzz import result_or_line

ROWS = [("chr1", 3, 4, 2), ("chr1", 10, 13, 1), ("chr1", 13, 14, 5), ("chr2", 0, 1, 7), ("chr2", 79, 80, 1)]


@pytest.fixture(scope="module")
def genome():
    rng = np.random.default_rng(0)
    return Genome.from_chromosomes(
        {name: rng.integers(0, 4, length).astype(np.uint8) for name, length in (("chr1", 100), ("chr2", 80))}
    )


def text(rows=ROWS, mark="\t", form="{}"):
    return "".join(mark.join([c, str(a), str(b), form.format(v)]) + "\n" for c, a, b, v in rows)


def counts(found):
    return [(p.tolist(), v.tolist()) for p, v in zip(found[0].positions, found[0].counts, strict=True)]


@pytest.fixture
def wanted(tmp_path, genome):
    path = tmp_path / "w.bw"
    file = pyBigWig.open(str(path), "w")
    file.addHeader(list(zip(genome.names, genome.lengths.tolist(), strict=True)))
    for chrom, start, end, value in ROWS:
        file.addEntries([chrom], [start], ends=[end], values=[float(value)])
    file.close()
    return counts(read_bigwigs([path], genome))


@pytest.mark.parametrize(
    "body",
    [
        text(),
        "track type=bedGraph name=x\n" + text(),
        "browser position chr1\n#chrom\tstart\tend\tvalue\n" + text(),
        text(form="{}.0"),
        text(form="{}.00000"),
        text(mark=" "),
        text(rows=ROWS[::-1]),
        text(rows=[*ROWS, ("chrUn", 5, 9, 3)]),
        text(rows=[*ROWS, ("chr1", 50, 60, 0)]),
        text().replace("\n", "\r\n"),
    ],
)
def test_a_bedgraph_has_the_counts_of_its_bigwig(tmp_path, genome, wanted, body):
    path = tmp_path / "x.bedGraph.gz"
    path.write_bytes(gzip.compress(body.encode()))
    assert not peek_bigwig(path, genome, format="bedgraph")
    found = read_bigwigs([path], genome, "bedgraph")
    assert counts(found) == wanted
    assert found[1][0].format == "bedgraph"
    assert found[1][0].records == 18


def test_the_minus_strand_may_be_negative(tmp_path, genome, wanted):
    (tmp_path / "p.bg").write_text(text())
    (tmp_path / "m.bg").write_text(text([(c, a, b, -v - 1) for c, a, b, v in ROWS]))
    found, _ = read_bigwigs([tmp_path / "p.bg", tmp_path / "m.bg"], genome, "bedgraph")
    assert found.counts[1].tolist() == [value + 1 for value in wanted[0][1]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "no values in it"),
        ("chr1\t3\t4\n", ":1: 3 tab-separated columns; wanted 4"),
        ("chr1\t3\t4\t0.5\n", ":1: column 4 (value) is not a whole number"),
        ("chr1\t3\t4\tnan\n", ":1: column 4 (value) is not a whole number"),
        ("chr1\t3\t4\t-1\n", "negative value -1 at chr1:3"),
        ("chr1\t-3\t4\t1\n", ":1: the start is negative"),
        ("chr1\t4\t4\t1\n", ":1: the end is not beyond the start"),
        ("chr1\t99\t101\t1\n", ":1: the end is beyond the chromosome of the FASTA"),
        ("chr1\t3\t6\t1\nchr1\t5\t7\t1\n", ":2: a base that has a value before"),
        ("1\t3\t4\t1\n", "none of its chromosomes is in the FASTA: it has '1'"),
    ],
)
def test_what_is_no_count_is_one_line(tmp_path, genome, body, said):
    path = tmp_path / "x.bdg"
    path.write_text(body)
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        peek_bigwig(path, genome, format="bedgraph")
    assert str(path) in str(error.value)


def test_coverage_is_noticed(tmp_path, genome):
    rng = np.random.default_rng(1)
    ends = rng.integers(0, 4, 160)
    level = np.convolve(ends, np.ones(36, dtype=int))[:100]
    (tmp_path / "x.bg").write_text(text([("chr1", i, i + 1, v) for i, v in enumerate(level)] * 1))
    big = Genome.from_chromosomes({"chr1": rng.integers(0, 4, 5000).astype(np.uint8)})
    level = np.convolve(rng.integers(0, 4, 5000), np.ones(36, dtype=int))[:5000]
    (tmp_path / "x.bg").write_text(text([("chr1", i, i + 1, v) for i, v in enumerate(level)]))
    _, (report,) = read_bigwigs([tmp_path / "x.bg"], big, "bedgraph")
    assert any("is this coverage" in note for note in report.notes)


def test_a_block_of_the_beginning_alone(tmp_path, genome):
    (tmp_path / "x.bg").write_text(text())
    with BedGraphFile(tmp_path / "x.bg", genome) as file:
        assert file.chromosomes == {"chr1": 100, "chr2": 80}
        assert [v.chrom for v in file.read_all(file.blocks)] == ["chr1", "chr2"]


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_text_is_counts_or_one_line(tmp_path, genome, seed):
    import random

    from fuzz import damaged

    path = tmp_path / "x.bg"
    path.write_bytes(damaged(text().encode(), random.Random(seed)))
    result_or_line(path, lambda: read_bigwigs([path], genome, "bedgraph"))

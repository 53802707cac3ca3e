"""5' ends from BAM, fragments, BEDPE and tagAlign."""

import csv
import gzip
import time

import numpy as np
import pytest

from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.signal.cuts import count_cuts
from cisgrammar.signal.reads import read_cuts, signal_format
from prepare_toys import random_genome, write_bam, write_text

GENOME = random_genome({"chr1": 1000, "chr2": 500})
FRAGMENTS = "chr1\t10\t60\nchr1\t10\t80\nchr2\t0\t500\nchrM\t5\t9\n"


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [
        ("a.bam", "auto", "bam"),
        ("a.CRAM", "auto", "cram"),
        ("a.fragments.tsv.gz", "auto", "fragments"),
        ("a.tsv", "auto", "fragments"),
        ("a.TSV.xz", "auto", "fragments"),
        ("a.csv.gz", "auto", "fragments"),
        ("a.bedpe.bz2", "auto", "bedpe"),
        ("a.bedpe.gz", "auto", "bedpe"),
        ("a.tagAlign.gz", "auto", "tagalign"),
        ("a.bigWig", "auto", "bigwig"),
        ("a.bed.gz", "tagalign", "tagalign"),
        ("a.bedGraph.gz", "auto", "bedgraph"),
        ("a.bdg", "auto", "bedgraph"),
        ("a.tsv.zip", "auto", "fragments"),
    ],
)
def test_format_goes_by_the_name_unless_given(name, given, kind):
    assert signal_format(name, given) == kind


def test_a_name_that_does_not_tell_is_an_error():
    with pytest.raises(ValueError, match=r"a\.bed\.gz: the name does not tell the format; set .* bam, cram, bedpe"):
        signal_format("a.bed.gz")


@pytest.mark.parametrize("columns", ["", "\tBARCODE", "\tBARCODE\t7"])
@pytest.mark.parametrize("suffix", [".tsv", ".tsv.gz"])
def test_fragments_count_once_with_any_columns(tmp_path, columns, suffix):
    text = "# header\n" + FRAGMENTS.replace("\n", columns + "\n")
    cuts = read_cuts(write_text(tmp_path / f"a{suffix}", text), GENOME)
    assert cuts.plus.tolist() == [10, 10, 1000]
    assert cuts.minus.tolist() == [59, 79, 1499]
    assert cuts.plus.dtype == np.uint32
    assert cuts.report.records == 4
    assert cuts.report.unknown_chromosomes == {"chrM": 1}


def test_short_bedpe_is_fragments(tmp_path):
    cuts = read_cuts(write_text(tmp_path / "a.bedpe.gz", FRAGMENTS), GENOME)
    assert (cuts.plus.tolist(), cuts.minus.tolist()) == ([10, 10, 1000], [59, 79, 1499])


def test_long_bedpe_goes_by_strands_and_keeps_single_mates(tmp_path):
    lines = [
        "chr1\t10\t50\tchr1\t100\t150\tr1\t9\t+\t-",
        "chr1\t300\t350\tchr1\t200\t250\tr2\t9\t-\t+",
        "chr1\t700\t750\tchr2\t20\t60\tr3\t9\t+\t+",
        "chr1\t800\t850\t.\t-1\t-1\tr4\t9\t-\t+",
        "chrM\t1\t5\tchr2\t30\t70\tr5\t9\t+\t-",
    ]
    cuts = read_cuts(write_text(tmp_path / "a.bedpe", "\n".join(lines)), GENOME)
    assert cuts.plus.tolist() == [10, 200, 700, 1020]
    assert cuts.minus.tolist() == [149, 349, 849, 1069]
    assert cuts.report.dropped == {"unmapped mate": 1}
    assert cuts.report.unknown_chromosomes == {"chrM": 1}


def test_bedpe_of_unmapped_mates_has_no_strands_to_judge(tmp_path):
    """Rows as bedtools writes them."""
    lines = [
        "chr1\t10\t60\t.\t-1\t-1\tr1\t0\t+\t.",
        ".\t-1\t-1\tchr1\t200\t250\tr2\t0\t.\t-",
        "chrM\t5\t9\tchrM\t20\t30\tr3\t0\t.\t.",
    ]
    cuts = read_cuts(write_text(tmp_path / "a.bedpe", "\n".join(lines)), GENOME)
    assert (cuts.plus.tolist(), cuts.minus.tolist()) == ([10], [249])
    assert cuts.report.dropped == {"unmapped mate": 2}
    counted = write_text(tmp_path / "b.bedpe", lines[0].replace("+", "."))
    with pytest.raises(ValueError, match=r"b\.bedpe:1: column 9 \(strand\) is not \+ or -"):
        read_cuts(counted, GENOME)


def test_bedpe_without_strands_takes_the_outer_ends(tmp_path):
    lines = ["chr1\t100\t150\tchr1\t10\t50", "chr1\t5\t9\tchr2\t5\t9"]
    cuts = read_cuts(write_text(tmp_path / "a.bedpe", "\n".join(lines)), GENOME)
    assert (cuts.plus.tolist(), cuts.minus.tolist()) == ([10], [149])
    assert cuts.report.dropped == {"mates on different chromosomes, without strands": 1}


def test_tagalign_goes_by_strand(tmp_path):
    text = "chr1\t10\t46\tN\t1000\t+\nchr1\t10\t46\tN\t1000\t-\nchr2\t464\t500\tN\t1000\t-\n"
    cuts = read_cuts(write_text(tmp_path / "a.tagAlign.gz", text), GENOME)
    assert (cuts.plus.tolist(), cuts.minus.tolist()) == ([10], [45, 1499])


@pytest.mark.parametrize("more", ["", "\t1000"])
def test_tagalign_may_have_the_strand_in_the_last_of_4_or_5_columns(tmp_path, more):
    text = "".join(f"{place}{more}\t{s}\n" for place, s in (("chr1\t10\t46", "+"), ("chr1\t10\t46", "-")))
    cuts = read_cuts(write_text(tmp_path / "a.tagAlign.gz", text), GENOME)
    assert (cuts.plus.tolist(), cuts.minus.tolist()) == ([10], [45])
    with pytest.raises(ValueError, match="wanted 6 or more"):
        read_cuts(write_text(tmp_path / "b.tagAlign", text + f"chr1\t10\t46{more}\tx\n"), GENOME)


def test_a_bam_is_one_whatever_it_is_called(tmp_path, caplog):
    write_bam(tmp_path / "a.bam", GENOME, [("chr1", 100, 30, 0), ("chr1", 100, 30, 16)])
    (tmp_path / "a.bam").rename(tmp_path / "a.tsv.gz")
    cuts = read_cuts(tmp_path / "a.tsv.gz", GENOME)
    assert (cuts.plus.tolist(), cuts.minus.tolist()) == ([100], [129])
    assert "BAM by its content, and read as one, not as fragments" in caplog.text


def test_bam_takes_primary_alignments_and_reports_the_rest(tmp_path):
    flags = [0, 16, 99, 147, 4, 256, 272, 2048, 1024, 512, 0x404]
    reads = [("chr1", 100 + 10 * i, 30, flag) for i, flag in enumerate(flags)]
    reads += [("chr2", 470, 30, 16), ("chrUn", 5, 30, 0)]
    cuts = read_cuts(write_bam(tmp_path / "a.bam", GENOME, reads), GENOME)
    assert cuts.plus.tolist() == [100, 120]
    assert cuts.minus.tolist() == [139, 159, 1499]
    assert cuts.report.dropped == {
        "unmapped": 2,
        "secondary": 2,
        "supplementary": 1,
        "duplicate": 1,
        "failed quality checks": 1,
    }
    assert cuts.report.unknown_chromosomes == {"chrUn": 1}
    assert cuts.report.records == len(reads)


def test_bam_skips_clipped_bases_and_spans_deletions(tmp_path):
    path = write_bam(tmp_path / "a.bam", GENOME, [("chr1", 100, 30, 16)])
    import pysam

    with pysam.AlignmentFile(str(path)) as bam:
        header, read = bam.header, next(iter(bam.fetch(until_eof=True)))
    read.cigartuples = [(4, 5), (0, 10), (2, 7), (0, 15)]
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        bam.write(read)
    assert read_cuts(path, GENOME).minus.tolist() == [100 + 10 + 7 + 15 - 1]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chr1\t10", r"a.tsv:3: 2 tab-separated columns; wanted 3"),
        ("chr1\t10\tx", r"a.tsv:3: column 3 \(end\) is not a whole number"),
        ("chr1\t-1\t5", r"a.tsv:3: the start is negative"),
        ("chr1\t9\t9", r"a.tsv:3: the end is not beyond the start"),
        (
            "chr2\t480\t501",
            r"a.tsv:3: the end is beyond chr2's 500 bp in the FASTA, got .*; 1 of 3 records .* assembly",
        ),
    ],
)
def test_bad_lines_are_named(tmp_path, line, message):
    path = write_text(tmp_path / "a.tsv", f"#\nchr1\t1\t5\n{line}\nchr1\t1\t5\n")
    with pytest.raises(ValueError, match=message):
        read_cuts(path, GENOME)


def test_line_numbers_go_on_over_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("cisgrammar.signal.text_reads._BLOCK", 100)
    text = "# c\n" + "chr1\t1\t5\n" * 500
    path = write_text(tmp_path / "a.tsv", text + "chr1\t7\t3\n" * 9)
    with pytest.raises(ValueError, match=r"a\.tsv:502: the end"):
        read_cuts(path, GENOME)
    assert len(read_cuts(write_text(path, text), GENOME).plus) == 500


def test_bam_of_another_assembly_is_named(tmp_path):
    path = write_bam(tmp_path / "a.bam", random_genome({"chr1": 1000, "chr2": 501}), [("chr1", 5, 30, 0)])
    with pytest.raises(ValueError, match=r"a\.bam: chr2 has 501 bp in the BAM header, 500 in the FASTA"):
        read_cuts(path, GENOME)


def test_what_is_no_bam_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"a\.bam: not a BAM or CRAM file"):
        read_cuts(write_text(tmp_path / "a.bam", FRAGMENTS), GENOME)


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_truncated_bam_is_named(tmp_path, share):
    reads = [("chr1", i % 900, 30, 0) for i in range(5000)]
    path = write_bam(tmp_path / "a.bam", GENOME, reads)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(ValueError, match=r"a\.bam: truncated"):
        read_cuts(path, GENOME)


def test_a_bigwig_holds_no_reads(tmp_path):
    with pytest.raises(ValueError, match=r"a\.bw: format bigwig holds no reads"):
        read_cuts(write_text(tmp_path / "a.bw", ""), GENOME)


@pytest.mark.yeast
def test_yeast_counts_are_those_of_the_windows(data):
    """Half-open ends moved by +4/-4: 865 windows' counts, exactly; and in about a second."""
    genome = read_fasta(data / "sacCer3" / "sacCer3.fa.gz")
    start = time.process_time()
    cuts = read_cuts(data / "yeast_atac" / "SRR1822137.bedpe.gz", genome)
    counts = count_cuts(genome, cuts, (4, -4), split=False)
    assert time.process_time() - start < 3
    assert cuts.report.records == 467_908
    assert cuts.report.unknown_chromosomes == {"chrM": 16_876}
    with (data / "yeast_atac" / "test_windows.tsv").open() as handle:
        windows = list(csv.DictReader(handle, delimiter="\t"))
    whole = counts[0, slice(0, genome.size)].astype(np.int64)
    starts = genome.positions([w["chrom"] for w in windows], [int(w["start"]) for w in windows])
    found = [int(whole[start : start + 1000].sum()) for start in starts.tolist()]
    assert found == [int(w["cuts"]) for w in windows]


@pytest.mark.yeast
def test_yeast_fragment_file_counts_each_fragment_once(data):
    genome = read_fasta(data / "sacCer3" / "sacCer3.fa.gz")
    path = data / "yeast_atac" / "SRR1822137.fragments.tsv.gz"
    with gzip.open(path, "rt") as handle:
        lines = sum(1 for _ in handle)
    report = read_cuts(path, genome).report
    assert report.records == lines
    assert report.plus == report.minus == lines - report.unknown_chromosomes["chrM"]


@pytest.mark.parametrize("kind", ["bedpe", "bam"])
def test_mates_are_dealt_to_the_same_half_wherever_they_stand(tmp_path, kind):
    """Pairs of both orientations: plus - minus or minus - plus in the line; mates apart in a BAM."""
    starts = 4 * np.arange(100)
    if kind == "bedpe":
        lines = [
            f"chr1\t{s}\t{s + 40}\tchr1\t{s + 200}\t{s + 301}\tr\t9\t+\t-"
            if s % 8
            else f"chr1\t{s + 200}\t{s + 301}\tchr1\t{s}\t{s + 40}\tr\t9\t-\t+"
            for s in starts
        ]
        path = write_text(tmp_path / "a.bedpe", "\n".join(lines))
    else:
        path = tmp_path / "a.bam"
        reads = [("chr1", int(s), 40, 99) for s in starts] + [("chr1", int(s) + 261, 40, 147) for s in starts[::-1]]
        write_bam(path, GENOME, reads, names=[f"r{s}" for s in starts] + [f"r{s}" for s in starts[::-1]])
    cuts = read_cuts(path, GENOME)
    plus, minus = cuts.half
    assert (len(cuts.plus), len(cuts.minus)) == (100, 100)
    assert plus.tolist() == (minus.astype(int) - 300).tolist()
    assert abs(len(plus) - 50) < 4 * 5

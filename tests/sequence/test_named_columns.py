"""Tables of regions with a line of names."""

import pytest

from cisgrammar.sequence.bed_blocks import bed_blocks
from cisgrammar.sequence.intervals import read_intervals
from cisgrammar.sequence.named_columns import NamedColumns, are_numbered


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (",chrom,start,end,name\n0,chr1,100,200,a\n1,chr2,300,500,b\n", ["a", "b"]),
        ('"chr" "start" "end" "name"\n"1" "chr1" 100 200 "a"\n"2" "chr2" 300 500 "b"\n', ["a", "b"]),
        ("chrom\tstart\tend\tname\nchr1\t100\t200\ta\nchr2\t300\t500\tb\n", ["a", "b"]),
        (
            '"","seqnames","start","end","width","strand"\n"1","chr1",101,200,100,"*"\n"2","chr2",301,500,200,"+"\n',
            ["chr1:100-200", "chr2:300-500"],
        ),
        (
            "seqnames\tstart\tend\twidth\tstrand\tname\tscore\nchr1\t101\t200\t100\t*\ta\t3\nchr2\t301\t500\t200\t+\tb\t4\n",
            ["a", "b"],
        ),
    ],
)
def test_tables_of_pandas_and_r_are_regions(tmp_path, text, names):
    (tmp_path / "p.bed").write_text(text)
    found = read_intervals(tmp_path / "p.bed")
    assert (found.chrom.tolist(), found.start.tolist(), found.end.tolist()) == (
        ["chr1", "chr2"],
        [100, 300],
        [200, 500],
    )
    assert found.name.tolist() == names
    if "width" in text:
        assert found.strand.tolist() == [".", "+"]
        assert found.score.tolist() == ([3.0, 4.0] if "score" in text else [0.0, 0.0])


def test_names_that_say_nothing_change_nothing():
    named = NamedColumns.of(["#a", "from", "to", "width"])
    assert named.as_they_are
    assert named.as_bed(["chr1", "5", "9", "x"]) == ["chr1", "5", "9", "x"]


def test_a_width_that_does_not_count_from_one_moves_no_start():
    named = NamedColumns.of(["seqnames", "start", "end", "width", "strand"])
    assert named.as_bed(["chr1", "100", "200", "100", "-"])[:3] == ["chr1", "100", "200"]


@pytest.mark.parametrize(
    "text",
    [
        "name,chrom,end,start,strand\na,chr1,200,100,-\nb,chr2,500,300,+\n",
        "chrom\tstart\tend\tstrand\tname\nchr1\t100\t200\t-\ta\nchr2\t300\t500\t+\tb\n",
        "1,chr1,100,200,a,0,-\n2,chr2,300,500,b,0,+\n",
        "GeneID\tChr\tStart\tEnd\tStrand\na\tchr1\t101\t200\t-\nb\tchr2\t301\t500\t+\n",
    ],
)
def test_columns_in_another_order_keep_their_meaning(tmp_path, text):
    """A strand in column 4 was a name before, and a site's strand was lost."""
    (tmp_path / "p.bed").write_text(text)
    found = read_intervals(tmp_path / "p.bed", "sites")
    assert (found.start.tolist(), found.end.tolist()) == ([100, 300], [200, 500])
    assert (found.strand.tolist(), found.name.tolist()) == (["-", "+"], ["a", "b"])


def test_numbers_before_the_chromosome_are_told_from_chromosomes_that_are_numbers():
    assert are_numbered(["0", "chr1", "5", "9"])
    assert not are_numbered(["1", "5", "9", "12"])
    assert not are_numbered(["chr1", "x", "5", "9"])


def test_a_short_line_stays_for_its_reader_to_refuse():
    assert NamedColumns.of(["name", "chrom", "start", "end"]).as_bed(["a", "chr1"]) == ["a", "chr1"]


@pytest.mark.parametrize(
    "text",
    [
        "chr1:101-200\nchr2:1,301-1,500\n",
        "region\nchr1:101-200\nchr2:1301-1500\n",
        "chr1:101-200\t7\tx\t-\nchr2:1,301-1,500\t8\ty\t+\n",
        "peak,log2fc,strand\nchr1:101-200,0.5,-\nchr2:1301-1500,300,+\n",
        '"","score","strand"\n"chr1:101-200",3,"-"\n"chr2:1,301-1,500",300,"+"\n',
    ],
)
@pytest.mark.parametrize("kind", ["peaks", "areas", "sites"])
def test_regions_as_samtools_writes_them_count_from_one(tmp_path, text, kind, caplog):
    (tmp_path / "p.txt").write_text(text)
    found = read_intervals(tmp_path / "p.txt", kind)
    places = zip(found.chrom.tolist(), found.start.tolist(), found.end.tolist(), strict=True)
    assert list(places) == [("chr1", 100, 200), ("chr2", 1300, 1500)]
    assert "2 of 2 lines are like that: a region counts from 1" in caplog.text
    if kind != "areas":
        assert found.strand.tolist() == (["-", "+"] if "-\n" in text or '"-"' in text else [".", "."])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chr1:0-9\n", "1: region 'chr1:0-9' begins at 0"),
        ("chr1:1-9\nchr1:100-200,300\n", "2: .*separates thousands or"),
    ],
)
def test_regions_that_can_be_read_in_two_ways_are_refused(tmp_path, text, said):
    (tmp_path / "p.txt").write_text(text)
    with pytest.raises(ValueError, match=rf"p\.txt:{said}"):
        read_intervals(tmp_path / "p.txt")


def test_chromosomes_that_are_called_like_regions_stay(tmp_path):
    (tmp_path / "p.bed").write_text("chr1:1-90\t0\t9\nchr1:1-90\t5\t9\n")
    found = read_intervals(tmp_path / "p.bed")
    assert (found.chrom.tolist(), found.start.tolist()) == (["chr1:1-90"] * 2, [0, 5])
    (tmp_path / "r.csv").write_text('"chrom","start","end"\n"chr1:7-8","chr1",0,9\n')
    assert read_intervals(tmp_path / "r.csv").start.tolist() == [0]


@pytest.mark.parametrize(
    ("text", "strands"),
    [
        (
            "# x\n#PeakID\tchr\tstart\tend\tstrand\tscore\np1\tchr1\t101\t200\t-\t5\np2\tchr2\t301\t500\t+\t6\n",
            "-+",
        ),
        ("PeakID (cmd=x.pl)\tChr\tStart\tEnd\tStrand\np1\tchr1\t101\t200\t1\np2\tchr2\t301\t500\t0\n", "-+"),
        ("p1\tchr1\t101\t200\t-\t5\np2\tchr2\t301\t500\t.\t6\n", "-."),
        ("GeneID\tChr\tStart\tEnd\tStrand\np1\tchr1\t101\t200\t1\np2\tchr2\t301\t500\t-1\n", "+-"),
        ("seqnames\tstart\tend\tname\tscore\tstrand\nchr1\t101\t200\tp1\t1\t*\nchr2\t301\t500\tp2\t1\t-\n", ".-"),
    ],
)
def test_tables_of_homer_feature_counts_and_r_count_from_one(tmp_path, text, strands, caplog):
    (tmp_path / "p.txt").write_text(text)
    found = read_intervals(tmp_path / "p.txt")
    assert (found.start.tolist(), found.end.tolist()) == ([100, 300], [200, 500])
    assert (found.name.tolist(), "".join(found.strand)) == (["p1", "p2"], strands)
    assert "p.txt: starts count from 1" in caplog.text


@pytest.mark.parametrize(
    "names",
    [
        "chrom\tstart0\tend0",
        "chrom\tchromStart\tchromEnd",
        "chr\tchrom_start\tstop",
        "contig\tbegin\tend",
        "chr\tstart0\tend",
    ],
)
def test_names_of_starts_and_ends(tmp_path, names):
    (tmp_path / "p.txt").write_text(f"name\t{names}\np1\tchr1\t0\t200\n")
    found = read_intervals(tmp_path / "p.txt")
    assert (found.start.tolist(), found.end.tolist(), found.name.tolist()) == ([0], [200], ["p1"])
    (tmp_path / "q.txt").write_text(f"{names}\nchr1\t0\t200\n")
    assert read_intervals(tmp_path / "q.txt").end.tolist() == [200]
    assert b"".join(bed_blocks(tmp_path / "q.txt")) == b"\nchr1\t0\t200\n"

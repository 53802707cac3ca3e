"""Tables of regions with a line of names."""

import pytest

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

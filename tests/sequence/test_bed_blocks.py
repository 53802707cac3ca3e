"""Lines of regions and reads, however they are separated, ordered and named, as BED has them."""

import gzip

import pytest

from cisgrammar.sequence.bed_blocks import bed_blocks, names_of_columns, without_line
from prepare_toys import write_text

BED = ["chr1\t100\t200\tAC-1\t3\t+", "chr2\t300\t500\tGT-1\t1\t-"]
CELLS = [line.split("\t") for line in BED]
NAMES = ["chrom", "start", "end", "barcode", "count", "strand"]


def joined(rows, mark=",", names=(), quoted=False, numbered=False):
    """Rows as a program writes them, with quotes around text and numbers of rows before it where it does so."""
    lines = [[str(at), *row] if numbered else row for at, row in enumerate(rows, start=1)]
    lines = [list(names), *lines] if names else lines
    return "".join(
        mark.join(f'"{cell}"' if quoted and not cell.isdigit() else cell for cell in line) + "\n" for line in lines
    )


def read(path, size=1 << 20):
    text = b"".join(bed_blocks(path, size)).decode()
    return [line for line in text.split("\n") if line]


@pytest.mark.parametrize(
    "text",
    [
        joined(CELLS, "\t"),
        joined(CELLS),
        joined(CELLS, ";"),
        joined(CELLS, quoted=True),
        joined(CELLS, "\t", quoted=True),
        joined(CELLS, names=NAMES),
        joined(CELLS, ";", names=NAMES, quoted=True),
        joined(CELLS, names=["", *NAMES], numbered=True),
        joined(CELLS, names=NAMES, numbered=True, quoted=True),
        joined(CELLS, " ", names=NAMES, numbered=True, quoted=True),
        joined(CELLS, numbered=True),
        joined(CELLS, "\t", numbered=True),
        joined(
            [[b, e, c, n, s, x] for c, b, e, x, n, s in CELLS], names=["start", "end", "chr", "count", "strand", "cb"]
        ),
        joined(
            [[x, s, c, b, e, n] for c, b, e, x, n, s in CELLS], "\t", ["id", "strand", "Chrom", "Start", "End", "score"]
        ),
        "# made by hand\n" + joined(CELLS) + "# the end\n",
        joined(CELLS, names=NAMES) + joined(CELLS[:0], names=NAMES),
    ],
)
@pytest.mark.parametrize("size", [1 << 20, 30])
def test_whatever_separates_orders_or_names_them_they_are_the_lines_of_bed(tmp_path, text, size):
    (tmp_path / "r.csv").write_bytes(gzip.compress(text.encode()))
    found = [line for line in read(tmp_path / "r.csv", size) if not line.startswith("#")]
    assert found == BED


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_lines_keep_their_numbers(tmp_path, ends):
    text = "# a,b" + ends + joined(CELLS, names=NAMES, numbered=True).replace("\n", ends)
    (tmp_path / "r.csv").write_bytes(text.encode())
    assert [line[:4] for line in b"".join(bed_blocks(tmp_path / "r.csv")).decode().split("\n")] == [
        *("# a,", "", "chr1", "chr2", "")
    ]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("seqnames,start,end,width,strand\nchr1,101,200,100,+\n", 100),
        ("seqnames,start,end,width,strand\nchr1,100,200,100,+\n", 100),
        ("chrom\tstart\tend\tlength\nchr1\t101\t200\t100\n", 100),
        ("GeneID\tChr\tStart\tEnd\tStrand\np1\tchr1\t101\t200\t+\n", 100),
        ("chrom,start,end,strand\nchr1,101,200,+\n", 101),
    ],
)
def test_starts_that_count_from_one_are_told_by_widths_and_by_saf(tmp_path, text, start):
    (tmp_path / "r").write_text(text)
    (line,) = read(tmp_path / "r")
    assert line.split("\t")[:3] == ["chr1", str(start), "200"]
    assert line.split("\t")[5:] == ([] if "length" in text else ["+"])


def test_a_chromosome_that_is_a_number_is_no_number_of_a_row(tmp_path):
    (tmp_path / "r").write_text("chrom\tstart\tend\n1\t100\t200\tAC\n1\t100\t300\tAC\n")
    assert read(tmp_path / "r") == ["1\t100\t200\tAC", "1\t100\t300\tAC"]
    (tmp_path / "r").write_text("chrom,start,end\n7,1,100,200\n8,X,100,300\n")
    assert read(tmp_path / "r") == ["1\t100\t200", "X\t100\t300"]


def test_a_count_behind_the_named_columns_is_no_reason_to_move_them(tmp_path):
    (tmp_path / "r").write_text("chrom\tstart\tend\nchr1\t100\t200\t300\n")
    assert read(tmp_path / "r") == ["chr1\t100\t200\t300"]


def test_a_mark_within_quotes_separates_nothing(tmp_path):
    (tmp_path / "r.csv").write_text('chr1,"1,200","3,400","T, cells"\nchr2,5,9,B\n')
    assert read(tmp_path / "r.csv") == ["chr1\t1,200\t3,400\tT, cells", "chr2\t5\t9\tB"]


def test_pairs_stay_as_they_are(tmp_path):
    names = "chrom1,start1,end1,chrom2,start2,end2,name,score,strand1,strand2\n"
    (tmp_path / "r").write_text(f"{names}chr1,1,9,chr1,40,60,x,1,+,-\n")
    assert read(tmp_path / "r") == ["chr1\t1\t9\tchr1\t40\t60\tx\t1\t+\t-"]


def test_a_line_of_features_is_no_line_that_names_columns():
    """GFF has texts in columns 2 and 3, and whole numbers behind them."""
    assert names_of_columns(b"chr1\tx\trepeat\t101\t200\t.\n") == b""
    assert names_of_columns(b"# c\n\nchrom\tstart\tend\tV4\r\nchr1\t1\t2\n") == b"chrom\tstart\tend\tV4"
    assert names_of_columns(b"chrom start end\n") == b"chrom start end"
    assert names_of_columns(b"#\n") == b""


def test_a_line_is_taken_out_wherever_it_is_and_others_keep_their_numbers():
    block = b"a.b\tc\n1\na.b\tc\r\na.b\tc\naxb\tc\na.b\tcd\na.b\tc"
    assert without_line(block, b"a.b\tc") == b"\n1\n\r\n\naxb\tc\na.b\tcd\n"


def test_starts_of_r_without_widths_count_from_one(tmp_path, caplog):
    path = write_text(tmp_path / "f.tsv", "seqnames\tstart\tend\tbarcode\nchr1\t101\t200\tA\nchr2\t1\t9\tB\n")
    lines = b"".join(bed_blocks(path)).decode().split()
    assert lines == ["chr1", "100", "200", "A", "chr2", "0", "9", "B"]
    assert "f.tsv: starts count from 1, by the names of its columns" in caplog.text

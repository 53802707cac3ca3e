"""Fragments of groups: one pass, and nothing lost."""

import gzip
from collections import Counter

import numpy as np
import pytest

from cisgrammar.signal.cells import split
from cisgrammar.signal.cells.split import peek_barcodes, split_fragments
from cisgrammar.signal.cuts import count_cuts
from cisgrammar.signal.reads import read_cuts
from cisgrammar.tables.contracts.tracks import GROUPS
from prepare_toys import random_genome

GROUPS_OF = {"AA-1": "T", "AC-1": "B cells", "AG-1": "T", "TT-1": "never"}


def fragments(number=400, seed=0):
    generator = np.random.default_rng(seed)
    barcodes = generator.choice(["AA-1", "AC-1", "AG-1", "CC-1"], number)
    starts = generator.integers(0, 900, number)
    return [f"chr1\t{start}\t{start + 60}\t{barcode}\t2" for start, barcode in zip(starts, barcodes, strict=True)]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "f.tsv.gz"
    with gzip.open(path, "wt") as handle:
        handle.write("# made\n" + "\n".join(fragments()) + "\n")
    return path


def lines(path):
    return gzip.open(path, "rt").read().splitlines()


@pytest.mark.parametrize("block", [1 << 22, 100])
def test_groups_and_the_rest_are_the_whole_file_in_its_order(tmp_path, file, monkeypatch, block):
    monkeypatch.setattr(split, "_BLOCK", block)
    shares = split_fragments(file, GROUPS_OF, ["T", "B cells"], tmp_path / "out")
    expected = Counter(GROUPS_OF.get(line.split("\t")[3], "") for line in fragments())
    assert shares.fragments == expected
    assert sum(shares.fragments.values()) == 400
    assert lines(tmp_path / "out" / "T.tsv.gz") == [x for x in fragments() if GROUPS_OF.get(x.split("\t")[3]) == "T"]
    table = GROUPS.read(tmp_path / "out" / "groups.tsv").fillna("")
    assert table.values.tolist() == [
        ["T", 2, 2, expected["T"]],
        ["B cells", 1, 1, expected["B cells"]],
        ["never", 1, 0, 0],
        ["", 0, 1, expected[""]],
    ]


@pytest.mark.parametrize("mark", [",", ";", " "])
def test_a_table_with_names_and_other_marks_is_split_alike(tmp_path, file, mark):
    rows = [line.split("\t") for line in fragments()]
    text = "".join(mark.join(f'"{cell}"' for cell in (row[3], *row[:3])) + "\n" for row in rows)
    path = tmp_path / "f.csv"
    path.write_text(mark.join(["barcode", "chrom", "start", "end"]) + "\n" + text)
    plain = split_fragments(file, GROUPS_OF, ["T"], tmp_path / "plain")
    assert split_fragments(path, GROUPS_OF, ["T"], tmp_path / "out") == plain
    found = [line.split("\t")[:4] for line in lines(tmp_path / "out" / "T.tsv.gz")]
    assert found == [line.split("\t")[:4] for line in lines(tmp_path / "plain" / "T.tsv.gz")]


def test_counts_of_the_groups_add_up_to_those_of_the_whole(tmp_path, file):
    groups = {**GROUPS_OF, "CC-1": "B cells"}
    split_fragments(file, groups, ["T", "B cells"], tmp_path / "out")
    genome = random_genome({"chr1": 1000})
    parts = [
        count_cuts(genome, read_cuts(path, genome), (4, -4), split=True)[task, 0:1000]
        for path in (tmp_path / "out" / "T.tsv.gz", tmp_path / "out" / "B_cells.tsv.gz")
        for task in (0, 1)
    ]
    whole = count_cuts(genome, read_cuts(file, genome), (4, -4), split=True)
    assert (parts[0].astype(int) + parts[2]).tolist() == whole[0, 0:1000].tolist()
    assert (parts[1].astype(int) + parts[3]).tolist() == whole[1, 0:1000].tolist()


def test_the_file_is_read_once_whatever_the_number_of_groups(tmp_path, file, monkeypatch):
    calls = []
    read = split.bed_blocks
    monkeypatch.setattr(split, "bed_blocks", lambda *given: calls.append(given) or read(*given))
    groups = {f"{a}{b}-1": a + b for a in "ACGT" for b in "ACGT"}
    split_fragments(file, groups, list(groups.values()), tmp_path / "out")
    assert len(calls) == 1
    assert len(list((tmp_path / "out").glob("*.tsv.gz"))) == 16


def test_what_has_no_group_and_which_group_has_nothing_is_told(tmp_path, file, caplog):
    split_fragments(file, {**GROUPS_OF, "GG-1": "T"}, ["T"], tmp_path / "out")
    without = sum("CC-1" in line for line in fragments())
    assert f"{without} fragments of 1 barcodes without a group are left out" in caplog.text
    assert "group never: none of its 1 barcodes is in the file" in caplog.text
    assert "group T: 1 of its 3 barcodes are not in the file" in caplog.text
    assert not (tmp_path / "out" / "B_cells.tsv.gz").exists(), "no sample asks for it"


def test_the_same_bytes_twice(tmp_path, file):
    for name in ("1", "2"):
        split_fragments(file, GROUPS_OF, ["T"], tmp_path / name)
    assert (tmp_path / "1" / "T.tsv.gz").read_bytes() == (tmp_path / "2" / "T.tsv.gz").read_bytes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chr1\t1\t9\n", "f.tsv:1: 3 columns; wanted chromosome, start, end, barcode"),
        ("# c\nchr1\t1\t9\tAA-1\nchr1 1 9 AA-1\n", "f.tsv:3: 1 columns"),
        ("chr1\t1\t9\tGG\n", "none of its 1 barcodes is in the table of barcodes: the file has 'GG', the table 'AA-1'"),
        ("# c\n", "no fragments in it"),
    ],
)
def test_files_without_barcodes_are_refused_and_leave_nothing(tmp_path, text, said):
    (tmp_path / "f.tsv").write_text(text)
    with pytest.raises(ValueError, match=said):
        split_fragments(tmp_path / "f.tsv", GROUPS_OF, ["T"], tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_bad_line_far_in_the_file_is_named_by_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr(split, "_BLOCK", 40)
    (tmp_path / "f.tsv").write_text("chr1\t1\t9\tAA-1\n" * 30 + "chr1\t1\t9\n" + "chr1\t1\t9\tAA-1\n" * 9)
    with pytest.raises(ValueError, match=r"f\.tsv:31: 3 columns"):
        split_fragments(tmp_path / "f.tsv", GROUPS_OF, ["T"], tmp_path / "out")


@pytest.mark.parametrize(("in_file", "in_table"), [("{}-1", "{}"), ("{}", "{}-1"), ("{}-1", "{}-2")])
def test_numbers_of_lanes_that_one_of_both_lacks_are_left_out(tmp_path, caplog, in_file, in_table):
    barcodes = ["AA", "AC", "AA", "CC"]
    (tmp_path / "f.tsv").write_text("".join(f"chr1\t1\t9\t{in_file.format(b)}\n" for b in barcodes))
    groups = {in_table.format("AA"): "T", in_table.format("AC"): "B"}
    peek_barcodes(tmp_path / "f.tsv", groups)
    shares = split_fragments(tmp_path / "f.tsv", groups, ["T", "B"], tmp_path / "out")
    assert shares.fragments == {"T": 2, "B": 1, "": 1}
    assert "with -1 at their end" in caplog.text


def test_lanes_that_may_be_other_cells_are_not_mixed_up(tmp_path):
    (tmp_path / "f.tsv").write_text("chr1\t1\t9\tAA-1\nchr1\t1\t9\tAA-2\n")
    for read in (peek_barcodes, lambda path, groups: split_fragments(path, groups, ["T"], tmp_path / "out")):
        with pytest.raises(ValueError, match="none of its 2 barcodes is in the table"):
            read(tmp_path / "f.tsv", {"AA": "T"})


def test_the_beginning_of_a_long_file_is_a_note(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(split, "_BLOCK", 40)
    (tmp_path / "f.tsv").write_text("chr1\t1\t9\tGG\n" * 9)
    peek_barcodes(tmp_path / "f.tsv", GROUPS_OF)
    assert "none of its first 1 barcodes is in the table" in caplog.text

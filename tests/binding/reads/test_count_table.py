"""Alphabet and count tables: codes, flanks, what is refused and what is counted."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.binding.reads.alphabet import DNA
from cisgrammar.binding.reads.count_table import CountTable, Flanks, read_count_table, write_count_table
from toy_fastq import count, counted, random_reads


def table(reads: list[str], **settings) -> CountTable:
    return CountTable.from_strings(reads, np.ones((len(reads), 2)), **settings)


@given(st.text("ACGT*-MRWSYKVHDB", max_size=30))
def test_codes_round_trip(text: str) -> None:
    assert DNA.decode(DNA.encode(text)) == text
    assert (DNA.encode(text.lower()) == DNA.encode(text)).all()


def test_n_is_the_wildcard_and_its_row_is_the_mean() -> None:
    code = int(DNA.encode("n")[0])
    assert code == DNA.wildcard
    np.testing.assert_allclose(DNA.embedding()[code], 0.25)


def test_right_flank_follows_a_short_read_at_once() -> None:
    rows = [DNA.decode(row) for row in table(["ACG", "ACGTA"], flanks=Flanks("GG", "TT")).codes()]
    assert rows == ["GGACGTT  ", "GGACGTATT"]


def test_flanks_nearest_the_read_are_kept_and_unknown_ones_are_any_letter() -> None:
    one = table(["AAA"], flanks=Flanks("TG", "CC", left_length=1, right_length=4))
    assert DNA.decode(one.codes()[0]) == "GAAACC**"
    assert DNA.decode(one.with_flank_lengths(3, 0).codes()[0]) == "*TGAAA"


def test_split_takes_every_read_once() -> None:
    reads = ["".join(r) for r in np.random.default_rng(0).choice(list("ACGT"), (50, 8))]
    one = CountTable.from_strings(reads, np.arange(1.0, 101).reshape(50, 2))
    train, held = one.split(0.2, seed=3)
    assert len(held.counts) == 10
    both = np.concatenate([train.counts, held.counts])
    assert sorted(both[:, 0]) == sorted(one.counts[:, 0])
    assert (one.split(0.2, seed=3)[1].counts == held.counts).all()


def test_reading_merges_repeats_and_counts_rows_without_reads(tmp_path) -> None:
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(gzip.compress(b"ACGT\t1\t2\nTTTT\t0\t0\nACGT\t3\t0\nNCGT\t0\t1\n"))
    one = read_count_table(path)
    assert one.counts.tolist() == [[4, 2], [0, 1]]
    assert one.dropped == {"no counts": 1, "repeated reads merged": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ACGT\t1\t2\nACGA\t1\n", r"t\.tsv:2: 2 columns, wanted 3"),
        ("ACGT\t1\nACXA\t1\n", r"t\.tsv:2: 'X' in read 'ACXA'"),
        ("ACGT\t1\t-2\n", r"t\.tsv:1: count '-2' in round column 2"),
        ("ACGT\t1\tnan\n", r"t\.tsv:1: count 'nan'"),
        ("ACGT\t1\ttwo\n", r"t\.tsv:1: count 'two'"),
        ("ACGT\n", r"t\.tsv:1: 1 columns, wanted 2"),
        ("ACGT\t0\t0\n", "no read with counts"),
        ("", "no read with counts"),
        ("ACGT\t1\t1\nACGT\t1\nACG\t1\t1\t1\n", r"t\.tsv:2: 2 columns, wanted 3"),
        ("\t1\t1\n", r"t\.tsv:1: '' in read ''"),
    ],
)
def test_bad_tables_name_the_line(tmp_path, text: str, message: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_count_table(path)


def test_a_truncated_gzip_is_an_error(tmp_path) -> None:
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(gzip.compress(b"ACGT\t1\t2\n" * 1000)[:-20])
    with pytest.raises(ValueError, match="truncated"):
        read_count_table(path)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="counts must be finite and >= 0"):
        CountTable.from_strings(["ACGT"], np.array([[-1.0, 2.0]]))


@given(
    st.dictionaries(
        st.text("ACGTN", min_size=1, max_size=6), st.tuples(st.integers(0, 300), st.floats(0, 9)), min_size=1
    )
)
def test_a_written_table_reads_back(tmp_path_factory, rows):
    rows = {read: counts for read, counts in rows.items() if any(counts)} or {"A": (1, 0.5)}
    table = CountTable.from_strings(list(rows), np.array(list(rows.values())))
    path = tmp_path_factory.getbasetemp() / "back.tsv.gz"
    write_count_table(path, table)
    back = read_count_table(path)
    assert (back.variable == table.variable).all()
    assert (back.counts == table.counts).all()


def test_the_same_reads_in_another_order_write_the_same_bytes(tmp_path):
    reads = random_reads(200, 12)
    for name, order in (("a", reads), ("b", reads[::-1])):
        (tmp_path / name).mkdir()
        table, _ = count(tmp_path / name, [order, order[:50] if name == "a" else order[-50:]])
        write_count_table(tmp_path / f"{name}.tsv.gz", table)
    assert (tmp_path / "a.tsv.gz").read_bytes() == (tmp_path / "b.tsv.gz").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "ACGT,1,2\nACGA,0,3\n",
        "ACGT;1;2\nACGA;0;3\n",
        "ACGT 1  2\nACGA 0 3\n",
        '"ACGT",1,2\n"ACGA",0,3\n',
        "sequence\tr0\tr1\nACGT\t1\t2\nACGA\t0\t3\n",
        "Seq,Round 0,Round 1\r\nACGT,1,2\r\nACGA,0,3\r\n",
        "acgt\t1\t1\nACGT\t0\t1\nACGa\t0\t3\n",
    ],
    ids=["commas", "semicolons", "blanks", "quotes", "header", "header of a spreadsheet", "small letters"],
)
def test_tables_as_people_bring_them_are_read_as_the_plain_one(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    table = read_count_table(path)
    assert counted(table) == {"ACGT": (1, 2), "ACGA": (0, 3)}


def test_a_fault_below_a_header_names_its_own_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("read,r0,r1\nACGT,1,2\nACGA,1,x\n")
    with pytest.raises(ValueError, match=r"t\.csv:3: count 'x' in round column 2"):
        read_count_table(path)

"""FASTQ to count tables: parsing, finding the variable region, dropping reads, counting, writing."""

from __future__ import annotations

import gzip
import json
import logging
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.binding.reads import packed
from cisgrammar.binding.reads.alphabet import DNA
from cisgrammar.binding.reads.count_library import count_library
from cisgrammar.binding.reads.count_table import CountTable, read_count_table
from cisgrammar.binding.reads.fastq import read_fastq
from cisgrammar.binding.reads.packed import ReadCounter, pack, union, unpack
from cisgrammar.binding.reads.write_count_table import write_count_table
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.sequence.alphabet import decode, encode
from prepare_toys import run_script

READS = st.lists(st.text("ACGTNacgt", max_size=12), min_size=1, max_size=12)


def random_reads(n: int, length: int, seed: int = 0) -> list[str]:
    return ["".join(row) for row in np.random.default_rng(seed).choice(list("ACGT"), (n, length))]


def fastq(reads: list[str], end: str = "\n") -> str:
    return "".join(f"@r{i} x{end}{read}{end}+{end}{'I' * len(read)}{end}" for i, read in enumerate(reads))


def write_fastq(path: Path, reads: list[str], end: str = "\n") -> str:
    data = fastq(reads, end).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return str(path)


def count(folder: Path, rounds: list[list[str]], **row) -> tuple[CountTable, dict]:
    """Count rounds of reads, an empty one being unsequenced."""
    files = [write_fastq(folder / f"r{i}.fastq.gz", reads) if reads else "" for i, reads in enumerate(rounds)]
    library = SelexLibrary(model="m", reads=",".join(files), **row)
    return count_library(library, library.files)


def counted(table: CountTable) -> dict[str, tuple[float, ...]]:
    return {DNA.decode(codes).strip(): tuple(row) for codes, row in zip(table.variable, table.counts.tolist())}


@given(READS, st.integers(1, 60), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_fastq_reads_alike_in_blocks_of_any_size(tmp_path_factory, reads, size, end, last_line_ends):
    path = tmp_path_factory.getbasetemp() / "any.fastq"
    text = fastq(reads, end)
    path.write_bytes((text if last_line_ends or not reads[-1] else text.removesuffix(end)).encode())
    found = []
    for block in read_fastq(path, size):
        for i in range(len(block)):
            found.append(decode(block.codes[block.starts[i] : block.starts[i] + block.lengths[i]]))
    assert found == [read.upper() for read in reads]


@given(st.integers(1, 70), st.data())
def test_packed_reads_unpack_and_sort_as_text(length, data):
    reads = data.draw(st.lists(st.text("ACGT", min_size=length, max_size=length), min_size=1, max_size=8))
    codes = np.stack([encode(read) for read in reads])
    words = pack(codes)
    assert (unpack(words, length) == codes).all()
    assert [reads[i] for i in np.lexsort(words.T[::-1])] == sorted(reads)


def test_counting_in_parts_is_counting_at_once(monkeypatch):
    monkeypatch.setattr(packed, "_WAITING", 7)
    codes = np.random.default_rng(1).integers(0, 4, (500, 3)).astype(np.uint8)
    counter = ReadCounter(3)
    for start in range(0, 500, 5):
        counter.add(codes[start : start + 5])
    words, counts = counter.result()
    expected = Counter(map(decode, codes))
    assert [decode(row) for row in unpack(words, 3)] == sorted(expected)
    assert counts.tolist() == [expected[read] for read in sorted(expected)]


def test_the_union_has_a_row_per_read_and_a_column_per_round():
    rounds = []
    for reads in (["AC", "GT", "AC"], None, ["GT", "TT"]):
        counter = ReadCounter(2)
        if reads:
            counter.add(np.stack([encode(read) for read in reads]))
        rounds.append(counter.result() if reads else None)
    words, counts = union(rounds)
    assert [decode(row) for row in unpack(words, 2)] == ["AC", "GT", "TT"]
    assert counts.tolist() == [[2, 0, 0], [1, 0, 1], [0, 0, 1]]


def test_reads_without_constant_regions_are_the_variable_region(tmp_path):
    first, second = random_reads(200, 14, 1), random_reads(100, 14, 2)
    table, stats = count(tmp_path, [first, second + first[:5]])
    assert counted(table) == {
        read: (float(first.count(read)), float((second + first[:5]).count(read))) for read in set(first + second)
    }
    assert (stats["left"], stats["right"], stats["length"]) == ("", "", 14)


def test_constant_regions_are_found_by_composition(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    rounds = [[f"TGG{read}CCAGCTG" for read in random_reads(300, 16, seed)] for seed in (1, 2)]
    table, stats = count(tmp_path, [rounds[0], [], rounds[1]])
    assert (stats["left"], stats["right"], stats["length"]) == ("TGG", "CCAGCTG", 16)
    assert stats["found"] == ["left", "right", "length"]
    assert (table.flanks.left, table.flanks.right) == ("TGG", "CCAGCTG")
    assert set(counted(table)) == {read[3:19] for read in rounds[0] + rounds[1]}
    assert table.counts.sum(0).tolist() == [300, 0, 300]
    assert "found by the composition of its reads: left TGG, right CCAGCTG, length 16" in caplog.text


def test_a_constant_region_is_found_despite_errors_in_a_tenth_of_the_reads(tmp_path):
    reads = [f"{'ACGT'[i % 4] if i % 12 == 0 else 'T'}GG{read}" for i, read in enumerate(random_reads(1200, 10))]
    stats = count(tmp_path, [reads, reads[::2]])[1]
    assert (stats["left"], stats["length"]) == ("TGG", 10)
    assert stats["rounds"][0]["no_constant"] == sum(read[0] != "T" for read in reads)


@pytest.mark.parametrize("length", [None, 16])
def test_a_long_left_constant_whose_tail_begins_the_read_is_located(tmp_path, length):
    rounds = [[f"TGG{read}CCAGCTG" for read in random_reads(300, 16, seed)] for seed in (1, 2)]
    left, right = "GTTCAGAGTTCTACAGTCCGACGATCTGG", "CCAGCTGTCGTATGCCGTCTTCTGCTTG"
    table, stats = count(tmp_path, rounds, left=left, right=right, length=length)
    assert (stats["left"], stats["right"], stats["length"]) == (left, right, 16)
    assert [one["start"] for one in stats["rounds"]] == [3, 3]
    assert set(counted(table)) == {read[3:19] for read in rounds[0] + rounds[1]}


def test_given_constants_beside_reads_that_hold_only_the_variable_region(tmp_path):
    rounds = [random_reads(300, 20, seed) for seed in (1, 2)]
    table, stats = count(tmp_path, rounds, left="CGACGCTCTTCCGATCTTGCCG", right="TAATCGTATGCC")
    assert set(counted(table)) == set(rounds[0] + rounds[1])
    assert (stats["left"], stats["length"], stats["found"]) == ("CGACGCTCTTCCGATCTTGCCG", 20, ["length"])


def test_each_round_may_begin_elsewhere_in_the_constant_region(tmp_path):
    variable = [random_reads(300, 16, seed) for seed in (1, 2)]
    rounds = [[f"CTGG{read}CCAG" for read in variable[0]], [f"GG{read}CCAGCTG" for read in variable[1]]]
    table, stats = count(tmp_path, rounds, left="GATCTGG", right="CCAGCTG")
    assert [one["start"] for one in stats["rounds"]] == [4, 2]
    assert set(counted(table)) == set(variable[0] + variable[1])


def test_one_of_two_libraries_in_a_file_is_taken_by_its_right_constant(tmp_path, caplog):
    reads = [f"TGG{read}{'CCAGCTG' if i % 3 else 'CCACGTC'}" for i, read in enumerate(random_reads(600, 16))]
    table, stats = count(tmp_path, [reads, reads[:300]], right="CCACGTCTCG", left="ATCTGG")
    assert set(counted(table)) == {read[3:19] for read in reads[::3]}
    assert stats["rounds"][0]["no_constant"] == 400
    assert "200 of 600 reads counted" in next(r.message for r in caplog.records if r.levelname == "WARNING")


def test_bases_that_vary_beyond_a_found_constant_region_are_pointed_out(tmp_path, caplog):
    reads = [f"TGG{read}{'CCAGCTG' if i % 2 else 'CCACGTC'}" for i, read in enumerate(random_reads(600, 16))]
    stats = count(tmp_path, [reads, reads[:300]])[1]
    assert (stats["left"], stats["right"], stats["length"]) == ("TGG", "CCA", 16)
    assert "4 bases beyond the constant region right (CCA) vary" in caplog.text


def test_reads_without_the_barcode_are_counted_and_left_out(tmp_path):
    own, other = random_reads(200, 12, 1), random_reads(100, 12, 2)
    reads = [f"ACTGA{read}" for read in own] + [f"ACTGC{read}" for read in other]
    table, stats = count(tmp_path, [reads, reads[50:]], barcode="ACTGA")
    assert set(counted(table)) == set(own)
    assert stats["rounds"][0]["no_barcode"] == 100
    assert (stats["left"], stats["length"]) == ("", 12)


def test_a_barcode_may_be_the_end_of_the_left_constant(tmp_path):
    own = random_reads(200, 12, 1)
    reads = [f"TTGCCG{read}" for read in own]
    table, stats = count(tmp_path, [reads, reads[50:]], barcode="TTGCCG", left="GATCTTGCCG")
    assert set(counted(table)) == set(own)
    assert stats["rounds"][0]["start"] == 6


def test_every_read_is_kept_or_counted_under_one_reason(tmp_path):
    good = [f"AC{read}GG" for read in random_reads(300, 10)]
    bad = {
        "no_barcode": ["TT" + "A" * 10 + "GG", "A"],
        "wrong_length": ["AC" + "A" * 10 + "G", "ACG"],
        "no_constant": ["AC" + "A" * 10 + "GT", "AC" + "N" * 10 + "NG"],
        "with_n": ["AC" + "ANAAAAAAAA" + "GG"],
    }
    spoilt = good + [read for reads in bad.values() for read in reads]
    table, stats = count(tmp_path, [spoilt, good[:100]], barcode="AC", right="GG", length=10)
    first, second = stats["rounds"]
    assert {reason: first[reason] for reason in bad} == {reason: len(reads) for reason, reads in bad.items()}
    assert (first["reads"], first["kept"]) == (307, 300)
    assert second["kept"] == second["reads"] == 100
    assert set(counted(table)) == {read[2:12] for read in good}


def test_where_the_variable_region_ends_the_read_other_lengths_are_left_out(tmp_path):
    reads = random_reads(200, 20) + random_reads(10, 19, 3) + random_reads(5, 21, 4)
    table, stats = count(tmp_path, [reads, reads[:100]])
    assert (stats["length"], stats["rounds"][0]["wrong_length"], table.variable.shape[1]) == (20, 15, 20)


def test_a_read_may_be_longer_than_its_constant_region_is_known(tmp_path):
    reads = [f"{read}GGATC{'A' * (i % 3)}" for i, read in enumerate(random_reads(300, 12))]
    table, stats = count(tmp_path, [reads, reads[:150]], right="GGATC", length=12)
    assert stats["rounds"][0]["kept"] == 300
    assert set(counted(table)) == {read[:12] for read in reads}


@pytest.mark.parametrize("length", [12, 14])
def test_the_length_decides_where_an_end_is_constant(tmp_path, length):
    reads = [f"AC{read}" for read in random_reads(300, 12)]
    table, stats = count(tmp_path, [reads, reads[:200]], length=length)
    assert stats["left"] == "AC"[: 14 - length]
    assert table.variable.shape[1] == length


def test_lower_case_and_dots_are_read_as_letters_and_n(tmp_path):
    reads = random_reads(50, 10)
    table, stats = count(tmp_path, [[read.lower() for read in reads] + ["ACGT.ACGTA"], reads])
    assert set(counted(table)) == set(reads)
    assert stats["rounds"][0]["with_n"] == 1


def test_a_count_table_is_sorted_and_keeps_reads_of_any_length(tmp_path):
    path = tmp_path / "c.tsv"
    path.write_text("TT\t0\t1\t2\nACG\t0\t1\t0\nAC\t0\t1.5\t0\nTT\t0\t1\t0\nGG\t0\t0\t0\n")
    library = SelexLibrary(model="m", counts=str(path), left="GATC")
    table, stats = count_library(library, library.files)
    assert list(counted(table).items()) == [("AC", (0, 1.5, 0)), ("ACG", (0, 1, 0)), ("TT", (0, 2, 2))]
    assert [one["sequenced"] for one in stats["rounds"]] == [False, True, True]
    assert (stats["length"], stats["left"], stats["no_counts"], stats["repeated_reads_merged"]) == (None, "GATC", 1, 1)


def test_a_count_table_s_reads_of_another_length_are_counted_and_left_out(tmp_path, caplog):
    path = tmp_path / "c.tsv"
    path.write_text("AC\t4\t0\nACG\t1\t0\nTT\t3\t2\n")
    library = SelexLibrary(model="m", counts=str(path), length=2)
    table, stats = count_library(library, library.files)
    assert list(counted(table)) == ["AC", "TT"]
    assert table.variable.shape[1] == 2
    assert [one["wrong_length"] for one in stats["rounds"]] == [1, 0]
    assert [one["kept"] for one in stats["rounds"]] == [7, 2]
    assert caplog.text == ""


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


def test_the_script_writes_counts_and_what_was_found(tmp_path):
    files = [write_fastq(tmp_path / f"r{i}.fastq", [f"TGG{r}" for r in random_reads(60, 8, i)]) for i in (0, 2)]
    row = SelexLibrary(model="m", reads=",,".join(files), selection="bound_unsaturated").model_dump(mode="json")
    outputs = {"counts": tmp_path / "out" / "counts.tsv.gz", "stats": tmp_path / "out" / "counts.json"}
    assert run_script("count_selex", {"reads": files}, outputs, {"library": row}) is None
    table, stats = read_count_table(outputs["counts"]), json.loads(outputs["stats"].read_text())
    assert table.counts.sum(0).tolist() == [60, 0, 60]
    assert (stats["left"], stats["length"], stats["unique"]) == ("TGG", 8, len(table.counts))
    assert [one["sequenced"] for one in stats["rounds"]] == [True, False, True]
    assert gzip.decompress(outputs["counts"].read_bytes()).split(b"\n")[0].count(b"\t") == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "count_selex.log",
        "counts.json",
        "counts.tsv.gz",
    ]


def test_the_bicoid_library_is_read_as_it_is(data):
    library = SelexLibrary(model="bcd", counts=str(data / "selex_bcd" / "bcd.countTable.tsv.gz"), length=20)
    _, stats = count_library(library, library.files)
    assert stats["unique"] == 334515
    assert [one["sequenced"] for one in stats["rounds"]] == [False, True, True, True, True]
    assert [one["kept"] for one in stats["rounds"]] == [0, 100000, 100000, 100000, 100000]

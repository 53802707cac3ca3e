"""Where the variable region lies in the reads."""

from __future__ import annotations

import logging

import pytest

from toy_fastq import count, counted, random_reads


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


@pytest.mark.parametrize("length", [12, 14])
def test_the_length_decides_where_an_end_is_constant(tmp_path, length):
    reads = [f"AC{read}" for read in random_reads(300, 12)]
    table, stats = count(tmp_path, [reads, reads[:200]], length=length)
    assert stats["left"] == "AC"[: 14 - length]
    assert table.variable.shape[1] == length

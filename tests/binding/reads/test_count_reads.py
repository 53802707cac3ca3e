"""Reads that are counted, and those that are left out under one reason."""

from __future__ import annotations

from toy_fastq import count, counted, random_reads


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


def test_lower_case_and_dots_are_read_as_letters_and_n(tmp_path):
    reads = random_reads(50, 10)
    table, stats = count(tmp_path, [[read.lower() for read in reads] + ["ACGT.ACGTA"], reads[1:]])
    assert set(counted(table)) == set(reads)
    assert stats["rounds"][0]["with_n"] == 1

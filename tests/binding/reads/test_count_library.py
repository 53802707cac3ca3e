"""A library from its files to its counts."""

from __future__ import annotations

import gzip
import json
import random

import pytest

from cisgrammar.binding.reads.count_library import count_library
from cisgrammar.binding.reads.count_table import read_count_table
from cisgrammar.config.selex_sheet import SelexLibrary
from fuzz import check_line, damaged
from prepare_toys import run_script
from toy_fastq import count, counted, fastq, random_reads, write_fastq


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


def test_rounds_may_have_barcodes_and_constants_of_their_own(tmp_path):
    own = [random_reads(200, 16, seed) for seed in (1, 2)]
    parts = [("ACG", "TTGAC", "AGCCT"), ("TCA", "GAGAC", "AGTAG")]
    rounds = [[b + left + r + right for r in reads] for (b, left, right), reads in zip(parts, own, strict=True)]
    plain, _ = count(tmp_path, own)
    for row in (
        {},
        {"length": 16},
        {"barcode": "ACG,TCA"},
        {"barcode": "ACG, TCA", "left": "TTGAC,GAGAC", "right": "AGCCT,AGTAG"},
    ):
        table, stats = count(tmp_path, rounds, **row)
        assert counted(table) == counted(plain), row
        assert (stats["left"][-3:], stats["right"][:2]) == ("GAC", "AG")
        assert [one["right"] for one in stats["rounds"]] == ["AGCCT", "AGTAG"]
    assert [one["left"] for one in stats["rounds"]] == ["TTGAC", "GAGAC"]
    assert (table.flanks.left, table.flanks.right) == ("GAC", "AG")


def test_a_barcode_of_a_round_that_was_not_sequenced_has_its_place(tmp_path):
    own = [random_reads(200, 12, seed) for seed in (1, 2)]
    rounds = [[f"ACG{r}" for r in own[0]], [], [f"TCA{r}" for r in own[1]]]
    table, stats = count(tmp_path, rounds, barcode="ACG,,TCA")
    assert (table.counts.sum(0).tolist(), stats["rounds"][1]["sequenced"]) == ([200, 0, 200], False)


def reverse_complement(read):
    return read.translate(str.maketrans("ACGT", "TGCA"))[::-1]


def test_a_round_that_is_all_of_the_other_strand_is_turned(tmp_path, caplog):
    own = [random_reads(300, 16, seed) for seed in (1, 2)]
    rounds = [[f"TGGAAC{read}CCAGTGCC" for read in reads] for reads in own]
    plain, _ = count(tmp_path, rounds)
    for number in (0, 1):
        turned = [list(map(reverse_complement, rounds[i])) if i == number else rounds[i] for i in (0, 1)]
        for given in ({}, {"left": "TGGAAC", "right": "CCAGTGCC", "length": 16}):
            table, stats = count(tmp_path, turned, **given)
            first = bool(number == 0 and not given)  # then the first round says what is which
            assert (stats["left"], stats["right"]) == (("GGCACTGG", "GTTCCA") if first else ("TGGAAC", "CCAGTGCC"))
            wanted = {reverse_complement(read): c for read, c in counted(plain).items()} if first else counted(plain)
            assert counted(table) == wanted
            assert [one["reversed"] for one in stats["rounds"]] == [300 * ((i == number) != first) for i in (0, 1)]
    assert caplog.text == ""


def test_rounds_of_the_same_reads_are_an_error(tmp_path):
    reads = [f"TGGAAC{read}" for read in random_reads(50, 8, 1)]
    with pytest.raises(ValueError, match=r"r1\S*: the same reads as in \S*r0\S*; give each round its own file"):
        count(tmp_path, [reads, reads[::-1]])


@pytest.mark.parametrize("seed", range(60))
def test_damaged_reads_and_tables_give_counts_or_one_line(tmp_path, seed):
    rng = random.Random(seed)
    reads = [fastq([f"TGGAAC{read}CCAGT" for read in random_reads(60, 10, number)]).encode() for number in (1, 2)]
    table = "".join(f"{read}\t{i % 3 + 1}\t{i % 4}\n" for i, read in enumerate(random_reads(60, 10, 3))).encode()
    (tmp_path / "r0").write_bytes(damaged(reads[0], rng))
    (tmp_path / "r1").write_bytes(reads[1])
    (tmp_path / "c").write_bytes(damaged(table, rng))
    given = rng.choice([{}, {"length": 10}])
    for row in ({"reads": f"{tmp_path}/r0,{tmp_path}/r1"}, {"counts": f"{tmp_path}/c"}):
        library = SelexLibrary(model="m", **row, **given)
        try:
            counts, stats = count_library(library, library.files)
        except ValueError as error:
            check_line(tmp_path, str(error))
            continue
        assert counts.counts.sum(0).tolist() == pytest.approx([one["kept"] for one in stats["rounds"]])
        assert sum(one["kept"] for one in stats["rounds"]) > 0

"""Reads of both strands and of several starts are counted as the clean ones are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.binding.reads.constant_region import Layout
from cisgrammar.binding.reads.fastq import Reads
from cisgrammar.binding.reads.placement import Placement, common_left, find_placements
from cisgrammar.sequence.alphabet import encode
from toy_fastq import count, counted, random_reads

COMPLEMENT = str.maketrans("ACGT", "TGCA")
LEFT, RIGHT = "TGGAAC", "CCAGTGCC"
ROUNDS = [random_reads(400, 16, seed) for seed in (1, 2)]
CLEAN = [[f"{LEFT}{read}{RIGHT}" for read in reads] for reads in ROUNDS]


def other_strand(read: str) -> str:
    return read.translate(COMPLEMENT)[::-1]


def as_reads(rows: list[str]) -> Reads:
    lengths = np.array([len(row) for row in rows])
    starts = np.cumsum([0, *(lengths[:-1] + 1)])
    return Reads(encode("N".join(rows)), starts, lengths)


@pytest.mark.parametrize("row", [{}, {"left": LEFT}, {"left": LEFT, "right": RIGHT}, {"length": 16}])
def test_half_of_the_reads_from_the_other_strand_are_turned(tmp_path, row):
    mixed = [[other_strand(read) if i % 5 < 2 else read for i, read in enumerate(reads)] for reads in CLEAN]
    (clean, _), (table, stats) = count(tmp_path, CLEAN), count(tmp_path, mixed, **row)
    assert counted(table) == counted(clean)
    assert (stats["left"], stats["right"], stats["length"]) == (LEFT, RIGHT, 16)
    assert [one["reversed"] for one in stats["rounds"]] == [160, 160]
    assert [one["kept"] for one in stats["rounds"]] == [400, 400]


@pytest.mark.parametrize("spacers", [["", "G", "TC", "TAT"], ["", "A", "AG", "CAG"]], ids=["any", "nested"])
@pytest.mark.parametrize("row", [{}, {"left": LEFT}, {"left": LEFT, "right": RIGHT}, {"right": RIGHT}])
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "one length"])
def test_reads_that_start_at_several_places_are_all_counted(tmp_path, spacers, row, cut):
    width = len(CLEAN[0][0])
    staggered = [[spacers[i % 4] + read for i, read in enumerate(reads)] for reads in CLEAN]
    if cut:
        staggered = [[read[:width] for read in reads] for reads in staggered]
    (clean, _), (table, stats) = count(tmp_path, CLEAN), count(tmp_path, staggered, **row)
    assert stats["left"] == LEFT
    assert RIGHT.startswith(stats["right"])
    assert counted(table) == counted(clean)
    assert [one["shifted"] for one in stats["rounds"]] == [300, 300]


def test_staggered_reads_of_both_strands(tmp_path):
    spacers = ["", "G", "TC", "TAT"]
    both = [[spacers[i % 4] + (read if i % 8 < 4 else other_strand(read)) for i, read in enumerate(r)] for r in CLEAN]
    table, stats = count(tmp_path, both, left=LEFT, right=RIGHT, length=16)
    assert counted(table) == counted(count(tmp_path, CLEAN)[0])
    assert [one["reversed"] for one in stats["rounds"]] == [200, 200]


def test_insertions_in_the_variable_region_are_not_another_start(tmp_path):
    longer = [f"{read}A{RIGHT}" for read in ROUNDS[0][:100]]
    rounds = [[f"{read}{RIGHT}" for read in ROUNDS[0]] + longer, [f"{read}{RIGHT}" for read in ROUNDS[1]]]
    _, stats = count(tmp_path, rounds, right=RIGHT, length=16)
    assert (stats["rounds"][0]["no_constant"], stats["rounds"][0]["shifted"]) == (100, 0)


def test_few_constant_bases_do_not_turn_reads_by_chance():
    layout = Layout(19, 3, 16, "TGG", "")
    reads = as_reads([f"TGG{read}" for read in random_reads(3000, 16, 3)] + random_reads(3000, 19, 4))
    assert find_placements(reads, layout, "") == [Placement()]


def test_bases_that_only_reads_of_one_start_have_are_not_of_the_constant_region():
    own = random_reads(300, 16, 5)
    reads = as_reads([f"AC{LEFT}{read}" for read in own[:200]] + [f"C{LEFT}{read}" for read in own[200:]])
    assert common_left(reads, Layout(24, 8, 16, f"AC{LEFT}", ""), "") == f"C{LEFT}"


@given(st.lists(st.text("ACGTN", min_size=1, max_size=12), min_size=1, max_size=8))
def test_the_other_strand_of_reads_is_each_read_s_own(rows):
    turned = as_reads(rows).reverse_complement()
    back = turned.reverse_complement()
    for i, row in enumerate(rows):
        piece = turned.codes[turned.starts[i] : turned.starts[i] + turned.lengths[i]]
        assert piece.tolist() == [3 - code if code < 4 else 4 for code in encode(row)[::-1].tolist()]
        assert back.codes[back.starts[i] : back.starts[i] + back.lengths[i]].tolist() == encode(row).tolist()

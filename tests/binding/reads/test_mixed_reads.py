"""Samples of reads of two strands or several starts are made alike, others are left as they are."""

from __future__ import annotations

import numpy as np

from cisgrammar.binding.reads.mixed_reads import align, orient
from cisgrammar.sequence.alphabet import decode, encode
from toy_fastq import random_reads


def sample(rows: list[str]) -> np.ndarray:
    return np.stack([encode(row) for row in rows])


def test_random_reads_are_left_as_they_are():
    reads = sample(random_reads(500, 30, 1))
    assert orient(reads) == (reads, 0) or orient(reads)[1] == 0
    assert align(reads)[1] == 1
    assert np.array_equal(align(reads)[0], reads)


def test_reads_whose_ends_pair_with_each_other_are_not_turned():
    reads = sample([f"TGGAAC{read}GTTCCA" for read in random_reads(200, 16, 2)])
    assert orient(reads)[1] == 0


def test_the_smaller_part_is_turned():
    own = [f"TGGAAC{read}CCAGTG" for read in random_reads(200, 16, 3)]
    rows = [read if i % 3 else read.translate(str.maketrans("ACGT", "TGCA"))[::-1] for i, read in enumerate(own)]
    turned, number = orient(sample(rows))
    assert number == 67
    assert [decode(row) for row in turned] == own


def test_a_word_at_several_places_tells_where_reads_begin():
    own = [f"TGGAACTT{read}" for read in random_reads(200, 20, 4)]
    alike, places = align(sample([("", "G", "AC")[i % 3] + read[: 28 - i % 3] for i, read in enumerate(own)]))
    assert places == 3
    assert alike.shape == (200, 26)
    assert {decode(row[:8]) for row in alike} == {"TGGAACTT"}

"""Whatever way a sequence is given, the same codes come of it, or one line that says what was wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from cisgrammar.api.sequences import as_codes, genome_of, places_of
from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.one_hot import one_hot

LETTERS = ["ACGTN", "TTGCA"]
CODES = np.stack([encode(letters) for letters in LETTERS])


@pytest.mark.parametrize(
    "given",
    [
        LETTERS,
        ["acgtn", "ttgca"],
        ["ACGTR", "UUGCA"],
        CODES,
        torch.from_numpy(CODES),
        CODES.astype(np.int64),
        list(CODES),
        one_hot(torch.from_numpy(CODES)),
        one_hot(torch.from_numpy(CODES)).numpy(),
        list(one_hot(torch.from_numpy(CODES))),
    ],
)
def test_sequences_of_any_kind_give_the_same_codes(given):
    np.testing.assert_array_equal(as_codes(given, 5), CODES)


def test_one_sequence_is_a_batch_of_one():
    for one in (LETTERS[0], CODES[0], one_hot(torch.from_numpy(CODES))[0]):
        np.testing.assert_array_equal(as_codes(one, 5), CODES[:1])


def test_four_sequences_of_codes_are_no_one_hot():
    codes = np.zeros((4, 6), dtype=np.uint8)
    np.testing.assert_array_equal(as_codes(codes, 6), codes)


@pytest.fixture
def genome():
    rng = np.random.default_rng(1)
    return Genome.from_chromosomes({name: rng.integers(0, 4, 100, dtype=np.uint8) for name in ("chrA", "chrB")})


def test_a_place_gives_the_sequence_around_its_centre(genome, tmp_path):
    want = genome.chromosome("chrB")[35:45][None]
    (tmp_path / "x.bed").write_text("chrB\t39\t41\n")
    table = pd.DataFrame({"chrom": ["chrB"], "start": [39], "end": [41]})
    fasta = tmp_path / "genome.fa"
    fasta.write_text("".join(f">{name}\n{decode(genome.chromosome(name))}\n" for name in genome.names))
    for given in ("chrB:39-41", ["chrB:3-77"], table, tmp_path / "x.bed", str(tmp_path / "x.bed")):
        np.testing.assert_array_equal(as_codes(given, 10, genome), want)
        np.testing.assert_array_equal(as_codes(given, 10, fasta), want)
    assert genome_of(genome) is genome
    assert places_of("chrB:1,000-2,000") == [("chrB", 1000, 2000)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("ACG", "sequence 0 has 3 bases; the model reads 5"),
        (["ACGTA", "ACGTAC"], "sequence 1 has 6 bases"),
        ("AC!TA", "'!' at position 2"),
        (np.full((1, 5), 7), "codes from 7 to 7"),
        (np.full((1, 5), 0.5), "type float64"),
        (np.full((1, 4, 5), 0.5), "must hold one 1"),
        (np.ones((1, 4, 5)), "must hold one 1"),
        (np.ones((1, 3, 5)), r"wanted \(4, length\)"),
        (np.zeros((1, 1, 4, 5)), "shape"),
        (17, "wanted a string"),
        ("chrA:10-20", "add fasta="),
        (pd.DataFrame({"chrom": ["chrA"]}), "add fasta="),
    ],
)
def test_what_is_no_sequence_of_the_model_is_said_in_one_line(given, message):
    with pytest.raises(ValueError, match=message) as error:
        as_codes(given, 5)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("chrA:0-4", r"chrA:-3-7.*not within the chromosome's 100 bp"),
        ("chrA:96-100", "not within"),
        ("chrC:10-20", "'chrC' is not in the genome"),
        ("chrA:20-10", "at or before its start"),
        ("chrA:x-10", "wanted chromosome:start-end"),
        (pd.DataFrame({"chrom": ["chrA"], "start": [1]}), "without end"),
    ],
)
def test_a_place_outside_of_the_genome_is_said(given, message, genome):
    """A sequence over the end of one chromosome and the start of the next would be silent nonsense."""
    with pytest.raises(ValueError, match=message):
        as_codes(given, 10, genome)


def test_no_sequences_give_none():
    assert as_codes([], 5).shape == (0, 5)

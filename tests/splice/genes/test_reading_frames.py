"""Stops, open frames and longest ORFs, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.coordinates import spliced
from cisgrammar.splice.genes.reading_frames import (
    THREE_MERS,
    all_frames_closed,
    longest_orf,
    next_codon_start,
    open_frames,
    stops,
    three_mer_codes,
    with_longest_orf,
)
from toy_transcripts import transcript


def test_stops_are_the_three_and_n_is_in_none():
    codes = three_mer_codes()
    assert {name for name, stop in zip(THREE_MERS, stops(codes)[:, 0], strict=True) if stop} == {"TAA", "TAG", "TGA"}
    assert not stops(np.array([3, 0, 4, 0], np.uint8)).any()
    assert stops(np.array([3, 0], np.uint8)).shape == (0,)


@given(st.integers(0, 10_000), st.integers(0, 40))
def test_open_frames_are_counted_as_by_hand(seed, length):
    codes = np.random.default_rng(seed).integers(0, 5, length, dtype=np.uint8)
    text = "".join("ACGTN"[code] for code in codes)
    frames = [[text[i : i + 3] for i in range(f, length - 2, 3)] for f in range(3)]
    expected = sum(not {"TAA", "TAG", "TGA"} & set(frame) for frame in frames)
    assert open_frames(codes) == expected
    assert all_frames_closed(codes) == (expected == 0)


@given(st.integers(0, 100), st.integers(0, 2), st.integers(0, 200))
def test_codons_start_in_the_frame_of_the_exon(start, phase, ahead):
    first = start + (-phase) % 3
    found = next_codon_start(start + ahead, start, phase)
    assert found >= start + ahead > found - 3
    assert (found - first) % 3 == 0


@given(st.text("ACGT", max_size=60))
def test_the_longest_orf_is_that_of_a_plain_search(text):
    best = (0, 0)
    for start in range(len(text)):
        if text[start : start + 3] != "ATG":
            continue
        ends = [e for e in range(start + 3, len(text) - 2, 3) if text[e : e + 3] in ("TAA", "TAG", "TGA")]
        if ends and ends[0] + 3 - start > best[1] - best[0]:
            best = start, ends[0] + 3
    assert (longest_orf(encode(text)) or (0, 0)) == best


@pytest.mark.parametrize("strand", "+-")
def test_an_orf_across_exons_is_put_back_on_the_chromosome(strand):
    parts = ["CCATGAAA", "GTCCCCAG", "CCCTAAGG"]
    text = "".join(parts)
    exons = ((0, 8), (16, 24))
    codes = encode(text) if strand == "+" else reverse_complement(encode(text))
    found = transcript(*exons, strand=strand)
    genome = Genome.from_chromosomes({"chr1": codes})
    assert decode(spliced(genome, found)) == parts[0] + parts[2]
    placed = with_longest_orf(genome, found, 12)
    # ATGAAACCCTAA: the last six bases of the first exon, the first six of the second
    assert placed.coding == ((2, 8), (16, 22))
    assert with_longest_orf(genome, found, 13).coding == ()

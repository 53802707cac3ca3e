"""The shift is found from the enzyme's preference, whatever was done to the reads before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.signal.cuts import Cuts, ReadReport
from cisgrammar.signal.reads import read_cuts
from cisgrammar.signal.shift import agreement, base_frequencies, estimate_shift, shift_of_centres
from prepare_toys import random_genome

GENOME = random_genome({"chr1": 300_000, "chr2": 100_000})
REPORT = ReadReport("x", "fragments")


def symmetric_preference(width: int, seed: int) -> np.ndarray:
    """Log preference `(width, 4)` that reads the same on both strands."""
    half = np.random.default_rng(seed).normal(0, 0.7, (width, 4))
    return half + half[::-1, ::-1]


def simulated_cuts(doubled_centre: int, ends: int = 20_000, seed: int = 1) -> Cuts:
    """Draw ends of reads from sites whose centre is `doubled_centre / 2` bp downstream of each read's end.

    A site at x (twofold: 2x is an integer of the parity of `doubled_centre`) has a preference that is mirrored
    about x; a + read begins at x - centre, a - read ends at x + centre.
    """
    width = 13 if doubled_centre % 2 == 0 else 12
    preference = symmetric_preference(width, seed)
    windows = np.lib.stride_tricks.sliding_window_view(GENOME.codes, width)
    rate = np.exp(preference[np.arange(width), windows].sum(axis=1))
    generator = np.random.default_rng(seed)
    sites = [generator.choice(len(rate), ends, p=rate / rate.sum()) for _ in range(2)]
    doubled = [2 * site + width - 1 for site in sites]  # twice the middle of the window
    plus, minus = (doubled[0] - doubled_centre) // 2, (doubled[1] + doubled_centre) // 2
    return Cuts(np.sort(plus).astype(np.uint32), np.sort(minus).astype(np.uint32), REPORT)


@pytest.mark.parametrize(
    ("doubled_centre", "shift"), [(8, (4, -4)), (-1, (0, 1)), (0, (0, 0)), (7, (4, -3)), (-6, (-3, 3)), (16, (8, -8))]
)
def test_recovers_the_centre_of_any_enzyme(doubled_centre, shift):
    estimate = estimate_shift(GENOME, simulated_cuts(doubled_centre))
    assert estimate.shift == shift
    assert estimate.verdict == ("centred" if shift == (0, 0) else "shifted")
    assert max(estimate.sum_scores, key=estimate.sum_scores.get) == doubled_centre


@pytest.mark.parametrize(
    ("done", "left"),
    [((4, -5), (0, 1)), ((4, -4), (0, 0)), ((5, -4), (-1, 0)), ((-3, 7), (7, -11)), ((0, 1), (4, -5))],
)
def test_takes_earlier_shifts_into_account(done, left):
    cuts = simulated_cuts(8)
    strands = zip((cuts.plus, cuts.minus), done, strict=True)
    moved = Cuts(*((ends.astype(np.int64) + by).clip(0).astype(np.uint32) for ends, by in strands), REPORT)
    assert estimate_shift(GENOME, moved).shift == left


@pytest.mark.parametrize("seed", range(5))
def test_says_so_when_there_is_no_preference(seed):
    generator = np.random.default_rng(seed)
    ends = [np.sort(generator.integers(0, GENOME.size, 5000)).astype(np.uint32) for _ in range(2)]
    estimate = estimate_shift(GENOME, Cuts(*ends, REPORT))
    assert estimate.shift == (0, 0)
    assert estimate.verdict == "no preference"
    assert "No preference" in estimate.sentence


@pytest.mark.parametrize("ends", [0, 1, 50])
def test_refuses_no_data(ends):
    few = np.arange(100, 100 + ends, dtype=np.uint32)
    estimate = estimate_shift(GENOME, Cuts(few, few[:0], REPORT))
    assert estimate.shift == (0, 0)
    assert "Too few ends" in estimate.sentence


def test_a_pile_of_reads_does_not_decide():
    cuts = simulated_cuts(8)
    pile = np.full(100_000, 5000, dtype=np.uint32)
    piled = Cuts(np.sort(np.append(cuts.plus, pile)), np.sort(np.append(cuts.minus, pile + 77)), REPORT)
    assert estimate_shift(GENOME, piled).shift == (4, -4)


@given(st.integers(-24, 24), st.integers(-12, 12))
def test_shifts_put_both_strands_on_one_base(centre_sum, difference):
    plus, minus = shift_of_centres(centre_sum, difference)
    centre_plus, centre_minus = (centre_sum + difference) / 2, (centre_sum - difference) / 2
    # a site at 0: + ends are at -centre_plus, - ends at +centre_minus
    assert -centre_plus + plus == centre_minus + minus
    assert 0 <= plus - centre_plus < 1


def test_frequencies_are_in_reading_direction():
    codes = GENOME.codes
    ends = np.flatnonzero((codes[1:-1] == 0) & (codes[2:] == 2)) + 1  # A, then G
    ends = ends[(ends > 50) & (ends < GENOME.size - 50)].astype(np.uint32)
    plus, used = base_frequencies(GENOME, ends, reverse=False, flank=2)
    assert used == len(ends)
    assert plus[2].argmax() == 0
    assert plus[3].argmax() == 2
    minus, _ = base_frequencies(GENOME, ends, reverse=True, flank=2)
    assert minus[2].argmax() == 3
    assert minus[1].argmax() == 1
    np.testing.assert_allclose(plus.sum(axis=1), 1)


def test_agreement_finds_the_offset():
    a = np.random.default_rng(0).normal(size=(41, 4))
    b = np.roll(a, -5, axis=0)
    scores = {offset: agreement(a, b, offset) for offset in range(-10, 11)}
    assert max(scores, key=scores.get) == 5
    assert agreement(a, a, 0) == pytest.approx(1)
    assert agreement(a, 0 * a, 0) == 0


@pytest.mark.yeast
def test_yeast_is_unshifted_tn5(data):
    genome = read_fasta(data / "sacCer3" / "sacCer3.fa.gz")
    estimate = estimate_shift(genome, read_cuts(data / "yeast_atac" / "SRR1822137.bedpe.gz", genome))
    assert estimate.shift == (4, -4)
    assert estimate.verdict == "shifted"
    assert estimate.sum_scores[8] > 0.9
    assert estimate.difference_scores[0] > 0.99
    runner_up = sorted(estimate.sum_scores.values())[-2]
    assert runner_up < 0.5

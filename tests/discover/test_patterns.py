"""Patterns: planted motifs in the right number, sign and order, whatever the strand; the same again; none of noise."""

import numpy as np
import pytest

from cisgrammar.discover.patterns import find_patterns, linked, trimmed
from cisgrammar.discover.planted import correlation
from cisgrammar.discover.seqlets import Seqlets, find_seqlets, scales
from toy_contributions import FACTORS, planted


def patterns_of(windows, sign="+", limits=(20, 5000)):
    values = windows.of_bases("counts") * (1 if sign == "+" else -1)
    seqlets = find_seqlets(values, windows.shuffled, scales(values), 0.1)
    return find_patterns(windows.hypothetical["counts"], windows.codes, seqlets, sign, limits)


def one_hot(consensus):
    return np.eye(4)[["ACGT".index(base) for base in consensus]]


@pytest.mark.parametrize("factors", [("a",), ("a", "b", "c")])
def test_planted_motifs_are_found_and_nothing_else(factors):
    windows, sites = planted(number=300, factors=factors, strength=8.0)
    found = patterns_of(windows)
    assert len(found) == len(factors)
    for pattern in found:
        first, last = pattern.span
        r = [correlation(pattern.shares[first:last], one_hot(FACTORS[name])) for name in factors]
        assert max(r) > 0.98
        assert sorted(r)[-2:][0] < 0.8 or len(factors) == 1
        assert pattern.contributions[first:last].sum(axis=1).min() > 0
    assert sum(map(len, found)) > 0.7 * len(sites)


def test_places_are_those_of_the_sites():
    windows, sites = planted(number=200, factors=("a",), strength=8.0)
    (pattern,) = patterns_of(windows)
    truth = {(row, start): turned for row, start, turned, _ in sites}
    first, last = pattern.span
    strands = set()
    for row, centre, turned in zip(pattern.row, pattern.centre, pattern.turned, strict=True):
        near = [key for key in truth if key[0] == row and abs(key[1] + 6 - centre) <= 15]
        if near:
            strands.add(bool(turned) == truth[near[0]])
    # All as planted, or all turned: which strand is forward is nobody's to say.
    assert len(strands) == 1
    assert last - first <= 14


def test_a_repressor_is_a_negative_pattern():
    windows, _ = planted(number=300, factors=("a", "c"), signs={"c": -1}, strength=8.0)
    (positive,), (negative,) = patterns_of(windows), patterns_of(windows, "-")
    assert positive.sign == "+"
    assert negative.sign == "-"
    assert negative.contributions.sum() < 0
    first, last = negative.span
    assert correlation(negative.shares[first:last], one_hot(FACTORS["c"])) > 0.98


def test_a_cap_on_pairs_leaves_the_rest_to_be_assigned():
    windows, _ = planted(number=300, strength=8.0)
    whole, capped = patterns_of(windows), patterns_of(windows, limits=(20, 60))
    assert [len(p) for p in capped] == pytest.approx([len(p) for p in whole], rel=0.1)


def test_the_same_seqlets_give_the_same_patterns():
    windows, _ = planted(number=150, strength=8.0)
    for one, other in zip(patterns_of(windows), patterns_of(windows), strict=True):
        assert np.array_equal(one.contributions, other.contributions)
        assert np.array_equal(one.centre, other.centre)


def test_noise_gives_none():
    windows, _ = planted(number=100, share=0.0)
    rng = np.random.default_rng(0)
    row, centre = rng.integers(0, 100, 200), rng.integers(20, 280, 200)
    seqlets = Seqlets(row, centre, np.ones(200), np.zeros(200))
    assert find_patterns(windows.hypothetical["counts"], windows.codes, seqlets, "+", (20, 5000)) == []


def test_linked_by_hand():
    alike = np.array([[1, 0.9, 0.1], [0.9, 1, 0.2], [0.1, 0.2, 1]], dtype=np.float32)
    assert [group.tolist() for group in linked(alike, 0.6)] == [[0, 1], [2]]
    assert [group.tolist() for group in linked(alike, 0.1)] == [[0, 1, 2]]
    assert [group.tolist() for group in linked(alike[:1, :1], 0.6)] == [[0]]
    assert linked(alike[:0, :0], 0.6) == []


def test_trimmed_by_hand():
    contributions, shares = np.zeros((9, 4)), np.full((9, 4), 0.25)
    contributions[3:6, 0] = 1, 0.2, -0.4
    assert trimmed(contributions, shares) == (3, 6)
    shares[2] = 0.7, 0.1, 0.1, 0.1
    assert trimmed(contributions, shares) == (2, 6)
    assert trimmed(np.zeros((9, 4)), shares) == (0, 9)


def test_second_sites_at_several_distances_are_no_part_of_the_word():
    contributions, shares = np.zeros((12, 4)), np.full((12, 4), 0.25)
    contributions[2:5, 0], shares[2:5] = 1, (0.97, 0.01, 0.01, 0.01)
    contributions[7:10] = 0.1, 0.12, 0.12, 0.1
    shares[7:10] = 0.3, 0.25, 0.25, 0.2
    assert trimmed(contributions, shares) == (2, 5)
    contributions[9], shares[9] = (0.4, 0, 0, 0), (0.7, 0.1, 0.1, 0.1)
    assert trimmed(contributions, shares) == (2, 10)

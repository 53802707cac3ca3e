"""Drawn fragments follow the rates that they were drawn from."""

import numpy as np
import pytest

from cisgrammar.simulate.reads import LONGEST, SHORTEST, draw_fragments, expected_cuts, length_weights


def _rate(length=700):
    rng = np.random.default_rng(3)
    rate = np.exp(rng.normal(size=(2, length)))
    rate[:, :20] = rate[:, -20:] = 0
    rate[1, 300:340] *= 30
    return rate


def _brute_force(rate, fragments):
    """expected_cuts by its definition, one base at a time."""
    weights = dict(zip(range(SHORTEST - 9, LONGEST - 8), length_weights(), strict=True))
    total = np.zeros_like(rate)
    for side in (1, -1):
        first, second = np.zeros_like(rate), np.zeros_like(rate)
        partners = {}
        for c, row in enumerate(rate):
            for i in np.flatnonzero(row):
                places = {i + side * d: w for d, w in weights.items() if 0 <= i + side * d < len(row)}
                mass = {j: w * row[j] for j, w in places.items() if row[j] > 0}
                if mass:
                    first[c, i], partners[c, i] = row[i], mass
        first /= first.sum()
        for (c, i), mass in partners.items():
            whole = sum(mass.values())
            for j, m in mass.items():
                second[c, j] += first[c, i] * m / whole
        total += (first + second) * fragments / 2
    return total


def test_expected_cuts_match_the_definition_and_add_up():
    rate = _rate(500)
    expected = expected_cuts(rate, 1000)
    np.testing.assert_allclose(expected, _brute_force(rate, 1000), rtol=1e-6, atol=1e-9)
    assert expected.sum() == pytest.approx(2000)


def test_drawn_cuts_have_the_expected_rates():
    rate = _rate()
    drawn = draw_fragments(np.random.default_rng(0), rate, 200_000)
    lengths = drawn.end - drawn.start
    assert lengths.min() >= SHORTEST
    assert lengths.max() <= LONGEST
    counts = np.zeros(rate.shape)
    np.add.at(counts, (drawn.chrom, drawn.start + 4), 1)
    np.add.at(counts, (drawn.chrom, drawn.end - 5), 1)
    expected = expected_cuts(rate, 200_000)
    assert counts.sum() == 400_000
    assert (counts[expected == 0] == 0).all()
    seen = expected > 5
    z = (counts[seen] - expected[seen]) / np.sqrt(expected[seen])
    assert 0.85 < z.std() < 1.15
    assert abs(z.mean()) < 0.15


def test_fragments_are_sorted_and_the_same_for_the_same_seed():
    first, again = (draw_fragments(np.random.default_rng(1), _rate(), 5000) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    keys = list(zip(first.chrom, first.start, first.end, strict=True))
    assert keys == sorted(keys)
    assert len(keys) == 5000

"""Motifs of splice sites: strengths in nats, and sites of a wanted strength."""

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import decode
from cisgrammar.simulate.splice_sites import draw_site, site_motifs


def test_sites_have_their_dinucleotide_and_the_strength_asked_for():
    rng = np.random.default_rng(1)
    for motif, place, pair in zip(site_motifs(1.0, 0.45), (slice(3, 5), slice(-3, -1)), ("GT", "AG"), strict=True):
        low, high = 0.8 * motif.typical(), motif.typical()
        for _ in range(20):
            codes = draw_site(rng, motif, low, high)
            assert len(codes) == motif.width
            assert decode(codes[place]) == pair
            assert low <= motif.strength(codes) <= high
            by_hand = sum(motif.log_odds[i, base] for i, base in enumerate(codes))
            assert motif.strength(codes) == pytest.approx(by_hand)


def test_log_odds_are_over_the_background():
    for motif in site_motifs(1.0, 0.4):
        background = np.array([0.3, 0.2, 0.2, 0.3])
        np.testing.assert_allclose(motif.probabilities.sum(axis=1), 1)
        np.testing.assert_allclose(motif.log_odds, np.log(motif.probabilities / background))


def test_a_strength_that_no_site_has_is_an_error():
    motif = site_motifs(1.0, 0.45)[0]
    with pytest.raises(ValueError, match=r"no donor of strength 90\.0 to 99\.0 nats"):
        draw_site(np.random.default_rng(0), motif, 90.0, 99.0)

"""Neutral variants: rates near the level, and nulls that would be off are seen."""

import numpy as np

from cisgrammar.calibration import variants
from cisgrammar.calibration.rates import stack


def share(once, runs, score="logfc"):
    rng = np.random.default_rng(1)
    found = stack([once(rng) for _ in range(runs)])[score]
    return found[:, 0].sum() / found[:, 1].sum()


def test_draws_that_hold_the_variant_itself_would_be_seen(monkeypatch):
    """Of 60 substitutions of a peak three are as rare as 0.05; beside itself a variant has one rank less."""
    fair = share(variants.substitutions("short"), 4)
    monkeypatch.setattr("cisgrammar.variants.profile.compared_with", lambda variant, draws: np.arange(len(draws)))
    assert share(variants.substitutions("short"), 4) < fair - 0.01


def test_shuffling_all_of_the_window_makes_neutral_variants_of_peaks_rare():
    """Strong sites hide what chance makes; without them it counts as large."""
    local, whole = (share(variants.shuffled("sites", flank), 16) for flank in (variants._FLANK, None))
    assert whole < 0.04
    assert whole < local - 0.005


def test_a_genome_of_sites_has_them_and_no_neutral_base_in_them():
    genome, neutral = variants._genome(np.random.default_rng(1), "sites")
    codes = np.asarray(genome.chromosome("chr1"))
    assert (~neutral).sum() > 500
    assert codes[~neutral][:8].tolist() == [3, 3, 0, 1, 1, 1, 2, 2]

"""The side of the bar that a gate passes on."""

import pytest

from cisgrammar.report.direction import direction, lower_is_better


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("combined.peaks.median_jsd.atac", "Lower is better."),
        ("combined.peaks.profile_pearson", "Higher is better."),
        ("residual.truth.REB1.footprint", "Lower is better."),
        ("discover.truth.REB1.r", "Higher is better."),
        ("ablation.REB1.necessary", "Higher is better."),
        ("bias.threshold", ""),
        ("variants.truth.null", ""),
    ],
)
def test_the_direction_is_told_in_words(name, words):
    assert direction(name) == words
    assert lower_is_better(name) == words.startswith("Lower")

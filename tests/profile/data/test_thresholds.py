"""Which background windows a threshold leaves."""

import numpy as np
import pytest

from cisgrammar.config.profile import Bias
from cisgrammar.profile.data.thresholds import keep_below
from cisgrammar.profile.data.window_sampler import Windows

SECTION = Bias(min_windows=3, min_window_counts=5, threshold_quantile=0.0)


def windows(counts):
    return Windows(np.arange(len(counts)), np.asarray(counts, dtype=float))


def test_windows_under_the_cutoff_are_kept_and_empty_ones_are_not():
    kept = keep_below(windows([0, 4, 5, 9, 10, 19, 20, 21]), windows([20, 30]), 1.0, SECTION)
    assert kept.windows.counts.tolist() == [5, 9, 10, 19]
    assert (kept.cutoff, kept.below, kept.widened) == (20, 4, False)


def test_too_few_are_widened_to_the_quietest_in_place():
    kept = keep_below(windows([50, 7, 40, 2, 60, 30]), windows([20, 30]), 0.5, SECTION)
    assert kept.windows.counts.tolist() == [7, 40, 30]
    assert (kept.below, kept.widened) == (1, True)


def test_no_informative_window_is_a_clear_error():
    with pytest.raises(ValueError, match="none of 2 background windows has 5 or more"):
        keep_below(windows([0, 4]), windows([20]), 1.0, SECTION)

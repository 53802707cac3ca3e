"""The threshold rule on curves that are written down."""

import numpy as np
import pytest

from cisgrammar.splice.calibration.ranking import Curve
from cisgrammar.splice.calibration.thresholds import tied, top_k_threshold


def curve(scores, positions, sites):
    """Cumulative numbers of positions and sites at each score, best first."""
    return Curve(*(np.array(part, dtype=np.float64) for part in (scores, positions, sites)))


def test_as_many_are_called_as_there_are_sites():
    # Four sites among ten positions: between the scores of ranks 4 and 5, a tenth times four of the way up.
    found = curve([0.9, 0.8, 0.7, 0.6, 0.5, 0.1], [1, 2, 3, 4, 5, 10], [1, 1, 2, 3, 3, 4])
    threshold = top_k_threshold(found)
    assert threshold == pytest.approx(0.5 + 0.4 * 0.1)
    assert found.above(threshold) == (4, 3)
    assert found.recall(threshold) == 0.75
    assert tied(found) == 0


def test_equal_scores_across_the_cut_are_counted_and_none_is_called():
    found = curve([0.9, 0.5, 0.1], [2, 7, 9], [1, 3, 4])
    assert tied(found) == 5
    assert top_k_threshold(found) == 0.5
    assert found.above(top_k_threshold(found)) == (2, 1)
    whole = curve([0.9, 0.5], [3, 5], [3, 5])
    assert tied(whole) == 0, "where all are sites there is no cut"


def test_a_tie_that_ends_at_the_cut_is_called():
    found = curve([0.9, 0.5, 0.1], [1, 3, 9], [1, 2, 3])
    assert tied(found) == 0
    assert found.above(top_k_threshold(found)) == (3, 2)


def test_without_sites_there_is_no_threshold():
    found = curve([0.9, 0.5], [3, 5], [0, 0])
    assert np.isnan(top_k_threshold(found))
    assert np.isnan(found.recall(0.6))
    assert tied(found) == 0

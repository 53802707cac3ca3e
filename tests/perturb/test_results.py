"""Results unpack into two and keep their report."""

import numpy as np

from cisgrammar.perturb.results import PerturbationAnnotationsResult, PerturbationResult, ShuffleReport


def made_report():
    place = np.array([0]), np.array([2]), np.array([9])
    is_input = np.array([[True, False, True]])
    weights = np.array([[0.0, 1.0, 0.0]])
    names = (np.array(["drawn"]), np.array(["plain"]))
    return ShuffleReport(*place, np.array([6]), np.array([1]), is_input, weights, *names)


def test_results_unpack_and_have_their_names():
    report = made_report()
    result = PerturbationResult(1, [2], report)
    before, after = result
    assert (before, after) == (result.y_before, result.y_after) == (1, [2])
    assert result.report is report
    assert PerturbationResult(1, 2).report is None
    befores, afters = PerturbationAnnotationsResult(3, 4, report)
    assert (befores, afters) == (3, 4)


def test_shuffles_that_are_the_input_are_counted():
    assert made_report().identical.tolist() == [2]

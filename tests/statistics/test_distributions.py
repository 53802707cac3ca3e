"""The numbers of scipy.stats, without loading it."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from cisgrammar.statistics.distributions import (
    chi_square_above,
    chi_square_tail,
    hypergeometric_tail,
    noncentral_chi_square_tail,
    normal_quantile,
    ranks,
    student_quantile,
    student_tail,
)

SHARES = np.array([1e-12, 0.001, 0.025, 0.5, 0.8, 0.975, 1 - 1e-9])
VALUES = np.array([-8.0, -2.5, -1e-3, 0, 0.1, 1.7, 6, 40])


@pytest.mark.parametrize("freedom", [0.7, 1, 2.5, 13, 1e4])
def test_students_t_is_that_of_scipy(freedom):
    np.testing.assert_array_equal(student_quantile(SHARES, freedom), stats.t.ppf(SHARES, freedom))
    np.testing.assert_array_equal(student_tail(VALUES, freedom), stats.t.sf(VALUES, freedom))


def test_normal_is_that_of_scipy():
    np.testing.assert_array_equal(normal_quantile(SHARES), stats.norm.ppf(SHARES))
    np.testing.assert_array_equal(-normal_quantile(SHARES), stats.norm.isf(SHARES))


@pytest.mark.parametrize("freedom", [1, 2, 7, 60])
def test_chi_square_is_that_of_scipy(freedom):
    np.testing.assert_array_equal(chi_square_tail(VALUES, freedom), stats.chi2.sf(VALUES, freedom))
    np.testing.assert_array_equal(chi_square_above(SHARES, freedom), stats.chi2.isf(SHARES, freedom))
    for distance in (1e-9, 0.5, 12, 300):
        found = noncentral_chi_square_tail(VALUES[3:], freedom, distance)
        np.testing.assert_allclose(found, stats.ncx2.sf(VALUES[3:], freedom, distance), rtol=1e-9, atol=1e-12)


def test_hypergeometric_tail_is_fishers_test():
    rng = np.random.default_rng(0)
    tables = [*rng.integers(0, 30, (40, 2, 2)), [[0, 9], [4, 3]], [[6, 0], [0, 6]], [[900, 100], [20, 980]]]
    for table in map(np.asarray, tables):
        found = hypergeometric_tail(int(table[0, 0]), int(table.sum()), int(table[0].sum()), int(table[:, 0].sum()))
        assert found == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue, rel=1e-9)


def test_ranks_are_those_of_scipy():
    rng = np.random.default_rng(1)
    for values in (rng.integers(0, 4, (6, 11)), rng.normal(size=(3, 50)), np.zeros((2, 5)), np.empty((0, 4))):
        np.testing.assert_array_equal(ranks(values), stats.rankdata(values, axis=1))
    np.testing.assert_array_equal(ranks([3, 1, 3, 0.5]), [3.5, 2, 3.5, 1])
    holed = np.array([[1.0, np.nan, 0.0], [2.0, 2.0, 1.0]])
    np.testing.assert_array_equal(ranks(holed), [[np.nan] * 3, [2.5, 2.5, 1.0]])


def test_statistics_loads_no_scipy_stats():
    code = (
        "import sys, cisgrammar.statistics.distributions, cisgrammar.statistics.p_values\n"
        "import cisgrammar.statistics.clustered, cisgrammar.statistics.correlation, cisgrammar.statistics.bootstrap\n"
        "assert 'scipy.stats' not in sys.modules, 'scipy.stats takes half a second in every job'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

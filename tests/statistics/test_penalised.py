"""Systems with penalties, beside a solver that takes one matrix at a time."""

import numpy as np
import pytest

from cisgrammar.statistics.penalised import solve_penalised

PENALTIES = np.array([1e-3, 1.0, 50.0, 1e4])


@pytest.mark.parametrize("size", [2, 3, 64, 65, 66, 150])
def test_each_penalty_is_the_solution_of_its_own_matrix(size):
    """Sizes about the block of reflections; of rank below their size as well."""
    random = np.random.default_rng(size)
    for rank in (size + 5, max(size // 2, 1)):
        x, right = random.normal(size=(rank, size)), random.normal(size=size)
        square = x.T @ x
        found = solve_penalised(np.asfortranarray(np.tril(square)), right, PENALTIES)
        wanted = [np.linalg.solve(square + penalty * np.eye(size), right) for penalty in PENALTIES]
        np.testing.assert_allclose(found, np.transpose(wanted), rtol=1e-8, atol=1e-10 * np.abs(wanted).max())


def test_the_matrix_is_not_copied():
    square = np.asfortranarray(np.diag(np.arange(1.0, 5)) + 1)
    before = square.copy()
    solve_penalised(square, np.ones(4), PENALTIES)
    assert not np.array_equal(square, before)
    with pytest.raises(ValueError, match="Fortran"):
        solve_penalised(before[::2], np.ones(4), PENALTIES)

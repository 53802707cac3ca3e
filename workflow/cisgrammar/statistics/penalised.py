"""A symmetric system solved for many penalties at the price of less than one eigenvalue problem."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK = 64


def solve_penalised(
    square: NDArray[np.float64], right: NDArray[np.float64], penalties: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Solve (square + penalty 1) x = right for each penalty, without another matrix as large as `square`.

    Householder reflections make `square` Q T Q' with a tridiagonal T (Golub and Van Loan, Matrix Computations, 8.3.1);
    then each penalty is one pass over T, and no eigenvector is needed.

    Parameters
    ----------
    square
        `(size, size)` in Fortran order, symmetric, without eigenvalues below zero; `size` is 2 or more. Its lower
        triangle alone is read, and all of it is overwritten.
    right
        `(size,)`.
    penalties
        `(penalties,)`, each above zero.

    Returns
    -------
    array
        x of each penalty, `(size, penalties)`.

    Raises
    ------
    ValueError
        If `square` is not in Fortran order.
    """
    from scipy.linalg import lapack, solve_banded

    if not square.flags.f_contiguous:
        raise ValueError("the matrix is not in Fortran order: it would be copied")
    size = len(square)
    work = int(lapack.dsytrd_lwork(size, lower=1)[0])
    reflections, diagonal, beside, scales, _ = lapack.dsytrd(square, lower=1, lwork=work, overwrite_a=1)
    turned = _reflected(reflections, scales, right[:, None], back=False)[:, 0]
    bands = np.zeros((3, size))
    bands[0, 1:], bands[2, :-1] = beside, beside
    found = np.empty((size, len(penalties)))
    for i, penalty in enumerate(penalties):
        bands[1] = diagonal + penalty
        found[:, i] = solve_banded((1, 1), bands, turned)
    return _reflected(reflections, scales, found, back=True)


def _reflected(
    reflections: NDArray[np.float64], scales: NDArray[np.float64], columns: NDArray[np.float64], back: bool
) -> NDArray[np.float64]:
    """Q' columns, or Q columns on the way back: blocks of reflections, for LAPACK would copy all of them at once."""
    from scipy.linalg import lapack

    columns = np.array(columns, order="F")
    blocks = range(0, len(scales), _BLOCK)
    for i in reversed(blocks) if back else blocks:
        block = np.asfortranarray(reflections[i + 1 :, i : i + _BLOCK][:, : len(scales) - i])
        below, work = np.asfortranarray(columns[i + 1 :]), _BLOCK * (columns.shape[1] + _BLOCK)
        columns[i + 1 :] = lapack.dormqr("L", "N" if back else "T", block, scales[i : i + _BLOCK], below, work)[0]
    return columns

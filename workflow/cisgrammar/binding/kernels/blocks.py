"""Reads side by side: what is done to the windows of so many reads at once, and the compiler.

Loops over reads are compiled when they are first called, and kept on disk where numba can write.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Integers = NDArray[np.int64]
# Reads side by side; globals are constants for numba.
READS = 32


def digest(folder: Path) -> str:
    """Eight digits of a folder's modules, their names and texts."""
    of_all = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        of_all.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return of_all.hexdigest()[:8]


_DIGEST = digest(Path(__file__).parent)


def compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Compile a function with numba's `options`; the result is kept on disk if there is a place for it.

    numba takes what is kept for as long as the function's own file has its date, whatever becomes of the functions that
    it calls, which are compiled into it. Its files are named by the function, so the name has this folder's digest.
    """
    function.__qualname__ = f"{function.__qualname__}_{_DIGEST}"
    try:
        return numba.njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:
        # numba finds no folder that it may write to.
        return numba.njit(nogil=True, **options)(function)


inlined = functools.partial(compiled, inline="always")


@compiled
def copy(values: Floats, out: Floats) -> None:
    """Copy a row; numba does it by an assignment at a third of the speed."""
    for index in range(len(out)):
        out[index] = values[index]


@compiled
def scale(rows: Floats, factors: Floats) -> None:
    """Multiply windows `(2, windows, READS)` by a factor for each read, four windows at once."""
    flat = rows.reshape(-1)
    many = flat.size // (4 * READS) * 4 * READS
    for start in range(0, many, 4 * READS):
        four = flat[start : start + 4 * READS]
        for at in range(READS):
            factor = factors[at]
            four[at] *= factor
            four[at + READS] *= factor
            four[at + 2 * READS] *= factor
            four[at + 3 * READS] *= factor
    for start in range(many, flat.size, READS):
        one = flat[start : start + READS]
        for at in range(READS):
            one[at] *= factors[at]


@compiled
def sums(rows: Floats, totals: Floats) -> None:
    """Sum over strands and windows `(2, windows, READS)` of each read, four windows at once."""
    flat = rows.reshape(-1)
    totals[:] = 0.0
    many = flat.size // (4 * READS) * 4 * READS
    for start in range(0, many, 4 * READS):
        four = flat[start : start + 4 * READS]
        for at in range(READS):
            totals[at] += (four[at] + four[at + READS]) + (four[at + 2 * READS] + four[at + 3 * READS])
    for start in range(many, flat.size, READS):
        one = flat[start : start + READS]
        for at in range(READS):
            totals[at] += one[at]

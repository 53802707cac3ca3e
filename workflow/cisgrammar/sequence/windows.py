"""Windows of a length around centres: where they begin."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Place = TypeVar("Place", int, NDArray[np.int64])


def window_starts(centre: Place, length: int) -> Place:
    """First bases of windows of `length` bp: the centre is base `length // 2` of its window.

    Parameters
    ----------
    centre
        `(windows,)` on a chromosome, or indices into a genome's codes; or one of them.
    length
        bp.
    """
    return centre - length // 2

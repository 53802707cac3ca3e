"""Bases of windows that belong to a site."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.scan_windows import Windows

MARGIN = 5


class Blocked:
    """Tells of each window which bases belong to a site or lie near one, `(length,)`; made when it is asked for.

    Parameters
    ----------
    windows
        Where to look.
    sites
        Columns chrom, start, end.
    margin
        bp beside a site that belong to it too.
    """

    def __init__(self, windows: Windows, sites: pd.DataFrame, margin: int) -> None:
        names, self._chrom = np.unique(windows.chrom, return_inverse=True)
        self._first, self._length = windows.start, windows.length
        self._places = []
        chroms = sites["chrom"].to_numpy()
        starts, ends = (sites[key].to_numpy(np.int64) + by for key, by in (("start", -margin), ("end", margin)))
        for name in names:
            mine = np.flatnonzero(chroms == name)
            mine = mine[np.argsort(starts[mine], kind="stable")]
            widest = int((ends[mine] - starts[mine]).max(initial=0))
            self._places.append((starts[mine], ends[mine], widest))

    def __getitem__(self, row: int) -> NDArray[np.bool_]:
        """The bases of a window, `(length,)`; a copy."""
        starts, ends, widest = self._places[self._chrom[row]]
        first = int(self._first[row])
        low, high = np.searchsorted(starts, (first - widest, first + self._length))
        found = np.zeros(self._length, dtype=bool)
        for start, end in zip(starts[low:high].tolist(), ends[low:high].tolist(), strict=True):
            found[max(0, start - first) : max(0, end - first)] = True
        return found


def blocked(windows: Windows, sites: pd.DataFrame, margin: int = MARGIN) -> Blocked:
    """Tell which bases of each window belong to a site or lie within `margin` bp of one."""
    return Blocked(windows, sites, margin)

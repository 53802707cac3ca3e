"""Decoy sites with a site's letters in another order, for motifs whose decoys have too few sites of their own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cisgrammar.ablation.sites.decoys import MOST_ALIKE
from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.motifs.motif import Motif
from cisgrammar.motifs.similarity import similarity
from cisgrammar.sequence.alphabet import one_hot

_MOST_SITES = 20
SUFFIX = "letters"


def letter_decoys(
    windows: Windows,
    sites: pd.DataFrame,
    taken: NDArray[np.bool_],
    motifs: Mapping[str, Motif],
    number: int,
    seed: int,
) -> pd.DataFrame:
    """Find places whose bases are those of a site in another order (of either strand), and that are like no motif.

    Parameters
    ----------
    windows
        Where to look.
    sites
        Sites of one motif; 20 of them, drawn, give the letters.
    taken
        `(windows, length)` bases that no decoy may cover.
    motifs
        All motifs of the run.
    number
        Places wanted; fewer if there are no more. They do not overlap.
    seed
        Of the draws.

    Returns
    -------
    DataFrame
        region, start, end, name (`<motif>.letters`), strand (`.`), score (nan), matched_to (the motif).
    """
    name = str(sites["name"].iloc[0])
    rng = np.random.default_rng([seed, *name.encode()])
    chosen = sites.iloc[np.sort(rng.permutation(len(sites))[:_MOST_SITES])]
    rows: list[tuple[int, int, int]] = []
    used = taken.copy()
    for width, part in chosen.groupby(chosen["end"] - chosen["start"], sort=True):
        places = _places(windows, part, int(width))
        for row, offset in places[rng.permutation(len(places))].tolist():
            if len(rows) == number:
                break
            if used[row, offset : offset + width].any():
                continue
            letters = one_hot(windows.codes[row, offset : offset + width]).T.astype(np.float64)
            if all(similarity(letters, motif.shares) <= MOST_ALIKE for motif in motifs.values()):
                used[row, offset : offset + width] = True
                first = int(windows.start[row]) + offset
                rows.append((int(windows.region[row]), first, first + int(width)))
    found = pd.DataFrame(rows, columns=["region", "start", "end"])
    return found.assign(name=f"{name}.{SUFFIX}", strand=".", score=np.nan, matched_to=name)


def _places(windows: Windows, sites: pd.DataFrame, width: int) -> NDArray[np.int64]:
    """Row and offset of every place that has as many A, C, G and T as one of the sites, `(places, 2)`."""
    row = np.searchsorted(windows.region, sites["region"].to_numpy(dtype=np.int64))
    offset = sites["start"].to_numpy(dtype=np.int64) - windows.start[row]
    # A number below (width + 1)^4 says how many of each.
    base = np.array([1, width + 1, (width + 1) ** 2, (width + 1) ** 3], dtype=np.int64)
    one, other = (np.append(weights, -(2**40)) for weights in (base, base[::-1]))
    forward, reverse = (sliding_window_view(w[windows.codes], width, axis=1).sum(axis=2) for w in (one, other))
    wanted = np.unique(forward[row, offset])
    return np.argwhere(np.isin(forward, wanted) | np.isin(reverse, wanted))

"""Decoys: motifs of the same width and composition that are no motif, and places with the letters of a site."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.motifs.motif import Motif
from cisgrammar.motifs.similarity import similarity
from cisgrammar.sequence.alphabet import one_hot

_LOG = logging.getLogger(__name__)
_TRIES = 200
MOST_ALIKE = 0.7
_MOST_SITES = 20
SUFFIX = "letters"


def draw_decoys(motif: Motif, motifs: Mapping[str, Motif], number: int, seed: int) -> list[Motif]:
    """Put a motif's positions into other orders, and keep the orders that are least like any motif.

    Parameters
    ----------
    motif
        The motif.
    motifs
        All motifs of the run; a decoy must be unlike each of them.
    number
        Decoys wanted; fewer are returned, with a warning, if the motif has no orders that are unlike it (TTTTTT).
    seed
        Of the orders; 200 are tried.
    """
    rng = np.random.default_rng([seed, *motif.name.encode()])
    tried: dict[bytes, tuple[float, NDArray[np.int64]]] = {}
    for _ in range(_TRIES if number else 0):
        order = rng.permutation(motif.width)
        shares = motif.shares[order]
        alike = max(similarity(shares, other.shares) for other in motifs.values())
        key = min(shares.round(6).tobytes(), shares[::-1, ::-1].round(6).tobytes())
        tried.setdefault(key, (alike, order))
    ranked = sorted((alike, tuple(order.tolist())) for alike, order in tried.values() if alike <= MOST_ALIKE)
    chosen = ranked[:number]
    if len(chosen) < number:
        _LOG.warning(
            "motif %s has %d decoys of the %d wanted: other orders are too like it", motif.name, len(chosen), number
        )
    return [motif.reordered(np.array(order), f"{motif.name}.decoy{i + 1}") for i, (_, order) in enumerate(chosen)]


def all_decoys(motifs: Mapping[str, Motif], number: int, seed: int) -> Sequence[Motif]:
    """The decoys of all motifs."""
    return [decoy for motif in motifs.values() for decoy in draw_decoys(motif, motifs, number, seed)]


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

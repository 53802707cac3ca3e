"""Decoys: motifs of the same width and composition that are no motif, and places with the letters of a site."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cisgrammar.ablation.sites.blocked import Blocked
from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.ablation.sites.window_codes import Codes, letter_blocks
from cisgrammar.motifs.motif import Motif
from cisgrammar.motifs.similarity import similarity
from cisgrammar.sequence.alphabet import one_hot

_LOG = logging.getLogger(__name__)
_TRIES = 200
MOST_ALIKE = 0.7
_MOST_SITES = 20
_PLACES = 4096
"""Places in memory at a time."""
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
    taken: Blocked,
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
        Bases that no decoy may cover.
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
    used: dict[int, list[slice]] = {}
    for width, part in chosen.groupby(chosen["end"] - chosen["start"], sort=True):
        for row, offset in _Places(windows, part, int(width)).drawn(rng):
            if len(rows) == number:
                break
            covered = taken[row]
            for place in used.get(row, ()):
                covered[place] = True
            if covered[offset : offset + width].any():
                continue
            letters = one_hot(windows.codes[row, offset : offset + width]).T.astype(np.float64)
            if all(similarity(letters, motif.shares) <= MOST_ALIKE for motif in motifs.values()):
                used.setdefault(row, []).append(slice(offset, offset + int(width)))
                first = int(windows.start[row]) + offset
                rows.append((int(windows.region[row]), first, first + int(width)))
    found = pd.DataFrame(rows, columns=["region", "start", "end"])
    return found.assign(name=f"{name}.{SUFFIX}", strand=".", score=np.nan, matched_to=name)


class _Places:
    """Every place of windows that has as many A, C, G and T as one of some sites of a width."""

    def __init__(self, windows: Windows, sites: pd.DataFrame, width: int) -> None:
        self.windows, self.width = windows, width
        row = np.searchsorted(windows.region, sites["region"].to_numpy(dtype=np.int64))
        offset = sites["start"].to_numpy(dtype=np.int64) - windows.start[row]
        places = zip(row.tolist(), offset.tolist(), strict=True)
        self.wanted = np.unique([self._compositions(windows.codes[r, a : a + width][None])[0][0, 0] for r, a in places])

    def drawn(self, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
        """Yield row and offset of all places in a drawn order; a few are in memory at a time."""
        numbers = np.cumsum([0, *(len(self._of(codes)) for _, codes in letter_blocks(self.windows.codes))])
        order = rng.permutation(int(numbers[-1]))
        for start in range(0, len(order), _PLACES):
            mine = order[start : start + _PLACES]
            found = np.empty((len(mine), 2), dtype=np.int64)
            for number, (first, codes) in enumerate(letter_blocks(self.windows.codes)):
                here = (mine >= numbers[number]) & (mine < numbers[number + 1])
                if here.any():
                    found[here] = self._of(codes)[mine[here] - numbers[number]] + [first, 0]
            yield from ((row, offset) for row, offset in found.tolist())

    def _of(self, codes: Codes) -> NDArray[np.int64]:
        """Row and offset of the places in a block, `(places, 2)`."""
        forward, reverse = self._compositions(codes)
        return np.argwhere(np.isin(forward, self.wanted) | np.isin(reverse, self.wanted))

    def _compositions(self, codes: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """A number below (width + 1)^4 that says how many of each letter a place has, on either strand."""
        base = (self.width + 1) ** np.arange(4)
        one, other = (np.append(weights, -(2**40)) for weights in (base, base[::-1]))
        forward, reverse = (sliding_window_view(w[codes], self.width, axis=1).sum(axis=2) for w in (one, other))
        return forward, reverse

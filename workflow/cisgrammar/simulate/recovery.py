"""How much of a simulation's truth the models recover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.fasta import Genome
from cisgrammar.statistics.correlation import pearson_rows
from cisgrammar.tables.contracts.simulate import PLANTED_SITES

REACH = 60
_BESIDE = 65
_FREE = 30
_CORE = 5
_FLANK = 20


class Windows(NamedTuple):
    """Profiles of the same windows, tasks summed.

    `starts` are indices into the genome; `profiles` name -> `(windows, length)`.
    """

    starts: NDArray[np.int64]
    profiles: dict[str, NDArray[np.float64]]

    @property
    def length(self) -> int:
        """Length of a window in bp."""
        return next(iter(self.profiles.values())).shape[1]


@dataclass(frozen=True, eq=False)
class Planted:
    """Planted sites: `middle` indices into the genome, `reverse` strands, `factor` names; all `(sites,)`."""

    middle: NDArray[np.int64]
    reverse: NDArray[np.bool_]
    factor: NDArray[np.str_]


def read_sites(path: str | Path, genome: Genome) -> Planted:
    """Read the sites that `truth.write_sites` wrote."""
    table = PLANTED_SITES.read(path)
    middles = genome.positions(table["chrom"].tolist(), ((table["start"] + table["end"]) // 2).to_numpy())
    reverse = (table["strand"] == "-").to_numpy()
    return Planted(middles, reverse, table["factor"].to_numpy(dtype=np.str_))


def agreement(windows: Windows, truth: NDArray) -> dict[str, NDArray[np.float64]]:
    """Correlate each profile with the expected cuts of an enzyme without preference, window by window.

    Parameters
    ----------
    windows
        Profiles.
    truth
        `(bases of the genome,)`: unbiased expected cuts.

    Returns
    -------
    dict
        Name -> Pearson correlations `(windows,)`.
    """
    expected = cut(truth, windows)
    return {name: pearson_rows(profile, expected) for name, profile in windows.profiles.items()}


def cut(track: NDArray, windows: Windows) -> NDArray[np.float64]:
    """Cut a track `(bases of the genome,)` at the windows: `(windows, length)`."""
    return track[windows.starts[:, None] + np.arange(windows.length)].astype(np.float64)


def footprints(windows: Windows, sites: Planted, factor: str) -> tuple[Mapping[str, NDArray], int]:
    """Average profiles over a factor's planted sites, and over places beside them where nothing was planted.

    Parameters
    ----------
    windows
        Profiles, as expected or observed cuts.
    sites
        All planted sites, of every factor.
    factor
        Which factor.

    Returns
    -------
    curves, number
        `<profile>` and `<profile> beside` -> `(2 * REACH + 1,)`, oriented with the motif and divided by the mean of
        the bases 20 to 60 bp away; and how many sites lie in the windows. Places beside are 65 bp from a site, and
        30 bp or more from every other. nan if there is none.
    """
    window, offset, reverse, free = _places(windows, sites, factor)
    found: dict[str, NDArray] = {}
    for name, profile in windows.profiles.items():
        found[name] = _mean_around(profile, window, offset, reverse)
        beside = free != 0
        found[f"{name} beside"] = _mean_around(profile, window[beside], (offset + free)[beside], reverse[beside])
    return found, len(window)


def depth(curve: NDArray) -> float:
    """Return the mean of the middle 11 bp of a curve of `footprints`: 1 is as in the flanks, less a footprint."""
    return float(curve[REACH - _CORE : REACH + _CORE + 1].mean())


def _places(
    windows: Windows, sites: Planted, factor: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Window, offset and strand of each site of a factor, and the free place's distance from it (0 for none)."""
    order = np.argsort(windows.starts, kind="stable")
    chosen = np.flatnonzero(sites.factor == factor)
    at = order[np.searchsorted(windows.starts[order], sites.middle[chosen], side="right") - 1]
    offset = sites.middle[chosen] - windows.starts[at]
    margin = REACH + _BESIDE
    inside = (offset >= margin) & (offset < windows.length - margin)
    chosen, at, offset = chosen[inside], at[inside], offset[inside]
    free = np.zeros(len(chosen), dtype=np.int64)
    every = np.sort(sites.middle)
    for step in (-_BESIDE, _BESIDE):
        place = sites.middle[chosen] + step
        near = np.searchsorted(every, place + _FREE) - np.searchsorted(every, place - _FREE, side="right")
        free = np.where((free == 0) & (near == 0), step, free)
    return at, offset, sites.reverse[chosen], free


def _mean_around(profile: NDArray, window: NDArray, offset: NDArray, reverse: NDArray) -> NDArray[np.float64]:
    if not len(window):
        return np.full(2 * REACH + 1, np.nan)
    around = profile[window[:, None], offset[:, None] + np.arange(-REACH, REACH + 1)]  # (sites, reach)
    around = np.where(reverse[:, None], around[:, ::-1], around)
    mean = around.sum(axis=0)
    flank = np.abs(np.arange(-REACH, REACH + 1)) >= _FLANK
    return mean / max(mean[flank].mean(), 1e-12)

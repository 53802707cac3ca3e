"""Hits beside a scan with the planted matrices: which has fewer false ones where both find as many sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.discover.planted import NEAR, inside_windows, meet
from cisgrammar.gates import Gate, Place, Verdict
from cisgrammar.sequence.alphabet import N_CODE

_TWO_SIDED = 1.96


def scan_beside(
    table: pd.DataFrame,
    factors: Sequence[Mapping[str, Any]],
    sites: pd.DataFrame,
    windows: pd.DataFrame,
    codes: NDArray[np.uint8],
) -> pd.DataFrame:
    """Add the hits and false hits of one scan with all planted matrices, at the recall that the found motifs have.

    The scan ranks the places of the windows by log-odds of a matrix against even letters, on both strands, of places of
    a matrix within 6 bp the best one. It is cut, for all matrices at one score, where as many sites that act have a hit
    as the motifs' hits meet; of places that score like the last one, half are counted. All hits of a passenger are
    false: a scan does not say which matrices have an effect.

    Parameters
    ----------
    table
        Of `planted.beside_planted`.
    factors, sites, windows
        As there.
    codes
        `(windows, length)` uint8 of the same windows.

    Returns
    -------
    DataFrame
        `table` with scan_hits and scan_false; nan for motifs like no factor, and where no site was found.
    """
    inside = sites[inside_windows(sites, windows)]
    planted = {str(each["name"]): each for each in factors}
    places = {name: _places(np.array(each["probabilities"]), windows, codes) for name, each in planted.items()}
    mine = {name: inside[inside["factor"] == name] for name in planted}
    acting = [name for name, each in planted.items() if each["effect_on_log_strength"] != 0]
    wanted = int(table.loc[table["factor"].isin(acting), "found"].sum())
    if not wanted:
        return table.assign(scan_hits=np.nan, scan_false=np.nan)
    best = [_best_at(places[name], site) for name in acting for site in mine[name].to_dict("records")]
    last = np.sort(np.array(best, dtype=float))[::-1][wanted - 1]
    none = (np.nan, np.nan)
    added = [
        _above(places[name], mine[name] if name in acting else inside.iloc[:0], last) if name in planted else none
        for name in table["factor"]
    ]
    return table.assign(**dict(zip(("scan_hits", "scan_false"), np.array(added, float).T, strict=True)))


def _above(places: pd.DataFrame, sites: pd.DataFrame, last: float) -> tuple[float, float]:
    """Numbers of hits and of false hits from a score on."""
    _, right = meet(sites, places)
    score = places["score"].to_numpy()
    weight = (score > last) + 0.5 * (score == last)
    return float(weight.sum()), float(weight[~right].sum())


def _best_at(places: pd.DataFrame, site: Mapping[Any, Any]) -> float:
    middle = (site["start"] + site["end"]) / 2
    near = (places["chrom"] == site["chrom"]) & (np.abs((places["start"] + places["end"]) / 2 - middle) <= NEAR)
    return float(places.loc[near, "score"].max()) if near.any() else -np.inf


def _places(matrix: NDArray[np.float64], windows: pd.DataFrame, codes: NDArray[np.uint8]) -> pd.DataFrame:
    """The best places of a matrix: chrom, start, end, score above 0; none within 6 bp of a better one."""
    odds = np.log(np.maximum(matrix, 1e-6) / 0.25)
    width = len(odds)
    rows = np.hstack([odds, np.full((width, 1), odds.min())])  # (width, 5), N last
    turned = np.hstack([odds[::-1, ::-1], np.full((width, 1), odds.min())])
    last = codes.shape[1] - width + 1
    known = np.minimum(codes, N_CODE)
    both = [sum(table[i][known[:, i : i + last]] for i in range(width)) for table in (rows, turned)]
    score = np.maximum(*both)  # (windows, places)
    padded = np.pad(score, ((0, 0), (NEAR, NEAR)), constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEAR + 1, axis=1).max(axis=2)
    window, at = np.nonzero((score == around) & (score > 0))
    start = windows["start"].to_numpy()[window] + at
    found = pd.DataFrame({"chrom": windows["chrom"].to_numpy()[window], "start": start, "end": start + width})
    found = found.assign(score=score[window, at]).drop_duplicates(["chrom", "start"])
    return found.reset_index(drop=True)


def scan_gate(table: pd.DataFrame, sample: str) -> list[Gate]:
    """`discover.truth.precision_above_scan`: precision of all hits less that of the scan at the same recall.

    Pass: above 0; warning: not, but by chance (95 %, both as independent shares); else failure. The bar is the scan
    itself, which is given the planted matrices. A passenger's hits are false in both; a scan with the
    matrices of acting factors alone, each cut at its own recall, is harder to beat. No gate if nothing was found.
    """
    rows = table[table["scan_hits"].notna()]
    wrong = rows["false_hits"].where(rows["effect"] != 0, rows["hits"])
    number, scanned = float(rows["hits"].sum()), float(rows["scan_hits"].sum())
    if not number or not scanned:
        return []
    false = np.array([wrong.sum() / number, rows["scan_false"].sum() / scanned])
    error = np.sqrt((false * (1 - false) / [number, scanned]).sum())
    gain = float(false[1] - false[0])
    verdict: Verdict = "pass" if gain > 0 else "warn" if gain + _TWO_SIDED * error >= 0 else "fail"
    return [Place("discover", sample).graded("discover.truth.precision_above_scan", gain, 0.0, verdict)]

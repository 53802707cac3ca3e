"""Neighbouring sites of two motifs, which are ablated one by one and together, and null pairs for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.blocked import Blocked, blocked
from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.config.ablation import Ablation
from cisgrammar.files.progress import counted
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.tables.contracts.ablation import SITE_PAIRS

KINDS = ("site", "decoy", "control", "moved")
FAR = 2 / 3
"""Sites that are moved apart come to lie at this share of `pair_distance` or farther: the farthest pairs of a run are
what two sites do at no distance in particular (judgement)."""
FLANK = 5
"""bp on either side that go with a site that is moved, as far as its partner allows."""


def find_pairs(sites: pd.DataFrame, settings: Ablation, seed: int) -> pd.DataFrame:
    """Pairs of sites of motifs in one window that do not overlap and are near each other.

    Parameters
    ----------
    sites
        The table of `find_sites`.
    settings
        The section; at most `pair_sites` of each two motifs, drawn, at most `pair_distance` bp apart.
    seed
        Of the draw.

    Returns
    -------
    DataFrame
        The columns of `site_pairs.tsv`, kind `site`: a is the left one, b the right one; strands are same, opposite,
        or unknown.
    """
    chosen = sites[sites["kind"] == "site"]
    rows = []
    for _, part in chosen.groupby("region", sort=True):
        ordered = part.sort_values(["start", "end", "name"], kind="stable").to_dict("records")
        for i, a in enumerate(ordered):
            near = (b for b in ordered[i + 1 :] if 0 <= b["start"] - a["end"] <= settings.pair_distance)
            rows += [_pair(a, b) for b in near]
    pairs = pd.DataFrame(rows, columns=[name for name in SITE_PAIRS.names if name != "pair"])
    motifs = [" ".join(sorted(names)) for names in zip(pairs["name_a"], pairs["name_b"], strict=True)]
    order = np.random.default_rng([seed, 3]).permutation(len(pairs))
    drawn = pairs.assign(motifs=motifs).iloc[order].groupby("motifs", sort=False).head(settings.pair_sites)
    drawn = drawn.sort_index().reset_index(drop=True)
    return drawn.assign(pair=np.arange(len(drawn)))[list(SITE_PAIRS.names)]


def _pair(a: dict[str, object], b: dict[str, object]) -> dict[str, object]:
    places = {f"{end}_{which}": site[end] for which, site in (("a", a), ("b", b)) for end in ("start", "end")}
    names = {"site_a": a["site"], "site_b": b["site"], "name_a": a["name"], "name_b": b["name"]}
    gap = places["start_b"] - places["end_a"]  # type: ignore[operator]
    about = {"kind": "site", "draw": 0, "region": a["region"], "gap": gap, "strands": _strands(a, b), "moved_from": -1}
    return {**about, **names, **places}


def _strands(a: dict[str, object], b: dict[str, object]) -> str:
    if "." in (a["strand"], b["strand"]):
        return "unknown"
    return "same" if a["strand"] == b["strand"] else "opposite"


def null_pairs(
    windows: Windows, sites: pd.DataFrame, pairs: pd.DataFrame, settings: Ablation, seed: int
) -> pd.DataFrame:
    """Draw the null pairs of each pair of sites, `pair_nulls` of each kind if there is room.

    - `decoy`: the same two places, the letters of one of the sites (in turns) in another order;
    - `control`: two stretches that are no site, in a scored window, of the same widths and the same distance, each with
      as many G and C (1 more or less);
    - `moved`: the same two sites in the same window, one of them (in turns) with 5 bp on either side exchanged for a
      stretch that is no site, so that they lie `FAR` to 1 times `pair_distance` apart.

    Parameters
    ----------
    windows
        The scored windows.
    sites
        The table of `find_sites`.
    pairs
        Of `find_pairs`.
    settings, seed
        The section, and the seed of the draws; what a pair is given does not depend on the others.

    Returns
    -------
    DataFrame
        As `pairs`: number, sites, motifs and strands are those of the pair; b is the stretch that was changed.
    """
    taken = blocked(windows, sites[sites["kind"] != "control"])
    rows = []
    paired = pairs.to_dict("records") if settings.pair_nulls else []
    for pair in counted(paired, "draw null pairs", "pairs"):
        rng = np.random.default_rng([seed, 4, pair["pair"]])
        for kind, drawn in (
            ("decoy", _decoys(pair, settings.pair_nulls)),
            ("control", _controls(windows, taken, pair, settings.pair_nulls, rng)),
            ("moved", _moved(windows, taken, pair, settings, rng)),
        ):
            rows += [{**pair, **changed, "kind": kind, "draw": k} for k, changed in enumerate(drawn)]
    return pd.DataFrame(rows, columns=list(SITE_PAIRS.names)).astype(pairs.dtypes.to_dict())


def _ends(a: tuple[int, int], b: tuple[int, int]) -> dict[str, int]:
    return {"start_a": a[0], "end_a": a[1], "start_b": b[0], "end_b": b[1]}


def _turns(pair: dict[str, int], number: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Which site stays and which one is changed, in turns."""
    a, b = ((pair[f"start_{w}"], pair[f"end_{w}"]) for w in "ab")
    return (((a, b), (b, a))[k % 2] for k in range(number))


def _decoys(pair: dict[str, int], number: int) -> list[dict[str, int]]:
    return [_ends(*turn) for turn in _turns(pair, number)]


def _controls(
    windows: Windows, taken: Blocked, pair: dict[str, int], number: int, rng: np.random.Generator
) -> list[dict[str, int]]:
    """Places in windows in a drawn order, a quarter of what is wanted in each."""
    widths = pair["end_a"] - pair["start_a"], pair["end_b"] - pair["start_b"]
    step = widths[0] + pair["gap"]
    own = int(np.searchsorted(windows.region, pair["region"]))
    first = pair["start_a"] - int(windows.start[own])
    strong = [
        int(np.isin(windows.codes[own, at : at + w], (1, 2)).sum())
        for at, w in zip((first, first + step), widths, strict=True)
    ]
    found: list[dict[str, int]] = []
    for row in rng.permutation(len(windows.region)).tolist():
        if len(found) >= number:
            break
        left, right = (_like(windows.codes[row], taken[row], w, gc) for w, gc in zip(widths, strong, strict=True))
        places = np.intersect1d(left, right - step)
        for place in rng.permutation(places)[: max(1, number // 4)].tolist():
            at = int(windows.start[row]) + place
            ends = _ends((at, at + widths[0]), (at + step, at + step + widths[1]))
            found.append({**ends, "region": int(windows.region[row])})
    return found[:number]


def _like(codes: NDArray[np.uint8], taken: NDArray[np.bool_], width: int, strong: int) -> NDArray[np.int64]:
    """Where in a window `(length,)` a free stretch begins that has as many G and C, 1 more or less."""
    bad = np.concatenate([[0], np.cumsum(taken | (codes >= N_CODE))])
    gc = np.concatenate([[0], np.cumsum(np.isin(codes, (1, 2)))])
    free = bad[width:] == bad[:-width]
    return np.flatnonzero(free & (np.abs(gc[width:] - gc[:-width] - strong) <= 1))


def _moved(
    windows: Windows, taken: Blocked, pair: dict[str, int], settings: Ablation, rng: np.random.Generator
) -> list[dict[str, int]]:
    row = int(np.searchsorted(windows.region, pair["region"]))
    first, flank = int(windows.start[row]), min(FLANK, pair["gap"])
    blocked_before = np.concatenate([[0], np.cumsum(taken[row])])
    nearest = int(FAR * settings.pair_distance)
    found: list[dict[str, int]] = []
    for stays, goes in _turns(pair, settings.pair_nulls):
        width = goes[1] - goes[0]
        starts = np.arange(flank, windows.length - width - flank + 1)
        free = blocked_before[starts + width + flank] == blocked_before[starts - flank]
        gap = np.maximum(starts + first - stays[1], stays[0] - (starts + first + width))
        used = [line["start_b"] - first for line in found]
        places = starts[free & (gap >= nearest) & (gap <= settings.pair_distance) & ~np.isin(starts, used)]
        if len(places):
            at = first + int(rng.choice(places))
            between = max(at - stays[1], stays[0] - at - width)
            found.append({**_ends(stays, (at, at + width)), "moved_from": goes[0], "gap": between})
    return found

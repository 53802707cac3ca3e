"""Nulls of the ablation stage: sites without effect among drawn controls, and their p-values, gates and power."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.blocked import blocked
from cisgrammar.ablation.sites.controls import draw_controls
from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.ablation.tables.gates import ablation_gates
from cisgrammar.ablation.tables.site_table import site_table
from cisgrammar.calibration.rates import tally
from cisgrammar.calibration.simulation import Once
from cisgrammar.config.ablation import Ablation

LENGTH, WIDTH = 400, 8
LEVEL = 0.05
_SUMMIT_REACH, _APART, _RUNS_OF_PLACES = 40, 9, 10
Values = NDArray[np.float64]
Spread = Callable[[pd.DataFrame], Values]


def _low_gc(times: float) -> Spread:
    return lambda sites: np.where(sites["gc"].to_numpy() <= 3 / 8, times, 1.0)


SPREADS: dict[str, Spread] = {
    "even": lambda sites: np.ones(len(sites)),
    "spread_2_at_low_gc": _low_gc(2.0),
    "spread_4_at_low_gc": _low_gc(4.0),
    "spread_4_at_summit": lambda sites: 1 + 3 * np.exp(-sites["offset"].abs().to_numpy() / 50),
    "spread_by_window": lambda sites: np.exp(0.5 * np.sin(sites["region"].to_numpy())),
}
"""How the spread of effects depends on a site, `(sites,)`."""


def _places(
    strong: NDArray[np.int64], rng: np.random.Generator, taken: NDArray[np.bool_], number: int, wanted: Sequence[int]
) -> list[tuple[int, int]]:
    """Windows and starts of sites whose number of G and C is wanted; 60 % of them within 40 bp of the summit."""
    rows: list[tuple[int, int]] = []
    middle = (LENGTH - WIDTH) // 2
    while len(rows) < number:
        row = int(rng.integers(len(strong)))
        near = rng.random() < 0.6
        start = int(
            rng.integers(middle - _SUMMIT_REACH, middle + _SUMMIT_REACH) if near else rng.integers(LENGTH - WIDTH)
        )
        if strong[row, start] in wanted and not taken[row, max(0, start - _APART) : start + WIDTH + _APART].any():
            taken[row, start : start + WIDTH] = True
            rows.append((row, start))
    return rows


def null_sites(
    rng: np.random.Generator, counts: tuple[int, int] = (180, 20), controls: int = 400, windows: int = 150
) -> pd.DataFrame:
    """Sites of two motifs on random sequence, and the control windows that the ablation stage draws for them.

    Parameters
    ----------
    rng
        Source of sequences, places and controls.
    counts
        Sites of motif `many` (5 to 8 of its 8 bp are G or C) and of motif `few` (0 to 2).
    controls
        Of each motif.
    windows
        Windows of 400 bp.

    Returns
    -------
    DataFrame
        As of `find_sites`: a row per site and control, with gc (share) and offset (bp from the window's centre).
    """
    codes = rng.integers(0, 4, (windows, LENGTH)).astype(np.uint8)
    number = np.arange(windows)
    made = Windows(number, np.array(["c"] * windows), 1000 * number, codes)
    isg = np.isin(codes, (1, 2))
    strong = np.stack([isg[:, i : i + LENGTH - WIDTH + 1] for i in range(WIDTH)]).sum(0)  # (windows, places)
    taken = np.zeros(codes.shape, dtype=bool)
    rows = [
        (name, row, 1000 * row + start)
        for name, many, wanted in (("many", counts[0], range(5, 9)), ("few", counts[1], range(3)))
        for row, start in _places(strong, rng, taken, many, wanted)
    ]
    sites = pd.DataFrame(rows, columns=["name", "region", "start"])
    sites = sites.assign(end=sites["start"] + WIDTH, chrom="c", kind="site", matched_to="", site=np.arange(len(sites)))
    drawn = draw_controls(made, sites, blocked(made, sites), controls, int(rng.integers(2**31)))
    drawn = drawn.assign(name="control", kind="control", chrom="c", site=len(sites) + np.arange(len(drawn)))
    table = pd.concat([sites, drawn], ignore_index=True)
    first = (table["start"] - 1000 * table["region"]).to_numpy()
    gc = strong[table["region"].to_numpy(), first] / WIDTH
    return table.assign(gc=gc, offset=first + WIDTH // 2 - LENGTH // 2)


def table_of(sites: pd.DataFrame, effects: Mapping[str, Values]) -> pd.DataFrame:
    """The site table of given effects `(sites,)`, of one model and head; effects that are not given are 0."""
    columns = ("delta_log_counts", "profile_jsd", "local_log_ratio", "predicted_log_counts")
    found = pd.DataFrame({"site": sites["site"], "head": "h", "model": "combined"})
    return site_table(sites, found.assign(**{name: effects.get(name, np.zeros(len(sites))) for name in columns}))


def null_effects(sites: pd.DataFrame, spread: Values, rng: np.random.Generator) -> dict[str, Values]:
    """Effects that have the same law for sites and for controls at like places.

    Counts and footprints are normal around 0. Profiles' distances are log-normal (sd of the log 0.4): their mean
    changes with their spread, as that of distances does, which are never negative.
    """
    many = len(sites)
    return {
        "delta_log_counts": rng.normal(size=many) * spread,
        "profile_jsd": 0.01 * spread * np.exp(0.4 * rng.normal(size=many)),
        "local_log_ratio": rng.normal(size=many) * spread,
        "predicted_log_counts": np.sin(sites["region"].to_numpy()),
    }


def type_i(spread: str) -> Callable[[np.random.Generator], Once]:
    """Sites without effect with p < 0.05, by motif and by what is tested."""

    def make(rng: np.random.Generator) -> Once:
        sites = null_sites(rng)
        scale, names = SPREADS[spread](sites), sites["name"].to_numpy()

        def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
            table = table_of(sites, null_effects(sites, scale, rng))
            tests = {"counts": "p_value", "profile": "p_profile", "footprint": "p_footprint"}
            return {
                f"{test}.{motif}": tally((table[column] < LEVEL)[names == motif])
                for test, column in tests.items()
                for motif in ("many", "few")
            }

        return once

    return make


def power(rng: np.random.Generator) -> Once:
    """16 sites of 3 control standard deviations among 286 sites: share with q < 0.05, by counts."""
    sites = null_sites(rng, (270, 16))
    real = (sites["name"] == "few").to_numpy()

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        effects = null_effects(sites, np.ones(len(sites)), rng)
        effects["delta_log_counts"] = effects["delta_log_counts"] + 3 * real
        return {"": tally((table_of(sites, effects)["q_value"] < LEVEL)[real])}

    return once


def _decoys(rng: np.random.Generator) -> pd.DataFrame:
    """Null sites, of which those of `many` are decoys of `few`."""
    sites = null_sites(rng)
    decoy = (sites["name"] == "many").to_numpy()
    columns = {"kind": "decoy", "matched_to": "few"}
    return sites.assign(**{column: np.where(decoy, value, sites[column]) for column, value in columns.items()})


def decoy_gate(_: np.random.Generator) -> Once:
    """How often `ablation.decoys` fails where decoys have no effect; places are drawn anew after each 10 runs."""
    settings, nothing = Ablation(models=("combined",)), pd.DataFrame({"model": [], "head": []})
    drawn: list[pd.DataFrame] = []
    run = count()

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        if next(run) % _RUNS_OF_PLACES == 0:
            drawn[:] = [_decoys(rng)]
        (sites,) = drawn
        table = table_of(sites, null_effects(sites, np.ones(len(sites)), rng))
        gate = ablation_gates(table, nothing, settings, "", "")[0]
        return {"": tally(gate.verdict == "fail")}

    return once

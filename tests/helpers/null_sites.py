"""Sites without any effect, put through the real functions: drawn controls, tests, families of q."""

from functools import cache

import numpy as np
import pandas as pd

from cisgrammar.ablation.sites.controls import blocked, draw_controls
from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.ablation.tables.site_table import site_table

LENGTH, WIDTH = 400, 8


def _places(windows, rng, taken, number, fits, central):
    """Sites whose number of G and C fits, a share of them within 40 bp of the summit."""
    strong = np.isin(windows.codes, (1, 2))
    gc = np.stack([strong[:, i : i + LENGTH - WIDTH + 1] for i in range(WIDTH)]).sum(0)  # (windows, places)
    rows = []
    while len(rows) < number:
        row = rng.integers(len(windows.region))
        start = rng.integers(160, 240) if rng.random() < central else rng.integers(LENGTH - WIDTH + 1)
        if fits(gc[row, start]) and not taken[row, max(0, start - 9) : start + 17].any():
            taken[row, start : start + WIDTH] = True
            rows.append((row, start))
    return rows


@cache
def null_sites(counts=(180, 20), controls=400, windows=150, central=0.6, seed=0):
    """Sites of motif `many` (5 to 8 of 8 bp are G or C) and `few` (0 to 2), and their drawn controls, as a table."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (windows, LENGTH)).astype(np.uint8)
    number = np.arange(windows)
    made = Windows(number, np.array(["c"] * windows), 1000 * number, codes)
    taken, rows = np.zeros(codes.shape, dtype=bool), []
    for name, many, fits in (("many", counts[0], lambda gc: gc >= 5), ("few", counts[1], lambda gc: gc <= 2)):
        rows += [(name, row, start) for row, start in _places(made, rng, taken, many, fits, central)]
    name, region, start = zip(*rows, strict=True)
    sites = pd.DataFrame({"name": name, "region": region, "start": 1000 * np.array(region) + start})
    sites = sites.assign(end=sites["start"] + WIDTH, chrom="c", kind="site", matched_to="", site=np.arange(len(sites)))
    drawn = draw_controls(made, sites, blocked(made, sites), controls, seed)
    drawn = drawn.assign(name="control", kind="control", chrom="c", site=len(sites) + np.arange(len(drawn)))
    table = pd.concat([sites, drawn], ignore_index=True)
    first = table["start"].to_numpy() - 1000 * table["region"].to_numpy()
    strong = np.isin(codes[table["region"].to_numpy()[:, None], first[:, None] + np.arange(WIDTH)], (1, 2))
    return table.assign(gc=strong.mean(1), offset=first + WIDTH // 2 - LENGTH // 2)


def table_of(sites, effect, profile=None, level=None):
    """The site table of given effects, one model and head."""
    zeros = np.zeros(len(sites))
    effects = pd.DataFrame({"site": sites["site"], "head": "h", "model": "m", "delta_log_counts": effect})
    effects = effects.assign(
        profile_jsd=zeros if profile is None else profile,
        local_log_ratio=effect,
        predicted_log_counts=zeros if level is None else level,
    )
    return site_table(sites, effects)

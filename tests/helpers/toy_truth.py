"""Tables of runs that find, or miss, what a simulation planted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cisgrammar.profile.predictions import Predictions
from cisgrammar.simulate.recovery import Planted
from cisgrammar.simulate.truth import Truth
from cisgrammar.simulate.truth_gates import footprint_gates

FACTORS = ("A", "B")


def recovered(found=(0.9, 0.85), unplanted=(50, 3), sites=100):
    """Of each factor `sites` intact planted sites, of which a share is called; (unplanted matches, called ones)."""
    columns = ["factor", "group", "sites", "found", "necessary", "share", "mean_effect"]
    rows = []
    for factor, share in zip(FACTORS, found, strict=True):
        for group in ("planted", "strong"):
            rows.append((factor, group, sites, sites, round(share * sites), share, 0.6))
    called = sum(round(share * sites) for share in found)
    rows.append(("all", "planted", 2 * sites, 2 * sites, called, called / (2 * sites), 0.6))
    rows.append(("all", "strong", 2 * sites, 2 * sites, called, called / (2 * sites), 0.6))
    number, hits = unplanted
    rows.append(("all", "unplanted", number, number, hits, hits / number if number else np.nan, 0.15))
    return pd.DataFrame(rows, columns=columns)


def profiles(depth):
    """40 windows of 600 bp with a site of A in the middle of each, where the rate is `depth` of that beside it."""
    rate = np.full((40, 600), 2.0)
    rate[:, 290:311] *= depth
    return rate


def footprints_of(combined, residual, bare=()):
    true = profiles(0.3)
    truth = Truth(np.zeros((21, 4)), {"A": np.ones((12, 4))}, true.ravel(), true.ravel(), frozenset(bare))
    sites = Planted(600 * np.arange(40) + 300, np.zeros(40, dtype=bool), np.array(["A"] * 40))
    predictions = {}
    for part, depth in (("combined", combined), ("residual", residual)):
        rate = profiles(depth)[:, None]
        totals = rate.sum(axis=(1, 2))
        predictions[part] = Predictions({"h": np.log(rate / totals[:, None, None])}, {"h": np.log(totals)})
    return footprint_gates(truth, sites, predictions, 600 * np.arange(40), "s", "f")


def compared(z, scale=1.0, error=0.05):
    """48 betas that are `z` standard errors off."""
    true = scale * np.random.default_rng(0).normal(size=48)
    rows = {"quantity": "beta", "name": "b", "true": true, "estimate": true + error * z, "standard_error": error}
    table = pd.DataFrame(rows).assign(within=(np.abs(z) <= 2).astype(object))
    other = table.head(10).assign(quantity="position_bias", within=True)
    return pd.concat([table, other], ignore_index=True)

"""Simulated variants and scores of them, right or wrong by choice."""

from __future__ import annotations

import numpy as np
import pandas as pd


def _truth(kinds, targets, effects):
    number = np.arange(len(kinds))
    names = [f"{kind}_{i}" for i, kind in zip(number, kinds, strict=True)]
    table = pd.DataFrame({"id": names, "chrom": "c", "pos": number + 1, "ref": "A", "alt": "C"})
    return table.assign(kind=kinds, target=targets, effect=effects)


def profile_truth():
    """40 broken sites, of which 4 are a passenger's, 5 restored ones, and 200 changes outside of peaks."""
    rng = np.random.default_rng(0)
    effects = np.concatenate([-rng.uniform(0.2, 1, 36), np.zeros(4), rng.uniform(0.2, 1, 5), np.zeros(200)])
    kinds = ["broken"] * 40 + ["restored"] * 5 + ["outside"] * 200
    return _truth(kinds, ["F"] * 36 + ["P"] * 4 + ["F"] * 5 + [""] * 200, effects)


def profile_scores(truth, scale=1.0, small=0.05):
    """Scores of `scale` times the truth; a share of the p-values is at most 0.05."""
    n = len(truth)
    outside = (truth["kind"] == "outside").to_numpy()
    p = np.full(n, 0.5)
    p[np.flatnonzero(outside)[: round(small * outside.sum())]] = 0.01
    logfc = scale * truth["effect"].to_numpy() / np.log(2)
    return pd.DataFrame({"id": truth["id"], "s.logfc": logfc, "s.logfc_p_shuffled": p})


def splice_truth():
    """60 broken sites, half donors; 10 of poison exons, 20 neutral changes."""
    kinds = ["lost"] * 60 + ["poison"] * 10 + ["neutral"] * 20
    targets = ["donor", "acceptor"] * 30 + ["donor"] * 10 + [""] * 20
    return _truth(kinds, targets, [-5.0] * 70 + [0.0] * 20)


def splice_scores(truth, lost=1.0):
    """Of the broken sites a share, the first of them, is called lost."""
    called = np.arange(len(truth)) < lost * (truth["kind"] == "lost").sum()
    of = {kind: called & (truth["target"] == kind).to_numpy() for kind in ("donor", "acceptor")}
    columns = {f"splice.{kind}_verdict": np.where(of[kind], "lost", "unchanged") for kind in of}
    return pd.DataFrame({"id": truth["id"], **columns, "splice.ds_max": np.where(called, 0.9, 0.0)})

"""Gates of a simulation on pairs and spacings: whether ablation finds those that were planted, and no others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cisgrammar.gates import Gate, Place, Verdict, judge_share

FAR = 100
"""bp between two sites beyond which no simulated pair adds anything; the farthest planted pairs are 16 bp apart."""


def spacing_gates(
    scanned: pd.DataFrame, factors: list[str], favoured: Mapping[int, float], place: Place, level: float
) -> list[Gate]:
    """Planted distances among the scanned ones, in the first model and head; none if no planted pair was scanned.

    `truth.spacing.best`: of as many local maxima as distances were planted (the 95 % interval of `contrast` above 0),
    the highest by interaction, the share that was planted. Pass: all; warning: at least the highest; else failure. The
    bar is the truth itself.

    `truth.spacing.called`: share of the planted distances with a q-value below the level. Pass: all; warning: each
    has a p-value below it, which a test of these distances alone would ask for; else failure.

    `truth.spacing.unplanted`: share of the other placements with a p-value below the level, which is the bar, by
    `judge_share`. Images of planted distances (`image_of`) are counted apart: `truth.spacing.images`, without a bar.

    Parameters
    ----------
    scanned
        `spacings.tsv`.
    factors
        Those whose sites were planted in pairs with themselves, on the same strand.
    favoured
        Offset -> what it adds to a peak's ln strength; those that add more than 0 are planted.
    place
        Stage, sample and fold.
    level
        Of p and q.
    """
    rows = _first(scanned[scanned["pair"].isin([f"{factor}:{factor}" for factor in factors])])
    adding = [offset for offset, effect in favoured.items() if effect > 0]
    planted = (rows["strands"] == "same") & rows["offset"].isin(adding)
    if not planted.any():
        return []
    many = int(planted.sum())
    maxima = rows[rows["contrast_low"] > 0].sort_values("interaction", ascending=False, kind="stable").head(many)
    right = planted[maxima.index].to_numpy()
    share = float(right.sum() / many)
    best: Verdict = "pass" if share == 1 else "warn" if len(right) and right[0] else "fail"
    images = ~planted & rows["image_of"].isin([f"same {offset}" for offset in adding])
    q, p = (rows.loc[planted, column] < level for column in ("q_value", "p_value"))
    called: Verdict = "pass" if q.all() else "warn" if p.all() else "fail"
    return [
        place.graded("truth.spacing.best", share, 1.0, best),
        place.graded("truth.spacing.called", float(q.mean()), 1.0, called),
        *_chance(place, "truth.spacing.unplanted", rows.loc[~planted & ~images, "p_value"], level),
        place.shown("truth.spacing.images", float(images.sum())),
    ]


def pair_gates(pairs: pd.DataFrame, place: Place, level: float) -> list[Gate]:
    """`truth.pairs.far`: share of pairs of sites more than `FAR` bp apart with a p-value below the level.

    The truth adds nothing there, so the bar is the level, by `judge_share`. `pairs` is `pair_effects.tsv`, of which the
    first model and head count; no gate without such pairs.
    """
    rows = _first(pairs)
    return _chance(place, "truth.pairs.far", rows.loc[rows["gap"] > FAR, "p_value"], level)


def _first(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first model and head."""
    first = table.head(1)
    alike = [np.isin(table[column], first[column]) for column in ("model", "head")]
    return table[np.logical_and(*alike)].reset_index(drop=True)


def _chance(place: Place, name: str, p: pd.Series, level: float) -> list[Gate]:
    tested = p.dropna()
    if not len(tested):
        return []
    hits = int((tested < level).sum())
    return [place.graded(name, hits / len(tested), level, judge_share(hits, len(tested), level))]

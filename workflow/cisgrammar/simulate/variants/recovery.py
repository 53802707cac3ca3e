"""Scores of simulated variants beside what they do, and gates on that.

Where a bar is from:

- Signs: 95 % of broken sites (the stage's promise); below it by chance is a warning.
- r: 0.8, a judgement: most of the variation of true effects.
- Null: 5 %, the level of the test; what chance gives in five of six runs passes, and failures are those whose 95 %
  interval lies outside of 4 to 6 %, the rates that the stage is held to in calibration. A range without regard to the
  number of changes would be wrong in kind: 3.5 to 6.5 % is left by 17 % of runs with 450 changes beside 2,500 draws,
  and by none with 10,000 whose rate is 4 %.
- Lost: 95 % of broken GT and AG at the strongest third of the sites, by the calibrated thresholds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cisgrammar.gates import Gate, Place, judge_level, judge_sufficient
from cisgrammar.statistics.correlation import pearson
from cisgrammar.tables.contracts.simulate import RECOVERED_VARIANTS

LEAST_SIGNS = 0.95
LEAST_R = 0.8
LEAST_LOST = 0.95
LEVEL = 0.05
NULL_BAND = (0.04, 0.06)
SITES = ("broken", "restored")
_LOGFC, _P = ".logfc", ".logfc_p_shuffled"
_VERDICTS = {"acceptor": ".acceptor_verdict", "donor": ".donor_verdict"}


def recovered_variants(truth: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """A row for each simulated variant and source of scores, `RECOVERED_VARIANTS`.

    Parameters
    ----------
    truth
        `PLANTED_VARIANTS`.
    scores
        `SCORES` of the stage. Variants are found by their identifiers.

    Raises
    ------
    ValueError
        If a simulated variant is not among the scores: the truth is of another file.
    """
    missing = truth.loc[~truth["id"].isin(scores["id"]), "id"]
    if len(missing):
        raise ValueError(
            f"variants.truth: {len(missing)} of {len(truth)} variants are not in the scores, as {missing.iloc[0]}; "
            "give the truth that was written with the VCF"
        )
    rows = scores.drop_duplicates("id").set_index("id").loc[truth["id"]].reset_index(drop=True)
    told = truth[["id", "kind", "target"]].reset_index(drop=True).assign(true=truth["effect"].to_numpy(float))
    parts = []
    for column in [name for name in scores if name.endswith(_LOGFC)]:
        source = column.removesuffix(_LOGFC)
        numbers = {"estimate": np.log(2) * rows[column].astype(float), "p_value": _numbers(rows, source + _P)}
        parts.append(told.assign(source=source, **numbers, verdict=""))
    for column in [name for name in scores if name.endswith(_VERDICTS["donor"])]:
        source = column.removesuffix(_VERDICTS["donor"])
        kinds = {kind: rows[source + name].fillna("").astype(str) for kind, name in _VERDICTS.items()}
        both = [",".join(sorted(set(pair) - {""})) for pair in zip(*kinds.values(), strict=True)]
        verdict = [
            kinds[target][i] if target in kinds else both[i] for i, target in enumerate(told["target"].fillna(""))
        ]
        numbers = {"estimate": _numbers(rows, f"{source}.ds_max"), "p_value": np.nan, "verdict": verdict}
        parts.append(told.assign(source=source, **numbers))
    names = [column.name for column in RECOVERED_VARIANTS.columns]
    return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)


def _numbers(rows: pd.DataFrame, column: str) -> pd.Series:
    if column not in rows:
        return pd.Series(np.nan, index=rows.index)
    return pd.to_numeric(rows[column], errors="coerce")


def variant_gates(table: pd.DataFrame, draws: int = 0) -> list[Gate]:
    """Gates on `RECOVERED_VARIANTS`, for each source; `draws`: how many the null outside of peaks has.

    `variants.truth.sign`: share of the broken sites, of factors with an effect, whose estimate has the true sign.
    `variants.truth.r`: Pearson correlation of true and estimated change of ln counts, of changes at sites.
    `variants.truth.null`: share of the changes outside of peaks with p <= 0.05 beside shuffled sequence.
    `variants.truth.lost`: share of the broken GT and AG that are called lost. Shown: the mean size of estimates of
    neutral changes over that of changes at sites; and the shares of neutral changes, and of broken sites of poison
    exons, of which a site is called lost.
    """
    gates = []
    for source, rows in table.groupby("source", sort=False):
        place = Place("variants", str(source))
        gates += _splice_gates(rows, place) if (rows["kind"] == "lost").any() else _profile_gates(rows, place, draws)
    return gates


def _profile_gates(rows: pd.DataFrame, place: Place, draws: int) -> list[Gate]:
    known = rows[rows["estimate"].notna()]
    gates = []
    broken = known[(known["kind"] == "broken") & (known["true"] != 0)]
    if len(broken):
        right = int((np.sign(broken["estimate"]) == np.sign(broken["true"])).sum())
        verdict = judge_sufficient(right, len(broken), LEAST_SIGNS)
        gates.append(place.graded("variants.truth.sign", right / len(broken), LEAST_SIGNS, verdict))
    sites = known[known["kind"].isin(SITES)]
    if len(sites) > 2:
        r = pearson(sites["true"].to_numpy(float), sites["estimate"].to_numpy(float))
        gates.append(place.judged("variants.truth.r", float(r), LEAST_R, "above"))
    p = known.loc[(known["kind"] == "outside"), "p_value"].dropna()
    if len(p):
        hits = int((p <= LEVEL).sum())
        verdict = judge_level(hits, len(p), LEVEL, NULL_BAND, draws)
        gates.append(place.graded("variants.truth.null", hits / len(p), LEVEL, verdict))
    neutral = known.loc[known["kind"] == "neutral", "estimate"].abs().mean()
    gates.append(place.shown("variants.truth.neutral.relative_effect", neutral / sites["estimate"].abs().mean()))
    return gates


def _splice_gates(rows: pd.DataFrame, place: Place) -> list[Gate]:
    lost = rows["verdict"].fillna("").str.contains("lost")
    counts = {kind: (int(lost[rows["kind"] == kind].sum()), int((rows["kind"] == kind).sum())) for kind in _SPLICE}
    hits, tests = counts["lost"]
    gates = [
        place.graded("variants.truth.lost", hits / tests, LEAST_LOST, judge_sufficient(hits, tests, LEAST_LOST)),
    ]
    shares = {kind: hits / tests if tests else None for kind, (hits, tests) in counts.items()}
    return [*gates, *(place.shown(f"variants.truth.{kind}.lost", shares[kind]) for kind in ("poison", "neutral"))]


_SPLICE = ("lost", "poison", "neutral")

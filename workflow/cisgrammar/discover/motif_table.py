"""One row per motif of a sample: what it looks like, its name, its hits, and whether held-out windows have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisgrammar.config.discover import Discover
from cisgrammar.discover.attribution_files import Source, blocks_of
from cisgrammar.discover.pattern_files import Found
from cisgrammar.iupac import BASES
from cisgrammar.motifs.match import informative, match_motifs
from cisgrammar.motifs.motif import Motif
from cisgrammar.statistics.distributions import hypergeometric_tail
from cisgrammar.statistics.p_values import benjamini_hochberg
from cisgrammar.tables.contracts.discover import LOGOS, MOTIFS

COLUMNS = MOTIFS.names
_HELD_OUT = "held-out windows"


@dataclass(frozen=True, eq=False)
class Kept:
    """The motifs of a sample that are shown, and why others are not.

    Attributes
    ----------
    table
        `MOTIFS`.
    found
        Their patterns, in the rows' order.
    hits
        Those of these motifs that have q at most `discover.hit_fdr`.
    left_out
        A line for each pattern that is not shown.
    """

    table: pd.DataFrame
    found: list[Found]
    hits: pd.DataFrame
    left_out: list[str]


def names_of(found: Sequence[Found], known: Mapping[str, Motif], least: float) -> pd.DataFrame:
    """Best match of each pattern: name (empty above `least`), match, match_p, match_q over all pairs, targets."""
    targets = informative(known)
    rows: list[dict[str, Any]] = [
        {"name": "", "match": "", "match_p": np.nan, "match_q": np.nan, "targets": len(targets)} for _ in found
    ]
    asked = [i for i, each in enumerate(found) if informative({each.name: each.motif})]
    if targets and asked:
        p = match_motifs([found[i].motif.shares for i in asked], targets)
        q = benjamini_hochberg(p.ravel()).reshape(p.shape)
        for i, values, rates in zip(asked, p, q, strict=True):
            best = int(values.argmin())
            match = list(targets)[best]
            name = match if rates[best] <= least else ""
            rows[i] |= {"name": name, "match": match, "match_p": float(values[best]), "match_q": float(rates[best])}
    return pd.DataFrame(rows, columns=["name", "match", "match_p", "match_q", "targets"])


def motif_table(
    windows: Source,
    found: Sequence[Found],
    calls: pd.DataFrame,
    known: Mapping[str, Motif],
    settings: Discover,
    in_vitro: Mapping[str, Motif] | None = None,
) -> Kept:
    """Judge the patterns of a sample by their hits, and describe those that stand.

    A pattern stands where more held-out windows than shuffles of them hold it (Fisher's exact test, q over patterns at
    most 0.05). What counts as holding it is a hit at `discover.hit_fdr`. A word that is rare, or that shuffles have by
    chance, can be there far more often than in shuffles without `discover.min_seqlets` such hits: then it is a place
    with at least the score of the n-th best of the windows that are not held out, n being the pattern's seqlets.
    Without held-out windows the test is on all, which the column `tested_on` says, and only hits count.

    Parameters
    ----------
    windows
        Of the sample.
    found
        Its patterns.
    calls
        Of `call_hits`.
    known
        Motifs to name them by.
    settings
        The section.
    in_vitro
        Motifs of the run's binding models, beside which they are put too.
    """
    sizes = _sizes(windows, dict.fromkeys(each.output for each in found))
    rows = [_row(windows, each, calls, settings, sizes[each.output]) for each in found]
    p = np.array([row["p_value"] for row in rows])
    for row, q in zip(rows, benjamini_hochberg(p) if len(p) else [], strict=True):
        row["q"] = float(q)
    verdicts = [_left_out(row, settings) for row in rows]
    stands = [number for number, verdict in enumerate(verdicts) if not verdict]
    kept = [found[number] for number in stands]
    table = pd.DataFrame([rows[number] for number in stands])
    if len(table):
        beside = names_of(kept, in_vitro or {}, settings.match_q)[["name", "match", "match_q"]]
        beside.columns = ["in_vitro", "in_vitro_match", "in_vitro_q"]
        table = pd.concat([table, names_of(kept, known, settings.match_q), beside], axis=1)
    called = calls[(~calls["shuffled"].astype(bool)) & (calls["q"] <= settings.hit_fdr)]
    hits = called[called["motif"].isin([each.name for each in kept])].drop(columns="shuffled").reset_index(drop=True)
    return Kept(table.reindex(columns=list(COLUMNS)), kept, hits, [verdict for verdict in verdicts if verdict])


def logos(found: Sequence[Found]) -> pd.DataFrame:
    """The table `LOGOS` of motifs."""
    parts = [pd.DataFrame({name: [] for name in LOGOS.names})]
    for each in found:
        span = slice(*each.pattern.span)
        position, base = np.indices(each.pattern.shares[span].shape).reshape(2, -1)
        columns = {"motif": each.name, "position": position, "base": np.array(list(BASES))[base]}
        values = {"share": each.pattern.shares[span], "contribution": each.pattern.contributions[span]}
        parts.append(pd.DataFrame({**columns, **{name: matrix.ravel() for name, matrix in values.items()}}))
    return pd.concat(parts[1:], ignore_index=True) if found else parts[0]


def _left_out(row: Mapping[str, Any], settings: Discover) -> str:
    """Why a pattern does not stand; empty if it does."""
    what = f"{row['motif']} {row['consensus']} ({row['output']} {row['sign']}, {row['seqlets']} seqlets)"
    few = row["hits"] < settings.min_seqlets
    number = f"{row['hits']} hits at q {settings.hit_fdr:g}, fewer than {settings.min_seqlets}"
    if few and row["tested_on"] != _HELD_OUT:
        return f"{what}: {number}"
    if not row["q"] <= 0.05:
        places = f"{number}; places like it" if few else "hits"
        shares = f"{row['windows']:.3g} of windows, {row['shuffled']:.3g} of shuffles"
        return f"{what}: {places} in {shares} ({row['tested_on']}), q {row['q']:.2g}"
    return ""


def _more(real: list[int], shuffled: list[int]) -> float:
    """Fisher's exact test, one-sided: as many windows of the real ones hold hits; each is (with, without)."""
    return hypergeometric_tail(real[0], sum(real) + sum(shuffled), sum(real), real[0] + shuffled[0])


def _sizes(windows: Source, outputs: Iterable[str]) -> dict[str, float]:
    """Sum of the absolute contributions of windows, not of their shuffles, to each output."""
    sizes = dict.fromkeys(outputs, 0.0)
    if sizes:
        for _, block in blocks_of(windows, np.flatnonzero(~windows.shuffled)):
            for output in sizes:
                sizes[output] += float(np.abs(block.of_bases(output)).sum(dtype=np.float64))
    return sizes


def _score_of_seqlets(places: pd.DataFrame, seqlets: int) -> float:
    """Score that so many of the places in windows that are not held out have, infinite without a place.

    Held-out windows have no part in it, so that their test is one of a bar that was set before.
    """
    scores = np.sort(places.loc[~places["held_out"].astype(bool), "score"])[::-1]
    return float(scores[min(seqlets, len(scores)) - 1]) if len(scores) else np.inf


def _row(windows: Source, found: Found, calls: pd.DataFrame, settings: Discover, size: float) -> dict[str, Any]:
    pattern, motif = found.pattern, found.motif
    mine = calls[calls["motif"] == found.name]
    shuffled = mine["shuffled"].astype(bool)
    null, places = mine[shuffled], mine[~shuffled]
    hits = places[places["q"] <= settings.hit_fdr]
    real = ~windows.shuffled
    by_held_out = bool((windows.held_out & real).any())
    tested = windows.held_out if by_held_out else np.ones(len(windows), dtype=bool)
    shown, least = hits, hits["score"].min() if len(hits) else np.inf
    if len(hits) < settings.min_seqlets and by_held_out:
        least = _score_of_seqlets(places, len(pattern))
        shown = places[places["score"] >= least]
    shares, counts = [], []
    for rows, called in ((real & tested, shown), (~real & tested, null[null["score"] >= least])):
        holding = len(np.intersect1d(called["window"].unique(), np.flatnonzero(rows)))
        counts.append([holding, int(rows.sum()) - holding])
        shares.append(holding / max(int(rows.sum()), 1))
    middle = (shown["start"] + shown["end"]) / 2 - windows.start[shown["window"].to_numpy(dtype=np.int64)]
    return {
        "motif": found.name,
        "consensus": motif.consensus,
        "sign": pattern.sign,
        "output": found.output,
        "also_in": ",".join(found.also_in),
        "seqlets": len(pattern),
        "hits": len(hits),
        "held_out_hits": int(hits["held_out"].sum()),
        "tested_on": _HELD_OUT if by_held_out else "all windows",
        "windows": shares[0],
        "shuffled": shares[1],
        "p_value": _more(counts[0], counts[1]),
        "places": len(shown),
        "contribution": shown["contribution"].mean(),
        "contribution_sd": shown["contribution"].std(),
        "fold_sd": shown["spread"].mean() if windows.seen.shape[1] > 1 else np.nan,
        "share": float(shown["contribution"].abs().sum() / size) if size else np.nan,
        "from_centre": (middle - windows.length / 2).abs().median(),
        "halves": found.halves,
        "folds": found.folds,
    }

"""How much better one prediction of log-counts is than another on the same windows, with an interval over windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DRAWS = 2000


class Gain(NamedTuple):
    """A difference that is positive where the model is better, with its 95 % interval."""

    rival: str
    value: float
    low: float
    high: float


def counts_gains(
    observed: NDArray[np.float64], model: NDArray[np.float64], rivals: Mapping[str, NDArray[np.float64]], seed: int
) -> dict[str, Gain]:
    """Compare a model's ln N with the best of its rivals, in order and in squared error.

    Parameters
    ----------
    observed, model
        ln(N + 1) and its prediction, `(windows,)`.
    rivals
        Name -> prediction; one that is not finite everywhere is no rival.
    seed
        Of the draws of windows.

    Returns
    -------
    dict
        `log_counts_pearson` and `log_counts_mse` -> difference to the rival that is best in that metric on these
        windows. Empty with fewer than ten windows, or without rivals.
    """
    known = {name: values for name, values in rivals.items() if np.isfinite(values).all()}
    if len(observed) < 10 or not known or not np.isfinite(model).all():
        return {}
    draws = np.random.default_rng(seed).integers(0, len(observed), (DRAWS, len(observed)))
    gains = {}
    for metric, score in (("log_counts_pearson", _correlation), ("log_counts_mse", _minus_error)):
        everything = np.arange(len(observed))[None]
        scores = {name: float(score(observed, values, everything)[0]) for name, values in known.items()}
        rival = max(scores, key=lambda name: scores[name] if np.isfinite(scores[name]) else -np.inf)
        drawn = score(observed, model, draws) - score(observed, known[rival], draws)
        value = float(score(observed, model, everything)[0]) - scores[rival]
        low, high = np.nanquantile(drawn, [0.025, 0.975])
        gains[metric] = Gain(rival, value, float(low), float(high))
    return gains


def gains_of_table(per_region: pd.DataFrame, part: str, kind: str, rivals: Sequence[str], seed: int) -> dict[str, Gain]:
    """`counts_gains` from the rows of `per_region.tsv`: a part of the model beside rivals, over windows of a kind.

    With several heads, windows of all heads are compared together, each head's mean taken off the observed and off
    all predictions of it.
    """
    rows = per_region[per_region["kind"] == kind]
    if part not in set(rows["model"]):
        return {}
    columns = {}
    for name in (part, *(rival for rival in rivals if rival in set(rows["model"]))):
        columns[name] = rows[rows["model"] == name].sort_values(["head", "chrom", "start"], kind="stable")
    observed = np.log1p(columns[part]["counts"].to_numpy(np.float64))
    heads = columns[part]["head"].to_numpy()
    level = np.zeros(len(observed))
    if len(set(heads)) > 1:
        for head in set(heads):
            level[heads == head] = observed[heads == head].mean()
    predicted = {name: rows["log_counts"].to_numpy(np.float64) - level for name, rows in columns.items()}
    model = predicted.pop(part)
    return counts_gains(observed - level, model, predicted, seed)


def _minus_error(
    observed: NDArray[np.float64], predicted: NDArray[np.float64], draws: NDArray[np.int64]
) -> NDArray[np.float64]:
    return -np.square(predicted - observed)[draws].mean(axis=1)


def _correlation(
    observed: NDArray[np.float64], predicted: NDArray[np.float64], draws: NDArray[np.int64]
) -> NDArray[np.float64]:
    x, y = observed[draws], predicted[draws]
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.square(x).sum(axis=1) * np.square(y).sum(axis=1))
    # A constant prediction orders nothing.
    return np.divide((x * y).sum(axis=1), spread, out=np.zeros(len(draws)), where=spread > 0)

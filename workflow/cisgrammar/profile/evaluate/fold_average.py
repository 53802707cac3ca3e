"""Bring the numbers of several folds together: regions pooled, summaries averaged, gates at their worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cisgrammar.gates import Gate, worst


def _check_folds(tables: Mapping[str, Any]) -> None:
    if len(tables) < 2:
        raise ValueError(f"got {len(tables)} fold(s) to average; wanted at least two")


def pool_regions(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the regions of all folds under each other; a first column `fold` says whose test region it is."""
    _check_folds(tables)
    return pd.concat([table.assign(fold=fold) for fold, table in tables.items()], ignore_index=True)[
        ["fold", *next(iter(tables.values())).columns.drop("fold", errors="ignore")]
    ]


def average_summaries(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Average each number over folds, row by row.

    Parameters
    ----------
    tables
        Fold name -> summary. Columns of text name a row (and a column `fold`, if there is one, is left out);
        the others are numbers.

    Returns
    -------
    pandas.DataFrame
        The naming columns, `folds` (in how many folds the row is), and for each number its mean and, as
        `<column>_sd`, the standard deviation between folds (nan for a row in one fold only).
    """
    _check_folds(tables)
    every = pd.concat(list(tables.values()), ignore_index=True).drop(columns="fold", errors="ignore")
    numbers = list(every.select_dtypes("number").columns)
    names = [column for column in every.columns if column not in numbers]
    groups = every.groupby(names, sort=False, dropna=False)
    mean = groups[numbers].mean()
    deviation = groups[numbers].std(ddof=1).add_suffix("_sd")
    return pd.concat([groups.size().rename("folds"), mean, deviation], axis=1).reset_index()


def _mean(values: Sequence[float | None]) -> float | None:
    # The mean of the other folds would not be comparable.
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def average_gates(gates: Mapping[str, Sequence[Gate]]) -> list[Gate]:
    """Average each gate's value over folds; its verdict is the worst of its folds.

    Parameters
    ----------
    gates
        Fold name -> its gates.

    Returns
    -------
    list of Gate
        One gate for each stage, sample and name, in the order of the first fold, with fold `all`; value and bar
        are means, or None where a fold has none. A mean can hide a fold that failed; the verdict does not.
    """
    _check_folds(gates)
    grouped: dict[tuple[str, str, str], list[Gate]] = {}
    for gate in (gate for fold in gates.values() for gate in fold):
        grouped.setdefault((gate.stage, gate.sample, gate.name), []).append(gate)
    return [
        replace(
            same[0],
            fold="all",
            value=_mean([gate.value for gate in same]),
            bar=_mean([gate.bar for gate in same]),
            verdict=worst([gate.verdict for gate in same]),
        )
        for same in grouped.values()
    ]

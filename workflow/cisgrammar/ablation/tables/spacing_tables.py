"""Spacings measured in vitro by the binding stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cisgrammar.tables.contracts.binding import SPACING

COLUMNS = ("pair", "strands", "offset", "log_omega", "lower", "upper")


def read_spacings(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Read `spacing.tsv` of binding models, one after the other; `COLUMNS`, without rows if there is none."""
    tables = [SPACING.read(path)[list(COLUMNS)] for path in paths]
    tables = [table for table in tables if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def beside_in_vitro(scanned: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Put spacings measured in vitro beside those scanned in a model.

    Parameters
    ----------
    scanned
        Of `motif_effects.spacing_effects`.
    measured
        Of `read_spacings`.

    Returns
    -------
    DataFrame
        The rows of `scanned` with log_omega, lower and upper; nan for a spacing that was not measured. Spacings that
        were measured, but not scanned, are not in it.
    """
    columns = ["pair", "strands", "offset"]
    if scanned.empty or measured.empty:
        return scanned.assign(log_omega=np.nan, lower=np.nan, upper=np.nan)
    return scanned.merge(measured.drop_duplicates(columns), on=columns, how="left")

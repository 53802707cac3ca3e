"""The history of a training: one row per epoch, as the loop returns it, and as a TSV."""

from __future__ import annotations

from pathlib import Path

from cisgrammar.tables.contract import Table
from cisgrammar.tables.contracts.profile import HISTORY

History = list[dict[str, float]]
"""One row per epoch: `epoch`, `learning_rate`, `train_<part>`, `validation_<part>`, `validation_loss`, `kept`."""


def write_history(path: str | Path, history: History, table: Table = HISTORY) -> None:
    """Write one row per epoch, numbers with 8 significant digits; the header alone if nothing was trained.

    ValueError if the rows are not as the contract `table` has them; no file is written then.
    """
    import pandas as pd

    table.write(path, pd.DataFrame(history))

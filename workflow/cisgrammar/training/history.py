"""The history of a training: one row per epoch, as the loop returns it, and as a TSV."""

from __future__ import annotations

import csv
from pathlib import Path

from cisgrammar.files.atomic import atomic_path

History = list[dict[str, float]]
"""One row per epoch: `epoch`, `learning_rate`, `train_<part>`, `validation_<part>`, `validation_loss`, `kept`."""

_ALWAYS = ("epoch", "learning_rate", "validation_loss", "kept")


def write_history(path: str | Path, history: History) -> None:
    """Write one row per epoch as TSV, numbers with 8 significant digits; the header alone if nothing was trained."""
    columns = list(history[0]) if history else list(_ALWAYS)
    with atomic_path(path) as temporary, temporary.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, columns, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{value:.8g}" for name, value in row.items()} for row in history)

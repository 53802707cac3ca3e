"""Write a file under a temporary name in its own folder, then rename it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def temporary_name(path: str | Path) -> Path:
    """Return the name `path` has while it is being written: hidden, same folder, same suffix.

    The name holds no process id, so that a rerun after a kill overwrites the half file instead of leaving it.
    """
    path = Path(path)
    return path.with_name(f".{path.stem}.partial{path.suffix}")


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name that becomes `path` on success and is removed on error.

    Parameters
    ----------
    path
        Final name; its folder is made if it is not there.

    Yields
    ------
    Path
        Name to write to; it has the same suffix, so that writers that go by the suffix still work.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = temporary_name(path)
    partial.unlink(missing_ok=True)
    try:
        yield partial
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_json(path: str | Path, value: Any) -> None:
    """Write plain values (dicts, lists, numbers, text) as indented JSON, keys in the order given."""
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n")


def write_table(path: str | Path, table: Any) -> None:
    """Write a pandas table as TSV, numbers with 6 significant digits, missing ones as nan."""
    with atomic_path(path) as partial:
        table.to_csv(partial, sep="\t", index=False, float_format="%.6g", na_rep="nan", lineterminator="\n")

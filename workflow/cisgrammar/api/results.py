"""The tables of a run as typed DataFrames."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from cisgrammar.tables.contract import Table
from cisgrammar.tables.dictionary import ALL_TABLES

VERDICTS = ("fail", "warn", "pass")
"""What a gate may say, the worst first."""
_PLACE = re.compile(r"<(\w+)>")
_BRACES = re.compile(r"\{(.*)\}")


class Results:
    """A results folder.

    Attributes
    ----------
    path
        The folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_dir():
            raise ValueError(f"{path}: no such folder; wanted the results folder of a run")

    def __repr__(self) -> str:
        there = [path for table in ALL_TABLES for path, _ in self._files(table)]
        stages = sorted({path.relative_to(self.path).parts[0] for path in there})
        return f"Results({str(self.path)!r}): {len(there)} tables of {', '.join(stages) or 'no stage'}"

    @property
    def tables(self) -> list[str]:
        """Paths of the kinds of table that are there, as `ablation/<sample>/<fold>/motif_table.tsv`."""
        return [table.path for table in ALL_TABLES if any(self._files(table))]

    def read(self, table: str) -> pd.DataFrame:
        """A table of all samples, folds and models in one.

        Parameters
        ----------
        table
            Its path in the results folder as in `tables`, or the file's name alone (`motif_table.tsv`) if one table
            has it.

        Returns
        -------
        DataFrame
            Columns sample, fold or model, as the path has them, before those of the file. Missing text is nan.

        Raises
        ------
        ValueError
            No table of that name, or none in this folder; a file that breaks its contract.
        """
        found = [each for each in ALL_TABLES if table in (each.path, each.path.rpartition("/")[2])]
        if len(found) != 1:
            names = ", ".join(each.path for each in found) or ", ".join(self.tables)
            raise ValueError(f"got the table {table!r}; wanted one of {names}")
        frames = []
        for path, places in self._files(found[0]):
            frame = found[0].read(path)
            for name in [name for name in places if name not in frame.columns][::-1]:
                frame.insert(0, name, places[name])
            frames.append(frame)
        if not frames:
            raise ValueError(f"{self.path}: no {found[0].path}; run the stage {table.split('/')[0]} first")
        return pd.concat(frames, ignore_index=True)

    def _files(self, table: Table) -> Iterator[tuple[Path, dict[str, str]]]:
        """Files of a table, with what stands in the places of its path."""
        for one in _alternatives(table.path):
            pattern = re.compile(_PLACE.sub(r"(?P<\1>[^/]+)", one))
            for path in sorted(self.path.glob(_PLACE.sub("*", one))):
                match = pattern.fullmatch(path.relative_to(self.path).as_posix())
                if match:
                    yield path, match.groupdict()

    @property
    def motifs(self) -> pd.DataFrame:
        """A row for each motif, model and head: effects of ablation and insertion, affinity, spacing."""
        return self.read("ablation/<sample>/<fold>/motif_table.tsv")

    @property
    def sites(self) -> pd.DataFrame:
        """Effects of each site."""
        return self.read("ablation/<sample>/<fold>/site_effects.tsv")

    @property
    def summary(self) -> pd.DataFrame:
        """`summary.json` as a table: stage, sample, fold, name, value, bar and verdict of each metric and gate."""
        path = self.path / "summary.json"
        if not path.is_file():
            raise ValueError(f"{path}: no such file; run the whole workflow first")
        return pd.DataFrame(json.loads(path.read_text()))

    @property
    def gates(self) -> pd.DataFrame:
        """The rows of `summary` that are judged: pass, warn or fail. The others are shown for comparison."""
        found = self.summary
        return found[found["verdict"].isin(VERDICTS)].reset_index(drop=True)


def _alternatives(path: str) -> list[str]:
    """The paths that one with braces stands for: `{a,b}/c` is `a/c` and `b/c`."""
    found = _BRACES.search(path)
    return [path.replace(found[0], each) for each in found[1].split(",")] if found else [path]

"""Several samples and folds at a glance: a row for each sample, a cell for each fold with its worst verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from cisgrammar.report.table import Column, Table

_ORDER = ("n/a", "pass", "warn", "fail")
_WORST = "worst verdict of its gates"
_MEANS = {
    "combined.peaks.median_jsd": ("JS distance", "median over held-out peaks, mean over folds"),
    "combined.peaks.log_counts_pearson": ("r of ln counts", "held-out peaks, mean over folds"),
}


class Overview(NamedTuple):
    """What stands above the tables of a page of several samples and folds.

    Attributes
    ----------
    table
        The matrix; None for a page of one fold.
    counted
        All gates of the run, of which the page may show only some; None if it shows all.
    note
        Where the rest is; markup.
    """

    table: Table | None = None
    counted: Sequence[Mapping[str, Any]] | None = None
    note: Markup = Markup("")


def matrix(gates: Sequence[Mapping[str, Any]], pages: Mapping[str, str]) -> Table | None:
    """A row for each sample, with the worst verdict of each fold; None unless there are two folds or samples.

    Parameters
    ----------
    gates
        The entries of summary.json.
    pages
        Sample -> address of its page; empty if there are none.
    """
    of_folds = [gate for gate in gates if gate.get("sample") and gate.get("fold")]
    samples, folds = (sorted({str(gate[name]) for gate in of_folds}) for name in ("sample", "fold"))
    if len(samples) * len(folds) < 2:
        return None
    columns = [Column("sample", "sample", "text")]
    columns += [Column(fold, f"fold_{fold}", "text", _WORST, choice=True, mark=True) for fold in folds]
    columns += [Column(verdict, f"number_{verdict}", "count", "gates") for verdict in _ORDER[:0:-1]]
    shown = {name: title for name, title in _MEANS.items() if any(gate["name"] == name for gate in of_folds)}
    columns += [Column(title, name, unit=unit) for name, (title, unit) in shown.items()]
    rows = [_row(name, [gate for gate in of_folds if gate["sample"] == name], pages.get(name)) for name in samples]
    return Table("overview", columns, rows)


def _row(sample: str, gates: Sequence[Mapping[str, Any]], page: str | None) -> dict[str, Any]:
    folds: dict[str, list[str]] = {}
    for gate in gates:
        folds.setdefault(f"fold_{gate['fold']}", []).append(gate["verdict"])
    single = [gate for gate in gates if gate["fold"] != "all" and gate["value"] is not None]
    values = {name: [gate["value"] for gate in single if gate["name"] == name] for name in _MEANS}
    return {
        "sample": Markup('<a href="{}">{}</a>').format(page, sample) if page else escape(sample),
        **{fold: max(verdicts, key=_ORDER.index) for fold, verdicts in folds.items()},
        **{f"number_{word}": sum(gate["verdict"] == word for gate in gates) for word in _ORDER[1:]},
        **{name: fmean(found) if found else None for name, found in values.items()},
    }

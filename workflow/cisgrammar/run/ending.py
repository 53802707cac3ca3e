"""What a run prints at its end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cisgrammar.run.interruption import MESSAGE as INTERRUPTED
from cisgrammar.run.run import Run

HEADLINE = (
    "combined.peaks.median_jsd",
    "combined.peaks.log_counts_pearson",
    "residual.footprint_max",
    "binding.heldout_gain",
    "binding.agreement",
    "splice.held_out.acceptor.top_k_1",
    "splice.held_out.donor.top_k_1",
)
"""The gates that are printed: those whose names begin so."""
_MOST = 14
_ORDER = ("pass", "warn", "fail")


def headline(run: Run) -> str:
    """Where the report is, what to mend first, and the numbers that matter; for the end of a run."""
    summary, report = (Path(run.config.results, name) for name in ("summary.json", "report.html"))
    if not (summary.exists() and report.exists()):
        return f"done; files are in {run.config.results}"
    every = json.loads(summary.read_text())
    gates = [gate for gate in every if gate["name"].startswith(HEADLINE) and gate["verdict"] in _ORDER]
    # Of many samples and folds the worst are shown.
    shown = sorted(gates, key=lambda gate: -_ORDER.index(gate["verdict"]))[:_MOST] if len(gates) > _MOST else gates
    rest = [f"  and {len(gates) - len(shown)} more in the report"] if len(gates) > len(shown) else []
    return "\n".join([f"report: {report}", *_cause(run), _counts(every), *map(_line, shown), *rest])


def _cause(run: Run) -> list[str]:
    """What to mend first, as the report's first line says it."""
    path = Path(run.config.results, "first_cause.txt")
    said = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    return [f"first cause: {said}"] if said else []


def _counts(gates: Sequence[Mapping[str, Any]]) -> str:
    """How many gates have which verdict."""
    numbers = {verdict: sum(gate["verdict"] == verdict for gate in gates) for verdict in _ORDER}
    advice = "; the report has advice for each" if numbers["warn"] or numbers["fail"] else ""
    return f"gates: {', '.join(f'{number} {verdict}' for verdict, number in numbers.items())}{advice}"


def _line(gate: Mapping[str, Any]) -> str:
    """A gate as one line; a number that could not be measured is a dash."""
    value, bar = ("-" if gate[key] is None else f"{gate[key]:.4g}" for key in ("value", "bar"))
    return f"  {gate['name']:34} {value:>8}  {gate['verdict']} (bar {bar})  {gate['sample']} {gate['fold']}"


def failure(run: Run, interrupted: bool = False) -> str:
    """Which logs of this run hold an error, and its line; for the end of a run that failed or was told to end."""
    if interrupted:
        return INTERRUPTED
    # Older logs are another run's.
    logs = sorted(path for path in Path(run.mirror("logs")).rglob("*.log") if path.stat().st_mtime >= run.began)
    errors = [
        f"  {path}: {line.split(' ERROR ', 1)[1]}"
        for path in logs
        for line in path.read_text(errors="replace").splitlines()
        if " ERROR " in line
    ]
    return "\n".join([("the run failed; read the job's log:" if errors else "the run failed; see above"), *errors])

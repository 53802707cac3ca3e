"""`cisgrammar show`: what a model file or a results folder is, and which gates of a run do not pass."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    found = commands.add_parser("show", help="say what a model file, or the folder of a run, holds")
    found.add_argument("path", help="a model file, results/combined/SAMPLE, results/binding/MODEL, or results")
    found.set_defaults(function=show)


def show(options: argparse.Namespace, rest: list[str]) -> int:
    """Print a line on the model; of a results folder its tables, its gates by verdict, and where the report is."""
    # torch takes seconds to import, which no other command needs.
    from cisgrammar.api.load import load, results
    from cisgrammar.api.results import VERDICTS

    path = Path(options.path)
    if not (path / "summary.json").is_file():
        print(load(path))
        return 0
    found = results(path)
    print(found)
    gates = found.gates
    numbers = gates["verdict"].value_counts()
    print(f"gates: {', '.join(f'{numbers.get(verdict, 0)} {verdict}' for verdict in VERDICTS)}")
    if len(gates):
        # Those to look at first; within a verdict they stand in the order of the stages.
        order = gates["verdict"].map(VERDICTS.index).argsort(kind="stable")
        columns = ["verdict", "sample", "fold", "name", "value", "bar"]
        print(gates.iloc[order][columns].to_string(index=False, float_format="{:.4g}".format, na_rep="-"))
    report = path / "report.html"
    print(f"report: {report}" if report.is_file() else "no report yet: `cisgrammar report` writes it")
    return 0

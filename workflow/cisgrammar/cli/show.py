"""`cisgrammar show`: what a model file or a results folder is."""

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
    """Print a line on the model, and on the tables and gates if it is a results folder."""
    # torch takes seconds to import, which no other command needs.
    from cisgrammar.api.load import load, results

    path = Path(options.path)
    if not (path / "summary.json").is_file():
        print(load(path))
        return 0
    found = results(path)
    print(found)
    print(found.gates[["stage", "sample", "fold", "name", "value", "bar", "verdict"]].to_string(index=False))
    return 0

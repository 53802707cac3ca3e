"""`cisgrammar figures`, `report` and `archive`: a run up to one of its last files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cisgrammar.cli.places import CONFIG
from cisgrammar.cli.run import CONFIGS, run

STAGES = {
    "figures": "draw the figures of a config, after what they show",
    "report": "write the report of a config, after what it shows",
    "archive": "pack code, config, manifests, tables, figures and report of a run for a reviewer",
}
"""The commands, each the name of a target of the rules, and their help."""


def add_to(commands: Any) -> None:
    """Add the commands to a parser's."""
    for name, text in STAGES.items():
        found = commands.add_parser(name, help=text, description=f"{text}; other words and options go to Snakemake")
        found.add_argument("config", nargs="?", help=f"the config; default: {CONFIG}")
        found.add_argument("--cores", help="cores to use; default: all")
        found.set_defaults(function=lambda options, words, name=name: run(options, with_target(name, words)))


def with_target(name: str, words: Sequence[str]) -> list[str]:
    """The words of `cisgrammar run` that end at a target: the config, if it is named, the target, all others."""
    named = bool(words) and Path(words[0]).suffix in CONFIGS
    return [*words[:named], name, *words[named:]]

"""`cisgrammar check`: what a config would run, and what is wrong with its inputs."""

from __future__ import annotations

import argparse
from typing import Any

from cisgrammar.check.__main__ import main as check_inputs
from cisgrammar.cli.places import CONFIG


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    found = commands.add_parser("check", help="say what would run and what is wrong with the inputs, in seconds")
    found.add_argument("config", nargs="?", default=CONFIG, help=f"the config; default: {CONFIG}")
    found.set_defaults(function=check)


def check(options: argparse.Namespace, rest: list[str]) -> int:
    """Print plan and faults; 0 if there is no fault."""
    return check_inputs([options.config])

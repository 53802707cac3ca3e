"""`cisgrammar check`: what a config would run, on how much data, how long, and what is wrong with its inputs."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import Any

from cisgrammar.check.__main__ import main as check_inputs
from cisgrammar.cli.places import CONFIG
from cisgrammar.cli.run import named_config, snakemake_command


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    found = commands.add_parser("check", help="say what would run and what is wrong with the inputs, in seconds")
    found.add_argument("config", nargs="?", default=CONFIG, help=f"the config; default: {CONFIG}")
    found.add_argument("--inputs", action="store_true", help="look at the inputs alone: do not count jobs")
    found.set_defaults(function=check)


def check(options: argparse.Namespace, rest: list[str]) -> int:
    """Print plan, sizes, estimate and faults; without faults also the number of jobs. 0 if there is no fault."""
    named_config(options.config)
    found = check_inputs([options.config])
    if found or options.inputs:
        return found
    # Into a pipe, what was printed would come behind the other program's lines.
    sys.stdout.flush()
    dry = [options.config, "--dry-run", "--quiet", "rules", "--logger", "cisgrammar"]
    return subprocess.run(snakemake_command(dry)).returncode

"""`cisgrammar run`: Snakemake on the rules of this package, in the folder that it is called in."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cisgrammar.cli.places import CONFIG, workflow_folder
from cisgrammar.config.read.yaml_file import check_text

_DEMO = ("config.yaml", "samples.tsv", "selex.tsv")
CONFIGS = (".yaml", ".yml", ".json")
"""How the names of configs end."""
_DRY = {"-n", "--dry-run", "--dryrun"}
_CORES = re.compile(r"(--cores|--jobs)(=|$)|-[cj]")
_INTERRUPTED = 130
_DESCRIPTION = """\
Run the workflow of a config in this folder. All other words go to Snakemake:

  cisgrammar run my.yaml --cores 8
  cisgrammar run my.yaml --dry-run
  cisgrammar run my.yaml bias              up to a stage
  cisgrammar run my.yaml --executor slurm --jobs 50
"""


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    found = commands.add_parser(
        "run",
        help="run the workflow; other words and options go to Snakemake",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("config", nargs="?", help=f"the config; default: {CONFIG}")
    found.add_argument("--demo", action="store_true", help="write the demo's config into config/ and run it")
    found.add_argument("--cores", help="cores to use; default: all")
    found.set_defaults(function=run)


def run(options: argparse.Namespace, words: list[str]) -> int:
    """Start Snakemake and wait for it; its exit code. `words` is all that stood after `run`, in its order."""
    command = snakemake_command(words)
    if "--demo" in words:
        write_demo(workflow_folder())
    try:
        return subprocess.run(command).returncode
    except KeyboardInterrupt:
        # Snakemake got the signal too, and says how to go on.
        return _INTERRUPTED


def snakemake_command(words: Sequence[str]) -> list[str]:
    """The words that start Snakemake: the config first if it is named, all others as they were given.

    Raises
    ------
    ValueError
        If the config is not there, or is no UTF-8 text.
    """
    demo, passed = "--demo" in words, [word for word in words if word != "--demo"]
    named = bool(passed) and Path(passed[0]).suffix in CONFIGS
    if named and demo:
        raise ValueError(f"--demo runs {CONFIG}; leave {passed[0]} out")
    config = passed.pop(0) if named else CONFIG
    if not demo:
        named_config(config)
    check_text(config)
    cores = [] if any(_CORES.match(word) for word in passed) else ["--cores", "all"]
    options = {word.split("=")[0] for word in passed}
    display = [] if {*_DRY, "--logger"} & options else ["--logger", "cisgrammar"]
    if options & _DRY and not options & {"-q", "--quiet"}:
        # The number of jobs of each rule; a plan's thousand lines of inputs and reasons with --quiet none.
        display = ["--quiet", "host", "rules", "reason"]
    start = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow_folder() / "Snakefile")]
    return [*start, *cores, *passed, *display, "--configfile", config]


def named_config(config: str) -> None:
    """ValueError, with what to do, unless the config is there."""
    if not Path(config).is_file():
        raise ValueError(
            f"no file {config}; write one (`cisgrammar init`), name another (`cisgrammar run my.yaml`), or try the "
            "demo (`cisgrammar run --demo`)"
        )


def write_demo(folder: Path) -> None:
    """Write the demo's config and sheets into `config/` of this folder; files that are there stay.

    Raises
    ------
    ValueError
        If a file of another content has the place of one.
    """
    for name in _DEMO:
        source, target = folder / "config" / name, Path("config") / name
        if target.is_file():
            if target.read_bytes() != source.read_bytes():
                raise ValueError(f"{target} is not the demo's; run the demo in an empty folder")
            continue
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)

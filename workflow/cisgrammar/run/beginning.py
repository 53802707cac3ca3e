"""Before the rules are read: one copy of the code, the config's files, and the Python that jobs are started with."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.yaml_file import check_config_files, check_text
from cisgrammar.run.run import Run
from cisgrammar.source import SourceError, announce

# Snakemake writes the path of Python into a shell command as it is: these letters would end or change it.
_SHELL = re.compile(r"""[\s()\[\]{}<>&|;$`"'*?!#~\\]""")


def begin(files: Sequence[str | Path], main: str | Path, checkout: Path) -> None:
    """Tell the jobs which package the rules are read with and which Python starts them, and check the config's files.

    Parameters
    ----------
    files, main, checkout
        As of `check_files`.

    Raises
    ------
    ConfigError
        As `check_files` and `python_for_jobs`; and if two checkouts are mixed.
    """
    try:
        announce(checkout)
    except SourceError as error:
        raise ConfigError(str(error)) from None
    sys.executable = python_for_jobs(sys.executable, Path.cwd())
    check_files(files, main, checkout)


def run_of(workflow: Any, config: dict[str, Any], checkout: Path, error: type[Exception]) -> Run:
    """The run of a workflow's config, once `begin` is done; `error` with one line for what cannot be run.

    Parameters
    ----------
    workflow, config
        Snakemake's.
    checkout
        The project's folder.
    error
        What Snakemake shows as one line.
    """
    try:
        begin(workflow.configfiles, workflow.main_snakefile, checkout)
        found = Run.of(typed(config, workflow.config_settings.config))
    except ConfigError as fault:
        raise error(str(fault)) from None
    # Where envs/*.post-deploy.sh find the package, for --sdm conda.
    os.environ.setdefault("CISGRAMMAR_SOURCE", str(checkout))
    return found


def wants_speed(alone: bool) -> bool:
    """Whether Snakemake is to be changed within its process: unless CISGRAMMAR_FAST_DAG is 0, and never by a module."""
    return alone and os.environ.get("CISGRAMMAR_FAST_DAG") != "0"


def readable(path: str, error: type[Exception]) -> str:
    """The path of a config; `error` with one line if it is no UTF-8 text, of which Snakemake makes a traceback."""
    try:
        check_text(path)
    except ConfigError as fault:
        raise error(str(fault)) from None
    return path


def check_files(files: Sequence[str | Path], main: str | Path, checkout: Path) -> None:
    """ConfigError with what YAML passes over in the config's files.

    Parameters
    ----------
    files
        The config files that Snakemake has read.
    main
        The Snakefile that was started. If it is none of this project's, it takes this one as a module; its files may
        hold keys of its own: nothing is looked at.
    checkout
        The project's folder.
    """
    if is_entry(main, checkout):
        check_config_files(files)


def typed(config: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The config, with what stood in braces or brackets after `--config` as YAML has it.

    Snakemake makes text of all that is within them: `--config "bias={thresholds: [2.0]}"` gives '2.0'.

    Parameters
    ----------
    config
        As Snakemake has it; not changed.
    given
        What `--config` gave of it.
    """
    return {**config, **{key: _typed(config.get(key), value) for key, value in given.items() if _holds_parts(value)}}


def _holds_parts(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _typed(now: Any, given: Any) -> Any:
    """A value of the config, where `--config` gave all or parts of it."""
    if isinstance(given, Mapping):
        known = now if isinstance(now, Mapping) else {}
        return {**known, **{key: _typed(known.get(key), part) for key, part in given.items()}}
    if isinstance(given, list | tuple):
        return [_typed(None, part) for part in given]
    return yaml.safe_load(given) if isinstance(given, str) and given else given


def is_entry(main: str | Path, checkout: Path) -> bool:
    """Whether a Snakefile is one of this project's own."""
    return Path(main).resolve() in [(checkout / name).resolve() for name in ("Snakefile", "workflow/Snakefile")]


def python_for_jobs(executable: str, folder: str | Path) -> str:
    """The path of Python as a shell command can hold it.

    A path with a blank or a bracket ends every job that Snakemake starts with it. Seen from the folder that jobs run in
    it may have none: `.venv/bin/python` in `my project`.

    Raises
    ------
    ConfigError
        If both paths have such letters.
    """
    for path in (executable, os.path.relpath(executable, folder)):
        if not _SHELL.search(path):
            return path
    odd = sorted(set(_SHELL.findall(executable)))
    raise ConfigError(
        f"the path of Python, {executable}, has {' '.join(map(repr, odd))}, with which Snakemake can start no job; run "
        "from the folder of .venv, or make it where the path has letters, digits, ., _ and - alone"
    )

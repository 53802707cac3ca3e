"""Snakemake's own work for each job of a large run, done once where it comes out the same for all of them.

A dry-run of 10,000 jobs asks 100,000 times for the signature of the same few functions, 3,000,000 times for a mark of a
file, reads the same few scripts 10,000 times, and words 10,000 lines on jobs that `--quiet rules` then drops. All of it
is private to the pinned Snakemake: without one of these names a Snakemake runs as before, only slower.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from importlib import import_module
from typing import Any

_CACHED = (
    ("snakemake.common", "get_function_params"),
    ("snakemake.rules", "get_function_params"),
    ("snakemake.sourcecache", "parse_uri"),
)
_MARKED = ("io", "io.fmt", "dag", "jobs", "rules")
"""Modules of Snakemake that hold `is_flagged` under that name."""


def speed_up() -> None:
    """Change Snakemake within this process, once."""
    # A large graph of jobs lives to the end: looking through it for garbage is time lost.
    gc.set_threshold(100_000, 50, 100)
    for place, name in _CACHED:
        _replace(place, name, functools.cache)
    for place in _MARKED:
        _replace(f"snakemake.{place}", "is_flagged", lambda _: has_mark)
    _replace("snakemake.dag", "ScriptProcessor.process_job", once_a_rule)
    _replace("snakemake.jobs", "Job.log_info", unless_quiet)


def has_mark(value: Any, mark: str) -> bool:
    """Snakemake's `is_flagged` without asking for the type of the value: only marked texts have `flags`."""
    flags: Any = getattr(value, "flags", None)
    return bool(flags) and bool(flags.get(mark))


def once_a_rule(look: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Look for the script of a rule once, unless its name depends on the job."""
    seen: set[Any] = set()

    @functools.wraps(look)
    def process_job(self: Any, job: Any) -> None:
        entry = getattr(job.rule, self.script_type)
        if entry is None or job.rule not in seen:
            look(self, job)
            if entry is not None and "{" not in str(entry):
                seen.add(job.rule)

    return process_job


def unless_quiet(log_info: Callable[..., None]) -> Callable[..., None]:
    """Word the lines on a job only where they are shown: not in a dry-run with `--quiet rules` or `all`."""

    @functools.wraps(log_info)
    def worded(self: Any, *given: Any, **named: Any) -> None:
        workflow = self.dag.workflow
        quiet = {getattr(kind, "name", "") for kind in workflow.output_settings.quiet or ()}
        if not (workflow.dryrun and quiet & {"RULES", "ALL"}):
            log_info(self, *given, **named)

    return worded


def _replace(place: str, name: str, change: Callable[[Any], Any]) -> None:
    """Put `change` of what is at a dotted name there; nothing where it is not there, or is changed already."""
    try:
        owner = import_module(place)
        *classes, last = name.split(".")
        for part in classes:
            owner = getattr(owner, part)
        before = getattr(owner, last)
    except (ImportError, AttributeError):
        return
    if not getattr(before, "by_cisgrammar", False):
        after = change(before)
        after.by_cisgrammar = True
        setattr(owner, last, after)

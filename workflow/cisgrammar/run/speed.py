"""Snakemake's own work for each job of a large run, done once where it comes out the same for all of them.

A dry-run of 10,000 jobs asks 100,000 times for the signature of the same few functions, 3,000,000 times for a mark of a
file, reads the same few scripts 10,000 times, computes params and resources that are not looked at, and words 10,000
lines on jobs that `--quiet rules` then drops. All of it is private to the pinned Snakemake: another one is
left as it is.
"""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.metadata import version
from inspect import getattr_static
from types import SimpleNamespace
from typing import Any

from cisgrammar.run import speed_files

Change = Callable[[Any], Any]

SNAKEMAKE = "9.27.1"
"""The version whose names `CHANGES` holds, that of the lock."""
_DONE: list[Any] = []


def speed_up() -> None:
    """Change Snakemake within this process, once; another version than `SNAKEMAKE` is left as it is.

    That is told where the change was asked for, by CISGRAMMAR_FAST_DAG=1.
    """
    if (found := version("snakemake")) != SNAKEMAKE:
        if os.environ.get("CISGRAMMAR_FAST_DAG") == "1":
            print(f"CISGRAMMAR_FAST_DAG is for Snakemake {SNAKEMAKE}, not {found}: planned without it", file=sys.stderr)
        return
    # A large graph of jobs lives to the end: looking through it for garbage is time lost.
    gc.set_threshold(100_000, 50, 100)
    for place, name, change in CHANGES:
        _replace(place, name, change)


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


def same_for_a_rule(place: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Where the script of a rule is, without computing a job's params, unless its name depends on the job."""
    known: dict[Any, Any] = {}

    @functools.wraps(place)
    def source(self: Any, path: Any) -> Any:
        if "{" in str(path):
            return place(self, path)
        if (self.rule, str(path)) not in known:
            without = SimpleNamespace(rule=self.rule, wildcards=None, params=None)
            known[self.rule, str(path)] = place(without, path)
        return known[self.rule, str(path)]

    return source


def unless_missing(check: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    """Look for write-protected outputs only of a job that has some."""

    @functools.wraps(check)
    async def checked(self: Any) -> None:
        for file in self.output:
            if await file.exists():
                return await check(self)

    return checked


def without_params(spec: property) -> property:
    """The conda environment of a rule that is the same for all its jobs, without computing a job's params for it."""
    get = spec.fget
    assert get is not None

    def of_rule(self: Any) -> Any:
        rule = self.rule
        if self._conda_env_spec is None and not callable(rule._conda_env):
            self._conda_env_spec = rule.expand_conda_env(self.wildcards_dict, None, self.input)
        return get(self)

    return property(of_rule)


def freed_once_a_rule(free: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """In a dry-run nothing is taken of the resources: one job a rule shows whether they can be computed."""
    seen: set[Any] = set()

    @functools.wraps(free)
    def freed(self: Any, job: Any) -> None:
        rule = getattr(job, "rule", None)
        if not self.dryrun or rule is None or rule not in seen:
            free(self, job)
            seen.add(rule)

    return freed


def known_jobs(update: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """`DAG.update` for the one job that can make a file: if it is in the graph, with all that it needs, there it is."""

    @functools.wraps(update)
    async def updated(self: Any, jobs: Any, file: Any = None, visited: Any = None, *given: Any, **named: Any) -> Any:
        if len(jobs) == 1 and visited is not None:
            job = next(iter(jobs))
            if job in self._dependencies and job not in visited:
                return job
        return await update(self, jobs, file, visited, *given, **named)

    return updated


def kept_once(update: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The files between two jobs as one set, which Snakemake keeps once for each of them."""

    @functools.wraps(update)
    async def updated(self: Any, job: Any, *given: Any, **named: Any) -> None:
        known = job in self._dependencies
        await update(self, job, *given, **named)
        if not known:
            for other, files in self._dependencies[job].items():
                self.depending[other][job] = files

    return updated


def without_empty_sets(make: Callable[..., None]) -> Callable[..., None]:
    """A job's sets of temporary and other special outputs, filled while it is made: one for all empty ones."""
    names, empty = ("temp_output", "protected_output", "touch_output", "pipe_or_service_output"), frozenset[Any]()

    @functools.wraps(make)
    def made(self: Any, *given: Any, **named: Any) -> None:
        make(self, *given, **named)
        for name in names:
            if not getattr(self, name):
                setattr(self, name, empty)

    return made


def by_name(_: Any) -> property:
    """The outputs of a job by their path: a file is the same key as its path."""

    def paths(self: Any) -> dict[Any, Any]:
        return {file: file for file in self.output}

    return property(paths)


def remembered(match: Callable[[Any, str], set[Any]]) -> Callable[[Any, str], set[Any]]:
    """The rules that make a file, looked for once a file."""

    @functools.wraps(match)
    def matched(self: Any, targetfile: str) -> set[Any]:
        known, sets = self.__dict__.setdefault("by_cisgrammar", ({}, {}))
        if targetfile not in known:
            found = match(self, targetfile)
            known[targetfile] = sets.setdefault(frozenset(found), found)
        return known[targetfile]

    return matched


def checked_once(is_valid: Callable[[Any], None]) -> Callable[[Any], None]:
    """`Job.is_valid` asks whether a job's log and benchmark have names: what has been named is not named again."""

    @functools.wraps(is_valid)
    def valid(self: Any) -> None:
        if self._log is None or (self.rule.benchmark and self._benchmark is None):
            is_valid(self)

    return valid


def apart(check: Callable[[Any], None]) -> Callable[[Any], None]:
    """Look for outputs within outputs of other jobs only if there are outputs below an output."""

    @functools.wraps(check)
    def checked(self: Any) -> None:
        outputs = {os.path.abspath(file) for job in self.jobs for file in job.output}
        folders: set[str] = set()
        for output in outputs:
            folder = os.path.dirname(output)
            while folder not in folders:
                folders.add(folder)
                folder = os.path.dirname(folder)
        if not folders.isdisjoint(outputs):
            check(self)

    return checked


def unless_lasting(handle: Callable[[Any, Any], Awaitable[None]]) -> Callable[[Any, Any], Awaitable[None]]:
    """Look for temporary files to remove only after a job that has some, or reads from one that has."""

    @functools.wraps(handle)
    async def handled(self: Any, job: Any) -> None:
        if job.is_group() or job.temp_output or any(other.temp_output for other in self._dependencies[job]):
            await handle(self, job)

    return handled


def one_a_name(_: Any) -> Callable[[type, str], Any]:
    """Each list of Snakemake's guards two of its names: one guard of a name serves all of them."""

    @functools.cache
    def guard(cls: type, name: str) -> Any:
        return object.__new__(cls)

    return guard


def _constant(value: Any) -> Change:
    return lambda _: value


_MARKED = ("io", "io.fmt", "dag", "jobs", "rules")
"""Modules of Snakemake that hold `is_flagged` under that name."""
CHANGES: tuple[tuple[str, str, Change], ...] = (
    ("snakemake.common", "get_function_params", functools.cache),
    ("snakemake.rules", "get_function_params", functools.cache),
    ("snakemake.sourcecache", "parse_uri", functools.cache),
    ("snakemake.iocontainers", "AttributeGuard.__new__", one_a_name),
    *(
        (f"snakemake.{place}", "is_flagged", _constant(speed_files.has_mark))
        for place in ("io", "io.fmt", "dag", "jobs", "rules")
    ),
    ("snakemake.io", "_IOFile.is_storage", _constant(property(speed_files.stored))),
    ("snakemake.io", "_IOFile.__hash__", _constant(str.__hash__)),
    ("snakemake.io", "_IOFile.__eq__", _constant(str.__eq__)),
    ("snakemake.io", "_IOFile.apply_wildcards", speed_files.filled_in),
    ("snakemake.io", "_IOFile.exists", speed_files.looked_up),
    ("snakemake.io", "check", speed_files.unless_plain),
    ("snakemake.io", "IOCache.mtime_inventory", speed_files.once_a_file),
    ("snakemake.rules", "IOFile", speed_files.same_file),
    ("snakemake.common.prefix_lookup", "PrefixLookup.match_iter", speed_files.tried),
    ("snakemake.pathvars", "Pathvars.apply", speed_files.unless_complete),
    ("snakemake.output_index", "OutputIndex.match_producers", remembered),
    ("snakemake.dag", "ScriptProcessor.process_job", once_a_rule),
    ("snakemake.dag", "DAG.update", known_jobs),
    ("snakemake.dag", "DAG.update_", kept_once),
    ("snakemake.dag", "DAG.check_directory_outputs", apart),
    ("snakemake.dag", "DAG.handle_temp", unless_lasting),
    ("snakemake.jobs", "Job.log_info", unless_quiet),
    ("snakemake.jobs", "get_flag_value", _constant(speed_files.value_of_mark)),
    ("snakemake.jobs", "Job.__init__", without_empty_sets),
    ("snakemake.jobs", "Job.output_by_path", by_name),
    ("snakemake.jobs", "Job.is_valid", checked_once),
    ("snakemake.jobs", "Job._path_to_source_file", same_for_a_rule),
    ("snakemake.jobs", "Job.check_protected_output", unless_missing),
    ("snakemake.jobs", "Job.conda_env_spec", without_params),
    ("snakemake.scheduling.job_scheduler", "JobScheduler._free_resources", freed_once_a_rule),
)
"""Module of Snakemake, a name in it, and what is put there in place of what it was."""


def _replace(place: str, name: str, change: Change) -> None:
    """Put `change` of what is at a dotted name there; nothing where it is not there, or is changed already."""
    try:
        owner = import_module(place)
        *classes, last = name.split(".")
        for part in classes:
            owner = getattr(owner, part)
        before = getattr_static(owner, last)
    except (ImportError, AttributeError):
        return
    if not any(before is done for done in _DONE):
        after = change(before)
        _DONE.append(after)
        setattr(owner, last, after)

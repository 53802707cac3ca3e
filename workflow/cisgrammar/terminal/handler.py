"""Snakemake's events as lines on the terminal; all that Snakemake itself says goes to its own log file."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from logging import LogRecord
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase

from cisgrammar.files.durations import Durations
from cisgrammar.script import QUIET
from cisgrammar.terminal.progress import RunProgress

_BENCHMARKS = "benchmarks"
_TOTAL = "total"
_SAID = ("Nothing to be done",)
_CLEAR = "\r\x1b[K"


class LogHandler(LogHandlerBase):
    """The display of `snakemake --logger cisgrammar`.

    A dry run, and whatever is a warning or an error, is shown as Snakemake shows it; of a dry run with `--quiet rules`
    the number of jobs alone.
    """

    def __post_init__(self) -> None:
        """Begin with a run of which nothing is known, and tell the jobs to keep their logs to their files."""
        self._progress = RunProgress(Durations(_BENCHMARKS).of, time.monotonic)
        self._counted = self.common_settings.dryrun and "RULES" in _quiet(self.common_settings)
        self._status = ""
        if not self.common_settings.dryrun:
            os.environ[QUIET] = "1"

    @property
    def writes_to_stream(self) -> bool:
        """It takes the place of Snakemake's own display."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """No file."""
        return False

    @property
    def has_filter(self) -> bool:
        """Snakemake's filter serves: `--quiet` keeps its meaning."""
        return False

    @property
    def has_formatter(self) -> bool:
        """Snakemake's formatter serves, for warnings and errors."""
        return False

    @property
    def needs_rulegraph(self) -> bool:
        """No."""
        return False

    def emit(self, record: LogRecord) -> None:
        """Show a record, if it is one that a person waits for."""
        try:
            self._show(self.lines(record))
        except Exception:
            self.handleError(record)

    def _show(self, lines: list[str]) -> None:
        """Print lines; below them, on a terminal, what runs now: this line is written over by the next."""
        status = "" if self.common_settings.dryrun or not sys.stderr.isatty() else self._progress.status()
        if not lines and status == self._status:
            return
        text = "".join(f"{line}\n" for line in lines)
        sys.stderr.write(f"{_CLEAR if self._status else ''}{text}{status[: shutil.get_terminal_size().columns - 1]}")
        sys.stderr.flush()
        self._status = status

    def lines(self, record: LogRecord) -> list[str]:
        """The lines of a record; none for most."""
        if record.levelno < logging.WARNING and self._counted:
            return self._counts(record)
        if self.common_settings.dryrun or record.levelno >= logging.WARNING:
            text = self.format(record)
            return [text] if text and text != "None" else []
        event = getattr(record, "event", None)
        fields = vars(record)
        if event == "run_info":
            jobs = {rule: number for rule, number in fields["stats"].items() if rule != _TOTAL}
            return [self._progress.plan(jobs)]
        if event == "job_info":
            places = [str(value) for value in dict(fields["wildcards"] or {}).values()]
            self._progress.start(fields["jobid"], fields["rule_name"], places, [str(x) for x in fields["output"]])
            return []
        if event == "job_finished":
            return self._progress.end(fields["job_id"])
        return [message] if (message := _message(record)).startswith(_SAID) else []

    def _counts(self, record: LogRecord) -> list[str]:
        """Of a dry run with `--quiet rules`: how many jobs of how many rules there are, once."""
        if getattr(record, "event", None) == "run_info" and not self._progress.planned:
            jobs = {rule: number for rule, number in vars(record)["stats"].items() if rule != _TOTAL}
            return [f"jobs      {self._progress.plan(jobs).replace(' jobs', '')}"]
        return [f"jobs      0: {message}"] if (message := _message(record)).startswith(_SAID) else []


def _message(record: LogRecord) -> str:
    return record.getMessage() if record.msg else ""


def _quiet(settings: Any) -> set[str]:
    """What `--quiet` names, by Snakemake's names for it."""
    return {getattr(kind, "name", str(kind)) for kind in getattr(settings, "quiet", None) or ()}

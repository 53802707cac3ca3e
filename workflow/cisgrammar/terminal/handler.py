"""Snakemake's events as lines on the terminal; all that Snakemake itself says goes to its own log file."""

from __future__ import annotations

import logging
import os
import sys
import time
from logging import LogRecord

from snakemake_interface_logger_plugins.base import LogHandlerBase

from cisgrammar.script import QUIET
from cisgrammar.terminal.durations import Durations
from cisgrammar.terminal.progress import RunProgress

_BENCHMARKS = "benchmarks"
_TOTAL = "total"
_SAID = ("Nothing to be done",)


class LogHandler(LogHandlerBase):
    """The display of `snakemake --logger cisgrammar`.

    A dry run, and whatever is a warning or an error, is shown as Snakemake shows it.
    """

    def __post_init__(self) -> None:
        """Begin with a run of which nothing is known, and tell the jobs to keep their logs to their files."""
        self._progress = RunProgress(Durations(_BENCHMARKS).of, time.monotonic)
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
            for line in self.lines(record):
                print(line, file=sys.stderr, flush=True)
        except Exception:
            self.handleError(record)

    def lines(self, record: LogRecord) -> list[str]:
        """The lines of a record; none for most."""
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
        message = record.getMessage() if record.msg else ""
        return [message] if message.startswith(_SAID) else []

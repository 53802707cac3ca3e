"""A run that is told to end: its jobs are told too, so that a training saves its state at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

MESSAGE = "interrupted; the same command goes on from here"
# The part of a job's command that no other process has.
_SCRIPT = ".snakemake/scripts/"


class Interruption:
    """Handlers of signals for the process that runs Snakemake.

    At SIGTERM Snakemake waits until its jobs have ended, which may take hours, and a lost connection (SIGHUP) ends it
    at once while its jobs go on without it. With these handlers both end the scripts of its jobs with SIGTERM, and then
    Snakemake.

    Attributes
    ----------
    happened
        Whether a signal told this process to end.
    """

    def __init__(self) -> None:
        self.happened = False
        self._before: dict[int, Any] = {}

    def watch(self) -> None:
        """Set the handlers; to be called when Snakemake has set its own, in the main thread."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        # Under nohup a hang-up is ignored, and stays so.
        numbers += [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else []
        with suppress(ValueError):
            self._before = {number: signal.signal(number, self._end) for number in numbers}

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.happened = True
        if number != signal.SIGINT:
            end_scripts(os.getpid())
        then = self._before.get(signal.SIGTERM if number == signal.SIGHUP else number)
        if callable(then):
            then(number, frame)


def end_scripts(process: int) -> int:
    """Send SIGTERM to the scripts of jobs among the descendants of a process; returns how many there are."""
    scripts = list(_scripts(process))
    for script in scripts:
        with suppress(ProcessLookupError):
            os.kill(script, signal.SIGTERM)
    return len(scripts)


def _scripts(process: int) -> Iterator[int]:
    # Snakemake brings psutil.
    import psutil

    for child in psutil.Process(process).children(recursive=True):
        with suppress(psutil.Error):
            # The shell around a script has its path within a longer word.
            if any(_SCRIPT in word and os.path.isfile(word) for word in child.cmdline()):
                yield child.pid


def pass_hangup_on() -> None:
    """Within a job's own Snakemake: a lost connection reaches its script as SIGTERM, and is waited for."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        with suppress(ValueError):
            signal.signal(signal.SIGHUP, lambda *_: end_scripts(os.getpid()))

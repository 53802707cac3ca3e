"""A run that is told to end: its jobs are told too, so that a training saves its state at once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

MESSAGE = "interrupted; the same command goes on from here"
# The part of a job's command that no other process has.
_SCRIPT = ".snakemake/scripts/"
_SHELL = re.compile(r"\S*\b(ba|da|k|z)?sh\s")


class Interruption:
    """Handlers of signals for the process that runs Snakemake.

    At SIGTERM Snakemake waits until its jobs have ended, which may take hours, and a lost connection (SIGHUP) ends it
    at once while its jobs go on without it. With these handlers both, and SIGINT, end the scripts of its jobs with
    SIGTERM, and then Snakemake.

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
        # Ctrl-C in a terminal reaches them by itself, a SIGINT to this process alone does not.
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
    """The descendants of a process that run a job's script."""
    listed = [line.split(None, 2) for line in _processes().splitlines()]
    found = {process}
    # A child may have a smaller number than its parent, so more than once.
    while new := {int(child) for child, parent, *_ in listed if int(parent) in found} - found:
        found |= new
    for child, _, *command in listed:
        # The shell around a script has its path too.
        if int(child) in found and command and _SCRIPT in command[0] and not _SHELL.match(command[0]):
            yield int(child)


def _processes() -> str:
    """Process, parent and command of every process, a line each."""
    try:
        return subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True).stdout
    except FileNotFoundError:
        return "\n".join(line for line in map(_process, Path("/proc").glob("[0-9]*")) if line)


def _process(folder: Path) -> str:
    try:
        parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").replace(b"\n", b" ").decode(errors="replace")
    except OSError:
        return ""
    return f"{folder.name} {parent} {command}"


def pass_hangup_on() -> None:
    """Within a job's own Snakemake: a lost connection reaches its script as SIGTERM, and is waited for."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        with suppress(ValueError):
            signal.signal(signal.SIGHUP, lambda *_: end_scripts(os.getpid()))

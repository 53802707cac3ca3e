"""Save and load the state of a running training, so that a killed one resumes to the same bytes."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import torch

from cisgrammar.files.atomic import atomic_path

log = logging.getLogger(__name__)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write `state` (tensors, numbers, lists, dictionaries) in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # An open file, not a name: torch writes the name into the file, and a temporary one is another each time.
    with atomic_path(path) as temporary, temporary.open("wb") as handle:
        torch.save(state, handle)


def load_checkpoint(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """The state in `path`; None if there is none, or it is of another run (other data, settings or version).

    Runs no code that the file might hold (`weights_only`).
    """
    if not path.exists():
        return None
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state["fingerprint"] != fingerprint:
        log.info("checkpoint %s is of another run; starting afresh", path)
        return None
    return state


class Preempted(SystemExit):
    """Training was told to stop and has saved its state; run again to go on."""


class StopRequest:
    """Context that turns SIGTERM (Slurm's, before it kills) and SIGINT (Ctrl-C) into a request to save and stop.

    A loop asks `asked` after each step; around work that changes no state it enters `at_once`, in which a signal
    stops at once. Outside of the main thread, where no signal arrives, it does nothing.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self._waiting = True
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def stop(self) -> NoReturn:
        """Raise KeyboardInterrupt if it was Ctrl-C, else `Preempted` with the exit code of a SIGTERM."""
        log.info("stopped by a signal; run again to go on from the checkpoint, if there is one")
        raise KeyboardInterrupt if self.asked == signal.SIGINT else Preempted(128 + signal.SIGTERM)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Work that may be broken off anywhere, because all that it needs to be done again is saved."""
        self._waiting = False
        try:
            if self.asked is not None:
                self.stop()
            yield
        finally:
            self._waiting = True

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = number
        if not self._waiting:
            self.stop()

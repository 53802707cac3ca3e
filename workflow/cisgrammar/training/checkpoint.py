"""Save and load the state of a running training, so that a killed one resumes to the same bytes."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, NoReturn

import torch

from cisgrammar.files.atomic import atomic_path

log = logging.getLogger(__name__)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write `state` (tensors, numbers, lists, dictionaries) in one step, with the code and threads that made it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made_by = {"code": _loaded_code(), "threads": torch.get_num_threads()}
    # An open file, not a name: torch writes the name into the file, and a temporary one is another each time.
    with atomic_path(path) as temporary, temporary.open("wb") as handle:
        torch.save({**state, "made_by": made_by}, handle)


def load_checkpoint(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """The state in `path`; None if there is none, it cannot be read, or it is of other data, settings or code.

    Runs no code that the file might hold (`weights_only`).
    """
    if not path.exists():
        return None
    with path.open("rb") as handle:
        return _checked(path, handle, fingerprint)


def _checked(path: Path, handle: BinaryIO, fingerprint: str) -> dict[str, Any] | None:
    try:
        state = torch.load(handle, map_location="cpu", weights_only=True)
        made_by = state.pop("made_by")
        found, code, threads = state["fingerprint"], made_by["code"], made_by["threads"]
    except Exception:
        # Whatever the bytes of a file make torch and pickle raise.
        log.warning("checkpoint %s cannot be read (empty, cut or no checkpoint of ours); starting afresh", path)
        return None
    if found != fingerprint:
        log.info("checkpoint %s is of another run; starting afresh", path)
        return None
    if other := [name for name, digest in code.items() if _code_of(name) != digest]:
        log.info("checkpoint %s is of other code (%s); starting afresh", path, ", ".join(other[:3]))
        return None
    if threads != torch.get_num_threads():
        log.warning(
            "checkpoint %s was made with %d threads and goes on with %d: the last digits of the result will not be "
            "those of a run with one number of threads",
            path,
            threads,
            torch.get_num_threads(),
        )
    return state


def _loaded_code() -> dict[str, str]:
    """Module of the package -> digest of its file, of those that are loaded."""
    names = sorted(name for name in list(sys.modules) if name.partition(".")[0] == "cisgrammar")
    return {name: digest for name in names if (digest := _code_of(name))}


@cache
def _code_of(name: str) -> str:
    """Digest of the file of a module, loaded or not; empty without one."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return ""
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        return ""
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()[:16]


class Preempted(SystemExit):
    """Training was told to stop and has saved its state; run again to go on."""


class StopRequest:
    """Context that turns a signal to end into a request to save and stop.

    The signals are SIGTERM (Slurm's, before it kills), SIGHUP (a lost connection) and SIGINT (Ctrl-C).
    A loop asks `asked` after each step; around work that changes no state it enters `at_once`, in which a signal
    stops at once. Outside of the main thread, where no signal arrives, it does nothing.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self._waiting = True
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            # Under nohup a hang-up is ignored, and stays so.
            hangup = [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else []
            numbers = [signal.SIGTERM, signal.SIGINT, *hangup]
            self._before = {number: signal.signal(number, self._ask) for number in numbers}
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

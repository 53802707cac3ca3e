"""Save and load the state of a running training, so that a killed one resumes to the same bytes."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from cisgrammar.atomic import atomic_path

log = logging.getLogger(__name__)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write `state` (tensors, numbers, lists, dictionaries) in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        torch.save(state, temporary)


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


class StopRequest:
    """Context that turns SIGTERM into a flag, so that the loop can save before it stops."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> StopRequest:
        self._before = signal.signal(signal.SIGTERM, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True

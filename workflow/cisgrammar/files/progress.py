"""Progress of long work: how far, how fast, how long still."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

log = logging.getLogger(__name__)
Item = TypeVar("Item")
_SHARE = 0.05
"""Of the time so far that lies between two lines, so that a job of a day has hundreds of lines and not thousands."""


class Progress:
    """Logs a line every few seconds: done, rate, time left.

    One that is made inside of a part of another one (`part`) logs nothing itself: what it has done counts as that share
    of the part, so that the time left is that of the whole.

    Parameters
    ----------
    what
        What is being done, with the device.
    total
        Number of items in all.
    unit
        Name of an item, plural.
    every
        Fewest seconds between lines; below 10, so that each job of more than 10 s has a line. It grows with the time
        so far.
    """

    def __init__(self, what: str, total: float, unit: str = "windows", every: float = 5.0) -> None:
        self.what, self.total, self.unit, self.every = what, total, unit, every
        self.done = 0.0
        self.start = self.last = time.monotonic()
        self._around = _AROUND.get()
        self._part = (0.0, 0.0)

    def add(self, items: float) -> None:
        """Count `items` more as done."""
        self.done += items
        if self._around is not None:
            self._around._share(self.done / max(self.total, 1e-9))
            return
        now = time.monotonic()
        if now - self.last >= max(self.every, _SHARE * (now - self.start)):
            self.last = now
            log.info("%s", self.line(now))

    def to(self, done: float) -> None:
        """Count all up to `done` items as done."""
        self.add(done - self.done)

    @contextmanager
    def part(self, items: float) -> Iterator[None]:
        """Work that is `items` of this one; they count as done at its end, and before it as far as it is itself."""
        first, before = self.done, _AROUND.get()
        self._part = (first, items)
        _AROUND.set(self)
        try:
            yield
        finally:
            _AROUND.set(before)
        self.to(first + items)

    def _share(self, share: float) -> None:
        """A share of the part is done; a second work within the same part, which begins anew, takes nothing back."""
        first, items = self._part
        self.to(max(self.done, first + items * min(share, 1.0)))

    def rate(self, now: float | None = None) -> float:
        """Items per second since the start."""
        return self.done / max((now or time.monotonic()) - self.start, 1e-9)

    def line(self, now: float | None = None) -> str:
        """The progress line."""
        rate = self.rate(now)
        left = (self.total - self.done) / rate if rate > 0 else float("inf")
        speed = f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.2g}/s"
        numbers = f"{self.done:,.0f}/{self.total:,.0f}"
        return f"{self.what}: {numbers} {self.unit}, {speed}, {format_seconds(left)} left"


_AROUND: ContextVar[Progress | None] = ContextVar("around", default=None)
"""The work that the present one is a part of."""


def counted(
    items: Collection[Item], what: str, unit: str = "windows", size: Callable[[Item], float] = lambda _: 1.0
) -> Iterator[Item]:
    """The items one by one, each a part of the whole, which is done when the next is asked for.

    Parameters
    ----------
    items
        What is worked through.
    what, unit
        As `Progress` has them.
    size
        How much of the work an item is, in units.
    """
    progress = Progress(what, sum(map(size, items)), unit)
    for item in items:
        with progress.part(size(item)):
            yield item


def format_seconds(seconds: float) -> str:
    """Seconds as `1 h 02 min`, `3 min 20 s` or `8 s`."""
    if seconds == float("inf"):
        return "unknown time"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"

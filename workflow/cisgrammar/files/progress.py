"""Progress of long work: how far, how fast, how long still."""

from __future__ import annotations

import logging
import time

log = logging.getLogger(__name__)


class Progress:
    """Logs a line at most every `every` seconds: done, rate, time left.

    Parameters
    ----------
    what
        What is being done, with the device.
    total
        Number of items in all.
    unit
        Name of an item, plural.
    every
        Seconds between lines.
    """

    def __init__(self, what: str, total: int, unit: str = "windows", every: float = 15.0) -> None:
        self.what, self.total, self.unit, self.every = what, total, unit, every
        self.done = 0
        self.start = self.last = time.monotonic()

    def add(self, items: int) -> None:
        """Count `items` more as done."""
        self.done += items
        now = time.monotonic()
        if now - self.last >= self.every:
            self.last = now
            log.info("%s", self.line(now))

    def to(self, done: int) -> None:
        """Count all up to `done` items as done."""
        self.add(done - self.done)

    def rate(self, now: float | None = None) -> float:
        """Items per second since the start."""
        return self.done / max((now or time.monotonic()) - self.start, 1e-9)

    def line(self, now: float | None = None) -> str:
        """The progress line."""
        rate = self.rate(now)
        left = (self.total - self.done) / rate if rate > 0 else float("inf")
        return f"{self.what}: {self.done:,}/{self.total:,} {self.unit}, {rate:,.0f}/s, {format_seconds(left)} left"


def format_seconds(seconds: float) -> str:
    """Seconds as `1 h 02 min`, `3 min 20 s` or `8 s`."""
    if seconds == float("inf"):
        return "unknown time"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"

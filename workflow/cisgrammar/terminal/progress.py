"""How far a run is, in lines: jobs that ended, with names and times, and the time that is left of the whole run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_GATES = ("gates.json", "frame_gates.json", "verdict.json", "truth_gates.json")


@dataclass(frozen=True)
class JobStart:
    """A job that began.

    Attributes
    ----------
    rule
        Its rule.
    places
        Values of its wildcards: sample, fold, model.
    outputs
        Its files.
    began
        Seconds of the clock.
    """

    rule: str
    places: tuple[str, ...]
    outputs: tuple[str, ...]
    began: float


class RunProgress:
    """The state of a run.

    Parameters
    ----------
    duration
        Rule -> seconds that a job of it is expected to take.
    clock
        Seconds; of any start.
    """

    def __init__(self, duration: Callable[[str], float], clock: Callable[[], float]) -> None:
        self._duration, self._clock = duration, clock
        self._began = clock()
        self._jobs: dict[int, JobStart] = {}
        self._total, self._ended = 0, 0
        self._work, self._done = 0.0, 0.0

    def plan(self, jobs: Mapping[str, int]) -> str:
        """Take the number of jobs of each rule; the line that says how many there are."""
        self._began = self._clock()
        self._total = sum(jobs.values())
        self._work = sum(number * self._duration(rule) for rule, number in jobs.items())
        return f"{self._total} jobs of {len(jobs)} rules"

    @property
    def planned(self) -> bool:
        """Whether the number of jobs is known."""
        return self._total > 0

    def status(self) -> str:
        """One line on what runs now and the time that is left; nothing if nothing runs."""
        return "   ".join(part for part in (self.running(4), self.left()) if part) if self._jobs else ""

    def start(self, job: int, rule: str, places: Sequence[str], outputs: Sequence[str]) -> None:
        """Take the start of a job."""
        self._jobs[job] = JobStart(rule, tuple(places), tuple(outputs), self._clock())

    def end(self, job: int) -> list[str]:
        """Take the end of a job: its line, and a line for each of its gates that does not pass."""
        if (one := self._jobs.pop(job, None)) is None:
            return []
        self._ended += 1
        self._done += self._duration(one.rule)
        took = clock_time(self._clock() - one.began)
        names = " ".join((one.rule, *one.places))
        line = f"{self._ended:>{len(str(self._total))}}/{self._total}  {names:<52} {took:>7}   {self.left():<18}"
        return [f"{line} {self.running()}".rstrip(), *(text for path in one.outputs for text in gate_lines(path))]

    def running(self, most: int = 2) -> str:
        """What runs now, for which sample and fold, as `runs: train_bias demo fold0 1`; nothing if nothing does."""
        names = [" ".join((one.rule, *one.places)) for one in self._jobs.values()]
        more = f" and {len(names) - most} more" if len(names) > most else ""
        return f"runs: {', '.join(names[:most])}{more}" if names else ""

    def left(self) -> str:
        """The time that is left, as `about 3 min left`; nothing before a tenth of the work is done, and at the end.

        The work is the sum of expected seconds; jobs that run count as half done. Its speed so far is that of the run.
        """
        running = sum(self._duration(job.rule) for job in self._jobs.values()) / 2
        done, elapsed = self._done + running, self._clock() - self._began
        if self._ended >= self._total or done < 0.1 * self._work:
            return ""
        return f"about {rough_time(elapsed * max(0.0, self._work - done) / done)} left"


def clock_time(seconds: float) -> str:
    """Seconds as `12 s`, `3:05` or `1:02:03`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def rough_time(seconds: float) -> str:
    """A time that is only estimated: seconds in tens, then minutes, then hours."""
    if seconds < 55:
        return f"{max(10, 10 * round(seconds / 10))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def gate_lines(path: str | Path) -> list[str]:
    """A line for each gate of a file that does not pass; none for a file that holds no gates."""
    path = Path(path)
    if path.name not in _GATES or not path.is_file():
        return []
    try:
        found = json.loads(path.read_text())
    except ValueError:
        return []
    gates = found if isinstance(found, list) else found.get("gates", []) if isinstance(found, dict) else []
    return [_gate_line(gate) for gate in gates if isinstance(gate, dict) and gate.get("verdict") in ("warn", "fail")]


def _gate_line(gate: Mapping[str, Any]) -> str:
    value, bar = ("-" if gate.get(key) is None else f"{gate[key]:.4g}" for key in ("value", "bar"))
    return f"    {gate['verdict']}: {gate['name']} {value} (bar {bar})"

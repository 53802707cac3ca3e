"""Gates: numbers of a run beside the bars that they must pass, in one form for all stages.

A stage decides which gates there are and what their bars are; what a gate is, how it is judged, and how gates are
written and read stands here. Nothing here imports numpy.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from cisgrammar.files.atomic import write_json
from cisgrammar.statistics.intervals import wilson, wilson_lower

Verdict = Literal["pass", "warn", "fail", "n/a"]
Side = Literal["above", "below"]
"""Where a number must lie of its bar; one that is equal to it does not pass."""

NEAR = 0.01
"""Part of its bar that a number may miss it by for a warning."""
USUAL = 1.383
"""Standard errors on both sides that a normal estimate stays within in five of six runs."""
_SEVERITY: tuple[Verdict, ...] = ("pass", "warn", "fail")


@dataclass(frozen=True)
class Gate:
    """One number of a run, and whether it is good enough.

    Attributes
    ----------
    stage, sample, fold
        Where it belongs; sample and fold are empty for a stage that has none.
    name
        `<what>.<of which data>.<metric>`, of each stage's own making.
    value, bar
        The number and what it must be better than; None where there is none.
    verdict
        `pass` (better than the bar), `warn` (worse by at most 1 %, or as the stage decides), `fail`, or `n/a` (shown
        for comparison).
    """

    stage: str
    sample: str
    fold: str
    name: str
    value: float | None
    bar: float | None
    verdict: Verdict


class Place(NamedTuple):
    """Where gates belong, and what makes them: numbers that are missing or not finite become None."""

    stage: str
    sample: str = ""
    fold: str = ""

    def judged(self, name: str, value: float | None, bar: float | None, side: Side) -> Gate:
        """A gate by the common rule, `judge`."""
        number, least = finite(value), finite(bar)
        return Gate(*self, name, number, least, judge(number, least, side))

    def graded(self, name: str, value: float | None, bar: float | None, verdict: Verdict) -> Gate:
        """A gate by a rule of the stage's own."""
        return Gate(*self, name, finite(value), finite(bar), verdict)

    def shown(self, name: str, value: float | None) -> Gate:
        """A number for comparison, without bar."""
        return Gate(*self, name, finite(value), None, "n/a")


def finite(value: float | None) -> float | None:
    """The number; None if it is missing, nan or infinite."""
    return float(value) if value is not None and math.isfinite(value) else None


def judge(value: float | None, bar: float | None, side: Side) -> Verdict:
    """Compare a number with its bar. A number that should be there and is not fails; no bar is `n/a`."""
    if bar is None:
        return "n/a"
    if value is None:
        return "fail"
    gain = bar - value if side == "below" else value - bar
    if gain > 0:
        return "pass"
    return "warn" if gain >= -NEAR * abs(bar) else "fail"


def judge_share(hits: int, tests: int, bar: float, controls: int | None = None) -> Verdict:
    """Whether a share of false positives is small enough, where chance gives the bar itself.

    Pass: at most one standard error above the bar (Wilson), which chance exceeds in one of six runs; warning: within
    the 95 % interval; else failure. A rule that asked for at most the bar would warn in almost half of all runs in
    which nothing is wrong.

    Tests that are ranked among the same `controls`, and scaled by them (`statistics.matched`), err together. Each of
    the two adds about a binomial variance of as many tests as there are controls (delta method, 50 neighbours), so
    that the tests count as tests * controls / (controls + 2 tests) independent ones.
    """
    if hits <= bar * tests:
        return "pass"
    part = 1.0 if controls is None else controls / (controls + 2 * tests)
    if wilson(part * hits, part * tests, 1.0)[0] <= bar:
        return "pass"
    return "warn" if wilson_lower(part * hits, part * tests) <= bar else "fail"


def judge_level(hits: int, tests: int, level: float, band: tuple[float, float], draws: int = 0) -> Verdict:
    """Whether a share is that of its level, neither above nor below.

    Pass: within `USUAL` standard errors (Wilson) of the level, which one of six runs misses that have it; failure: the
    95 % interval lies outside of the band, the shares that are near enough; else warning.

    Parameters
    ----------
    hits, tests
        Their quotient is the share.
    level
        What it should be.
    band
        Its ends are the least and the largest share that are near enough, whatever the number of tests.
    draws
        All tests are ranked among these, if any. The share of the null above its own quantile errs as that of as many
        tests: both together are as one of tests * draws / (draws + tests).
    """
    part = draws / (draws + tests) if draws else 1.0
    low, high = wilson(part * hits, part * tests, USUAL)
    if low <= level <= high:
        return "pass"
    low, high = wilson(part * hits, part * tests)
    return "warn" if low <= band[1] and high >= band[0] else "fail"


def judge_sufficient(hits: int, tests: int, bar: float) -> Verdict:
    """Whether a share of what is to be found is large enough: below the bar by chance (95 %) is a warning."""
    if hits >= bar * tests:
        return "pass"
    return "warn" if wilson(hits, tests)[1] >= bar else "fail"


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of the graded verdicts; `n/a` if none is graded."""
    graded = [verdict for verdict in verdicts if verdict in _SEVERITY]
    return max(graded, key=_SEVERITY.index) if graded else "n/a"


def write_gates(path: str | Path, gates: Iterable[Gate]) -> None:
    """Write gates as a JSON list of objects with the keys stage, sample, fold, name, value, bar, verdict.

    Raises
    ------
    ValueError
        If a number is nan or infinite; nothing is written then.
    """
    write_json(path, [asdict(gate) for gate in gates])


def read_gates(path: str | Path) -> list[Gate]:
    """Read gates written by `write_gates`; ValueError, with the path, if the file holds anything else."""
    try:
        rows: list[dict[str, Any]] = json.loads(Path(path).read_text())
        return [Gate(**row) for row in rows]
    except (json.JSONDecodeError, TypeError) as error:
        raise ValueError(f"{path}: not a list of gates ({error}); delete it and run its stage again") from None

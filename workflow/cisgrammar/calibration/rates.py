"""A simulated rate, such as the type I error of a test, with its interval and the bar that it must lie in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.statistics.intervals import wilson

Tally = NDArray[np.float64]
"""`(simulations, 2)`: hits and tests of each simulation."""


class Bar(NamedTuple):
    """Where a rate must lie, ends included: in the full form, and in the quick one of fewer simulations.

    Attributes
    ----------
    low, high
        Ends, as shares.
    quick
        What the quick form adds to either side: about three binomial errors of its number of tests.
    """

    low: float
    high: float
    quick: float


TYPE_I = Bar(0.04, 0.06, 0.01)
"""Of a test at level 0.05. Origin: the project's rule for statistics, 5 +- 1 %."""
COVERAGE = Bar(0.93, 0.97, 0.02)
"""Of a 95 % interval. Origin: the same rule, 93 to 97 %."""
POWER = Bar(0.75, 1.0, 0.0)
"""Of 16 sites of 3 control standard deviations among 286. Origin: judgement; in one family of all sites it was 0.12."""
AT_MOST_LEVEL = Bar(0.0, 0.05, 0.02)
"""Of a gate that fails at the lower end of a 95 % interval. Origin: the level of that interval, one-sided 2.5 %, and as
much again for tests that share controls."""


@dataclass(frozen=True)
class Rate:
    """A row of `calibration.tsv`.

    Attributes
    ----------
    name
        `<stage>.<what>.<setting>`.
    value
        Share of the tests.
    low, high
        95 % interval of the share (Wilson 1927), of as many independent tests as the simulations amount to, see `rate`.
    verdict
        `pass` if the value lies in the bar, else `fail`.
    bar_low, bar_high
        The bar.
    n
        Tests.
    simulations
        Independent simulations; tests of one share data.
    """

    name: str
    value: float
    low: float
    high: float
    verdict: Literal["pass", "fail"]
    bar_low: float
    bar_high: float
    n: int
    simulations: int


def tally(hits: ArrayLike) -> tuple[float, float]:
    """Hits and tests of one simulation, from a truth value for each test."""
    found = np.asarray(hits, dtype=np.float64).ravel()
    return float(found.sum()), float(found.size)


def rate(name: str, counted: Tally, bar: Bar, quick: bool = False) -> Rate:
    """The share of hits with its interval and verdict.

    Tests of one simulation may depend on each other (they share controls, say): the variance of the share over
    simulations (that of a ratio) divided by the binomial one is the design effect (Kish 1965), and the interval is
    that of tests / effect independent ones. An effect below 1 counts as 1.

    Raises
    ------
    ValueError
        If there is no test.
    """
    hits, tests = counted.sum(axis=0).tolist()
    if not tests:
        raise ValueError(f"{name}: no test was made; give the simulation more runs")
    share, many = hits / tests, len(counted)
    left = counted[:, 0] - share * counted[:, 1]
    variance = many / max(many - 1, 1) * float(left @ left) / tests**2
    binomial = share * (1 - share) / tests
    effect = max(1.0, variance / binomial) if binomial > 0 else 1.0
    low, high = wilson(hits / effect, tests / effect)
    low, high = min(low, share), max(high, share)  # a rounding apart at 0 and 1
    wider = bar.quick if quick else 0.0
    ends = (max(0.0, bar.low - wider), min(1.0, bar.high + wider))
    inside = ends[0] <= share <= ends[1]
    return Rate(name, share, low, high, "pass" if inside else "fail", *ends, int(tests), many)


def stack(runs: list[Mapping[str, tuple[float, float]]]) -> dict[str, Tally]:
    """Hits and tests of one simulation after the other, by figure."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: np.array([run[name] for run in runs if name in run], dtype=np.float64) for name in names}

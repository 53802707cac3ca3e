"""What a simulation is: a name, a function that runs it some times, and the bar of the rates that it yields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from cisgrammar.calibration.rates import Bar, Tally, stack

CHUNKS, QUICK_CHUNKS = 8, 2
"""Into so many parts, each with a seed of its own, the runs of a simulation are dealt, whatever the processes."""
Once = Callable[[np.random.Generator], Mapping[str, tuple[float, float]]]
"""One simulation: name of each figure -> hits and tests."""


@dataclass(frozen=True)
class Simulation:
    """A simulation of one setting.

    Attributes
    ----------
    name
        First part of the names of its figures.
    make
        Takes a source of random numbers and returns what is run again and again; what stays for a part of the runs,
        such as the places of sites, is drawn here.
    runs, quick
        How often it is run, and how often in the quick form, which leaves it out with 0.
    bar
        Of all its figures.
    """

    name: str
    make: Callable[[np.random.Generator], Once]
    runs: int
    quick: int
    bar: Bar

    def part(self, seed: int, chunk: int, quick: bool) -> dict[str, Tally]:
        """One part of the runs: name of each figure -> hits and tests."""
        rng = np.random.default_rng([seed, crc32(self.name.encode()), chunk])
        once = self.make(rng)
        many = len(range(chunk, *(self.quick, QUICK_CHUNKS) if quick else (self.runs, CHUNKS)))
        found = stack([once(rng) for _ in range(many)])
        return {f"{self.name}.{name}" if name else self.name: counted for name, counted in found.items()}


def always(once: Once) -> Callable[[np.random.Generator], Once]:
    """The `make` of a simulation in which nothing stays from run to run."""
    return lambda _: once

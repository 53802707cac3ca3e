"""Run all simulations, one process a core, and bring their rates into one table."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict

import numpy as np
import pandas as pd

from cisgrammar.calibration.catalogue import SIMULATIONS
from cisgrammar.calibration.rates import Rate, Tally, rate
from cisgrammar.calibration.simulation import CHUNKS, QUICK_CHUNKS, Simulation

_LOG = logging.getLogger(__name__)
Job = tuple[str, int, int, bool]
"""Name of the simulation, seed, part of its runs, whether it is the quick form."""


def calibrate(
    seed: int, processes: int, quick: bool = False, simulations: Sequence[Simulation] = SIMULATIONS
) -> pd.DataFrame:
    """Simulate rates; the same numbers whatever the processes.

    Parameters
    ----------
    seed
        Of all simulations.
    processes
        How many at once, each with one thread.
    quick
        Fewer simulations and wider bars.
    simulations
        All of the catalogue, or some of them.

    Returns
    -------
    DataFrame
        `calibration.tsv`: a row for each figure.
    """
    return pd.DataFrame([asdict(found) for found in _rates(simulations, seed, processes, quick)])


def _rates(simulations: Sequence[Simulation], seed: int, processes: int, quick: bool) -> Iterator[Rate]:
    """The rates of simulations, in their order."""
    chunks = QUICK_CHUNKS if quick else CHUNKS
    done = _parts([(s.name, seed, chunk, quick) for s in simulations for chunk in range(chunks)], processes)
    for simulation in simulations:
        parts = [next(done) for _ in range(chunks)]
        for name in parts[0]:
            found = rate(name, np.concatenate([part[name] for part in parts]), simulation.bar, quick)
            _LOG.info("%s %.4f (%.4f to %.4f): %s", found.name, found.value, found.low, found.high, found.verdict)
            yield found


def _parts(jobs: Sequence[Job], processes: int) -> Iterator[dict[str, Tally]]:
    """Parts in the order of the jobs."""
    if processes == 1:
        yield from map(_part, jobs)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_part, jobs)


def _part(job: Job) -> dict[str, Tally]:
    """One part of a simulation, which a process finds by its name: functions made in functions cannot be sent."""
    name, seed, chunk, quick = job
    (simulation,) = (s for s in SIMULATIONS if s.name == name)
    return simulation.part(seed, chunk, quick)

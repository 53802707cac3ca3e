"""Parts of a simulation: every run in one of them, each with its own random numbers, the same ones each time."""

import numpy as np

from cisgrammar.calibration.rates import TYPE_I
from cisgrammar.calibration.simulation import CHUNKS, QUICK_CHUNKS, Simulation, always


def drawn(name="x", runs=19, quick=5):
    return Simulation(name, always(lambda rng: {"": (rng.random(), 1.0), "b": (0.0, 2.0)}), runs, quick, TYPE_I)


def test_parts_together_are_all_runs():
    parts = [drawn().part(7, chunk, False) for chunk in range(CHUNKS)]
    assert list(parts[0]) == ["x", "x.b"]
    found = np.concatenate([part["x"] for part in parts])
    assert found.shape == (19, 2)
    assert len(np.unique(found[:, 0])) == 19
    assert sum(len(drawn().part(7, chunk, True)["x"]) for chunk in range(QUICK_CHUNKS)) == 5


def test_seed_name_and_part_choose_the_numbers():
    first = drawn().part(7, 0, False)["x"]
    np.testing.assert_array_equal(first, drawn().part(7, 0, False)["x"])
    for other in (drawn().part(8, 0, False)["x"], drawn().part(7, 1, False)["x"], drawn("y").part(7, 0, False)["y"]):
        assert other[0, 0] != first[0, 0]


def test_what_stays_is_drawn_once_a_part():
    made = []
    simulation = Simulation("x", lambda rng: made.append(1) or (lambda _: {"": (0.0, 1.0)}), 24, 4, TYPE_I)
    simulation.part(7, 0, False)
    assert len(made) == 1

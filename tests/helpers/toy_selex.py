"""Simulated SELEX of some kinds."""

from cisgrammar.config.simulate import SimulateSelex
from cisgrammar.simulate import selex

CASES = {
    "pair of one": {},
    "opposite strands": {"strands": "opposite", "offsets": (9, -11), "hill": 0.8},
    "two factors": {"partner": "GATA", "offsets": (9, -11), "strands": "opposite"},
    "flanks, saturated": {"flank_length": 4, "selection": "bound", "occupancy": 2.0, "hill": 1.0},
    "no pair": {"dimer_share": 0.0},
}


def make(**settings):
    return selex.make_truth(SimulateSelex(**settings))

"""Libraries selected by two different factors that bind together, at one offset above all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cisgrammar.binding.reads.count_table import CountTable, Flanks
from cisgrammar.config.simulate import SimulateSelex
from cisgrammar.sequence.alphabet import encode
from cisgrammar.simulate.selex import SelexTruth, draw_round, make_truth

_LEFT, _RIGHT = "GTTCAGAGTTCTACAG", "TCCGACGATCTGGAAT"


@dataclass(frozen=True)
class Heterodimer:
    """Two factors, and how they bind.

    Attributes
    ----------
    consensus
        Best sites of a and of b, of one width.
    strands, offset
        The placement that is favoured, by `log_omega` (nats): `same` or `opposite`, start of b minus start of a.
    low, high
        Range of the cost of a base that is not of the consensus, in ddG/RT.
    dimer_share, monomer_share
        Shares of the last round's reads that are bound by both, and by one.
    length, reads, flank
        Variable region in bp, reads of each round, and bp of the constant regions that are scored.
    """

    consensus: tuple[str, str] = ("TGATTA", "GCCATA")
    strands: str = "opposite"
    offset: int = 7
    log_omega: float = 4.7
    low: float = 1.0
    high: float = 3.5
    dimer_share: float = 0.6
    monomer_share: float = 0.1
    length: int = 16
    reads: int = 20_000
    flank: int = 3

    def truth(self, seed: int) -> SelexTruth:
        """All parameters."""
        rng = np.random.default_rng([seed, 6])
        width = len(self.consensus[0])
        settings = SimulateSelex.model_validate(
            {
                **{"factor": "a", "partner": "b", "width": width, "length": self.length, "left": _LEFT},
                **{"right": _RIGHT, "flank_length": self.flank, "reads": self.reads, "sequenced": (0, 2)},
                **{"monomer_share": self.monomer_share, "dimer_share": self.dimer_share, "hill": 1.0},
                **{"max_spacing": self.length - 2 * width, "strands": self.strands, "offsets": (self.offset,)},
                **{"log_omega": (self.log_omega,), "position_bias": 0.0, "seed": seed},
            }
        )
        matrices = {}
        for name, best in zip("ab", self.consensus, strict=True):
            cost = -rng.uniform(self.low, self.high, (width, 4))
            cost[np.arange(width), encode(best)] = 0.0
            matrices[name] = cost - cost.mean(1, keepdims=True)
        return make_truth(settings, matrices)


def draw_library(pair: Heterodimer, seed: int) -> CountTable:
    """Reads of rounds 0 and 2; round 1 was not sequenced, its column is zero."""
    truth = pair.truth(seed)
    rounds = [draw_round(truth, number, pair.reads) for number in (0, 2)]
    codes, which = np.unique(np.concatenate(rounds), axis=0, return_inverse=True)
    counts = np.zeros((len(codes), 3))
    np.add.at(counts, (which.ravel(), np.repeat([0, 2], pair.reads)), 1.0)
    return CountTable(codes, counts, Flanks(_LEFT, _RIGHT, pair.flank, pair.flank))

"""The factors of simulated genomes: what they bind, what their sites do to the reads, and how many peaks have one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.simulate import FACTOR_NAMES
from cisgrammar.sequence.alphabet import BASES

Kind = Literal["activator", "repressor", "passenger"]
CERTAIN = 0.95
"""Probability of its best letter above which a column of a factor's matrix is certain."""
COMMON = 0.45
"""Share of the peaks from which on an activator is common: a peak without an activator gets a common one."""
_SHARP = (0.6, 0.9, *9 * (0.98,), 0.7)
_PAIRED = (0.6, 0.9, *8 * (0.98,), 0.7, 0.7)
"""Of the factor that pairs: as many certain columns as a second site is written with (`genome.CORE`)."""


@dataclass(frozen=True)
class Factor:
    """A DNA-binding factor.

    Attributes
    ----------
    name
        Name in tables.
    consensus
        Most likely base at each position.
    certainty
        Probability of that base at each position; the other three share the rest.
    effect
        What one site adds to the peak's ln strength: above 0 for an activator, below 0 for a repressor, and 0 for a
        passenger, which is planted and does nothing.
    share
        Share of the peaks that have a site.
    background
        Sites outside of peaks, as a share of the number of peaks. They do not act: nothing is open there.
    """

    name: str
    consensus: str
    certainty: tuple[float, ...]
    effect: float
    share: float
    background: float = 0.0

    @property
    def kind(self) -> Kind:
        """What its sites do. Only activators open chromatin and leave a footprint."""
        if self.effect > 0:
            return "activator"
        return "repressor" if self.effect < 0 else "passenger"

    def probabilities(self) -> NDArray[np.float64]:
        """Return the position-probability matrix, `(width, 4)`, rows summing to 1."""
        certain = np.array(self.certainty)[:, None]
        best = np.array([list(BASES)]) == np.array(list(self.consensus))[:, None]
        return np.where(best, certain, (1 - certain) / 3)  # (width, 4)

    def core(self) -> NDArray[np.uint8]:
        """The best letters of its certain columns, which lie side by side; `(columns,)` codes."""
        probabilities = self.probabilities()
        return probabilities.argmax(axis=1)[probabilities.max(axis=1) > CERTAIN].astype(np.uint8)


# Sharper than most real motifs, so that a few hundred peaks are enough to learn them. GZF3's matrix differs from that
# of GATA in two of its certain columns.
FACTORS = (
    Factor("REB1", "GGTTACCCGGAA", _PAIRED, 1.2, 0.55),
    Factor("CBF1", "AGGTCACGTGAC", _SHARP, 0.9, 0.5),
    Factor("GATA", "CAGATAAGGTTC", _SHARP, 0.6, 0.45),
    Factor("GZF3", "CAGATAACGATC", _SHARP, 0.4, 0.3, background=0.3),
    Factor("RAP1", "ACACCCATACAT", _SHARP, 1.0, 0.03),
    Factor("RPN4", "TCGGTGGCAAAT", _SHARP, 0.2, 0.4, background=0.3),
    Factor("ROX1", "CCCATTGTTCTC", _SHARP, -0.6, 0.3),
    Factor("GCN4", "GTGACTCATCGA", _SHARP, 0.0, 0.3, background=0.3),
)
if tuple(factor.name for factor in FACTORS) != FACTOR_NAMES:
    raise RuntimeError("config.simulate.FACTOR_NAMES: must be the names of FACTORS in their order")

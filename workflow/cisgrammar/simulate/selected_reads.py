"""Reads of one round of selection drawn exactly from a known matrix, and the initial library that they come from.

A read x of the initial library, whose letters are independent with known shares, is selected in proportion to
Z(x) = length * alpha + sum over windows and strands of exp(beta of its bases). That is a mixture: pick no site or a
window by its weight, the bases under it in proportion to share * exp(beta), all others by their shares. So no pool of
random reads is needed, of which the best would be drawn again and again. A library may hold only a part of the reads
with the consensus, on either side of the selection.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import complement, encode

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Setting:
    """A library, and the truth that its reads are selected by.

    Attributes
    ----------
    consensus
        Best site. Other bases cost `low` to `high` each, drawn evenly with `seed`.
    reads
        Reads of the initial and of the selected round.
    length
        Bases of the variable region.
    left, right
        Constant regions, scored whole.
    log_nonspecific
        ln of the activity without a site, per base of the read, relative to that of a factor.
    kept
        Share of the reads with the consensus that the library holds.
    uneven
        Whether letters differ in frequency from position to position.
    """

    consensus: str
    reads: tuple[int, int]
    length: int = 10
    left: str = ""
    right: str = ""
    low: float = 1.5
    high: float = 3.0
    log_nonspecific: float = -6.0
    kept: float = 1.0
    uneven: bool = False
    seed: int = 1

    @property
    def width(self) -> int:
        """Bases of a scored read."""
        return len(self.left) + self.length + len(self.right)

    def betas(self) -> Floats:
        """The matrix, `(positions, 4)`, 0 for the consensus."""
        out = -np.random.default_rng(self.seed).uniform(self.low, self.high, (len(self.consensus), 4))
        out[np.arange(len(out)), encode(self.consensus)] = 0.0
        return out

    def shares(self, rng: np.random.Generator) -> Floats:
        """Share of each letter at each position of a scored read, `(width, 4)`."""
        inside = rng.dirichlet(np.full(4, 8.0), self.length) if self.uneven else np.full((self.length, 4), 0.25)
        return np.concatenate([np.eye(4)[encode(self.left)], inside, np.eye(4)[encode(self.right)]])


_LACKING = Setting("TGACGA", (20_000, 5_000))
_STRICT = Setting("TGAC", (4_000, 4_000), low=1.2, high=3.75, log_nonspecific=-8.0)
_LONG = Setting("TGATTTATGG", (25_000, 25_000), 20, "GTTCAG", "CCAGCT", 0.8, 3.5, float(np.log(2e-5)), seed=100)
SETTINGS = {
    "right": _LACKING,
    "half of the motif": replace(_LACKING, kept=0.5),
    "a third of the motif": replace(_LACKING, reads=(40_000, 2_000), kept=0.3),
    "half of a short motif": Setting("TGAC", (60_000, 3_000), low=0.8, high=2.5, log_nonspecific=-5.0, kept=0.5),
    "few initial reads": replace(_STRICT, reads=(1_000, 100_000), uneven=True),
    "few reads of both": replace(_STRICT, reads=(2_000, 20_000), uneven=True),
    "even": _STRICT,
    "strong": _LONG,
    "strong b": replace(_LONG, seed=101),
    "strong c": replace(_LONG, seed=102),
    "weak": replace(_LONG, log_nonspecific=float(np.log(1e-4))),
    "weak b": replace(_LONG, log_nonspecific=float(np.log(1e-4)), seed=101),
}
"""Libraries that hold what their composition says or lack a part of the motif's reads, few or many, and five truths of
a long motif whose sites drive most reads (`strong`) or fewer (`weak`)."""


def draw_reads(setting: Setting, seed: int) -> tuple[Codes, Codes]:
    """Variable regions of both rounds, `(reads, length)` codes."""
    rng = np.random.default_rng([seed, 15])
    shares = setting.shares(rng)
    ways = _ways(setting, shares)
    weights = np.array([weight for weight, _ in ways])
    laws = np.stack([law for _, law in ways])  # (ways, width, 4)
    inside = slice(len(setting.left), len(setting.left) + setting.length)
    before = _kept(setting, rng, setting.reads[0], np.ones(1), shares[None])
    after = _kept(setting, rng, setting.reads[1], weights / weights.sum(), laws)
    return before[:, inside], after[:, inside]


def _ways(setting: Setting, shares: Floats) -> list[tuple[float, Floats]]:
    """Weight, and law of each letter `(width, 4)`, of every way to be bound."""
    out = [(setting.width * float(np.exp(setting.log_nonspecific)), shares)]
    matrix = setting.betas()
    for betas in (matrix, matrix[::-1, ::-1]):
        for start in range(setting.width - len(betas) + 1):
            site = slice(start, start + len(betas))
            law = shares.copy()
            law[site] *= np.exp(betas)
            sums = law.sum(1, keepdims=True)
            out.append((float(sums.prod()), law / sums))
    return out


def _kept(setting: Setting, rng: np.random.Generator, reads: int, shares: Floats, laws: Floats) -> Codes:
    """Draw reads of a mixture, `(reads, width)`, of which the library lacks a part of those with the consensus."""
    below = laws.cumsum(2)[..., :3]
    found: list[Codes] = []
    while sum(map(len, found)) < reads:
        chosen = rng.choice(len(shares), reads, p=shares)
        codes = (rng.random((reads, setting.width, 1)) >= below[chosen]).sum(2).astype(np.uint8)
        found.append(codes[~holds(codes, setting.consensus) | (rng.random(reads) < setting.kept)])
    return np.concatenate(found)[:reads]


def holds(reads: Codes, consensus: str) -> NDArray[np.bool_]:
    """Which reads hold the consensus on either strand."""
    motif = encode(consensus)
    windows = np.lib.stride_tricks.sliding_window_view(reads, len(motif), axis=1)
    turned = complement(motif)[::-1]
    return (windows == motif).all(2).any(1) | (windows == turned).all(2).any(1)

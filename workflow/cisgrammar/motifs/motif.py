"""One type for motifs: base shares and scores, from counts, a consensus, or the energies of a binding model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cisgrammar.iupac import BASES, IUPAC

Matrix = NDArray[np.float64]
Source = Literal["binding", "motifs", "consensus", "annotations", "discovered"]
_PSEUDOCOUNT = 1e-3


@dataclass(frozen=True, eq=False)
class Motif:
    """A motif. Matrices are `(width, 4)`, columns A C G T.

    Attributes
    ----------
    name
        Its name.
    source
        Where it comes from: a fitted binding model, a file of motifs, a consensus, sites of a BED, or hits
        of the discover stage.
    shares
        Probabilities of the bases.
    scores
        In nats, best base of each position 0; -inf for a base that a consensus forbids.
    decoy_of
        Name of the motif that it is a decoy of; empty for a motif.
    log_affinity
        Of a binding model: ln of its best sequence's affinity over the mean of random sequence; nan for others.
    """

    name: str
    source: Source
    shares: Matrix
    scores: Matrix
    decoy_of: str = ""
    log_affinity: float = np.nan

    @property
    def width(self) -> int:
        """Bases."""
        return len(self.shares)

    @property
    def exact(self) -> bool:
        """Whether a site is an exact match, not a score above a bar."""
        return bool(np.isneginf(self.scores).any())

    @property
    def consensus(self) -> str:
        """The likeliest base of each position, N where none is likelier than the others."""
        flat = np.ptp(self.shares, axis=1) < 1e-6
        return "".join("N" if f else BASES[i] for i, f in zip(self.shares.argmax(1), flat, strict=True))

    @property
    def energies(self) -> Matrix:
        """Scores relative to the mean of each position, `(width, 4)`; of a binding model they are -ddG/RT.

        ValueError for an exact motif, which forbids letters.
        """
        if self.exact:
            raise ValueError(f"motif {self.name} forbids letters: it has no finite energies; give shares or counts")
        return self.scores - self.scores.mean(1, keepdims=True)

    @property
    def information(self) -> float:
        """Bits over an even background, all positions together."""
        return float((self.shares * np.log2(np.maximum(self.shares, 1e-12) / 0.25)).sum())

    def reordered(self, order: NDArray[np.int64], name: str) -> Motif:
        """The positions in another order, as a decoy."""
        return Motif(name, self.source, self.shares[order], self.scores[order], self.name)


def from_consensus(name: str, consensus: str) -> Motif:
    """A motif whose sites are exact matches of IUPAC letters."""
    letters = consensus.upper()
    if not letters or not set(letters) <= set(IUPAC):
        raise ValueError(f"consensus {name}: wanted IUPAC letters, got {consensus!r}")
    allowed = np.array([[base in IUPAC[letter] for base in BASES] for letter in letters])
    with np.errstate(divide="ignore"):
        return Motif(name, "consensus", allowed / allowed.sum(1, keepdims=True), np.log(allowed * 1.0))


def from_shares(name: str, shares: Matrix, source: Source = "motifs", pseudocount: float = _PSEUDOCOUNT) -> Motif:
    """A motif of base shares or counts `(width, 4)`.

    The pseudocount is added to each share, and a position's shares are divided by their sum. Scores are log shares,
    relative to the best base of the position.
    """
    padded = shares / shares.sum(1, keepdims=True) + pseudocount
    log_shares = np.log(padded / padded.sum(1, keepdims=True))
    return Motif(name, source, np.exp(log_shares), log_shares - log_shares.max(1, keepdims=True))


def from_energies(name: str, energies: Matrix) -> Motif:
    """A motif of a binding model's scores `(width, 4)`, -ddG/RT.

    Its shares are those of bases in sites of a uniform pool, far from saturation: the softmax of each position.
    """
    affinity = float((energies.max(1) - np.log(np.exp(energies).mean(1))).sum())
    scores = energies - energies.max(1, keepdims=True)
    weights = np.exp(scores)
    return Motif(name, "binding", weights / weights.sum(1, keepdims=True), scores, log_affinity=affinity)

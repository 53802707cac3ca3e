"""Splice site motifs of known strength: a site's strength is its log-odds (nats) over the background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.iupac import BASES

_RARE = 1e-3
_BATCH = 8
_MOST_DRAWS = 200
_TRACT = (0.04, 0.28, 0.04, 0.64)


@dataclass(frozen=True, eq=False)
class SiteMotif:
    """The motif of donors or of acceptors.

    Attributes
    ----------
    kind
        `donor` or `acceptor`.
    probabilities
        `(width, 4)`, rows A C G T summing to 1.
    log_odds
        `(width, 4)` nats over the background composition.
    exonic
        Positions of it that lie in the exon: the last three bases of it before a donor, the first one after an
        acceptor.
    """

    kind: str
    probabilities: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    exonic: int

    @property
    def width(self) -> int:
        """Bases of the motif."""
        return len(self.probabilities)

    def strength(self, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the strength of windows `(..., width)`, in nats."""
        return self.log_odds[np.arange(self.width), codes].sum(axis=-1)

    def fixed(self) -> NDArray[np.int64]:
        """The positions of GT, or of AG: the two most certain ones, `(2,)`."""
        return np.argsort(self.probabilities.max(axis=1), kind="stable")[-2:]

    def typical(self) -> float:
        """Return the mean strength of instances."""
        return float((self.probabilities * self.log_odds).sum())


def _rows(consensus: str, certainty: tuple[float, ...]) -> NDArray[np.float64]:
    best = np.array([list(BASES)]) == np.array(list(consensus))[:, None]
    certain = np.array(certainty)[:, None]
    return np.where(best, certain, (1 - certain) / 3)  # (width, 4)


def site_motifs(sharpness: float, gc: float) -> tuple[SiteMotif, SiteMotif]:
    """Return the motifs of donors (3 exonic bases, GT and 4 more) and acceptors (a pyrimidine tract, AG, 1 exonic).

    Parameters
    ----------
    sharpness
        Exponent of the probabilities: above 1 motifs are more alike, and easier to find.
    gc
        GC content of the background.
    """
    donor = _rows("CAGGTAAGT", (0.6, 0.75, 0.9, 1 - _RARE, 1 - _RARE, 0.85, 0.85, 0.92, 0.75))
    tract = np.tile(np.array(_TRACT), (13, 1))
    acceptor = np.concatenate([tract, _rows("CAGG", (0.8, 1 - _RARE, 1 - _RARE, 0.65))])  # (17, 4)
    background = np.array([1 - gc, gc, gc, 1 - gc]) / 2
    return (
        _motif("donor", donor, sharpness, background, exonic=3),
        _motif("acceptor", acceptor, sharpness, background, exonic=1),
    )


def _motif(
    kind: str, rows: NDArray[np.float64], sharpness: float, background: NDArray[np.float64], exonic: int
) -> SiteMotif:
    scaled = rows**sharpness
    probabilities = scaled / scaled.sum(axis=1, keepdims=True)
    return SiteMotif(kind, probabilities, np.log(probabilities / background), exonic)


def draw_site(rng: np.random.Generator, motif: SiteMotif, lowest: float, highest: float) -> NDArray[np.uint8]:
    """Draw an instance `(width,)` of a strength from `lowest` to `highest` nats, GT or AG included.

    Weak ones are drawn by mixing the motif with an even composition, so that any strength is soon found; ValueError
    if none is.
    """
    fixed = motif.fixed()
    typical = motif.typical()
    middle = (max(lowest, 0.0) + min(highest, typical)) / 2
    weight = 1.0 if highest >= typical else float(np.clip(middle / typical, 0.0, 1.0)) ** 0.5
    rows = weight * motif.probabilities + (1 - weight) / 4
    rows[fixed] = motif.probabilities[fixed].round()
    steps = rows.cumsum(axis=1)[:, :3]  # (width, 3)
    for _ in range(_MOST_DRAWS):
        codes = (rng.random((_BATCH, motif.width))[..., None] >= steps).sum(axis=2).astype(np.uint8)  # (_BATCH, width)
        strength = motif.strength(codes)
        fitting = (strength >= lowest) & (strength <= highest)
        if fitting.any():
            return codes[fitting.argmax()]
    raise ValueError(
        f"no {motif.kind} of strength {lowest:.1f} to {highest:.1f} nats was found; its motif has {typical:.1f} on "
        "average: raise simulate_genes.sharpness"
    )

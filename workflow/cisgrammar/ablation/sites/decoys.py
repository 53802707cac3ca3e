"""Decoys: motifs of the same width and composition that are no motif."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.motifs.motif import Motif
from cisgrammar.motifs.similarity import similarity

_LOG = logging.getLogger(__name__)
_TRIES = 200
MOST_ALIKE = 0.7


def draw_decoys(motif: Motif, motifs: Mapping[str, Motif], number: int, seed: int) -> list[Motif]:
    """Put a motif's positions into other orders, and keep the orders that are least like any motif.

    Parameters
    ----------
    motif
        The motif.
    motifs
        All motifs of the run; a decoy must be unlike each of them.
    number
        Decoys wanted; fewer are returned, with a warning, if the motif has no orders that are unlike it (TTTTTT).
    seed
        Of the orders; 200 are tried.
    """
    rng = np.random.default_rng([seed, *motif.name.encode()])
    tried: dict[bytes, tuple[float, NDArray[np.int64]]] = {}
    for _ in range(_TRIES if number else 0):
        order = rng.permutation(motif.width)
        shares = motif.shares[order]
        alike = max(similarity(shares, other.shares) for other in motifs.values())
        key = min(shares.round(6).tobytes(), shares[::-1, ::-1].round(6).tobytes())
        tried.setdefault(key, (alike, order))
    ranked = sorted((alike, tuple(order.tolist())) for alike, order in tried.values() if alike <= MOST_ALIKE)
    chosen = ranked[:number]
    if len(chosen) < number:
        _LOG.warning(
            "motif %s has %d decoys of the %d wanted: other orders are too like it", motif.name, len(chosen), number
        )
    return [motif.reordered(np.array(order), f"{motif.name}.decoy{i + 1}") for i, (_, order) in enumerate(chosen)]


def all_decoys(motifs: Mapping[str, Motif], number: int, seed: int) -> Sequence[Motif]:
    """The decoys of all motifs."""
    return [decoy for motif in motifs.values() for decoy in draw_decoys(motif, motifs, number, seed)]

"""Fitted matrices, and pairs of them at a spacing, as patterns that a genome is scanned for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
import torch

from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.motifs.motif import Matrix
from cisgrammar.motifs.pattern import Pattern, rounded


@torch.no_grad()
def _dense(psam: PSAM, strand: int = 0) -> tuple[Matrix, dict[tuple[int, int], Matrix]]:
    """Scores in nats of one strand over the span, dilation written out."""
    step = psam.dilation
    monomers = np.zeros((psam.size, 4))
    monomers[::step] = psam.get_filter(0)[strand].T.double().cpu().numpy()
    pairs: dict[tuple[int, int], Matrix] = {}
    for distance in range(1, psam.pairwise_distance + 1):
        blocks = psam.get_filter(distance)[strand].double().cpu().numpy()  # (4, 4, positions - distance)
        pairs |= {(i, i + distance): blocks[..., i] for i in range(blocks.shape[-1])}
    return monomers, pairs


def pattern(psam: PSAM) -> Pattern:
    """A matrix as a pattern; scores are log affinities relative to its best sequence."""
    return rounded(*_dense(psam))


def paired(
    psam_a: PSAM, psam_b: PSAM, strands: Literal["same", "opposite"], offset: int, log_omega: float = 0.0
) -> Pattern:
    """Two matrices at a spacing as one pattern, a on its forward strand.

    Parameters
    ----------
    psam_a, psam_b
        The matrices.
    strands
        Whether b is on the strand of a.
    offset
        Start of b minus start of a, on a's strand.
    log_omega
        Log cooperativity relative to the best spacing, at most 0; added to every score.
    """
    parts = [(max(0, -offset), *_dense(psam_a)), (max(0, offset), *_dense(psam_b, int(strands == "opposite")))]
    span = max(start + len(monomers) for start, monomers, _ in parts)
    monomers, pairs = np.zeros((span, 4)), dict[tuple[int, int], Matrix]()
    for start, single, double in parts:
        monomers[start : start + len(single)] += single
        for (i, j), block in double.items():
            key = (start + i, start + j)
            pairs[key] = pairs.get(key, 0.0) + block
    return rounded(monomers, pairs, log_omega)


def motif_patterns(factors: Mapping[str, PSAM]) -> dict[str, Pattern]:
    """Patterns of single motifs by name."""
    return {name: pattern(psam) for name, psam in factors.items()}


def supported_patterns(psams: Mapping[str, tuple[PSAM, PSAM]], spacings: pd.DataFrame) -> dict[str, Pattern]:
    """Patterns of pairs at the spacings whose lower bound of log omega is above 0, named `a:b:offset:strands`.

    Scores of one pair's patterns are relative to its best spacing's best sequence.

    Parameters
    ----------
    psams
        Pair name (`a:b`) -> its two matrices.
    spacings
        What `spacing_profile.spacing_table` gives.
    """
    found: dict[str, Pattern] = {}
    for pair, part in spacings[spacings["lower"] > 0].groupby("pair", sort=False):
        most = part["log_omega"].max()
        for row in part.to_dict("records"):
            # Of a factor with itself, -o on the same strand is o seen from the other site.
            if psams[pair][0] is psams[pair][1] and row["strands"] == "same" and row["offset"] < 0:
                continue
            name = f"{pair}:{row['offset']}:{row['strands']}"
            found[name] = paired(*psams[pair], row["strands"], int(row["offset"]), float(row["log_omega"] - most))
    return found


def fitted_pairs(fitted: Fitted) -> dict[str, tuple[PSAM, PSAM]]:
    """The matrices of each pair that a model was fitted with, as `supported_patterns` takes them."""
    return {fitted.spacing_name(spacing): spacing.psams for spacing, _ in fitted.dimers()}

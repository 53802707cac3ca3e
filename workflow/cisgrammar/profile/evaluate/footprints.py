"""Marginal footprints: what a motif does to the predicted profile of sequences that do not have it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.files.progress import counted
from cisgrammar.iupac import BASES
from cisgrammar.perturb.insert import insert
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.predict import Parts, model_parts, predict_codes
from cisgrammar.sequence.alphabet import reverse_complement

AROUND = 100
_BAR = 3.0


@dataclass(frozen=True, eq=False)
class Footprint:
    """The mean predicted profile of background sequences with a motif in their centre.

    Attributes
    ----------
    part, head, motif
        Which part of the model, which head, which motif; the motif `""` is the background as it is.
    profile
        `(length,)`: mean probability at each position, tasks summed; it sums to 1.
    error
        `(length,)`: its standard error over background sequences; nan for one of them, None if it is not known.
    sequences
        Background sequences; 0 if it is not known.
    """

    part: str
    head: str
    motif: str
    profile: NDArray[np.float64]
    error: NDArray[np.float64] | None = None
    sequences: int = 0

    def maximum(self) -> float:
        """Return the largest probability within `AROUND` bp of the motif's centre."""
        middle = len(self.profile) // 2
        return float(self.profile[max(0, middle - AROUND) : middle + AROUND].max())


def footprint_bar(length: int) -> float:
    """Return the bar that an enzyme's footprint must stay under: three times the uniform probability.

    It is 0.003 for 1,000 bp, as in ChromBPNet, and the same height above uniform for other lengths.
    """
    return _BAR / length


def check_motif(motif: str, length: int) -> None:
    """ValueError unless a motif is letters of A C G T that fit into sequences of `length` bp."""
    if not set(motif.upper()) <= set(BASES) or not 0 < len(motif) <= length:
        raise ValueError(f"motif {motif!r} must be 1 to {length} letters of A C G T; check evaluate.motifs")


def marginal_footprints(
    model: ProfileModel,
    codes: NDArray[np.uint8],
    motifs: Mapping[str, str],
    batch_size: int = 64,
    device: str | torch.device = "cpu",
    alone: str = "bias",
) -> list[Footprint]:
    """Put each motif into the centre of background sequences and average the predicted profiles.

    Each sequence is read from both strands, and each strand's probabilities averaged: the motif is seen in both
    orientations, turned back. Before correction is part `transformation` or `bias` (or `combined`), after is
    `residual`.

    Parameters
    ----------
    model
        Solo, transformation or combined model.
    codes
        `(sequences, input_length)`: background, without the motifs.
    motifs
        Name -> sequence. The background itself is added under the name `""`, to compare with.
    batch_size, device
        Sequences at once, and where.
    alone
        What the one part of a solo model is called (`predict.model_parts`).

    Returns
    -------
    list of Footprint
        One for each motif, part and head.
    """
    if codes.ndim != 2 or not len(codes) or codes.shape[1] != model.input_length:
        raise ValueError(
            f"background sequences have shape {codes.shape}; wanted at least one of {model.input_length} bp"
        )
    for motif in motifs.values():
        check_motif(motif, codes.shape[1])
    device = torch.device(device)
    model = model.to(device).eval()
    sequences = {"": codes} | {name: insert(codes, motif) for name, motif in motifs.items()}
    footprints = []
    for name, changed in counted(sequences.items(), f"footprints on {device.type}", "motifs"):
        for (part, head), (profile, error) in _mean_profiles(
            model_parts(model, alone), model.heads, changed, batch_size, device
        ).items():
            footprints.append(Footprint(part, head, name, profile, error, len(codes)))
    return footprints


def _mean_profiles(
    parts: Parts, heads: Sequence[Head], codes: NDArray[np.uint8], batch_size: int, device: torch.device
) -> dict[tuple[str, str], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Mean over sequences and strands of the probability at each position, and its standard error over sequences.

    (part, head) -> both `(length,)`.
    """
    sums: dict[tuple[str, str], NDArray[np.float64]] = {}
    squares: dict[tuple[str, str], NDArray[np.float64]] = {}
    number = len(codes)
    for i in range(0, len(codes), batch_size):
        batch = codes[i : i + batch_size]
        forward = predict_codes(parts, heads, batch, device, both_strands=False)
        turned = np.ascontiguousarray(reverse_complement(batch))
        backward = predict_codes(parts, heads, turned, device, both_strands=False)
        for part, predictions in forward.items():
            for head, log_p in predictions.log_probabilities.items():
                there = np.exp(log_p.astype(np.float64)).sum(axis=1)  # (batch, length)
                back = np.exp(backward[part].log_probabilities[head].astype(np.float64)).sum(axis=1)
                key, each = (part, head), (there + back[:, ::-1]) / 2
                sums[key] = sums.get(key, 0.0) + each.sum(axis=0)
                squares[key] = squares.get(key, 0.0) + np.square(each).sum(axis=0)
    means = {key: total / number for key, total in sums.items()}
    if number == 1:
        return {key: (mean, np.full(len(mean), np.nan)) for key, mean in means.items()}
    spread = {key: np.maximum(squares[key] / number - np.square(mean), 0.0) for key, mean in means.items()}
    return {key: (mean, np.sqrt(spread[key] / (number - 1))) for key, mean in means.items()}


def largest(footprints: list[Footprint], part: str, motifs: Collection[str]) -> float:
    """Return the largest maximum over some motifs and all heads of a part; nan if there is none."""
    heights = [f.maximum() for f in footprints if f.part == part and f.motif in motifs]
    return max(heights, default=math.nan)

"""Models whose effects in every frame check are known beforehand: they test the checks.

The frame-blind oracle depends on the sites alone: every effect of it must be exactly 0. The other one is the same model
with a rule about open reading frames: it must respond to stops in phase 0 and to shifts of the frame, and to nothing
else.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cisgrammar.splice.frames.edited_windows import Reading, edited_scores
from cisgrammar.splice.genes.exon_table import ExonTable
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR, GeneSet
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.models.position_weights import fit_position_weights

REACH = 90
SEES = 20
PENALTY = 12.0
CALLED = 0.9


class OpenFrameRule(nn.Module):
    """A splice model with lower logits of sites beside which every reading frame has a stop codon.

    From the logit of an acceptor whose next `reach` bases have a stop in each of the three frames, and of a donor
    whose last `reach` bases have, `penalty` is taken.

    Parameters
    ----------
    model
        One-hot `(N, T, 4)` to logits `(N, T', 3)`, in the middle.
    reach
        bp of exon that the rule looks at; not more than the shortest exon of a check.
    penalty
        In nats.
    """

    def __init__(self, model: nn.Module, reach: int = REACH, penalty: float = PENALTY) -> None:
        super().__init__()
        if reach < 5:
            raise ValueError(f"reach must be at least 5 bp, to hold a codon of each frame, got {reach}")
        self.model, self.reach, self.penalty = model, reach, penalty

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(N, T, 4)` to logits `(N, T', 3)`."""
        logits = self.model(x)
        closed = self.closed(x)  # (N, T + reach - 1)
        clipped = (x.shape[1] - logits.shape[1]) // 2
        rows = slice(clipped, clipped + logits.shape[1])
        to_the_right, to_the_left = closed[:, self.reach - 1 :][:, rows], closed[:, : x.shape[1]][:, rows]
        none = torch.zeros_like(to_the_left)
        return logits - self.penalty * torch.stack([none, to_the_right, to_the_left], dim=-1).to(logits)

    def closed(self, x: Tensor) -> Tensor:
        """Whether every frame of `reach` bases has a stop: one-hot `(N, T, 4)` to `(N, T + reach - 1)`.

        Column `i` is that of the bases from `i - reach + 1` to `i`, both included; there are no stops outside.
        """
        a, g, t = x[:, :, 0], x[:, :, 2], x[:, :, 3]
        second_a, second_g, third_a, third_g = a[:, 1:-1], g[:, 1:-1], a[:, 2:], g[:, 2:]
        stops = t[:, :-2] * (second_a * (third_a + third_g) + second_g * third_a)  # (N, T - 2)
        stops = functional.pad(stops, (self.reach - 1, self.reach + 1)).unsqueeze(1)  # (N, 1, T + 2 * reach - 2)
        frames = []
        for frame in range(3):
            codons = (self.reach - frame) // 3
            kernel = torch.ones(1, 1, codons, dtype=x.dtype, device=x.device)
            counts = functional.conv1d(stops[:, :, frame:], kernel, dilation=3)[:, 0]
            frames.append(counts[:, : x.shape[1] + self.reach - 1] > 0.5)
        return frames[0] & frames[1] & frames[2]


def frame_blind(
    training: GeneSet, genes: GeneSet, exons: ExonTable, context: int = 2 * REACH, sees: int = SEES
) -> ModelToAnalyze:
    """Position weights fitted to genes, which see a few bp on either side but are asked as if they saw more.

    Parameters
    ----------
    training
        Genes to fit.
    genes, exons
        Genes, and exons of them, most of whose sites it calls.
    context
        The context that it is said to have, bp in all, so that edits are inside and every window is run.
    sees
        bp on either side of a site that it looks at: no more than lies between a site and the nearest edit, or the
        edits change what it sees and its effects are no longer 0.
    """
    fitted = fit_position_weights(training, reach=min(sees, SEES))
    wide = ModelToAnalyze(fitted.model, max(context, fitted.model_cl), fitted.cl_model_clipped)
    return wide.with_thresholds(calling_thresholds(wide, genes, exons))


def calling_thresholds(
    m: ModelToAnalyze, genes: GeneSet, exons: ExonTable, share: float = CALLED
) -> NDArray[np.float64]:
    """Thresholds `(2,)` at which at least a share of the exons' acceptors, and of their donors, are called."""
    if not len(exons):
        raise ValueError("no exons to set thresholds on; give at least one")
    found = []
    for places, label in ((exons.start, ACCEPTOR), (exons.end - 1, DONOR)):
        readings = [Reading(int(g), int(p), label, []) for g, p in zip(exons.gene, places, strict=True)]
        probabilities = np.exp(edited_scores(m, genes, readings).log_p[:, 0].astype(np.float64))
        lowest = np.quantile(probabilities, 1 - share, method="lower")
        found.append(np.clip((1 - 1e-6) * lowest, 1e-12, 1 - 1e-6))
    return np.array(found)


def with_open_frame_rule(m: ModelToAnalyze, reach: int = REACH, penalty: float = PENALTY) -> ModelToAnalyze:
    """The same model and thresholds, with the rule about open frames."""
    context = max(m.model_cl, 2 * reach)
    return ModelToAnalyze(OpenFrameRule(m.model, reach, penalty), context, m.cl_model_clipped, m.thresholds)

"""The best single motif of a pair's whole width: what a pair with spacing has to be better than."""

from __future__ import annotations

import numpy as np
import torch

from cisgrammar.binding.fit.optimise import Effort, minimise
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.likelihood import Objective
from cisgrammar.binding.likelihood.spaced import entries, log_omega, widest

# Widest single motif: wider ones have more parameters than most libraries determine (judgement).
WIDEST = 24


def single_motif(fitted: Fitted, effort: Effort | None = None) -> dict[str, Experiment]:
    """For each library non-specific binding and one motif over the best placement of a pair; empty without pairs.

    It is as wide as both factors with the bases between them, up to `WIDEST` and the shortest read. It is fitted to
    the training reads from both matrices at their places, as good a start as there is; of several pairs the one
    whose motif has the lowest loss is kept.
    """
    best: dict[str, Experiment] = {}
    least, data = np.inf, list(fitted.data().values())
    for spacing, dimers in fitted.dimers():
        model = _wide(fitted, spacing, widest(list(dimers.values())))
        if model is None:
            continue
        loss = minimise(Objective(model, data, fitted.penalty, fitted.chunk), effort or Effort(200, 1e-6))
        if loss < least:
            least, best = loss, dict(zip(fitted.experiments, model, strict=True))
    return best


def _wide(fitted: Fitted, spacing: Spacing, dimer: Cooperativity) -> Model | None:
    """Experiments with one motif; None if it does not fit into the reads."""
    matrix = composite(spacing, dimer)
    layers = [m for e in fitted.experiments.values() for m in e.modules() if isinstance(m, Conv1d)]
    room = min(layer.min_input_length for layer in layers)
    cut = max(0, len(matrix) - min(WIDEST, room))
    matrix = matrix[cut // 2 : len(matrix) - (cut - cut // 2)]
    psam = PSAM(len(matrix), score_reverse=spacing.n_strands == 2).double()
    psam.betas.data = torch.from_numpy(matrix)
    experiments = []
    for old in fitted.experiments.values():
        found = [b for b in old.bindings if isinstance(b, Cooperativity)]
        if not found:
            return None
        given = found[0].mode_a.layer
        mode = Mode(Conv1d(psam, given.input_shape, given.min_input_length, given.max_input_length))
        other = NonSpecific(given.min_input_length, given.max_input_length)
        new = Experiment([other, mode], [*old.rounds], old.activity).double().to(fitted.device)
        new.rounds.requires_grad_(False)
        with torch.no_grad():
            new.log_depth.copy_(old.log_depth)
        new.activate(1)
        experiments.append(new)
    return Model(experiments)


@torch.no_grad()
def composite(spacing: Spacing, dimer: Cooperativity) -> np.ndarray:
    """Both matrices at the best placement, `(positions, 4)`, a on the forward strand; overlaps add up."""
    placements = entries(dimer)
    best = placements[int(np.argmax(log_omega(dimer, placements)))]
    a, b = (psam.get_filter(0)[0].T.double().cpu().numpy() for psam in spacing.psams)
    if best.strands == "opposite":
        b = b[::-1, ::-1]
    low = min(0, best.offset)
    out = np.zeros((max(len(a), best.offset + len(b)) - low, 4))
    out[-low : len(a) - low] += a - a.mean(1, keepdims=True)
    out[best.offset - low : best.offset + len(b) - low] += b - b.mean(1, keepdims=True)
    return out

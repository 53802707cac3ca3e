"""Switch a binding on with a small part in the reads that there are."""

from __future__ import annotations

import torch

from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.likelihood import Data

# Part of Z that a binding has at first, as mean over the reads.
SHARE = 0.05


@torch.no_grad()
def set_share(experiment: Experiment, index: int, data: Data, share: float = SHARE, chunk: int = 8192) -> None:
    """Set the activity of one active binding so that it has this share of Z, as mean over reads, in each column.

    The score of a read of even letters, which `Experiment.activate` takes, is far below those of reads that bind where
    matrices are sharp: a pair switched on by that explains all reads alike, and the fit does not come back from there.

    Parameters
    ----------
    experiment
        The experiment, with the binding and at least one other active.
    index
        The binding.
    data
        Reads, each of which counts once.
    share
        Between 0 and 1.
    chunk
        Reads scored at a time.
    """
    from scipy.optimize import brentq

    before = experiment.active[index]
    others, scores = [], []
    for start in range(0, len(data), chunk):
        codes = data.codes[start : start + chunk]
        experiment.active[index] = False
        others.append(experiment.log_aggregate(codes).double())  # (reads, columns)
        experiment.active[index] = True
        scores.append(experiment.bindings[index](codes).double())  # (reads,)
    experiment.active[index] = before
    log_odds = torch.cat(scores)[:, None] - torch.cat(others)  # (reads, columns)
    for column, odds in enumerate(log_odds.T):
        known = odds[torch.isfinite(odds)]
        if not len(known):
            continue
        reach = 60.0 + float(known.abs().max())
        experiment.log_activity[index, column] = brentq(_excess, -reach, reach, (known, share), xtol=1e-6)


def _excess(log_activity: float, log_odds: torch.Tensor, share: float) -> float:
    return float(torch.sigmoid(log_odds + log_activity).mean()) - share

"""Outputs for edited sequences: in windows where the model allows it, in full where it does not."""

import logging

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.perturb import ablate, ablate_annotations, full_predict, predict
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from toy_ablation import CountMotif, sequences
from toy_incremental import combined


def test_annotations_over_many_sequences(caplog):
    model = combined()
    X = sequences(18, model.input_length, seed=4)
    rng = np.random.default_rng(1)
    starts, widths = rng.integers(0, model.input_length - 30, 36), rng.integers(8, 31, 36)
    rows = np.stack([np.arange(36) % 18, starts, starts + widths], axis=1)
    kwargs = {"n": 3, "shuffle_fn": dinucleotide_shuffle, "random_state": 0}
    with caplog.at_level(logging.WARNING):
        fast = ablate_annotations(model, X, rows, **kwargs, func=predict)
    assert caplog.text == ""
    full = ablate_annotations(model, X, rows, **kwargs, func=full_predict)
    for a, b in zip((*fast.y_befores, *fast.y_afters), (*full.y_befores, *full.y_afters), strict=True):
        assert (a - b).abs().max() < 1e-5


class Branches(nn.Module):
    """Takes another path when there are many A's."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 8, 5)

    def forward(self, x):
        y = self.conv(x).sum(dim=2)
        return y if x[:, 0].sum() > 20 else 2 * y


class Writes(Branches):
    """Writes a part of the result into zeros."""

    def forward(self, x):
        y = torch.zeros(len(x), 8)
        y[:, :4] = self.conv(x).sum(dim=2)[:, :4]
        return y


class Hidden(Branches):
    """What it gives depends on the number of sequences in the batch."""

    def forward(self, x):
        return self.conv(x).mean(dim=2) * len(x)


@pytest.mark.parametrize("build", [Branches, Writes, Hidden, CountMotif])
def test_other_models_run_in_full_and_the_log_says_so(build, caplog):
    torch.manual_seed(0)
    X, model = sequences(1, 60), build()
    with caplog.at_level(logging.WARNING):
        fast = ablate(model, X, 10, 40, n=5, random_state=0)
    assert "cannot be recomputed in windows" in caplog.text
    full = ablate(model, X, 10, 40, n=5, random_state=0, func=full_predict)
    assert torch.equal(fast.y_after, full.y_after)

"""Motifs at one spacing after another."""

import numpy as np
import torch

from cisgrammar.perturb import full_predict, space, spacing_scan
from toy_ablation import CountMotif, as_tensor

BACKGROUND = "C" * 30


def test_motifs_at_each_spacing():
    X = as_tensor(BACKGROUND, "C" * 29 + "A")
    result = space(CountMotif("both"), X, ["GATA", "GATA", "AA"], [[0, 1], [5, 2]], start=2)
    where, count = result.y_after
    assert where.shape == (2, 2, 1, 27)
    assert [where[0, k, 0].nonzero().flatten().tolist() for k in (0, 1)] == [[2, 6], [2, 11]]
    assert count.flatten().tolist() == [2] * 4
    assert space(CountMotif(), X, ["GATA", "GATA"], 4).y_after.shape == (2, 1, 1)


class Helix(torch.nn.Module):
    """Adds up GATA and TTGC, and gives 3 more where they are 10 bp apart."""

    def forward(self, x):
        gata = x[:, 2, :-3] * x[:, 0, 1:-2] * x[:, 3, 2:-1] * x[:, 0, 3:]
        ttgc = x[:, 3, :-3] * x[:, 3, 1:-2] * x[:, 2, 2:-1] * x[:, 1, 3:]
        pair = (gata[:, :-14] * ttgc[:, 14:]).sum(dim=1)
        return (gata.sum(dim=1) + ttgc.sum(dim=1) + 3 * pair).unsqueeze(1)


def test_the_preferred_spacing_is_found():
    X = as_tensor("A" * 60, "C" * 60)
    scan = spacing_scan(Helix(), X, ("GATA", "TTGC"), range(5, 15), func=full_predict)
    assert scan.spacings.tolist() == list(range(5, 15))
    assert scan.interaction.shape == (2, 10, 1)
    expected = np.where(scan.spacings == 10, 3.0, 0.0)
    assert (scan.interaction[:, :, 0].numpy() == expected).all()
    assert (scan.y_first == 1).all()

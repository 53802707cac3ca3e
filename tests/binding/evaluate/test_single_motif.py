"""The single motif that a pair is compared with: as wide as both, over the best placement, fitted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.evaluate import single_motif as single
from cisgrammar.binding.evaluate.single_motif import composite, single_motif
from cisgrammar.binding.likelihood.likelihood import negative_log_likelihood
from toy_binding import dimer, monomer
from toy_spacing import plain


def test_both_matrices_lie_at_the_best_placement() -> None:
    """The toy favours 4 bp on one strand: TGA, a base between, CCT."""
    model = dimer()
    pair = model.bindings[3]
    matrix = composite(pair.spacing, pair)
    assert matrix.shape == (7, 4)
    assert ["ACGT"[i] for i in matrix[[0, 1, 2, 4, 5, 6]].argmax(1)] == list("TGACCT")
    assert not matrix[3].any()


def test_on_opposite_strands_the_second_is_turned_round() -> None:
    model = dimer(max_spacing=3)
    pair = model.bindings[3]
    # Row 1 has a on the reverse strand: offset -5 there is 5 along its strand.
    pair.spacing.log_spacing.data[1, -5 + pair.spacing.n_windows - 1] = 9.0
    matrix = composite(pair.spacing, pair)
    assert ["ACGT"[i] for i in matrix[[0, 1, 2, 5, 6, 7]].argmax(1)] == list("TGAAGG")


def test_it_is_fitted_and_leaves_the_pair_alone() -> None:
    found = plain(dimer(), 800)
    before = {k: v.clone() for k, v in found.experiments["library"].state_dict().items() if torch.is_tensor(v)}
    wide = single_motif(found)["library"]
    nll = negative_log_likelihood(wide, found.data()["library"])
    assert nll < np.log(2) - 0.02
    for key, value in before.items():
        assert torch.equal(found.experiments["library"].state_dict()[key], value)


def test_it_is_no_wider_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single, "WIDEST", 5)
    assert single_motif(plain(dimer(), 200))["library"].bindings[1].psam.kernel_size == 5


def test_without_a_pair_there_is_none() -> None:
    assert single_motif(plain(monomer(), 100)) == {}

"""Tables of parameters: what no choice of gauge changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.evaluate import parameter_tables as reported
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.likelihood import Penalty
from cisgrammar.binding.likelihood.standard_errors import covariance
from toy_binding import WIDTH, drawn, fitted, monomer


def test_moving_constants_between_parameters_changes_nothing_reported() -> None:
    model = monomer(train_posbias=True)
    table = drawn(model, 800, WIDTH, 0)
    found = fitted(model, table, Penalty(l2=1e-9))

    def tables() -> list[np.ndarray]:
        known = covariance(found)
        makers = (reported.matrix_table, reported.position_bias_table, reported.parameters_table)
        return [t(found, known).select_dtypes("number").to_numpy(dtype=float) for t in makers]

    before = tables()
    with torch.no_grad():
        psam = model.bindings[1].psam
        psam.betas += torch.tensor([[1.0], [-2.0], [0.5], [0.25]])
        model.bindings[1].layer.log_posbias += 0.75
        model.log_activity[1] += 0.25 - 0.75 + 2.0
        model.log_activity[0] += 2.0
        model.log_depth[1] -= 2.0
    for one, other in zip(before, tables(), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-3, atol=1e-5)


def test_pairs_are_reported_beyond_what_single_positions_say() -> None:
    psam = PSAM(3, pairwise_distance=1, score_reverse=False).double()
    rng = np.random.default_rng(0)
    psam.pair_betas.data = torch.from_numpy(rng.normal(size=(2, 4, 4)))
    gauge = reported.fixed_gauge(psam)
    letters = rng.integers(0, 4, (20, 3))
    pairs, single = psam.get_filter(1)[0].detach().numpy(), psam.get_filter(0)[0].detach().numpy()
    for a, b, c in letters:
        whole = single[a, 0] + single[b, 1] + single[c, 2] + pairs[a, b, 0] + pairs[b, c, 1]
        parts = sum(gauge.monomers[i, x] for i, x in enumerate((a, b, c)))
        parts += gauge.pairs[0, 1][a, b] + gauge.pairs[1, 2][b, c] + gauge.constant
        assert whole == pytest.approx(parts, abs=1e-12)
    for block in gauge.pairs.values():
        np.testing.assert_allclose(block.mean(0), 0, atol=1e-12)
        np.testing.assert_allclose(block.mean(1), 0, atol=1e-12)

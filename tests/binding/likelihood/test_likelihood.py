"""The likelihood of a count table and its gradient."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.likelihood.likelihood import Data, Objective
from cisgrammar.binding.reads.count_table import CountTable
from toy_reads import monomer


def test_chunks_change_nothing(table: CountTable) -> None:
    model = monomer().double()
    data = Data(table, [0, 1])
    values = []
    for chunk in (100, 10_000):
        objective = Objective(torch.nn.ModuleList([model]), [data], chunk=chunk)
        values.append((objective.backward(), model.bindings[1].psam.betas.grad.clone()))
    assert values[0][0] == pytest.approx(values[1][0], rel=1e-12)
    torch.testing.assert_close(values[0][1], values[1][1], rtol=1e-10, atol=1e-14)

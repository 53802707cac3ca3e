"""A binding that is switched on has a small part in the reads, however sharp its matrices."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.fit.activation import SHARE, set_share
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.likelihood import Data
from toy_binding import WIDTH, dimer, drawn, monomer


def share_of(experiment: Experiment, index: int, data: Data) -> torch.Tensor:
    with torch.no_grad():
        whole = experiment.log_aggregate(data.codes)
        part = experiment.bindings[index](data.codes)[:, None] + experiment.log_activity[index]
        return (part - whole).exp().mean(0)


@pytest.mark.parametrize("sharp", [1.0, 4.0])
@pytest.mark.parametrize("share", [SHARE, 0.5])
def test_a_pair_has_the_share_asked_for(sharp: float, share: float) -> None:
    model = dimer()
    for mode in model.bindings[1:3]:
        mode.psam.betas.data *= sharp
    data = Data(drawn(dimer(), 500, WIDTH, 4), model.observed)
    set_share(model, 3, data, share, chunk=300)
    torch.testing.assert_close(share_of(model, 3, data), torch.tensor([share]).double(), atol=1e-4, rtol=0)
    assert model.active == [True] * 4


def test_by_the_score_of_even_letters_a_sharp_pair_would_explain_all_reads() -> None:
    model = dimer()
    for mode in model.bindings[1:3]:
        mode.psam.betas.data *= 4
    data = Data(drawn(dimer(), 500, WIDTH, 4), model.observed)
    model.activate(3)
    assert share_of(model, 3, data) > 0.3


def test_each_column_of_activities_has_its_own() -> None:
    model = monomer(rounds=3)
    by_round = Experiment([*model.bindings], [*model.rounds], "round").double()
    data = Data(drawn(model, 500, WIDTH, 4), by_round.observed)
    by_round.log_activity.data[0] = torch.tensor([-5.0, -3.0])
    set_share(by_round, 1, data)
    torch.testing.assert_close(share_of(by_round, 1, data), torch.full((2,), SHARE).double(), atol=1e-4, rtol=0)

"""One library: rounds that follow from each other, and activities."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from toy_reads import monomer


def test_an_unsequenced_round_passes_its_selection_on() -> None:
    model = Experiment(
        [NonSpecific(6, 6), monomer(6).bindings[1].__class__(Conv1d(PSAM(3), 6, 6, 6))],
        chain("bound_unsaturated", [True, False, True]),
    )
    codes = torch.randint(0, 4, (5, 6), dtype=torch.uint8)
    log_z = model.log_aggregate(codes)[:, 1]
    wanted = torch.log_softmax(torch.stack([torch.zeros(5), 2 * log_z], 1), 1)
    torch.testing.assert_close(model(codes), wanted)
    with pytest.raises(ValueError, match="at least 2"):
        chain("bound", [True, False])


def test_activation_gives_a_share_of_an_even_read() -> None:
    model = monomer().double()
    model.activate(1, share=0.25)
    scores = [b.expected_log_score() for b in model.bindings]
    z = np.exp(scores[0] + model.log_activity[0].item()), np.exp(scores[1] + model.log_activity[1].item())
    assert z[1] / z[0] == pytest.approx(0.25)

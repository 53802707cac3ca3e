"""Parameters whose shapes follow what is loaded."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit import update
from cisgrammar.binding.layers import state
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.psam import PSAM
from toy_layers import randomise, reads


def test_loading_follows_the_shapes_of_the_state() -> None:
    layer = Conv1d(PSAM(4), 10, 10, 10, train_posbias=True)
    randomise(layer)
    update.update_footprint(layer, layer.psam, 1, 1)
    other = Conv1d(PSAM(4), 10, 10, 10, train_posbias=True)
    state.load(other, layer.state_dict())
    torch.testing.assert_close(other(reads(3, 10)), layer(reads(3, 10)))
    with pytest.raises(ValueError, match="does not fit the model"):
        state.load(PSAM(4), layer.state_dict())


def test_only_what_is_trained_is_moved() -> None:
    layer = Conv1d(PSAM(4), 10, 10, 10)
    assert state.trained(layer) == layer.psam.betas.numel() + layer.psam.pair_betas.numel()
    state.jitter(layer, np.random.default_rng(0))
    assert not layer.log_posbias.any()
    before = layer.psam.betas.detach().clone()
    state.jitter(layer, np.random.default_rng(1))
    assert 0 < float((layer.psam.betas.detach() - before).abs().max()) < 0.1

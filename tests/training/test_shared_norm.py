"""Batch normalisation of one process; that of several is tested with the team."""

import torch
from torch import nn

from cisgrammar.training.shared_norm import SharedBatchNorm


def test_one_process_has_torchs_own():
    shared, plain = SharedBatchNorm(3), nn.BatchNorm2d(3)
    x = torch.randn(4, 3, 5, 2, generator=torch.Generator().manual_seed(1))
    for training in (True, False):
        shared.train(training)
        plain.train(training)
        assert torch.equal(shared(x), plain(x))
    assert shared.state_dict().keys() == plain.state_dict().keys()
    assert torch.equal(shared.running_var, plain.running_var)

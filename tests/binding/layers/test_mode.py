"""Binding of one factor and binding without one."""

from __future__ import annotations

import math

import pytest
import torch

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from toy_layers import randomise, reads


def test_nonspecific_counts_letters() -> None:
    layer = NonSpecific(3, 5)
    codes = torch.tensor([[0, 1, 2, 4, 4], [0, 1, 2, 3, 5]], dtype=torch.uint8)
    torch.testing.assert_close(layer(codes), torch.tensor([3.0, 5.0]).log())


def test_expected_scores_are_those_of_even_weights() -> None:
    psam = PSAM(3)
    mode = Mode(Conv1d(psam, 8, 8, 8))
    assert mode.expected_log_score() == pytest.approx(math.log(12) + psam.betas.mean(1).sum().item())


def test_a_hill_exponent_multiplies_each_windows_score() -> None:
    mode = Mode(Conv1d(PSAM(3), 8, 8, 8), train_hill=True)
    randomise(mode)
    windows = mode.log_hill.exp() * mode.score_windows(reads(4, 8))
    torch.testing.assert_close(mode(reads(4, 8)), torch.logsumexp(windows.flatten(1), 1))


def test_many_reads_have_the_scores_of_few() -> None:
    mode = Mode(Conv1d(PSAM(3), 8, 8, 8), train_hill=True)
    randomise(mode)
    codes = reads(100, 8)
    torch.testing.assert_close(mode(codes), torch.cat([mode(codes[i : i + 20]) for i in range(0, 100, 20)]))

"""Log-sum-exp where scores are -inf."""

from __future__ import annotations

import math

import torch

from cisgrammar.binding.layers.logsum import log_sum_exp


def test_log_sum_exp_without_any_window_has_a_zero_gradient() -> None:
    x = torch.tensor([[-torch.inf, -torch.inf], [0.0, 0.0]], requires_grad=True)
    out = log_sum_exp(x)
    assert out.tolist() == [-math.inf, math.log(2)]
    out[1].backward()
    assert x.grad.tolist() == [[0, 0], [0.5, 0.5]]

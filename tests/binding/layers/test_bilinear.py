"""The sum over pairs of windows as a product of matrices."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.layers.bilinear import log_bilinear_sum, log_space_sum, share_bilinear_sum


def pairs(n: int, a: int, b: int, spread: float, dtype=torch.float64) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = [
        torch.randn(n, a, generator=generator),
        torch.randn(n, b, generator=generator),
        torch.randn(a, b, generator=generator),
    ]
    return [(spread * one).to(dtype).requires_grad_() for one in x]


def full_sum(a: torch.Tensor, b: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    return torch.logsumexp((a[:, :, None] + b[:, None] + w).flatten(1), 1)


@pytest.mark.parametrize("spread", [1.0, 40.0, 600.0])
def test_the_bilinear_sum_is_exact_over_any_range(spread: float) -> None:
    given = pairs(7, 5, 6, spread)
    given[2].data[1:3] = -torch.inf
    got, wanted = log_bilinear_sum(*given), full_sum(*given)
    torch.testing.assert_close(got, wanted)
    weights = torch.arange(1.0, 8.0)
    got = torch.autograd.grad((got * weights).sum(), given)
    wanted = torch.autograd.grad((wanted * weights).sum(), given)
    for one, other in zip(got, wanted, strict=True):
        torch.testing.assert_close(one, other, atol=1e-12, rtol=1e-9)


def test_the_bilinear_sum_falls_back_where_the_best_pair_is_banned() -> None:
    a = torch.tensor([[0.0, -900.0]], requires_grad=True)
    b = torch.tensor([[0.0, -950.0]], requires_grad=True)
    w = torch.tensor([[-torch.inf, -torch.inf], [-torch.inf, 0.0]], requires_grad=True)
    out = log_bilinear_sum(a, b, w)
    assert out.item() == -1850.0
    out.backward()
    assert a.grad.tolist() == [[0, 1]]
    assert w.grad.tolist() == [[0, 0], [0, 1]]
    assert log_space_sum(a, b, w).item() == -1850.0


def test_a_read_without_any_pair_is_minus_infinity_with_zero_gradient() -> None:
    a, b, w = pairs(2, 3, 3, 1.0)
    w.data[:] = -torch.inf
    out = log_bilinear_sum(a, b, w)
    assert torch.isneginf(out).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_bilinear_sum_in_both_precisions(dtype: torch.dtype) -> None:
    given = pairs(50, 20, 20, 4.0, dtype)
    error = (log_bilinear_sum(*given).double() - full_sum(*(x.double() for x in given))).abs().max()
    assert error.item() < {torch.float32: 2e-5, torch.float64: 1e-13}[dtype]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_sum_of_shares_is_that_of_their_logarithms(dtype: torch.dtype) -> None:
    a, b, w = pairs(30, 5, 6, 3.0, dtype)
    w.data[1:3] = -torch.inf
    shares = [torch.softmax(x.detach(), 1).requires_grad_() for x in (a, b)]
    got, wanted = share_bilinear_sum(*shares, w), full_sum(*(x.log() for x in shares), w)
    torch.testing.assert_close(got, wanted)
    weights = torch.linspace(-1, 2, 30, dtype=dtype)
    slopes = [torch.autograd.grad((out * weights).sum(), [*shares, w]) for out in (got, wanted)]
    torch.testing.assert_close(*slopes)


def test_a_sum_of_shares_that_underflow_could_have_changed_is_minus_infinity_without_gradient() -> None:
    a = torch.tensor([[1.0, 1e-150], [0.5, 0.5]], requires_grad=True)
    w = torch.tensor([[-torch.inf, -torch.inf], [-torch.inf, 0.0]], requires_grad=True)
    out = share_bilinear_sum(a, a, w)
    assert out.tolist() == [-torch.inf, pytest.approx(-2 * np.log(2))]
    out[1:].sum().backward()
    assert a.grad.tolist() == [[0, 0], [0, 4]]
    assert w.grad.tolist() == [[0, 0], [0, 1]]

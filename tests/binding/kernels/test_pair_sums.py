"""Sums over pairs of windows by their spacing, with gradients."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.kernels.pair_sums import pair_sums
from cisgrammar.binding.kernels.shares import Shares
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing
from toy_layers import randomise, reads

WIDTH = 12


def given(**settings) -> tuple[tuple[Shares, Shares], Spacing]:
    codes, psams = reads(70, WIDTH), (PSAM(3), PSAM(4))
    modes = [Mode(Conv1d(psam, WIDTH, WIDTH, WIDTH)) for psam in psams]
    spacing = Spacing(*psams, 10, **settings)
    for module in (*modes, spacing):
        randomise(module)
    a, b = (mode.shares(codes) for mode in modes)
    assert a is not None
    assert b is not None
    return (a, b), spacing


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("settings", [{}, {"max_overlap": 0}, {"score_reverse": False, "score_mode": "positive"}])
def test_the_sum_is_that_over_pairs_of_scores(settings: dict, dtype: torch.dtype) -> None:
    (a, b), spacing = given(**settings)
    omega = 1.5 * spacing.matrix(10, 9)
    scores = [x.by_read().log() + x.log_sums[:, None] for x in (a, b)]
    wanted = torch.logsumexp((scores[0][:, :, None] + scores[1][:, None] + omega).flatten(1), 1)
    shares = tuple(Shares(x.blocks.to(dtype), x.log_sums.to(dtype), 2) for x in (a, b))
    got, some = pair_sums(shares, spacing.log_spacing, spacing.sources(10, 9), torch.tensor(1.5), 1e-30)
    assert not some
    assert got.dtype == dtype
    torch.testing.assert_close(got, wanted.to(dtype))


def test_gradients_match_finite_differences() -> None:
    (a, b), spacing = given(max_overlap=0)
    terms = [a.blocks.detach()[:2], b.blocks.detach()[:2], spacing.log_spacing.detach(), torch.tensor(0.8)]
    logs = a.log_sums.detach()[:64], b.log_sums.detach()[:64]
    source = spacing.sources(10, 9)

    def found(of_a, of_b, values, factor) -> torch.Tensor:
        shares = Shares(of_a, logs[0], 2), Shares(of_b, logs[1], 2)
        return pair_sums(shares, values, source, factor, 0.0)[0]

    assert torch.autograd.gradcheck(found, [x.clone().requires_grad_() for x in terms], fast_mode=True)


def test_what_is_not_there_has_no_share_and_no_gradient() -> None:
    shares, spacing = given()
    values = spacing.log_spacing.detach().clone()
    values[0, 4:9] = -torch.inf
    values.requires_grad_()
    factor = torch.tensor(2.0, requires_grad=True)
    out, _ = pair_sums(shares, values, spacing.sources(10, 9), factor, 0.0)
    slopes = torch.autograd.grad(out.sum(), [values, factor])
    assert torch.isfinite(slopes[1])
    assert (slopes[0][0, 4:9] == 0).all()
    assert (slopes[0][1] > 0).sum() == 18
    assert float(slopes[0].sum()) == pytest.approx(2 * 70)


def test_a_read_without_a_pair_is_told() -> None:
    (a, b), spacing = given()
    a.blocks.detach()[0, :, :, 7] = 0
    out, some = pair_sums((a, b), spacing.log_spacing, spacing.sources(10, 9), None, 0.0)
    assert some
    assert torch.isneginf(out).nonzero().tolist() == [[7]]
    assert torch.isfinite(torch.autograd.grad(out[torch.isfinite(out)].sum(), spacing.log_spacing)[0]).all()


def test_a_second_derivative_is_an_error() -> None:
    shares, spacing = given()
    out, _ = pair_sums(shares, spacing.log_spacing, spacing.sources(10, 9), None, 0.0)
    (slope,) = torch.autograd.grad(out.square().sum(), spacing.log_spacing, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.square().sum().backward()

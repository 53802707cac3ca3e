"""Tables of k-mers against the same scores by torch's products, gradients included."""

from __future__ import annotations

import math

import pytest
import torch

from cisgrammar.binding.kernels import shares
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.logsum import log_sum_exp, scale_scores
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from toy_layers import randomise, reads

WIDTH = 18


def by_torch(mode: Mode, codes: torch.Tensor) -> torch.Tensor:
    """Log sums by the scores of all windows."""
    return log_sum_exp(scale_scores(mode.score_windows(codes).flatten(1), mode.log_hill.exp()))


def mode_of(k: int, shortest: int = WIDTH, posbias: bool = False, **settings) -> Mode:
    layer = Conv1d(PSAM(k, **settings), WIDTH, shortest, WIDTH, train_posbias=posbias)
    mode = Mode(layer, train_hill=posbias)
    randomise(mode)
    if not posbias:
        layer.log_posbias.data.zero_()
        mode.log_hill.data.zero_()
    return mode


def agree(mode: Mode, codes: torch.Tensor, rtol: float = 1e-9) -> None:
    """Values and gradients of both ways, of a sum with a weight of its own for each read."""
    assert mode.shares(codes) is not None
    got, wanted = mode(codes), by_torch(mode, codes)
    torch.testing.assert_close(got, wanted, rtol=rtol, atol=rtol)
    kept, weights = torch.isfinite(wanted), torch.linspace(-1, 2, len(codes))
    trained = [p for p in mode.parameters() if p.requires_grad and p.numel()]
    slopes = [torch.autograd.grad((out * weights)[kept].sum(), trained) for out in (got, wanted)]
    for one, other in zip(*slopes, strict=True):
        torch.testing.assert_close(one, other, rtol=rtol, atol=rtol * float(other.abs().max()))


@pytest.mark.parametrize("count", [64, 96, 97])
def test_reads_are_as_many_as_there_are_whatever_goes_side_by_side(count: int) -> None:
    mode, codes = mode_of(5), reads(count, WIDTH)
    agree(mode, codes)
    found = mode.shares(codes)
    assert found.by_read().shape == (count, 2 * (WIDTH - 4))
    assert float(found.blocks.detach().sum()) == pytest.approx(count)


@pytest.mark.parametrize("shortest", [WIDTH, 5])
@pytest.mark.parametrize("posbias", [False, True])
@pytest.mark.parametrize(
    ("k", "settings"),
    [
        (1, {}),
        (6, {}),
        (8, {"score_reverse": False}),
        (9, {"pairwise_distance": 1}),
        (13, {"pairwise_distance": 3}),
        (8, {"symmetry": [1, 2, 3, 4, -4, -3, -2, -1], "pairwise_distance": 2}),
    ],
)
def test_values_and_gradients_are_those_of_the_product(k: int, settings: dict, posbias: bool, shortest: int) -> None:
    codes = reads(300, WIDTH, shortest=shortest if shortest < WIDTH else None)
    agree(mode_of(k, shortest, posbias, **settings), codes)


def test_windows_that_touch_a_pad_anywhere_are_left_out() -> None:
    codes = reads(300, WIDTH)
    codes[:100, :3] = codes[50:200, 9] = 4
    codes[-1] = 4
    mode = mode_of(5)
    agree(mode, codes)
    found = mode.shares(codes)
    windows = torch.isfinite(mode.layer(codes)).flatten(1)
    assert torch.equal(found.by_read() > 0, windows)
    assert found.log_sums[-1] == -torch.inf
    assert mode.layer.whole_windows(codes).tolist() == (windows.sum(1) // 2).tolist()


@pytest.mark.parametrize("scale", [1.0, 12.0, 100.0])
@pytest.mark.parametrize("pairs", [0, 2])
def test_float32_holds_over_any_range_of_scores(scale: float, pairs: int) -> None:
    """At scale 100 most reads are beyond the range of a float32 and are scored in log space."""
    mode, codes = mode_of(12, pairwise_distance=pairs), reads(200, WIDTH)
    for parameter in (mode.psam.betas, mode.psam.pair_betas):
        parameter.data *= scale
    exact = mode(codes)
    weights = torch.linspace(-1, 2, len(codes))
    wanted = torch.autograd.grad((exact * weights).sum(), mode.psam.betas)[0]
    mode.layer.compute_dtype = torch.float32
    got = mode(codes)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got.double(), exact, rtol=1e-6, atol=1e-6 * scale)
    slope = torch.autograd.grad((got * weights).sum(), mode.psam.betas)[0]
    assert slope.dtype == torch.float64
    torch.testing.assert_close(slope, wanted, rtol=0, atol=2e-6 * scale * float(wanted.abs().max()))


def test_shares_are_exponentials_of_scores_relative_to_the_sum() -> None:
    mode, codes = mode_of(7, posbias=True), reads(100, WIDTH)
    factor = torch.tensor(1.7)
    found, scores = mode.shares(codes, factor), factor * mode.layer(codes).flatten(1)
    torch.testing.assert_close(found.by_read(), torch.softmax(scores, 1))
    torch.testing.assert_close(found.log_sums, torch.logsumexp(scores, 1))


def test_the_gradient_of_shares_is_that_of_exponentials_less_a_constant() -> None:
    mode, codes = mode_of(7, posbias=True), reads(100, WIDTH)
    found = mode.shares(codes)
    constant = found.log_sums.detach()[:, None]
    wanted = (mode.layer(codes).flatten(1) - constant).exp()
    weights = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(3))
    parameters = [mode.psam.betas, mode.layer.log_posbias]
    got, other = (torch.autograd.grad((out * weights).sum(), parameters) for out in (found.by_read(), wanted))
    torch.testing.assert_close(got, other)


def test_gradients_match_finite_differences() -> None:
    codes, mode = reads(70, 9), Mode(Conv1d(PSAM(4, pairwise_distance=1), 9, 9, 9, train_posbias=True))
    randomise(mode)
    scores = mode.layer.score_filters()
    given = [mode.psam.betas, torch.tensor(0.3), scores[1][0].flatten(1, 2), mode.layer.log_posbias, torch.tensor(1.4)]
    given = [x.detach().clone().requires_grad_() for x in given]

    def found(values, offset, pairs, bias, factor) -> torch.Tensor:
        scores = shares.Scores(values, mode.psam.letters()[1], offset, pairs, bias, None, factor)
        return shares.window_shares(codes, scores, 1, torch.float64).log_sums

    assert torch.autograd.gradcheck(found, given)


def test_a_second_derivative_is_an_error() -> None:
    mode = mode_of(5)
    (slope,) = torch.autograd.grad(mode(reads(100, WIDTH)).square().sum(), mode.psam.betas, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.square().sum().backward()


def test_the_same_reads_give_the_same_bytes() -> None:
    mode, codes = mode_of(8, 6, posbias=True).float(), reads(500, WIDTH, shortest=6)
    mode.layer.compute_dtype = torch.float32
    found = []
    for _ in range(2):
        mode.zero_grad()
        out = mode(codes)
        out[torch.isfinite(out)].sum().backward()
        found.append(
            [
                out.detach().numpy().tobytes(),
                *(p.grad.numpy().tobytes() for p in mode.parameters() if p.grad is not None),
            ]
        )
    assert found[0] == found[1]


def test_what_the_tables_cannot_score_is_left_to_the_product() -> None:
    mode, codes = mode_of(8), reads(100, WIDTH)
    assert mode.shares(codes[: shares.FEWEST_READS]) is not None
    assert mode.shares(codes[: shares.FEWEST_READS - 1]) is None
    unclear = codes.clone()
    unclear[0, 0] = 5  # N
    assert mode.shares(unclear) is None
    torch.testing.assert_close(mode(unclear)[1:], mode(codes)[1:])
    assert mode.shares(mode.expected_sequence().expand(100, -1, -1)) is None
    assert mode_of(8, pairwise_distance=7).shares(codes) is None
    mode.layer.compute_dtype = torch.bfloat16
    assert mode.shares(codes) is None


def test_parameters_that_are_no_numbers_do_not_become_numbers() -> None:
    mode = mode_of(8)
    mode.psam.betas.data[2, 1] = math.nan
    assert torch.isnan(mode(reads(100, WIDTH))).any()


def test_a_bias_on_all_windows_adds_to_the_sum() -> None:
    mode, codes = mode_of(8), reads(100, WIDTH)
    mode.psam.bias.data.zero_()
    before = mode(codes)
    mode.psam.bias.data.fill_(0.75)
    torch.testing.assert_close(mode(codes), before + 0.75)


def test_reads_of_other_lengths_than_a_bias_is_for_are_an_error() -> None:
    with pytest.raises(ValueError, match="made for 12 to 18"):
        mode_of(5, 12, posbias=True)(reads(100, WIDTH, shortest=8))

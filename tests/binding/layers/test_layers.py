"""Layers of the binding model: closed forms, symmetries and gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit import update
from cisgrammar.binding.layers import embedding, state
from cisgrammar.binding.layers.bilinear import log_bilinear_sum, log_space_sum
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.logsum import log_sum_exp
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM, Seed
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.reads.alphabet import DNA


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def reads(n: int, width: int, seed: int = 0, shortest: int | None = None) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, width)).astype(np.uint8)
    if shortest is not None:
        for row, length in zip(codes, rng.integers(shortest, width + 1, n)):
            row[length:] = DNA.pad
    return torch.from_numpy(codes)


def turned(codes: torch.Tensor) -> torch.Tensor:
    """Reverse complement of each read, pads left on the right."""
    out = codes.clone()
    for row, new in zip(codes, out):
        length = int((row != DNA.pad).sum())
        new[:length] = 3 - row[:length].flip(0)
    return out


def randomise(module: torch.nn.Module, seed: int = 1) -> None:
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.5


def test_one_window_scores_the_sum_of_its_letters() -> None:
    psam = PSAM(3, score_reverse=False)
    psam.betas.data = torch.arange(12.0).reshape(3, 4)
    layer = Conv1d(psam, 3, 3, 3)
    assert layer(torch.tensor([[1, 0, 3]], dtype=torch.uint8)).item() == 1 + 4 + 11


def test_the_reverse_channel_scores_the_other_strand() -> None:
    psam = PSAM(5, pairwise_distance=2)
    randomise(psam)
    layer = Conv1d(psam, 12, 12, 12)
    codes = reads(6, 12)
    torch.testing.assert_close(layer(codes)[:, 1], layer(turned(codes))[:, 0].flip(1))


def test_seed_puts_the_consensus_on_top() -> None:
    psam = PSAM(7, seed=Seed("TATAWAW"))
    best = psam.get_filter(0)[0].argmax(0)
    assert DNA.decode(best[:4].numpy()) == "TATA"
    w = psam.get_filter(0)[0][:, 4]
    assert w[0] == w[3] > w[1] == w[2]
    with pytest.raises(ValueError, match="wanted 7"):
        PSAM(7, seed=Seed("TATA"))


def test_a_palindrome_scores_both_strands_alike() -> None:
    psam = PSAM(6, symmetry=[1, 2, 3, -3, -2, -1], pairwise_distance=3)
    randomise(psam)
    filters = [psam.get_filter(d) for d in range(4)]
    for values in filters:
        torch.testing.assert_close(values[0], values[1])


def test_fix_gauge_changes_scores_by_one_constant() -> None:
    psam = PSAM(5, pairwise_distance=1)
    randomise(psam)
    layer = Conv1d(psam, 9, 9, 9)
    before = layer(reads(4, 9)).detach()
    lost = psam.fix_gauge()
    torch.testing.assert_close(layer(reads(4, 9)), before - lost)
    torch.testing.assert_close(psam.betas.sum(1), torch.zeros(5))


def test_information_of_a_certain_and_of_an_open_position() -> None:
    psam = PSAM(2)
    psam.betas.data = torch.tensor([[50.0, 0, 0, 0], [1.0, 1, 1, 1]])
    torch.testing.assert_close(psam.information(), torch.tensor([2.0, 0.0]))


@pytest.mark.parametrize("bias_bin", [1, 3])
@pytest.mark.parametrize("by_length", [True, False])
def test_reverse_bias_keeps_reads_and_their_complements_alike(bias_bin: int, by_length: bool) -> None:
    psam = PSAM(4)
    layer = Conv1d(psam, 14, 9, 14, True, "reverse", bias_bin, by_length)
    randomise(layer)
    mode = Mode(layer)
    codes = reads(20, 14, shortest=9)
    torch.testing.assert_close(mode(codes), mode(turned(codes)))


def test_all_ways_to_score_agree_on_pads_and_ambiguity() -> None:
    psam = PSAM(4, pairwise_distance=2)
    layer = Conv1d(psam, 12, 7, 12, True)
    randomise(layer)
    codes = reads(9, 12, shortest=7)
    codes[:, 2] = DNA.wildcard
    codes[:, 4] = int(DNA.encode("R")[0])
    codes[:, 5] = DNA.zero
    banded = layer.score_banded(codes)
    torch.testing.assert_close(layer.score_dense(codes), banded)
    torch.testing.assert_close(layer.score_onehot(codes), banded)
    layer.unfold = True
    torch.testing.assert_close(layer(codes), banded)


def test_channel_indexing_is_indexing_of_the_output() -> None:
    psam = PSAM(4)
    full, part = Conv1d(psam, 9, 9, 9), Conv1d(psam, 9, 9, 9, out_channel_indexing=[1])
    torch.testing.assert_close(part(reads(3, 9)), full(reads(3, 9))[:, [1]])


def test_gradient_in_float32_adds_up_in_the_parameters_precision() -> None:
    psam = PSAM(6)
    randomise(psam)
    mode = Mode(Conv1d(psam, 20, 20, 20))
    codes = reads(8_000, 20)
    mode(codes).sum().backward()
    exact = psam.betas.grad.clone()
    psam.betas.grad = None
    mode.layer.compute_dtype = torch.float32
    for part in codes.split(2000):
        mode(part).sum().backward()
    assert psam.betas.grad.dtype == torch.float64
    assert float((psam.betas.grad - exact).abs().max() / exact.abs().max()) < 1e-6


def test_log_sum_exp_without_any_window_has_a_zero_gradient() -> None:
    x = torch.tensor([[-torch.inf, -torch.inf], [0.0, 0.0]], requires_grad=True)
    out = log_sum_exp(x)
    assert out.tolist() == [-math.inf, math.log(2)]
    out[1].backward()
    assert x.grad.tolist() == [[0, 0], [0.5, 0.5]]


def test_nonspecific_counts_letters() -> None:
    layer = NonSpecific(3, 5)
    codes = torch.tensor([[0, 1, 2, 4, 4], [0, 1, 2, 3, 5]], dtype=torch.uint8)
    torch.testing.assert_close(layer(codes), torch.tensor([3.0, 5.0]).log())


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
    for one, other in zip(got, wanted):
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


def cooperative(bias_mode: str = "strand", shortest: int = 12, **spacing) -> Cooperativity:
    a, b = PSAM(3), PSAM(5)
    modes = [Mode(Conv1d(p, 12, shortest, 12)) for p in (a, b)]
    layer = Cooperativity(
        Spacing(a, b, 10, **spacing), *modes, train_hill=True, train_posbias=bias_mode != "strand", bias_mode=bias_mode
    )
    randomise(layer)
    for mode in modes:
        mode.layer.log_posbias.data.zero_()
    return layer


@pytest.mark.parametrize(
    "spacing",
    [
        {},
        {"max_overlap": 0, "max_spacing": 3},
        {"score_mode": "positive"},
        {"score_mode": "negative"},
        {"score_same": False},
    ],
)
@pytest.mark.parametrize("bias_mode", ["strand", "reverse"])
@pytest.mark.parametrize("shortest", [9, 12])
def test_cooperativity_is_the_same_on_the_reverse_complement(spacing, bias_mode, shortest) -> None:
    layer = cooperative(bias_mode, shortest, **spacing)
    if bias_mode == "strand":
        layer.flat_posbias.data.zero_()
    codes = reads(15, 12, shortest=shortest)
    torch.testing.assert_close(layer(codes), layer(turned(codes)))


def test_cooperativity_is_the_sum_over_its_windows() -> None:
    layer = cooperative("reverse", 9, max_overlap=1)
    codes = reads(11, 12, shortest=9)
    windows = layer.log_hill.exp() * layer.score_windows(codes)
    torch.testing.assert_close(layer(codes), torch.logsumexp(windows.flatten(1), 1))


def test_gradients_of_cooperativity_match_finite_differences() -> None:
    layer = cooperative("reverse", 9, max_overlap=0)
    codes = reads(4, 12, shortest=9)
    layer(codes).sum().backward()
    for parameter in (layer.log_hill, layer.spacing.log_spacing, layer.flat_posbias, layer.mode_a.psam.betas):
        at = int(parameter.grad.abs().argmax())
        flat = parameter.data.view(-1)
        values = []
        for step in (1e-5, -2e-5):
            flat[at] += step
            values.append(float(layer(codes).sum().detach()))
        assert (values[0] - values[1]) / 2e-5 == pytest.approx(float(parameter.grad.view(-1)[at]), rel=1e-6)
        flat[at] += 1e-5


def test_spacing_bans_by_overlap_and_gap() -> None:
    a, b = PSAM(3), PSAM(4)
    spacing = Spacing(a, b, 9, max_overlap=0, max_spacing=2)
    allowed = spacing.offsets(8, 7)[~spacing.banned(8, 7)[0, 0]].tolist()
    assert allowed == [-6, -5, -4, 3, 4, 5]


def test_single_strand_spacing_takes_its_flags() -> None:
    a, b = PSAM(3, score_reverse=False), PSAM(4, score_reverse=False)
    assert Spacing(a, b, 9, score_reverse=False).get_log_spacing(8, 7).isfinite().all()
    with pytest.raises(ValueError, match="nothing is left to score"):
        Spacing(a, b, 9, score_same=False)


def test_growing_a_spacing_keeps_what_it_says() -> None:
    spacing = Spacing(PSAM(3), PSAM(4), 9)
    randomise(spacing)
    before = spacing.get_log_spacing(8, 7).detach()
    spacing.grow(12)
    torch.testing.assert_close(spacing.get_log_spacing(8, 7), before)


def test_expected_scores_are_those_of_even_weights() -> None:
    psam = PSAM(3)
    mode = Mode(Conv1d(psam, 8, 8, 8))
    assert mode.expected_log_score() == pytest.approx(math.log(12) + psam.betas.mean(1).sum().item())
    layer = cooperative()
    assert math.isfinite(layer.expected_log_score())


def test_a_shift_there_and_back_keeps_the_middle() -> None:
    psam = PSAM(4)
    mode = Mode(Conv1d(psam, 10, 10, 10, train_posbias=True))
    randomise(mode)
    before = psam.get_filter(0)[0].detach()
    update.update_footprint(mode, psam, 1, -1)
    torch.testing.assert_close(psam.get_filter(0)[0][:, 1:], before[:, :-1])
    update.update_footprint(mode, psam, -1, 1)
    torch.testing.assert_close(psam.get_filter(0)[0][:, :-1], before[:, :-1])
    assert not psam.get_filter(0)[0][:, -1].any()
    with pytest.raises(ValueError, match="do not fit"):
        update.update_footprint(mode, psam, 4, 4)


def test_more_flank_adds_windows_with_zero_bias() -> None:
    mode = Mode(Conv1d(PSAM(4), 10, 8, 10, train_posbias=True))
    randomise(mode)
    update.update_flanks(mode, 2, 1)
    layer = mode.layer
    assert (layer.input_shape, layer.min_input_length, layer.max_input_length) == (13, 11, 13)
    assert layer.log_posbias.shape == (3, 2, 10)
    assert not layer.log_posbias[..., :2].any()


def test_save_and_reload_follow_the_shapes_of_the_file(tmp_path) -> None:
    layer = Conv1d(PSAM(4), 10, 10, 10, train_posbias=True)
    randomise(layer)
    update.update_footprint(layer, layer.psam, 1, 1)
    layer.save(tmp_path / "m.pt", [(2, 2)])
    other = Conv1d(PSAM(4), 10, 10, 10, train_posbias=True)
    assert other.reload(tmp_path / "m.pt")["flank_lengths"] == [[2, 2]]
    torch.testing.assert_close(other(reads(3, 10)), layer(reads(3, 10)))
    with pytest.raises(ValueError, match="does not fit the model"):
        state.load(PSAM(4), layer.state_dict())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PSAM(4, symmetry=[1, 2]), "symmetry must be 4 integers"),
        (lambda: PSAM(4, pairwise_distance=4), "pairwise_distance must be"),
        (lambda: Conv1d(PSAM(9), 5, 5, 5), "does not fit into 5"),
        (lambda: Conv1d(PSAM(3), 5, 6, 5), "min_input_length"),
        (lambda: Conv1d(PSAM(3, score_reverse=False), 5, 5, 5, bias_mode="reverse"), "both strands"),
        (lambda: Conv1d(PSAM(3), 5, 5, 5)(reads(2, 6)), "this layer was made for 5"),
        (lambda: Conv1d(PSAM(3), 5, 5, 5).unfreeze("everything"), "all or posbias"),
    ],
)
def test_wrong_use_says_what_was_wanted(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_banded_matrix_holds_the_filter_at_each_window() -> None:
    values = torch.arange(1.0, 9.0).reshape(1, 4, 2)
    band = embedding.banded(values, 3, 1).reshape(3, 4, 2)
    torch.testing.assert_close(band[0:2, :, 0], values[0].T)
    torch.testing.assert_close(band[1:3, :, 1], values[0].T)
    assert float(band.sum()) == 2 * 36

"""Dimers: closed forms of the sum over pairs of windows."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from cisgrammar.binding.kernels import shares
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.reads.alphabet import DNA
from toy_layers import randomise, reads, turned

WIDTH = 7


def one_letter(letter: str) -> PSAM:
    """A matrix of one position and one strand that scores ln 2 for a letter and 0 else."""
    psam = PSAM(1, score_reverse=False).double()
    psam.betas.data.zero_()
    psam.betas.data[0, "ACGT".index(letter)] = math.log(2)
    return psam


def dimer(offset: int, gain: float) -> Cooperativity:
    """A factor of A and one of C that gain where C starts `offset` bases after A."""
    a, b = one_letter("A"), one_letter("C")
    spacing = Spacing(a, b, WIDTH).double()
    spacing.log_spacing.data.zero_()
    spacing.log_spacing.data[0, offset + WIDTH - 1] = gain
    return Cooperativity(spacing, *(Mode(Conv1d(p, WIDTH, WIDTH, WIDTH).double()) for p in (a, b))).double()


def codes(read: str) -> torch.Tensor:
    return torch.from_numpy(DNA.encode(read))[None]


@pytest.mark.parametrize("offset", [-4, -1, 0, 2, 5])
@pytest.mark.parametrize("read", ["AGGCGTT", "CTTATAC"])
def test_a_pair_gains_where_b_is_the_offset_after_a(read: str, offset: int) -> None:
    layer = dimer(offset, gain=3.0)
    wanted = sum(
        (2 if read[m] == "A" else 1) * (2 if read[k] == "C" else 1) * math.exp(3.0 if k - m == offset else 0.0)
        for m, k in itertools.product(range(WIDTH), repeat=2)
    )
    assert layer(codes(read)).item() == pytest.approx(math.log(wanted), rel=1e-12)


def test_the_windows_and_the_matrix_have_a_in_the_rows() -> None:
    layer = dimer(2, gain=3.0)
    matrix = layer.get_log_omega()[0, 0]
    wanted = torch.zeros(WIDTH, WIDTH, dtype=torch.float64)
    wanted.diagonal(2).fill_(3.0)
    torch.testing.assert_close(matrix, wanted)
    windows = layer.score_windows(codes("AGCGGGG"))[0, 0, 0]
    assert windows[0, 2].item() == pytest.approx(2 * math.log(2) + 3.0)
    assert windows[2, 0].item() == 0.0


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


def test_the_expected_score_is_that_of_even_weights() -> None:
    layer = cooperative()
    assert math.isfinite(layer.expected_log_score())
    windows = layer.log_hill.exp() * layer.score_windows(layer.expected_sequence())
    assert layer.expected_log_score() == pytest.approx(torch.logsumexp(windows.flatten(), 0).item())


@pytest.mark.parametrize("bias_mode", ["none", "strand", "reverse"])
@pytest.mark.parametrize("shortest", [6, 12])
def test_many_reads_have_the_sum_and_the_gradients_of_few(bias_mode: str, shortest: int, monkeypatch) -> None:
    """Many reads are scored by tables of k-mers, few by products; some reads here are too short for a pair."""
    layer = cooperative("strand" if bias_mode == "none" else bias_mode, shortest, max_overlap=0)
    layer.flat_posbias.requires_grad_(bias_mode != "none")
    if bias_mode == "none":
        layer.flat_posbias.data.zero_()
    codes = reads(200, 12, shortest=shortest)
    found = []
    for fewest in (1, 10**9):
        monkeypatch.setattr(shares, "FEWEST_READS", fewest)
        layer.zero_grad()
        out = layer(codes)
        (out * torch.linspace(-1, 2, 200))[torch.isfinite(out)].sum().backward()
        found.append([out.detach(), *(p.grad for p in layer.parameters() if p.grad is not None)])
    assert torch.isinf(found[0][0]).any() == (shortest == 6)
    torch.testing.assert_close(*found)


def test_reads_whose_pairs_are_of_windows_that_hardly_bind_are_summed_in_log_space() -> None:
    """Both factors prefer the same letters, which cannot be shared: allowed pairs are 400 nats below that."""
    psam = PSAM(3)
    psam.betas.data = torch.tensor([200.0, 0.0, 0.0, 0.0]).expand(3, 4).clone()
    layers = [Mode(Conv1d(psam, 9, 9, 9)) for _ in range(2)]
    layer = Cooperativity(Spacing(psam, psam, 7, max_overlap=0), *layers)
    codes = reads(100, 9)
    codes[:50, :3] = 0
    codes[:50, 3:] = 1
    windows = layer.score_windows(codes).flatten(1)
    torch.testing.assert_close(layer(codes), torch.logsumexp(windows, 1))
    slopes = [
        torch.autograd.grad(out[:50].sum(), [psam.betas, layer.spacing.log_spacing])
        for out in (layer(codes), torch.logsumexp(windows, 1))
    ]
    torch.testing.assert_close(*slopes)

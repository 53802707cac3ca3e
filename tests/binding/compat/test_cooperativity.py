"""The dimer's options of the reference against the plain layer and closed forms."""

from __future__ import annotations

import torch

from cisgrammar.binding.compat import PSAM, Conv1d, Cooperativity, Mode, Spacing
from cisgrammar.binding.layers import cooperativity
from toy_layers import randomise, reads, turned


def dimer(shortest: int = 12, spacing: dict | None = None, **settings) -> Cooperativity:
    a, b = (Mode(Conv1d(PSAM(k), 12, shortest, 12)) for k in (3, 5))
    layer = Cooperativity(Spacing(a.key(), b.key(), **(spacing or {})), a, b, train_posbias=True, **settings)
    randomise(layer)
    for mode in (a, b):
        mode.layer.log_posbias.data.zero_()
    return layer


def test_its_options_off_it_is_the_plain_layer() -> None:
    layer = dimer(9)
    plain = cooperativity.Cooperativity(layer.spacing, layer.mode_a, layer.mode_b, train_posbias=True)
    plain.load_state_dict(layer.state_dict())
    codes = reads(7, 12, shortest=9)
    assert torch.equal(layer(codes), plain(codes))
    torch.testing.assert_close(layer.get_log_omega(), layer.get_log_spacing_matrix()[-1, -1])


def test_reversed_about_the_read_it_is_symmetric_and_within_its_diagonal_not() -> None:
    codes = reads(15, 12, shortest=9)
    for about, alike in (("read", True), ("diagonal", False)):
        layer = dimer(9, bias_mode="reverse", reverse_about=about)
        assert torch.allclose(layer(codes), layer(turned(codes))) is alike


def test_one_row_serves_all_lengths() -> None:
    layer = dimer(9, length_specific_bias=False)
    assert layer.flat_posbias.shape[:2] == (1, 1)
    codes = reads(9, 12, shortest=9)
    windows = layer.score_windows(codes)
    a, b = layer.mode_a.score_windows(codes), layer.mode_b.score_windows(codes)
    pairs = a[:, :, None, :, None] + b[:, None, :, None, :]
    torch.testing.assert_close(windows, pairs + layer.get_log_spacing_matrix()[0, 0])
    torch.testing.assert_close(layer(codes), torch.logsumexp((layer.log_hill.exp() * windows).flatten(1), 1))


def test_a_normalized_bias_has_a_mean_of_zero_on_each_diagonal() -> None:
    layer = dimer(normalize=True)
    spacing = layer.get_log_spacing()
    for number, diagonal in enumerate(layer.get_log_spacing_diagonals()):
        torch.testing.assert_close(diagonal[-1, -1].mean(-1), spacing[..., number])


def test_another_bin_width_averages_along_the_diagonals() -> None:
    layer = dimer()
    before = [d.detach().clone() for d in layer.log_posbias]
    layer.bias_bin = 2
    assert layer.bias_bin == 2
    for old, new in zip(before, layer.log_posbias, strict=True):
        assert new.shape[-1] == -(-old.shape[-1] // 2)
        torch.testing.assert_close(new[..., 0], old[..., :2].mean(-1))
    assert torch.isfinite(layer(reads(2, 12))).all()

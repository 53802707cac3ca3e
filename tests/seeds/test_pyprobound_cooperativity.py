"""PyProBound's page of Cooperativity: each argument, method, attribute and error, called as it is written there."""

from __future__ import annotations

import inspect
from typing import get_args

import numpy as np
import pytest
import torch

from cisgrammar.binding.compat import PSAM, BindingOptim, Conv1d, Cooperativity, CountTable, Mode, Spacing

READS = ["ACGTACGTAC", "TTGACGTA", "GGGCATTGCA"]
TABLE = CountTable.from_strings(READS, np.ones((3, 2)))
SEQS = torch.from_numpy(TABLE.codes())
# Windows of the two modes in the widest read.
N_A, N_B = 8, 7


def modes(**settings) -> tuple[Mode, Mode]:
    return tuple(Mode.from_psam(PSAM(k, **settings), TABLE) for k in (3, 4))


def dimer(spacing: dict | None = None, **settings) -> Cooperativity:
    mode_a, mode_b = modes()
    layer = Cooperativity(Spacing(mode_a.key(), mode_b.key(), **(spacing or {})), mode_a, mode_b, **settings)
    generator = torch.Generator().manual_seed(0)
    for parameter in (layer.spacing.log_spacing, layer.flat_posbias):
        if parameter.requires_grad:
            parameter.data = torch.randn(parameter.shape, generator=generator)
    return layer


def test_arguments_their_order_and_defaults() -> None:
    arguments = list(inspect.signature(Cooperativity).parameters.values())[:9]
    names = ["spacing", "mode_a", "mode_b", "train_hill", "train_posbias", "bias_mode", "bias_bin"]
    assert [a.name for a in arguments] == [*names, "length_specific_bias", "normalize"]
    assert [a.default for a in arguments[3:]] == [False, False, "strand", 1, True, False]


def test_score_windows_is_the_formula_of_the_page() -> None:
    layer = dimer(train_posbias=True)
    windows = layer.score_windows(SEQS)
    assert windows.shape == (3, 2, 2, N_A, N_B)
    a, b = layer.mode_a.score_windows(SEQS), layer.mode_b.score_windows(SEQS)
    omega = layer.get_log_spacing_matrix()
    for n, read in enumerate(READS):
        row = omega[len(read) - 2, len(read) - 3]
        wanted = a[n][:, None, :, None] + b[n][None, :, None, :] + row
        torch.testing.assert_close(windows[n], wanted)


def test_forward_is_the_sum_over_windows_with_the_hill_exponent() -> None:
    layer = dimer(train_hill=True)
    assert layer.log_hill.shape == ()
    layer.log_hill.data.fill_(0.3)
    wanted = torch.logsumexp((layer.log_hill.exp() * layer.score_windows(SEQS)).flatten(1), 1)
    out = layer.forward(SEQS)
    assert out.shape == (3,)
    torch.testing.assert_close(out, wanted)


def test_forward_takes_letter_weights_too() -> None:
    layer = dimer()
    weights = torch.nn.functional.one_hot(SEQS.long().clamp(max=3), 4).float().transpose(1, 2)
    weights = weights.masked_fill((SEQS == 4)[:, None], -torch.inf)  # (minibatch, in_channels, length)
    torch.testing.assert_close(layer(weights), layer(SEQS))


def test_the_spacing_flat_by_diagonal_and_as_a_matrix() -> None:
    layer = dimer(spacing={"max_overlap": 0}, train_posbias=True)
    flat = layer.get_log_spacing()
    assert flat.shape == (2, 2, N_A + N_B - 1)
    diagonals = layer.get_log_spacing_diagonals()
    assert len(diagonals) == len(layer.log_posbias) == N_A + N_B - 1
    matrix = layer.get_log_spacing_matrix()
    # Rows are numbers of windows in a read.
    assert matrix.shape == (N_A + 1, N_B + 1, 2, 2, N_A, N_B)
    for number, (diagonal, bias) in enumerate(zip(diagonals, layer.log_posbias, strict=True)):
        offset = number - (N_A - 1)
        torch.testing.assert_close(diagonal, matrix.diagonal(offset, dim1=-2, dim2=-1))
        assert diagonal.shape == (N_A + 1, N_B + 1, 2, 2, min(number + 1, N_A, N_B, N_A + N_B - 1 - number))
        assert bias.shape[:3] == (3, 3, 2)
        torch.testing.assert_close(diagonal[-1, -1], flat[..., number, None] + bias[-1, -1])
    banned = torch.isneginf(flat[0, 0])
    assert banned.tolist() == [-4 < o < 3 for o in range(1 - N_A, N_B)]


@pytest.mark.parametrize("mode", ["strand", "same", "reverse"])
def test_bias_mode(mode: str) -> None:
    layer = dimer(train_posbias=True, bias_mode=mode)
    assert layer.bias_mode == mode
    assert {d.shape[3] for d in layer.log_posbias} == {2 if mode == "strand" else 1}
    flat = layer.get_log_spacing()
    bias = layer.get_log_spacing_diagonals()[N_A][-1, -1] - flat[..., N_A, None]  # (strands a, strands b, pairs)
    if mode != "strand":
        other = bias[:, 1].flip(-1) if mode == "reverse" else bias[:, 1]
        torch.testing.assert_close(other, bias[:, 0].flip(0))
    with pytest.raises(AttributeError):
        layer.bias_mode = "strand"


def test_bias_mode_must_be_one_of_three() -> None:
    mode_a, mode_b = modes()
    with pytest.raises(ValueError, match="strand, same or reverse"):
        Cooperativity(Spacing(mode_a.key(), mode_b.key()), mode_a, mode_b, bias_mode="channel")


def test_bias_bin_holds_neighbours_on_a_diagonal_together() -> None:
    layer = dimer(train_posbias=True, bias_bin=2)
    middle = layer.get_log_spacing_diagonals()[N_A - 1][-1, -1]
    torch.testing.assert_close(middle[..., 0], middle[..., 1])
    assert not torch.allclose(middle[..., 1], middle[..., 2])
    layer.bias_bin = 3
    assert layer.log_posbias[N_A - 1].shape[-1] == 3
    with pytest.raises(ValueError, match="bias_bin must be >= 1"):
        layer.bias_bin = 0


def test_length_specific_bias() -> None:
    assert dimer(train_posbias=True).length_specific_bias
    layer = dimer(train_posbias=True, length_specific_bias=False)
    assert not layer.length_specific_bias
    assert {d.shape[:2] for d in layer.log_posbias} == {(1, 1)}
    assert layer.get_log_spacing_matrix().shape[:2] == (1, 1)


def test_normalize_centres_each_diagonal() -> None:
    layer = dimer(train_posbias=True, normalize=True)
    flat = layer.get_log_spacing()
    for number, diagonal in enumerate(layer.get_log_spacing_diagonals()):
        torch.testing.assert_close(diagonal[-1, -1].mean(-1), flat[..., number])


def test_expected_score_is_that_of_an_uninformative_read() -> None:
    layer = dimer()
    expected = layer.expected_sequence()
    torch.testing.assert_close(expected, torch.full((1, 4, 10), 0.25))
    assert layer.expected_log_score() == pytest.approx(layer(expected).item())


def test_key_components_and_strands() -> None:
    layer = dimer()
    assert layer.key() == (layer.spacing,)
    assert list(layer.components()) == [layer.spacing, layer.mode_a, layer.mode_b]
    assert layer.n_strands == 2
    mode_a, mode_b = modes(score_reverse=False)
    assert Cooperativity(Spacing(mode_a.key(), mode_b.key()), mode_a, mode_b).n_strands == 1


def test_a_mismatch_between_components_raises_a_runtime_error() -> None:
    layer = dimer()
    assert layer.check_length_consistency() is None
    layer.mode_b.layer.input_shape = 11
    with pytest.raises(RuntimeError, match="input_shape is 10 in mode_a, 11 in mode_b"):
        layer.check_length_consistency()
    mode_a, _ = modes()
    wide = Mode(Conv1d(PSAM(4), 12, 8, 12))
    with pytest.raises(RuntimeError, match="input_shape"):
        Cooperativity(Spacing(mode_a.key(), wide.key()), mode_a, wide)
    with pytest.raises(RuntimeError, match="other matrices"):
        Cooperativity(Spacing(mode_a.key(), mode_a.key()), *modes())


def test_freeze_and_unfreeze() -> None:
    layer = dimer(train_hill=True, train_posbias=True)
    assert get_args(layer.unfreezable) == ("all", "hill", "posbias")
    for parameter, wanted in (("hill", [True, False, False]), ("posbias", [False, True, False])):
        layer.freeze()
        assert not any(p.requires_grad for p in layer.parameters())
        layer.unfreeze(parameter)
        found = [p.requires_grad for p in (layer.log_hill, layer.flat_posbias, layer.spacing.log_spacing)]
        assert found == wanted
    layer.unfreeze()
    assert all(p.requires_grad for p in (layer.log_hill, layer.flat_posbias, layer.mode_a.psam.betas))
    with pytest.raises(ValueError, match="unfreeze takes"):
        layer.unfreeze("strand")


def test_optim_procedure_joins_what_shares_a_specification() -> None:
    layer = dimer(train_posbias=True)
    order = layer.optim_procedure(ancestry=None, current_order=None)
    assert list(order) == [layer.mode_a.key(), layer.mode_b.key(), layer.key()]
    assert all(isinstance(optim, BindingOptim) for optim in order.values())
    assert [step.name for step in order[layer.key()].steps] == ["activate", "spacing", "posbias", "all"]
    assert order[layer.mode_a.key()].ancestry == {(layer, layer.mode_a)}
    twin = Cooperativity(layer.spacing, layer.mode_a, layer.mode_b)
    assert twin.optim_procedure(current_order=order) is order
    assert order[layer.key()].ancestry == {(layer,), (twin,)}
    for step in order[layer.key()].steps[:2]:
        step.run()
    assert [name for name, p in layer.named_parameters() if p.requires_grad] == ["spacing.log_spacing"]


def test_cache_keeps_an_output() -> None:
    class Kept(Cooperativity):
        @Cooperativity.cache
        def once(self, seqs: torch.Tensor) -> torch.Tensor:
            return self.forward(seqs)

    mode_a, mode_b = modes()
    layer = Kept(Spacing(mode_a.key(), mode_b.key()), mode_a, mode_b)
    layer.freeze()
    assert layer.once(SEQS) is layer.once(SEQS)


def test_the_size_of_a_code_is_that_of_both_modes() -> None:
    layer = dimer()
    size = layer.max_embedding_size()
    assert isinstance(size, int)
    assert size > layer.mode_a.layer.max_embedding_size() + layer.mode_b.layer.max_embedding_size()


def test_save_and_reload(tmp_path) -> None:
    layer, other, third = (dimer(train_posbias=True) for _ in range(3))
    layer.save(tmp_path / "dimer.pt", flank_lengths=[(0, 0)])
    assert other.reload(tmp_path / "dimer.pt")["flank_lengths"] == [[0, 0]]
    third.reload_from_state_dict(layer.state_dict())
    torch.testing.assert_close(other(SEQS), layer(SEQS))
    torch.testing.assert_close(third(SEQS), layer(SEQS))

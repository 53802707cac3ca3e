"""Window scores and their position bias: closed forms, symmetry, precision."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from toy_layers import randomise, reads, turned


def test_one_window_scores_the_sum_of_its_letters() -> None:
    psam = PSAM(3, score_reverse=False)
    psam.betas.data = torch.arange(12.0).reshape(3, 4)
    layer = Conv1d(psam, 3, 3, 3)
    assert layer(torch.tensor([[1, 0, 3]], dtype=torch.uint8)).item() == 1 + 4 + 11


def test_the_bias_of_a_read_is_that_of_its_length() -> None:
    layer = Conv1d(PSAM(4), 12, 9, 12, train_posbias=True)
    randomise(layer)
    codes = reads(30, 12, shortest=9)
    got = layer(codes)
    bias = layer.get_log_posbias()
    assert bias.shape == (13, 2, 9)
    assert not bias[:9].any()
    layer.log_posbias.data.zero_()
    wanted = layer(codes) + bias[layer.lengths(codes)]
    torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize("bias_bin", [1, 3])
def test_reverse_bias_keeps_reads_and_their_complements_alike(bias_bin: int) -> None:
    layer = Conv1d(PSAM(4), 14, 9, 14, True, "reverse", bias_bin)
    randomise(layer)
    mode = Mode(layer)
    codes = reads(20, 14, shortest=9)
    torch.testing.assert_close(mode(codes), mode(turned(codes)))


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


@pytest.mark.parametrize(
    ("call", "message"),
    [
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

"""The convolution's options of the reference against the plain layer."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.compat import PSAM, Conv1d, Mode
from cisgrammar.binding.layers import conv1d
from cisgrammar.binding.reads.alphabet import DNA
from toy_layers import randomise, reads, turned


def test_all_ways_to_score_agree_on_pads_and_ambiguity() -> None:
    layer = Conv1d(PSAM(4, pairwise_distance=2), 12, 7, 12, True)
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


def test_its_options_off_it_is_the_plain_layer() -> None:
    psam = PSAM(4)
    layer, plain = Conv1d(psam, 12, 9, 12, True), conv1d.Conv1d(psam, 12, 9, 12, True)
    randomise(layer)
    plain.load_state_dict(layer.state_dict())
    codes = reads(9, 12, shortest=9)
    assert torch.equal(layer(codes), plain(codes))
    assert torch.equal(layer.get_log_posbias(), plain.get_log_posbias())


def test_channel_indexing_is_indexing_of_the_output() -> None:
    psam = PSAM(4)
    full = Conv1d(psam, 9, 9, 9, True)
    part = Conv1d(psam, 9, 9, 9, True, out_channel_indexing=[1])
    randomise(full)
    part.load_state_dict(full.state_dict())
    torch.testing.assert_close(part(reads(3, 9)), full(reads(3, 9))[:, [1]])


@pytest.mark.parametrize("by_length", [True, False])
def test_a_reversed_bias_about_the_read_or_the_table(by_length: bool) -> None:
    codes = reads(20, 14, shortest=9)
    for about, alike in (("read", True), ("table", False)):
        layer = Conv1d(PSAM(4), 14, 9, 14, True, "reverse", 3, by_length, reverse_about=about)
        randomise(layer)
        assert layer.log_posbias.shape == (6 if by_length else 1, 1, 4)
        mode = Mode(layer)
        assert torch.allclose(mode(codes), mode(turned(codes))) is alike


def test_lengths_change_on_their_own_too() -> None:
    layer = Conv1d(PSAM(3), 10, 8, 10, True)
    randomise(layer)
    before = layer.log_posbias.detach().clone()
    layer.update_input_length(min_len_shift=-1)
    assert (layer.min_input_length, layer.max_input_length, layer.input_shape) == (7, 10, 10)
    torch.testing.assert_close(layer.log_posbias[1:], before)
    assert not layer.log_posbias[0].any()
    layer.update_input_length(1, 1, new_min_len=10, new_max_len=11)
    assert (layer.min_input_length, layer.max_input_length, layer.input_shape) == (10, 11, 12)
    torch.testing.assert_close(layer.log_posbias[..., 1:-1], before[:2])
    with pytest.raises(RuntimeError, match="wanted 0 <= min_input_length"):
        layer.update_input_length(max_len_shift=5)

"""Modes of several layers, and binding that ignores the length."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.compat import PSAM, Conv1d, Mode, NonSpecific
from toy_layers import randomise, reads


def stacked() -> Mode:
    first = Conv1d(PSAM(3), 10, 8, 10)
    mode = Mode([first, Conv1d.from_psam(PSAM(2, in_channels=2), first)])
    randomise(mode)
    return mode


def test_a_second_layer_scores_the_windows_of_the_first() -> None:
    mode = stacked()
    first, second = mode.layers
    codes = reads(5, 10)
    windows = first(codes)  # (reads, 2, 8)
    forward = sum(
        second.psam.betas[i, c] * windows[:, c, i : i + 7] for i in range(2) for c in range(2)
    )  # (reads, windows)
    torch.testing.assert_close(mode.score_windows(codes)[:, 0], forward + second.psam.bias + second.log_posbias[2, 0])
    assert mode(codes).shape == (5,)


def test_windows_past_a_short_reads_end_score_nothing() -> None:
    mode = stacked()
    codes = reads(1, 10)
    codes[0, 8:] = 4
    assert torch.isfinite(mode.score_windows(codes)[0, 0]).tolist() == [True] * 5 + [False] * 2


def test_its_specification_is_that_of_all_layers() -> None:
    mode = stacked()
    assert mode.key() == tuple(layer.psam for layer in mode.layers)
    assert list(mode.components()) == mode.layers
    mode.freeze()
    mode.unfreeze("psam")
    assert all(layer.psam.betas.requires_grad for layer in mode.layers)
    assert mode.expected_sequence().shape == (1, 4, 10)
    assert mode.expected_log_score() == pytest.approx(mode(mode.expected_sequence()).item())


def test_layers_that_do_not_follow_each_other_are_refused() -> None:
    with pytest.raises(RuntimeError, match=r"takes \(channels, length\) \(2, 9\), the one before gives \(2, 8\)"):
        Mode([Conv1d(PSAM(3), 10, 10, 10), Conv1d(PSAM(2, in_channels=2), 9, 9, 9)])
    with pytest.raises(ValueError, match="at least one layer"):
        Mode([])


def test_without_its_length_a_read_scores_its_bias() -> None:
    codes = torch.tensor([[0, 1, 2, 4, 4], [0, 1, 2, 3, 5]], dtype=torch.uint8)
    layer = NonSpecific(3, 5, ignore_length=True)
    assert layer(codes).tolist() == [0, 0]
    layer.log_posbias.data[2] = 2.0
    assert layer(codes).tolist() == [0, 2]
    torch.testing.assert_close(NonSpecific(3, 5)(codes), torch.tensor([3.0, 5.0]).log())


def test_only_one_layer_is_scored_by_tables() -> None:
    """Codes of reads are nothing to a second layer; ways to score that are asked for are kept to."""
    codes = reads(100, 10)
    assert stacked().shares(codes) is None
    psam = PSAM(3)
    single = Conv1d(psam, 10, 8, 10)
    wanted = torch.logsumexp(single(codes).flatten(1), 1)
    assert Mode(single).shares(codes) is not None
    torch.testing.assert_close(Mode(single)(codes), wanted)
    for settings in ({"one_hot": True}, {"unfold": True}):
        other = Mode(Conv1d(psam, 10, 8, 10, **settings))
        assert other.shares(codes) is None
        torch.testing.assert_close(other(codes), wanted)


def test_some_channels_alone_are_scored_by_tables_too() -> None:
    mode = Mode(Conv1d(PSAM(3), 10, 8, 10, train_posbias=True, out_channel_indexing=[1]))
    randomise(mode)
    codes = reads(100, 10, shortest=8)
    assert mode.shares(codes) is not None
    mode.log_hill.data.zero_()
    torch.testing.assert_close(mode(codes), torch.logsumexp(mode.score_windows(codes).flatten(1), 1))


def test_a_dilated_matrix_is_left_to_the_product() -> None:
    mode = Mode(Conv1d(PSAM(3, dilation=2), 10, 8, 10))
    assert mode.shares(reads(100, 10)) is None

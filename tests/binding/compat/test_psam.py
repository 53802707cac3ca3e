"""The matrix's options of the reference: gauge, dilation, self-paired positions, other inputs."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.compat import PSAM, Conv1d
from cisgrammar.binding.layers.psam import Seed
from toy_layers import randomise, reads


def test_fix_gauge_changes_scores_by_one_constant() -> None:
    psam = PSAM(5, pairwise_distance=1)
    randomise(psam)
    layer = Conv1d(psam, 9, 9, 9)
    before = layer(reads(4, 9)).detach()
    lost = psam.fix_gauge()
    torch.testing.assert_close(layer(reads(4, 9)), before - lost)
    torch.testing.assert_close(psam.betas.sum(1), torch.zeros(5))


def test_a_centred_gauge_takes_each_positions_mean_off() -> None:
    free, centred = PSAM(4, pairwise_distance=1), PSAM(4, pairwise_distance=1, gauge="centred")
    randomise(free)
    centred.load_state_dict(free.state_dict())
    torch.testing.assert_close(centred.get_filter(0), free.get_filter(0) - free.get_filter(0).mean(1, keepdim=True))
    pairs = free.get_filter(1)
    torch.testing.assert_close(centred.get_filter(1), pairs - pairs.mean((1, 2), keepdim=True))
    for psam in (free, centred):
        values, index = psam.letters()
        assert torch.equal(values.flatten()[torch.from_numpy(index)], psam.get_filter())


def test_self_pairs_are_symmetric_only_if_mirrored() -> None:
    settings = {"symmetry": [1, 2, -2, -1], "pairwise_distance": 1}
    free, mirrored = PSAM(4, **settings), PSAM(4, **settings, self_pairs="mirrored")
    randomise(free)
    mirrored.load_state_dict(free.state_dict())
    forward, reverse = mirrored.get_filter(1)
    torch.testing.assert_close(forward, reverse)
    forward, reverse = free.get_filter(1)
    assert not torch.allclose(forward[..., 1], reverse[..., 1])
    torch.testing.assert_close(forward[..., [0, 2]], reverse[..., [0, 2]])


def test_a_dilated_matrix_spans_more_and_scores_every_other_letter() -> None:
    psam = PSAM(3, dilation=2, score_reverse=False)
    randomise(psam)
    assert (psam.size, psam.out_len(9), psam.in_len(5)) == (5, 5, 9)
    codes = reads(6, 9)
    wanted = sum(psam.betas[i][codes[:, 2 * i : 2 * i + 5].long()] for i in range(3))
    torch.testing.assert_close(Conv1d(psam, 9, 9, 9)(codes)[:, 0], wanted + psam.bias)


def test_parameters_go_out_and_in_by_name() -> None:
    first, second = PSAM(3, pairwise_distance=1), PSAM(3, pairwise_distance=1)
    randomise(first)
    items = first.beta_items()
    assert items["2-1"] == first.betas[1, 1].item()
    assert items["2-3-6"] == first.pair_betas[1, 1, 2].item()
    second.load_beta_items(items)
    torch.testing.assert_close(second.get_filter(1), first.get_filter(1))
    with pytest.raises(ValueError, match="'9-0' is missing or unknown"):
        second.load_beta_items({**items, "9-0": 1.0})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PSAM(3, dilation=0), "dilation must be >= 1"),
        (lambda: PSAM(3, pairwise_distance=1, dilation=2), "needs dilation 1"),
        (lambda: PSAM(3, in_channels=27), "in_channels must be from 1 to 26"),
        (lambda: PSAM(3, in_channels=2, seed=Seed("ACG")), "starts at random"),
    ],
)
def test_wrong_use_says_what_was_wanted(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

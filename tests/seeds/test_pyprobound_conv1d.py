"""PyProBound's page of Conv1d: each argument, method, attribute and error, called as it is written there."""

from __future__ import annotations

import inspect
from typing import get_args

import numpy as np
import pytest
import torch

from cisgrammar.binding.compat import PSAM, BindingOptim, Conv1d, CountTable, Mode

READS = ["ACGTACGTAC", "TTGACGTA", "GGGCATTGCA"]


@pytest.fixture
def table() -> CountTable:
    return CountTable.from_strings(READS, np.ones((3, 2)))


@pytest.fixture
def seqs(table: CountTable) -> torch.Tensor:
    return torch.from_numpy(table.codes())


@pytest.fixture
def psam() -> PSAM:
    return PSAM(3)


def biased(psam: PSAM, **settings) -> Conv1d:
    layer = Conv1d(psam, 10, 8, 10, train_posbias=True, **settings)
    layer.log_posbias.data = torch.arange(layer.log_posbias.numel(), dtype=torch.float32).view_as(layer.log_posbias)
    return layer


def scores(psam: PSAM, read: str) -> torch.Tensor:
    """The formula of the page without a bias: the sum of the betas of a window's letters, both strands."""
    codes = ["ACGT".index(letter) for letter in read]
    windows = [codes[i : i + 3] for i in range(len(read) - 2)]
    forward = [sum(psam.betas[i, c] for i, c in enumerate(w)) for w in windows]
    reverse = [sum(psam.betas[2 - i, 3 - c] for i, c in enumerate(w)) for w in windows]
    return torch.stack([torch.stack(forward), torch.stack(reverse)])


def test_arguments_their_order_and_defaults() -> None:
    wanted = {
        "train_posbias": False,
        "bias_mode": "channel",
        "bias_bin": 1,
        "length_specific_bias": True,
        "out_channel_indexing": None,
        "one_hot": False,
        "unfold": False,
        "normalize": False,
    }
    for function, first in (
        (Conv1d, ["psam", "input_shape", "min_input_length", "max_input_length"]),
        (Conv1d.from_psam, ["psam", "prev"]),
    ):
        arguments = list(inspect.signature(function).parameters.values())
        assert [a.name for a in arguments[: len(first) + 8]] == [*first, *wanted]
        assert [a.default for a in arguments[len(first) : len(first) + 8]] == list(wanted.values())


def test_forward_is_the_sum_of_betas_and_bias(psam: PSAM, seqs: torch.Tensor) -> None:
    layer = biased(psam)
    out = layer.forward(seqs)
    assert out.shape == (3, 2, 8)
    omega = layer.get_log_posbias()
    for row, read in zip(out, READS, strict=True):
        length = len(read)
        wanted = scores(psam, read) + omega[length, :, : length - 2]
        torch.testing.assert_close(row[:, : length - 2], wanted)
        assert torch.isneginf(row[:, length - 2 :]).all()


def test_forward_takes_letter_weights_too(psam: PSAM, seqs: torch.Tensor) -> None:
    layer = biased(psam)
    weights = torch.nn.functional.one_hot(seqs.long().clamp(max=3), 4).float().transpose(1, 2)
    weights = weights.masked_fill((seqs == 4)[:, None], -torch.inf)  # (minibatch, in_channels, in_length)
    torch.testing.assert_close(layer(weights), layer(seqs))


def test_from_psam_takes_a_table(psam: PSAM, table: CountTable, seqs: torch.Tensor) -> None:
    layer = Conv1d.from_psam(psam, table, True, "reverse", 2, False, [0], True, False, True)
    assert (layer.input_shape, layer.min_input_length, layer.max_input_length) == (10, 8, 10)
    assert (layer.train_posbias, layer.bias_mode, layer.bias_bin) == (True, "reverse", 2)
    assert (layer.length_specific_bias, layer.out_channel_indexing) == (False, [0])
    assert (layer.one_hot, layer.unfold, layer.normalize) == (True, False, True)
    assert layer(seqs).shape == (3, 1, 8)


def test_from_psam_takes_the_layer_before(psam: PSAM, table: CountTable, seqs: torch.Tensor) -> None:
    first = Conv1d.from_psam(psam, table)
    second = Conv1d.from_psam(PSAM(2, in_channels=2), first)
    assert (second.input_shape, second.min_input_length, second.max_input_length) == (8, 6, 8)
    assert (second.in_channels, second.out_channels) == (2, 2)
    out = second(first(seqs))
    assert out.shape == (3, 2, 7)
    values = second.psam.get_filter(0)  # (channels, in_channels, positions)
    torch.testing.assert_close(out[0], torch.nn.functional.conv1d(first(seqs)[:1], values)[0])
    assert Mode([first, second])(seqs).shape == (3,)
    with pytest.raises(ValueError, match="over 4 channels, its input has 2"):
        Conv1d.from_psam(psam, first)


@pytest.mark.parametrize(("mode", "channels"), [("channel", 2), ("same", 1), ("reverse", 1)])
def test_bias_mode(psam: PSAM, mode: str, channels: int) -> None:
    layer = biased(psam, bias_mode=mode)
    assert layer.bias_mode == mode
    assert layer.log_posbias.shape == (3, channels, 8)
    omega = layer.get_log_posbias()[-1]
    wanted = {"channel": layer.log_posbias[-1, -1], "same": omega[0], "reverse": omega[0].flip(0)}[mode]
    torch.testing.assert_close(omega[1], wanted)
    with pytest.raises(AttributeError):
        layer.bias_mode = "same"


def test_bias_mode_must_be_one_of_three(psam: PSAM) -> None:
    with pytest.raises(ValueError, match="channel, same or reverse"):
        Conv1d(psam, 10, 10, 10, bias_mode="strand")


def test_bias_bin_holds_neighbours_together(psam: PSAM) -> None:
    layer = biased(psam, bias_bin=3)
    assert layer.log_posbias.shape == (3, 2, 3)
    omega = layer.get_log_posbias()[10, 0]
    assert (omega[:3] == omega[0]).all()
    assert omega[3] != omega[2]
    layer.bias_bin = 4
    assert layer.bias_bin == 4
    assert layer.log_posbias.shape == (3, 2, 2)
    with pytest.raises(ValueError, match="bias_bin must be >= 1"):
        layer.bias_bin = 0


def test_length_specific_bias(psam: PSAM) -> None:
    assert biased(psam).get_log_posbias().shape == (11, 2, 8)
    assert not biased(psam).get_log_posbias()[:8].any()
    layer = biased(psam, length_specific_bias=False)
    assert not layer.length_specific_bias
    assert layer.get_log_posbias().shape == (1, 2, 8)


def test_out_channel_indexing_is_indexing_of_the_output(psam: PSAM, seqs: torch.Tensor) -> None:
    layer = biased(psam, out_channel_indexing=[1, 0])
    assert (layer.out_channel_indexing, layer.out_channels) == ([1, 0], 2)
    torch.testing.assert_close(layer(seqs), biased(psam)(seqs)[:, [1, 0]])


@pytest.mark.parametrize("ways", [{"one_hot": True}, {"one_hot": True, "unfold": True}])
def test_all_ways_to_score_agree(psam: PSAM, seqs: torch.Tensor, ways: dict) -> None:
    layer = biased(psam, **ways)
    dense = layer.score_dense(seqs)
    torch.testing.assert_close(layer.score_onehot(seqs), dense)
    torch.testing.assert_close(layer(seqs), dense)


def test_normalize_centres_the_bias(psam: PSAM) -> None:
    omega = biased(psam, normalize=True).get_log_posbias()
    torch.testing.assert_close(omega[-1].mean(-1), torch.zeros(2))


def test_cache_keeps_an_output(psam: PSAM, seqs: torch.Tensor) -> None:
    asked = []

    class Kept(Conv1d):
        @Conv1d.cache
        def once(self, seqs: torch.Tensor) -> torch.Tensor:
            asked.append(seqs)
            return self.forward(seqs)

    layer = Kept(psam, 10, 8, 10)
    layer.freeze()
    assert layer.once(seqs) is layer.once(seqs)
    assert len(asked) == 1


def test_components_are_the_matrix(psam: PSAM) -> None:
    assert list(Conv1d(psam, 10, 8, 10).components()) == [psam]


def test_inconsistent_lengths_raise_a_runtime_error(psam: PSAM) -> None:
    layer = Conv1d(psam, 10, 8, 10)
    assert layer.check_length_consistency() is None
    layer.max_input_length = 7
    with pytest.raises(RuntimeError, match="min_input_length <= max_input_length"):
        layer.check_length_consistency()


def test_freeze_and_unfreeze(psam: PSAM) -> None:
    layer = biased(psam)
    assert get_args(layer.unfreezable) == ("all", "posbias")
    layer.freeze()
    assert not any(p.requires_grad for p in layer.parameters())
    layer.unfreeze("posbias")
    assert (layer.log_posbias.requires_grad, psam.betas.requires_grad) == (True, False)
    layer.unfreeze()
    assert psam.betas.requires_grad
    with pytest.raises(ValueError, match="all or posbias"):
        layer.unfreeze("spacing")


@pytest.mark.parametrize("mode", ["min", "max", "shape"])
def test_receptive_field_and_output_length(psam: PSAM, mode: str) -> None:
    layer = Conv1d(psam, 10, 8, 10)
    assert layer.in_len(4) == layer.in_len(4, mode) == 6
    assert layer.out_len(10) == layer.out_len(10, mode) == 8
    with pytest.raises(ValueError, match="min, max or shape"):
        layer.out_len(10, "mean")


def test_lengths_and_the_size_of_a_code(psam: PSAM, seqs: torch.Tensor) -> None:
    layer = Conv1d(psam, 10, 8, 10)
    assert layer.lengths(seqs).tolist() == [10, 8, 10]
    assert layer.in_channels == 4
    size = layer.max_embedding_size()
    assert isinstance(size, int)
    assert size == 4 * 4 * 10
    assert Conv1d(PSAM(3, pairwise_distance=1), 10, 8, 10).max_embedding_size() == size + 4 * 16 * 9


def test_optim_procedure_and_the_steps_of_a_layer(psam: PSAM) -> None:
    layer = biased(psam)
    assert layer.optim_procedure() == {}
    order: dict = {}
    assert layer.optim_procedure(ancestry=None, current_order=order) is order
    optim = BindingOptim()
    assert layer.update_binding_optim(optim) is optim
    assert [step.name for step in optim.steps] == ["monomer", "posbias"]
    procedure = Mode(layer).optim_procedure(ancestry=(), current_order=order)
    assert list(procedure) == [(psam,)]
    assert isinstance(procedure[(psam,)], BindingOptim)
    layer.freeze()
    for step in procedure[(psam,)].steps:
        step.run()
    assert psam.betas.requires_grad
    assert layer.log_posbias.requires_grad


def test_save_and_reload(psam: PSAM, seqs: torch.Tensor, tmp_path) -> None:
    layer, other = biased(psam), biased(PSAM(3))
    layer.save(tmp_path / "layer.pt", flank_lengths=[(1, 2)])
    content = torch.load(tmp_path / "layer.pt", weights_only=True)
    assert set(content) == {"state_dict", "metadata"}
    assert other.reload(tmp_path / "layer.pt")["flank_lengths"] == [[1, 2]]
    torch.testing.assert_close(other(seqs), layer(seqs))
    third = biased(PSAM(3))
    third.reload_from_state_dict(layer.state_dict())
    torch.testing.assert_close(third(seqs), layer(seqs))


def test_update_input_length(psam: PSAM) -> None:
    layer = biased(psam)
    before = layer.log_posbias.detach().clone()
    layer.update_input_length(
        left_shift=1, right_shift=2, min_len_shift=-1, max_len_shift=0, new_min_len=None, new_max_len=None
    )
    assert (layer.input_shape, layer.min_input_length, layer.max_input_length) == (13, 10, 13)
    assert layer.log_posbias.shape == (4, 2, 11)
    torch.testing.assert_close(layer.log_posbias[1:, :, 1:-2], before)
    layer.update_input_length(new_min_len=12, new_max_len=12)
    assert (layer.input_shape, layer.min_input_length, layer.max_input_length) == (13, 12, 12)
    assert layer.log_posbias.shape == (1, 2, 11)

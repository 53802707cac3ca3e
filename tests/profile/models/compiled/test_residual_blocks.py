"""Several blocks in a row: the same bytes for a window alone, again, and with any number of threads."""

import pytest
import torch

from cisgrammar.profile.models.compiled.block_kernels import block_kernels
from cisgrammar.profile.models.compiled.residual_blocks import Frame, ResidualBlocks
from threads import with_threads

DILATIONS = (2, 4, 8)
CHANNELS = 32


@pytest.fixture
def network():
    draw = torch.Generator().manual_seed(0)
    weights = [torch.randn(CHANNELS, CHANNELS, 3, generator=draw) / 10 for _ in DILATIONS]
    biases = [torch.randn(CHANNELS, generator=draw) for _ in DILATIONS]
    return ResidualBlocks(block_kernels(CHANNELS), weights, biases, DILATIONS)


@pytest.fixture
def windows():
    return torch.randn(5, 70, CHANNELS, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def grad():
    return torch.randn(5, 42, CHANNELS, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("number", [1, 2, 3, 8])
def test_any_number_of_threads_gives_the_same(network, windows, grad, number):
    one = with_threads(1, lambda: network.forward(windows))
    passage = with_threads(number, lambda: network.forward(windows))
    for a, b in zip((*one.between, *one.passed), (*passage.between, *passage.passed), strict=True):
        assert torch.equal(a, b)
    assert torch.equal(with_threads(number, lambda: network.predict(windows)), one.between[-1])
    wanted = with_threads(1, lambda: network.backward(grad, one))
    found = with_threads(number, lambda: network.backward(grad, passage))
    assert torch.equal(found.x, wanted.x)
    # Sums over windows: in another order.
    torch.testing.assert_close(found.weights, wanted.weights, atol=1e-4, rtol=1e-5)
    torch.testing.assert_close(found.biases, wanted.biases, atol=1e-4, rtol=1e-5)
    again = with_threads(number, lambda: network.backward(grad, passage))
    assert torch.equal(again.weights, found.weights)


def test_a_window_alone_gives_the_same_bytes(network, windows, grad):
    whole = network.forward(windows)
    gradients = network.backward(grad, whole)
    for i in range(len(windows)):
        alone = network.forward(windows[i : i + 1])
        assert torch.equal(alone.between[-1][0], whole.between[-1][i])
        assert torch.equal(network.backward(grad[i : i + 1], alone).x[0], gradients.x[i])


def test_no_windows_give_no_output_and_no_gradient(network, windows, grad):
    assert network.predict(windows[:0]).shape == (0, 42, CHANNELS)
    gradients = network.backward(grad[:0], network.forward(windows[:0]))
    assert gradients.x.shape == (0, 70, CHANNELS)
    assert not gradients.weights.any()


def test_too_few_positions_are_an_error():
    with pytest.raises(ValueError, match="dilation 8 needs more than 16 positions, got 16"):
        Frame.of(16, 8, CHANNELS, 8)


def test_weights_and_inputs_of_another_shape_are_errors(network, windows):
    with pytest.raises(ValueError, match=f"wanted {CHANNELS} channels"):
        network.predict(windows[..., :-1])
    weights, biases = [torch.randn(CHANNELS, CHANNELS, 5)] * 2, [torch.randn(CHANNELS)] * 2
    with pytest.raises(ValueError, match=r"taps .* wanted \(2, 3, 32, 32\)"):
        ResidualBlocks(block_kernels(CHANNELS), weights, biases, (2, 4))

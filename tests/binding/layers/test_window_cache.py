"""Window scores of a batch, computed once for each layer."""

from __future__ import annotations

import torch

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.window_cache import WindowCache
from toy_layers import reads


def test_a_layer_is_asked_once_and_another_for_itself() -> None:
    first, second = Conv1d(PSAM(3), 8, 8, 8), Conv1d(PSAM(3), 8, 8, 8)
    first.psam.betas.data += 1
    cache, codes = WindowCache(), reads(2, 8)
    once = cache.windows(first, codes)
    assert cache.windows(first, codes) is once
    torch.testing.assert_close(cache.windows(second, codes), second(codes))


def test_shares_are_kept_for_each_layer_and_factor() -> None:
    layer, cache, codes = Conv1d(PSAM(3), 8, 8, 8), WindowCache(), reads(100, 8)
    layer.psam.betas.data += torch.arange(12.0).view(3, 4)
    factor = torch.tensor(2.0)
    once, scaled = cache.shares(layer, codes), cache.shares(layer, codes, factor)
    assert cache.shares(layer, codes) is once
    assert cache.shares(layer, codes, factor) is scaled
    assert once is not None
    assert scaled is not None
    torch.testing.assert_close(scaled.by_read(), torch.softmax(2 * layer(codes).flatten(1), 1))
    torch.testing.assert_close(once.by_read(), torch.softmax(layer(codes).flatten(1), 1))

"""One-hot encoding on the device equals the one of numpy."""

import numpy as np
import pytest
import torch

from cisgrammar.sequence import alphabet
from cisgrammar.sequence.one_hot import one_hot


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.uint8])
def test_equals_numpy(dtype):
    codes = np.random.default_rng(0).integers(0, 5, (3, 17), dtype=np.uint8)
    hot = one_hot(torch.from_numpy(codes), dtype)
    assert hot.dtype == dtype
    np.testing.assert_array_equal(hot.float().numpy(), alphabet.one_hot(codes))

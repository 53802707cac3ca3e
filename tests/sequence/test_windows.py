"""Where windows begin."""

import numpy as np
import pytest

from cisgrammar.sequence.windows import window_starts


@pytest.mark.parametrize(("length", "starts"), [(1, [10, 20]), (4, [8, 18]), (5, [8, 18]), (6, [7, 17])])
def test_the_centre_is_the_base_after_the_first_half(length, starts):
    assert window_starts(np.array([10, 20]), length).tolist() == starts
    assert window_starts(10, length) == starts[0]

"""Shapes that would broadcast are refused, whatever they are shapes of."""

import numpy as np
import pytest
import torch

from cisgrammar.statistics.shapes import check_same_shape


@pytest.mark.parametrize("make", [np.zeros, torch.zeros])
def test_equal_shapes_pass_and_others_are_named(make):
    check_same_shape(make((3, 1)), make((3, 1)))
    check_same_shape(make((3, 1)), make((3, 1)), 2)
    with pytest.raises(ValueError, match=r"shapes must agree, got \(3, 1\) and \(3,\); wanted the same shape$"):
        check_same_shape(make((3, 1)), make(3))
    with pytest.raises(ValueError, match=r"got \(3,\) and \(3,\); wanted the same shape with 2 axes"):
        check_same_shape(make(3), make(3), 2)

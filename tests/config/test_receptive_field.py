"""How far a network sees, against the input lengths that its field knows by heart."""

import pytest

from cisgrammar.config.receptive_field import receptive_flank


@pytest.mark.parametrize(
    ("layers", "widths", "length"),
    [(8, (25, 75), 2118), (8, (21, 75), 2114), (8, (7, 7), 2032), (9, (25, 75), 3142)],
)
def test_input_lengths_that_bpreveal_states(layers, widths, length):
    assert 1000 + 2 * receptive_flank(layers, *widths) == length


def test_a_network_without_dilated_layers_sees_its_two_filters():
    assert receptive_flank(0, 1, 1) == 0
    assert receptive_flank(0, 5, 7) == 2 + 3
    assert receptive_flank(1, 5, 7) == 2 + 2 + 3

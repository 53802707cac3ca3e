"""The spacing's options of the reference: room as tables come, sides in the read's direction, a mean of zero."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.compat import PSAM, Conv1d, Cooperativity, Mode, Spacing
from toy_layers import randomise


def modes(width: int = 9) -> list[Mode]:
    return [Mode(Conv1d(PSAM(k), width, width, width)) for k in (3, 4)]


def test_a_dimer_makes_the_room_that_it_needs() -> None:
    a, b = modes()
    spacing = Spacing(a.key(), b.key())
    assert spacing.psams == (a.psam, b.psam)
    Cooperativity(spacing, a, b)
    assert spacing.log_spacing.shape == (2, 2 * 7 - 1)


def test_sides_are_the_reads_or_the_motifs() -> None:
    a, b = PSAM(3), PSAM(4)
    offsets = Spacing(a, b).offsets(7, 6)
    for signs, reverse in (("read", offsets > 0), ("motif", 3 - 4 - offsets > 0)):
        ban = Spacing(a, b, score_mode="positive", signs=signs).banned(7, 6)
        assert (~ban[0, 0]).tolist() == (offsets > 0).tolist()
        assert (~ban[1, 1]).tolist() == reverse.tolist()


def test_normalized_values_have_a_mean_of_zero_over_what_is_allowed() -> None:
    spacing = Spacing(PSAM(3), PSAM(4), max_overlap=0, normalize=True)
    spacing.grow(7)
    randomise(spacing)
    full = spacing.get_log_spacing(7, 6)
    allowed = full.isfinite()
    assert not allowed.all()
    torch.testing.assert_close(full[allowed].mean(), torch.tensor(0.0))
    plain = Spacing(PSAM(3), PSAM(4), max_overlap=0)
    plain.grow(7)
    plain.load_state_dict(spacing.state_dict())
    difference = (plain.get_log_spacing(7, 6) - full)[allowed]
    torch.testing.assert_close(difference, difference[0].expand_as(difference))


def test_a_specification_is_a_matrix() -> None:
    with pytest.raises(ValueError, match=r"wanted the key\(\) of a Mode"):
        Spacing((Spacing(PSAM(3), PSAM(3)),), PSAM(3))

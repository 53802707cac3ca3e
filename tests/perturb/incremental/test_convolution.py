"""A convolution of what changed is the change of the convolution, in each of its forms."""

import pytest
import torch
from torch.nn import functional

from cisgrammar.perturb.incremental.batch import Delta
from cisgrammar.perturb.incremental.convolution import Convolution, convolution_of

CASES = {
    "taps": ((20, 16, 5), {"stride": 1, "padding": 4, "dilation": 2, "groups": 1}),
    "diagonals": ((2, 16, 9), {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}),
    "dense": ((8, 4, 7), {"stride": 2, "padding": 3, "dilation": 1, "groups": 2}),
}


@pytest.mark.parametrize("form", CASES)
def test_each_form_adds_what_the_library_s_convolution_gives(form):
    (out, into, width), options = CASES[form]
    weight = torch.randn(out, into, width, generator=torch.Generator().manual_seed(0))
    convolution = Convolution(weight, **options)
    assert convolution.form == form
    channels, length = into * options["groups"], 60
    changed = torch.zeros(3, channels, length)
    changed[:, :, 20:27] = torch.randn(3, channels, 7, generator=torch.Generator().manual_seed(1))
    wanted = functional.conv1d(changed, weight, **options)  # (items, out, positions)
    low, high = (int(position) for position in convolution.changed(20, 27))
    rows = torch.zeros(high - low, 3, out)
    convolution.add_to(rows, low, Delta(20, 27, changed[:, :, 20:27].permute(2, 0, 1)))
    torch.testing.assert_close(rows.permute(1, 2, 0), wanted[:, :, low:high], atol=1e-5, rtol=1e-5)
    outside = torch.cat([wanted[:, :, :low], wanted[:, :, high:]], dim=2)
    assert (outside == 0).all()
    assert (wanted[:, :, [low, high - 1]] != 0).any()


def test_only_convolutions_along_the_sequence_are_taken():
    weight = torch.zeros(2, 4, 1, 5)
    flat = (None, weight, None, [1, 1], [0, 2], [1, 1], False, [0, 0], 1)
    assert convolution_of(flat).padding == 2
    assert convolution_of((None, torch.zeros(2, 4, 3, 5), *flat[2:])) is None
    assert convolution_of((*flat[:6], True, *flat[7:])) is None

"""The compiled way back is that of torch's transposed convolutions, at any widths; each time the same bytes."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch.nn import functional

from cisgrammar.profile.models.compiled.kernels import compiled_for
from cisgrammar.profile.models.compiled.machine import Machine
from cisgrammar.profile.models.compiled.way_back import Frame, WayBack

MACHINES = [Machine(16, 8), Machine(8, 6)]
WIDE = 5
"""Taps of the first convolution."""


class Case:
    """A network's weights, and what comes back to its trunk, drawn at random."""

    def __init__(self, filters, dilations, widths, length, windows=2, references=3, targets=2):
        draw = torch.Generator().manual_seed(len(dilations))
        normal = lambda *shape: torch.randn(shape, generator=draw)  # noqa: E731
        self.weights = [normal(filters, filters, 3) / (3 * filters) ** 0.5 for _ in dilations]
        self.dilations, self.first = dilations, normal(filters, 4, WIDE)
        trunk = widths[-1] + 4
        self.starts = [channels_last(normal(windows, filters, 1, trunk)) for _ in range(targets)]
        self.multipliers = [
            channels_last(torch.rand((windows * references, filters, 1, width), generator=draw)) for width in widths
        ]
        letters = torch.randint(0, 5, (windows, references, length), generator=draw)
        self.references = torch.eye(5, 4)[letters]

    def sent(self, machine):
        way = WayBack(compiled_for(machine), self.weights, self.dilations, self.first)
        return way(self.starts, self.multipliers, self.references)

    def wanted(self):
        """In double precision by torch's own transposed convolutions: sums, and what the references' letters get."""
        found = [self._of_target(start.double().squeeze(2)) for start in self.starts]
        return [torch.stack(parts) for parts in zip(*found, strict=True)]

    def _of_target(self, start):
        windows, number, length = self.references.shape[:3]
        m = [values.double().squeeze(2) for values in self.multipliers]
        g = centre(start, m[-1].shape[-1]).repeat_interleave(number, dim=0)
        for layer in range(len(self.weights) - 1, -1, -1):
            x = g * m[layer + 1]
            full = functional.conv_transpose1d(x, self.weights[layer].double(), dilation=self.dilations[layer])
            g = centre(full, m[layer].shape[-1]) + centre(g, m[layer].shape[-1])
        g = g * m[0]
        slopes = centre(functional.conv_transpose1d(g, self.first.double()), length)
        slopes = slopes.unflatten(0, (windows, number))  # (windows, references, 4, length)
        letters = (slopes * self.references.transpose(2, 3)).sum((1, 2))
        return g.unflatten(0, (windows, number)).sum(1), letters


def channels_last(x):
    return x.contiguous(memory_format=torch.channels_last)


def centre(x, width):
    """The middle of the last axis, with zeros beyond."""
    beyond = (width - x.shape[-1]) // 2
    return functional.pad(x, (beyond, beyond))


# Dilations, the widths of multipliers, bp of the centre: padded all around, the centre of a deep network, a mixture.
SHAPES = [
    ((2,), (13, 9), 17),
    ((2,), (9, 13), 5),
    ((2, 4, 8), (20, 24, 32, 48), 16),
    ((2, 4, 8, 16), (40, 44, 52, 44, 30), 36),
    ((32,), (7, 71), 3),
    ((1, 3), (31, 31, 25), 27),
]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("blocks", [1, 2])
@pytest.mark.parametrize(("dilations", "widths", "length"), SHAPES)
def test_it_is_what_transposed_convolutions_give(machine, blocks, dilations, widths, length):
    case = Case(2 * machine.lanes * blocks, dilations, widths, length)
    sent, (sums, letters) = case.sent(machine), case.wanted()
    found = sent.sums.squeeze(3).double()
    for one, other in ((found, sums), (sent.totals.double(), letters)):
        # Single precision: a few rounding errors of the largest.
        assert (one - other).abs().max() < 4e-6 * other.abs().max()
    assert sent.sums.stride(2) == 1


def test_a_window_gives_the_same_bytes_alone_again_and_beside_other_threads():
    case = Case(32, *SHAPES[3])
    whole = case.sent(MACHINES[0])
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: case.sent(MACHINES[0]), range(8)))
    for other in again:
        assert all(torch.equal(a, b) for a, b in zip(whole, other, strict=True))
    for name, rows in (("starts", slice(1, 2)), ("multipliers", slice(3, 6))):
        setattr(case, name, [values[rows] for values in getattr(case, name)])
    case.references = case.references[1:]
    alone = case.sent(MACHINES[0])
    assert torch.equal(alone.sums[:, 0], whole.sums[:, 1])
    assert torch.equal(alone.totals[:, 0], whole.totals[:, 1])


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("below", "above", "dilation"), [(13, 9, 2), (9, 13, 2), (7, 71, 32), (40, 44, 2), (64, 0, 32)]
)
def test_pairs_are_all_positions_and_stay_in_their_frame(machine, below, above, dilation):
    frame = Frame.of(below, above, dilation, machine)
    positions = np.concatenate([frame.places, frame.places + dilation])
    assert set(range(below)) <= set(positions.tolist())
    assert len(frame.places) % machine.rows == 0
    assert positions.max() < frame.room
    # The fourth position that a pair reads.
    assert frame.places.max() + 3 * dilation < frame.before + above + frame.after <= frame.room
    assert min(frame.before, frame.after) >= 0

"""The residual blocks of a network with the compiled kernels, forwards and back: each window through all of them.

So what one block leaves is still in the processor's cache when the next one needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.profile.models.compiled.block_kernels import PLAN, BlockKernels
from cisgrammar.profile.models.compiled.convolutions import check_fits
from cisgrammar.profile.models.compiled.pairs import packed, places
from cisgrammar.profile.models.compiled.windows import Plan, in_parts


class Passage(NamedTuple):
    """What blocks left on their way.

    Attributes
    ----------
    between
        The input of the first, and the output of each: `(windows, positions, channels)`.
    passed
        Of each, `(windows, positions, channels / 8)` bytes: a bit for each channel, whether the ReLU passed it.
    """

    between: list[Tensor]
    passed: list[Tensor]


class Gradients(NamedTuple):
    """Of an output of `ResidualBlocks`.

    Attributes
    ----------
    x
        `(windows, positions, channels)`.
    weights, biases
        `(blocks, channels, channels, 3)` and `(blocks, channels)`.
    """

    x: Tensor
    weights: Tensor
    biases: Tensor


class ResidualBlocks:
    """Blocks in single precision on a processor: relu(dilated valid convolution) plus the centre of the input.

    Parameters
    ----------
    code
        The kernels for so many channels.
    weights, biases
        `(channels, channels, 3)` and `(channels,)` of each block.
    dilations
        Of each block.
    """

    def __init__(
        self, code: BlockKernels, weights: Sequence[Tensor], biases: Sequence[Tensor], dilations: Sequence[int]
    ) -> None:
        self._code, self._dilations = code, tuple(dilations)
        self._taps = torch.stack([weight.detach() for weight in weights]).permute(0, 3, 2, 1)  # (blocks, 3, in, out)
        self._biases = torch.stack([bias.detach() for bias in biases])  # (blocks, channels)
        self._channels = self._biases.shape[1]
        wanted = (len(self._dilations), 3, self._channels, self._channels)
        if self._taps.shape != wanted:
            raise ValueError(f"taps (blocks, 3, in, out) of shape {tuple(self._taps.shape)}; wanted {wanted}")

    def forward(self, x: Tensor) -> Passage:
        """All that they leave of `(windows, positions, channels)`."""
        frames, windows, channels = self._frames(x), len(x), self._channels
        between = [x, *(x.new_empty((windows, frame.above, channels)) for frame in frames)]
        passed = [x.new_empty((windows, frame.above, channels // 8), dtype=torch.uint8) for frame in frames]
        self._through(frames, windows, lambda: (between, passed))
        return Passage(between, passed)

    def predict(self, x: Tensor) -> Tensor:
        """The output of the last of them alone, `(windows, positions, channels)`."""
        frames, channels = self._frames(x), self._channels
        out = x.new_empty((len(x), frames[-1].above, channels))

        def rooms() -> tuple[list[Tensor], list[Tensor]]:
            floats = x.new_empty((2, x.shape[1], channels))
            bits = x.new_empty((x.shape[1], channels // 8), dtype=torch.uint8)
            inner = [floats[block % 2].expand(len(x), -1, -1) for block in range(len(frames) - 1)]
            return [x, *inner, out], [bits.expand(len(x), -1, -1)] * len(frames)

        self._through(frames, len(x), rooms)
        return out

    def backward(self, grad: Tensor, passage: Passage) -> Gradients:
        """Of `grad`, that of the last output, `(windows, positions, channels)`."""
        x, channels = passage.between[0], self._channels
        frames, grad_x, zeros = self._frames(x), torch.empty_like(x), x.new_zeros(channels)
        transposed = packed(self._taps.flip(1).transpose(2, 3), self._code.machine)

        def part(begin: int, end: int) -> Tensor:
            sums = x.new_zeros((len(frames), 4 * channels + 1, channels))
            rooms = x.new_empty((2, 1, x.shape[1], channels)).expand(2, len(x), -1, -1)
            work = x.new_empty(self._code.room(channels))
            back = [grad_x, *(rooms[block % 2] for block in range(1, len(frames))), grad]
            plans = []
            for block, frame in enumerate(frames):
                fixed = {"transposed": transposed[block], "zeros": zeros, "work": work, "sums": sums[block]}
                moving = {"x": passage.between[block], "passed": passage.passed[block]}
                moving |= {"grad": back[block + 1], "grad_x": back[block]}
                plans.append(Plan(PLAN, frame.fields, fixed, moving))
            for window in range(begin, end):
                for plan in reversed(plans):
                    plan.call(window, self._code.to_kernel, self._code.to_input)
            return sums

        sums = torch.stack(in_parts(len(x), part)).sum(0)
        s0, s1, s2, s3 = sums[:, :-1].unflatten(1, (4, channels)).unbind(1)  # (blocks, in, out) each
        taps = torch.stack([s0 + (s1 + s2) / 2, (s1 - s2) / 2, (s1 + s2) / 2 + s3], dim=3)
        return Gradients(grad_x, taps.transpose(1, 2), sums[:, -1])

    def _through(
        self, frames: Sequence[Frame], windows: int, rooms: Callable[[], tuple[list[Tensor], list[Tensor]]]
    ) -> None:
        """Forwards; `rooms` gives those of `Passage` for a thread."""
        kernels = packed(self._taps, self._code.machine)

        def part(begin: int, end: int) -> None:
            between, passed = rooms()
            work = between[0].new_empty(self._code.room(self._channels))
            plans = []
            for block, frame in enumerate(frames):
                fixed = {"kernel": kernels[block], "bias": self._biases[block], "work": work}
                moving = {"x": between[block], "out": between[block + 1], "passed": passed[block]}
                plans.append(Plan(PLAN, frame.fields, fixed, moving))
            for window in range(begin, end):
                for plan in plans:
                    plan.call(window, self._code.forward)

        in_parts(windows, part)

    def _frames(self, x: Tensor) -> list[Frame]:
        """Of each block."""
        check_fits(x, self._channels, 1)
        frames, length = [], x.shape[1]
        for dilation in self._dilations:
            frames.append(Frame.of(length, dilation, self._channels, self._code.machine.rows))
            length = frames[-1].above
        return frames


class Frame(NamedTuple):
    """Where a block lies.

    Attributes
    ----------
    above
        Positions of its output.
    fields
        Sizes and places of `PLAN`.
    held
        What `fields` has the addresses of.
    """

    above: int
    fields: Mapping[str, int]
    held: tuple[NDArray[np.int64], ...]

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, below: int, dilation: int, channels: int, rows: int) -> Frame:
        """Of a block with `below` positions of its input; ValueError if they are too few."""
        above = below - 2 * dilation
        if above < 1:
            raise ValueError(f"a block with dilation {dilation} needs more than {2 * dilation} positions, got {below}")
        here, there = places(above, dilation), places(below, dilation)
        held = tuple(np.pad(first, (0, -len(first) % rows), mode="edge") for first in (here, there))
        fields = {"below": below, "above": above, "dilation": dilation, "channels": channels}
        fields |= {"pairs": len(here), "pairs_below": len(there)}
        fields |= {"places": held[0].ctypes.data, "places_below": held[1].ctypes.data}
        return cls(above, fields, held)

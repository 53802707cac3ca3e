"""From what a network's trunk sends back to its first convolution, for many references, with the compiled kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cisgrammar.profile.models.compiled.kernels import LAYER, PLAN, Kernels
from cisgrammar.profile.models.compiled.machine import Machine
from cisgrammar.profile.models.compiled.pairs import packed


class Sent(NamedTuple):
    """What reaches the first convolution, summed over references.

    Attributes
    ----------
    sums
        `(targets, windows, filters, 1, width)`, the filters beside each other: of the outputs of its ReLU.
    totals
        `(targets, windows, length)`: what the letters of the references get, at the centre of the input.
    """

    sums: Tensor
    totals: Tensor


class WayBack:
    """Of a network, in single precision on a processor.

    Parameters
    ----------
    code
        The kernels for so many filters.
    weights
        `(filters, filters, 3)` of each block.
    dilations
        Of each block.
    first
        `(filters, 4, width)` of the first convolution.
    """

    def __init__(self, code: Kernels, weights: Sequence[Tensor], dilations: Sequence[int], first: Tensor) -> None:
        self._code, self._machine, self._dilations = code, code.machine, dilations
        self._channels, _, self._taps_wide = first.shape
        self._block = 2 * self._machine.lanes
        self._blocks = self._channels // self._block
        self._kernels = [packed(weight.flip(2).permute(2, 0, 1), self._machine).numpy() for weight in weights]
        taps = first.flip(2).permute(1, 2, 0).flatten(1)  # (4, width * filters)
        self._taps = functional.pad(taps, (0, -taps.shape[1] % (4 * self._machine.lanes))).contiguous().numpy()

    def __call__(self, starts: Sequence[Tensor], multipliers: Sequence[Tensor], references: Tensor) -> Sent:
        """Sums over references.

        Parameters
        ----------
        starts
            Of each target what comes back to the trunk, `(windows, filters, 1, trunk)`.
        multipliers
            Of each ReLU, `(windows * references, filters, 1, width)`.
        references
            One-hot, `(windows, references, length, 4)`: their centre.
        """
        windows, number, length = references.shape[:3]
        rows = [_rows(values) for values in multipliers]
        trunk = rows[-1].shape[1]
        begin = np.stack([_rows(_middle(start, trunk)) for start in starts], axis=1)
        letters = (references @ torch.arange(1.0, 5.0)).to(torch.uint8).contiguous().numpy()
        sums = np.zeros((windows, len(starts), rows[0].shape[1], self._channels), dtype=np.float32)
        totals = np.zeros((windows, len(starts), length), dtype=np.float32)
        plan, held = self._plan(len(starts), rows, letters, length)
        for window in range(windows):
            for name, values in (("start", begin), ("sums", sums), ("totals", totals)):
                plan[PLAN.index(name)] = values[window].ctypes.data
            for reference in range(window * number, (window + 1) * number):
                self._code.back(plan.ctypes.data, reference)
        del held
        inner = torch.from_numpy(sums).unsqueeze(2)  # (windows, targets, 1, width, filters)
        return Sent(inner.permute(1, 0, 4, 2, 3), torch.from_numpy(totals).transpose(0, 1))

    def _plan(
        self, targets: int, multipliers: Sequence[NDArray[np.float32]], letters: NDArray[np.uint8], length: int
    ) -> tuple[NDArray[np.int64], list[NDArray[np.generic]]]:
        """`PLAN` and its layers, without what differs from window to window; and what its addresses lie in."""
        frames = [
            Frame.of(values.shape[1], above.shape[1], dilation, self._machine)
            for values, above, dilation in zip(multipliers, multipliers[1:], self._dilations, strict=False)
        ]
        room = max(frame.room for frame in frames) + max(frame.before for frame in frames)
        frame = room * self._channels
        held: list[NDArray[np.generic]] = [np.empty(size * frame, dtype=np.float32) for size in (targets, targets, 1)]
        pairs = 4 * self._machine.rows
        held += [np.empty(pairs * self._channels, dtype=np.float32), np.empty(pairs * self._block, dtype=np.float32)]
        reach = length + self._taps_wide - 1
        held.append(np.zeros(reach * self._channels + 4 * self._machine.lanes, dtype=np.float32))
        names = ("here", "there", "product", "spread", "products", "kept")
        fields = {name: values.ctypes.data for name, values in zip(names, held, strict=True)}
        width = multipliers[0].shape[1]
        fields |= {
            "targets": targets,
            "room": frame,
            "layers": len(frames),
            "blocks": self._blocks,
            "before": (reach - width) // 2 * self._channels,
            "ends": width * self._channels,
            "letters": letters.ctypes.data,
            "length": length,
            "taps": self._taps.ctypes.data,
            "span": self._taps.shape[1],
            "multipliers": multipliers[0].ctypes.data,
            "apart": width * self._channels,
        }
        parts = [[fields.get(name, 0) for name in PLAN]]
        for layer in range(len(frames) - 1, -1, -1):
            places = frames[layer].places * self._channels
            held.append(places)
            parts.append(self._row(frames, layer, multipliers[layer + 1], places))
        return np.concatenate(parts).astype(np.int64), held

    def _row(
        self, frames: Sequence[Frame], layer: int, multipliers: NDArray[np.float32], places: NDArray[np.int64]
    ) -> list[int]:
        """`LAYER` of a layer."""
        frame, width = frames[layer], multipliers.shape[1]
        fields = {
            "multipliers": multipliers.ctypes.data,
            "apart": width * self._channels,
            "kernel": self._kernels[layer].ctypes.data,
            "places": places.ctypes.data,
            "pairs": len(places),
            "step": self._dilations[layer] * self._channels,
            "before": frame.before * self._channels,
            "width": width * self._channels,
            "after": frame.after * self._channels,
            "next": frames[layer - 1].before * self._channels if layer else 0,
        }
        return [fields[name] for name in LAYER]


class Frame(NamedTuple):
    """Where a layer lies, in positions.

    Attributes
    ----------
    before, after
        Zeros on either side of what comes from above.
    room
        That it takes, with what is written beyond its end.
    places
        Of pairs, the first position; the last again to a whole number of tiles.
    """

    before: int
    after: int
    room: int
    places: NDArray[np.int64]

    @classmethod
    def of(cls, below: int, above: int, dilation: int, machine: Machine) -> Frame:
        """Of a layer that gives `below` positions from `above`: the middle, as a convolution with padding gives it."""
        before = (below + 2 * dilation - above) // 2
        groups = -(-below // (2 * dilation))
        rows = 2 * dilation * (groups + 1)
        pair = np.arange(groups * dilation)
        places = 2 * dilation * (pair // dilation) + pair % dilation
        places = np.pad(places, (0, -len(places) % machine.rows), mode="edge")
        return cls(before, rows - before - above, rows, places)


def _rows(x: Tensor) -> NDArray[np.float32]:
    """Of `(batch, filters, 1, width)`, `(batch, width, filters)`: no copy if it is channels-last."""
    rows: NDArray[np.float32] = x.squeeze(2).transpose(1, 2).contiguous().numpy()
    return rows


def _middle(x: Tensor, width: int) -> Tensor:
    beyond = (x.shape[-1] - width) // 2
    return x[..., beyond : beyond + width]

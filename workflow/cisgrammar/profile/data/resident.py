"""Windows that stay on the device as small integers, and are cut, shifted and reverse-complemented there.

A network of 64 filters takes more windows a second on a GPU than a processor can cut and send (a few 10,000).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.store import Signal, cut_windows

_WINDOWS_PER_READ = 4096
"""Windows read from the stores at a time: it bounds the memory."""
_COUNT_DTYPES = (torch.uint8, torch.int16, torch.int32)
"""Of counts: the first that holds the largest is taken. torch gathers no unsigned 16-bit integers on a GPU."""


class ResidentWindows:
    """Codes and counts around some centres, with what jitter can reach.

    Parameters
    ----------
    genome, signal
        Open stores.
    centres
        `(windows,)`, as in `Windows`.
    input_length, output_length
        bp.
    reach
        bp, the largest shift either way.
    device
        Where they are held.
    """

    def __init__(
        self,
        genome: Genome,
        signal: Signal,
        centres: NDArray[np.integer],
        input_length: int,
        output_length: int,
        reach: int,
        device: torch.device,
    ) -> None:
        self.input_length, self.output_length, self.reach, self.device = input_length, output_length, reach, device
        codes: list[Tensor] = []
        counts: dict[str, list[Tensor]] = {name: [] for name in signal.heads}
        for i in range(0, max(len(centres), 1), _WINDOWS_PER_READ):
            some = centres[i : i + _WINDOWS_PER_READ]
            wide = (input_length + 2 * reach, output_length + 2 * reach)
            cut, cut_heads = cut_windows(genome, signal, some, *wide)
            codes.append(torch.from_numpy(cut).to(device))
            for name, head in cut_heads.items():
                counts[name].append(_as_integers(head).to(device))
        self.codes = torch.cat(codes)  # (windows, input_length + 2 * reach)
        self.counts = [_concatenate(head) for head in counts.values()]  # (windows, tasks, output_length + 2 * reach)

    def cut(
        self, index: NDArray[np.integer], shifts: NDArray | None = None, flip: NDArray | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Windows by number, as `cut_windows` gives those at their centres.

        Parameters
        ----------
        index
            `(batch,)` which of the windows.
        shifts
            `(batch,)` bp, `reach` at most either way; None for none.
        flip
            `(batch,)` bool, windows to reverse-complement; None for none.

        Returns
        -------
        codes, counts
            uint8 `(batch, input_length)`, and per head float32 `(batch, tasks, output_length)`; on the device.
        """
        row = torch.as_tensor(np.asarray(index), device=self.device)
        shift = torch.as_tensor(np.zeros(len(row), np.int64) if shifts is None else np.asarray(shifts)).to(self.device)
        flipped = torch.as_tensor(np.zeros(len(row), bool) if flip is None else np.asarray(flip)).to(self.device)
        codes = self.codes[row].gather(1, self._places(self.input_length, shift, flipped))  # (batch, input_length)
        codes = torch.where(flipped[:, None] & (codes != N_CODE), 3 - codes, codes)
        at = self._places(self.output_length, shift, flipped)[:, None]  # (batch, 1, output_length)
        heads = []
        for held in self.counts:
            counts = held[row].gather(2, at.expand(-1, held.shape[1], -1))  # (batch, tasks, output_length)
            heads.append(torch.where(flipped[:, None, None], counts.flip(1), counts).float())
        return codes, tuple(heads)

    def _places(self, length: int, shift: Tensor, flipped: Tensor) -> Tensor:
        """Where the bases of a window are in what is held, `(batch, length)`; backwards in a flipped one."""
        along = torch.arange(length, device=self.device)
        along = torch.where(flipped[:, None], length - 1 - along, along)
        return self.reach + shift[:, None] + along


def resident_bytes(signal: Signal, windows: int, input_length: int, output_length: int, reach: int) -> int:
    """Most memory in bytes that `ResidentWindows` takes."""
    tasks = sum(head.shape[0] for head in signal.heads.values())
    return windows * (input_length + 2 * reach + 4 * tasks * (output_length + 2 * reach))


def _as_integers(counts: NDArray) -> Tensor:
    most = int(counts.max(initial=0))
    kept = next((kind for kind in _COUNT_DTYPES if most <= torch.iinfo(kind).max), None)
    if kept is None or np.issubdtype(counts.dtype, np.floating):
        return torch.from_numpy(counts.astype(np.float32))
    return torch.from_numpy(counts.astype(np.int64)).to(kept)


def _concatenate(parts: list[Tensor]) -> Tensor:
    """Parts of several types as the widest of them."""
    widest = max((part.dtype for part in parts), key=lambda kind: (kind.is_floating_point, kind.itemsize))
    return torch.cat([part.to(widest) for part in parts])

"""Windows of a sample: which ones an epoch shows, and their sequence and counts."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from cisgrammar.config.training import PeakTraining, WindowTraining
from cisgrammar.profile.data.resident import ResidentWindows, resident_bytes
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.store import Signal, cut_windows
from cisgrammar.signal.table import Regions
from cisgrammar.training.team import ALONE, Team

log = logging.getLogger(__name__)


class Windows(NamedTuple):
    """Windows of one kind and split.

    `centres` are positions in the concatenated genome: a window of length L covers
    [centre - L // 2, centre + L // 2). `counts` are the 5' ends in the output window.
    """

    centres: np.ndarray
    counts: np.ndarray

    def __len__(self) -> int:
        return len(self.centres)

    def where(self, mask: np.ndarray) -> Windows:
        """The windows for which `mask` is true."""
        return Windows(self.centres[mask], self.counts[mask])


def pick_windows(regions: Regions, genome: Genome) -> Windows:
    """The windows that regions are, in their order."""
    return Windows(genome.positions(regions.chrom.tolist(), regions.centre), regions.counts.astype(np.float64))


def evenly(windows: Windows, most: int) -> Windows:
    """At most `most` of the windows, evenly taken: enough to judge by, whatever the size of the genome."""
    if len(windows) <= most:
        return windows
    taken = np.linspace(0, len(windows) - 1, most).astype(np.int64)
    return Windows(windows.centres[taken], windows.counts[taken])


@dataclass
class Batch:
    """Codes `(batch, input_length)` uint8 and, per head, counts `(batch, tasks, output_length)`.

    `control`, if there is one, is per head `(batch, control_tasks, output_length + 2 flank)`.
    """

    codes: Tensor
    counts: tuple[Tensor, ...]
    control: tuple[Tensor, ...] | None = None

    @property
    def size(self) -> int:
        """Number of windows."""
        return len(self.codes)

    def to(self, device: torch.device) -> Batch:
        """The batch on another device."""
        control = None if self.control is None else tuple(c.to(device) for c in self.control)
        return Batch(self.codes.to(device), tuple(c.to(device) for c in self.counts), control)


class WindowSampler:
    """Draws the windows of an epoch and cuts them from the memory-mapped stores.

    An epoch shows each window of `primary` once, and `settings.background_ratio` times as many of `background`,
    drawn without replacement and anew for each epoch; in random order, shifted by up to `settings.jitter` bp (both ends
    included) and on a random strand. Everything follows from seed and epoch.

    Parameters
    ----------
    genome, signal
        Open stores.
    primary, background
        Windows; `background` may be None.
    settings
        Batch size, jitter, reverse complement; with a background ratio if there may be background.
    input_length, output_length
        bp.
    seed
        Of all the draws.
    """

    def __init__(
        self,
        genome: Genome,
        signal: Signal,
        primary: Windows,
        background: Windows | None,
        settings: WindowTraining,
        input_length: int,
        output_length: int,
        seed: int,
    ) -> None:
        self.genome, self.signal = genome, signal
        self.primary, self.background, self.settings = primary, background, settings
        self.input_length, self.output_length, self.seed = input_length, output_length, seed
        ratio = settings.background_ratio if isinstance(settings, PeakTraining) else 0.0
        wanted = round(ratio * len(primary))
        self.drawn = 0 if background is None else min(wanted, len(background))
        self.centres = primary.centres
        if background is not None and self.drawn:
            self.centres = np.concatenate([primary.centres, background.centres])
        self._held: ResidentWindows | None = None
        self._control: tuple[Signal, int] | None = None

    def show_control(self, control: Signal, flank: int) -> None:
        """Give batches the control's counts too, with `flank` bp on each side of the output."""
        self._control = control, flank

    def __len__(self) -> int:
        """Windows in an epoch."""
        return len(self.primary) + self.drawn

    def steps(self) -> int:
        """Batches in an epoch; the last may be short."""
        return -(-len(self) // self.settings.batch_size)

    def batches(self, epoch: int, team: Team = ALONE) -> Iterator[Batch]:
        """Training batches of an epoch; of each, this process's part."""
        random = np.random.default_rng([self.seed, epoch])
        shown = random.permutation(self._shown(random))
        jitter = self.settings.jitter
        shifts = random.integers(-jitter, jitter + 1, len(shown))
        flip = random.random(len(shown)) < (0.5 if self.settings.reverse_complement else 0.0)
        for i in range(0, len(shown), self.settings.batch_size):
            batch = np.arange(i, min(i + self.settings.batch_size, len(shown)))
            part = batch[team.share(len(batch))]
            yield self.cut(shown[part], shifts[part], flip[part])

    def fixed_batches(self, team: Team = ALONE) -> Iterator[Batch]:
        """Validation batches: all of `primary`, a fixed draw of `background`, no jitter, forward strand.

        Whole batches, which the processes take in turns.
        """
        shown = self._shown(np.random.default_rng([self.seed, 2**31]))
        shown[len(self.primary) :] = shown[len(self.primary) :][np.argsort(self.centres[shown[len(self.primary) :]])]
        size = self.settings.batch_size
        for i in range(team.rank * size, len(shown), team.size * size):
            yield self.cut(shown[i : i + size])

    def _shown(self, random: np.random.Generator) -> np.ndarray:
        """Numbers of an epoch's windows: all of `primary`, then a draw of `background`."""
        first, others = len(self.primary), len(self.centres) - len(self.primary)
        drawn = [first + random.choice(others, self.drawn, replace=False)] if self.drawn else []
        return np.concatenate([np.arange(first), *drawn])

    def hold_on(self, device: torch.device) -> None:
        """Keep all windows on a device, if they take no more than half of its free memory; batches are cut there."""
        reach, lengths = self.settings.jitter, (self.input_length, self.output_length)
        wanted = resident_bytes(self.signal, len(self.centres), *lengths, reach)
        free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 2 * wanted
        if self._control is not None:
            return
        if wanted > free / 2:
            log.info("%.1f GB of windows do not fit the device beside the model; they are cut on the CPU", wanted / 1e9)
            return
        self._held = ResidentWindows(self.genome, self.signal, self.centres, *lengths, reach, device)

    def cut(self, shown: np.ndarray, shifts: np.ndarray | None = None, flip: np.ndarray | None = None) -> Batch:
        """Cut windows by number, `shifts` bp beside their centres, reverse-complemented where `flip`."""
        if self._held is not None:
            return Batch(*self._held.cut(shown, shifts, flip))
        codes, counts = cut_windows(
            *(self.genome, self.signal, self.centres[shown], self.input_length, self.output_length),
            shifts=shifts,
            flip=flip,
        )
        return Batch(torch.from_numpy(codes), _as_floats(counts), self._cut_control(shown, shifts, flip))

    def _cut_control(
        self, shown: np.ndarray, shifts: np.ndarray | None, flip: np.ndarray | None
    ) -> tuple[Tensor, ...] | None:
        if self._control is None:
            return None
        control, flank = self._control
        length = self.output_length + 2 * flank
        _, counts = cut_windows(self.genome, control, self.centres[shown], length, length, shifts=shifts, flip=flip)
        return _as_floats(counts)


def _as_floats(counts: Mapping[str, np.ndarray]) -> tuple[Tensor, ...]:
    return tuple(torch.from_numpy(head.astype(np.float32)) for head in counts.values())

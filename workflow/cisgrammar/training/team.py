"""Processes that train one model together: each takes its part of every batch, and their gradients are added up.

All that a process decides follows from numbers that are the same in each: the batches from seed and epoch, the loss and
the validation from sums over all. One of them, the leader, writes files.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Team:
    """One process among those that train a model together.

    Attributes
    ----------
    rank
        Number of this process, from 0.
    size
        Number of processes.
    device
        Where this process's tensors are.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = CPU

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files."""
        return self.rank == 0

    def share(self, number: int) -> slice:
        """What of `number` things in a row is this process's; parts differ by one thing at most, and may be empty."""
        return slice(number * self.rank // self.size, number * (self.rank + 1) // self.size)

    def total(self, values: Tensor) -> Tensor:
        """Sum of a tensor over the processes, without a gradient; the tensor itself in a team of one."""
        if self.size == 1:
            return values
        values = values.detach().clone()
        distributed.all_reduce(values)
        return values

    def totals(self, values: Sequence[float]) -> list[float]:
        """Sums of some numbers over the processes."""
        return self.total(torch.tensor(values, dtype=torch.float64, device=self.device)).tolist()

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in any of the processes."""
        return flag if self.size == 1 else self.totals([float(flag)])[0] > 0

    def spread(self, model: nn.Module) -> nn.Module:
        """The model as it is to be called in training: the gradients of its parameters become means over processes."""
        if self.size == 1:
            return model
        devices = [self.device.index] if self.device.type == "cuda" else None
        # Running means need no broadcast: `SharedBatchNorm` gives each process the same.
        return nn.parallel.DistributedDataParallel(model, device_ids=devices, forward_sync_buffers=False)


ALONE = Team()


def leads() -> bool:
    """Whether this process writes files: the first of those that torchrun started, or the only one."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def team_on(device: torch.device) -> Iterator[Team]:
    """Context with the team that torchrun started this process for; a team of one if it did not.

    Parameters
    ----------
    device
        `cuda` stands for a GPU of its own for each process.

    Raises
    ------
    ValueError
        If there are fewer GPUs than processes.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield Team(device=device)
        return
    if device.type == "cuda":
        here, found = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        # Every process says so, for the leader's words are what the log keeps.
        if int(os.environ["LOCAL_WORLD_SIZE"]) > found:
            raise ValueError(
                f"training.processes: {os.environ['WORLD_SIZE']} on cuda need as many GPUs, torch sees {found}"
            )
        device = torch.device("cuda", here)
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        with warnings.catch_warnings():
            # Of kernels of one filter, whose strides along an axis of one mean nothing.
            warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
            yield Team(distributed.get_rank(), distributed.get_world_size(), device)
    finally:
        distributed.destroy_process_group()

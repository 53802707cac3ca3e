"""Conditional multinomial likelihood of count tables, penalties, and their gradient in bounded memory."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.reads.count_table import CountTable


@dataclass(frozen=True)
class Penalty:
    """What is added to the negative log-likelihood per read.

    Parameters
    ----------
    l2, l1
        Weights of the sums of squares and of absolute values of all parameters.
    barrier
        exp(p - barrier) + exp(-p - barrier) is added for each parameter p; keeps them inside +-barrier.
    pseudocount
        Reads of even letters that each position of each matrix has seen, so to say: weight of a Dirichlet prior.
    exclude
        Parameters whose name holds one of these are left out of l2, l1 and the barrier.
    """

    l2: float = 1e-6
    l1: float = 0.0
    barrier: float = 40.0
    pseudocount: float = 0.0
    exclude: tuple[str, ...] = ()


def log_likelihood(log_share: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """Sum of counts * log share, a scalar float64; both are `(reads, rounds)`.

    Multinomial given each read's total, without the factorials, which no parameter changes.
    """
    return (log_share.to(counts.dtype) * counts).sum(dtype=torch.float64)


def poisson_constant(counts: torch.Tensor) -> torch.Tensor:
    """What turns the conditional likelihood into that of Poisson counts with mean K_i * share, a scalar.

    Sum of k log K_i - k - log k! over rounds; rows without counts add 0.
    """
    total = counts.sum(1, keepdim=True)  # (reads, 1)
    return (torch.xlogy(counts, total) - counts - torch.lgamma(counts + 1)).sum(dtype=torch.float64)


def penalty(model: nn.Module, settings: Penalty, total_counts: float) -> torch.Tensor:
    """Penalty of all parameters of `model`, trained or not, a scalar; parameters that hold -inf are left out.

    Parameters
    ----------
    model
        An experiment, or a list of them.
    settings
        The weights.
    total_counts
        Reads, by which the pseudocount is divided.
    """
    value = torch.zeros((), dtype=torch.float64, device=next(model.parameters()).device)
    for name, parameter in model.named_parameters():
        if any(part in name for part in settings.exclude) or not bool(torch.isfinite(parameter).all()):
            continue
        flat = parameter.flatten().double()
        value = value + settings.l2 * flat.square().sum() + settings.l1 * flat.abs().sum()
        value = value + ((flat - settings.barrier).exp() + (-flat - settings.barrier).exp()).sum()
    if settings.pseudocount:
        for psam in (m for m in model.modules() if isinstance(m, PSAM)):
            value = value - settings.pseudocount / total_counts * psam.dirichlet().double()
    return value


class Data:
    """A count table on a device, in the rounds that an experiment observes."""

    def __init__(self, table: CountTable, observed: Sequence[int], device: torch.device | str = "cpu") -> None:
        counts = table.counts[:, list(observed)]
        rows = counts.sum(1) > 0
        if not rows.any():
            raise ValueError("no read has counts in the sequenced rounds; check the order of the columns")
        self.codes = torch.from_numpy(table.codes()[rows]).to(device)
        self.counts = torch.from_numpy(np.ascontiguousarray(counts[rows], dtype=np.float32)).to(device)
        self.total = float(counts.sum())

    def __len__(self) -> int:
        return len(self.codes)

    def sample(self, n: int, rng: np.random.Generator) -> Data:
        """At most `n` of the reads, drawn at random without replacement; the same reads for the same `rng`."""
        if n >= len(self):
            return self
        return self.rows(torch.from_numpy(np.sort(rng.permutation(len(self))[:n])).to(self.codes.device))

    def rows(self, rows: torch.Tensor) -> Data:
        """Some of the reads, by their numbers."""
        other = copy.copy(self)
        other.codes, other.counts = self.codes[rows], self.counts[rows]
        other.total = float(other.counts.sum(dtype=torch.float64))
        return other

    def selected(self) -> Data:
        """The reads that the last round has; `total` remains that of all rounds."""
        some = self.rows(torch.nonzero(self.counts[:, -1])[:, 0])
        some.total = self.total
        return some


@torch.no_grad()
def negative_log_likelihood(experiment: Experiment, data: Data, chunk: int = 8192) -> float:
    """Negative log-likelihood per count without penalty, `chunk` reads at a time."""
    total = sum(
        log_likelihood(experiment(data.codes[i : i + chunk]), data.counts[i : i + chunk])
        for i in range(0, len(data), chunk)
    )
    return -float(total) / data.total


@torch.no_grad()
def row_log_likelihood(experiment: nn.Module, data: Data, chunk: int = 8192) -> torch.Tensor:
    """Log-likelihood of each read, `(reads,)` float64, of a module that gives log shares; for its standard error."""
    parts = []
    for i in range(0, len(data), chunk):
        share = experiment(data.codes[i : i + chunk])
        parts.append((share.double() * data.counts[i : i + chunk]).sum(1))
    return torch.cat(parts)


@dataclass
class Objective:
    """Penalised negative log-likelihood per count of several experiments, with its gradient.

    Parameters
    ----------
    experiments
        The experiments; parameters that they share are one.
    data
        The table of each.
    settings
        The penalty.
    chunk
        Reads scored at a time: bounds memory. Chunks add up in the parameters' precision.
    total_counts
        Counts by which the pseudocount is divided; None for those of `data`. A subset that stands for all reads
        takes those of all, so that it is penalised alike.
    """

    experiments: Model
    data: Sequence[Data]
    settings: Penalty = Penalty()
    chunk: int = 8192
    total_counts: float | None = None
    evaluations: int = 0

    def parameters(self) -> list[nn.Parameter]:
        """What is trained now."""
        return [p for p in self.experiments.parameters() if p.requires_grad]

    def gradients(self) -> list[torch.Tensor]:
        """Gradients of the trained parameters, as `backward` has set them."""
        return _gradients(self.parameters())

    def backward(self) -> float:
        """Set the gradients of all trained parameters and return the loss."""
        self.evaluations += 1
        for parameter in self.parameters():
            parameter.grad = torch.zeros_like(parameter)
        value = 0.0
        for experiment, data in zip(self.experiments, self.data, strict=True):
            for start in range(0, len(data), self.chunk):
                value += self._add(experiment, data, slice(start, start + self.chunk))
        total = self.total_counts or sum(d.total for d in self.data)
        extra = penalty(self.experiments, self.settings, total)
        if extra.requires_grad:
            extra.backward()
        return value + float(extra.detach())

    def _add(self, experiment: Experiment, data: Data, rows: slice | torch.Tensor) -> float:
        """Add the gradient of some rows' share of the loss to what is there, and return that share."""
        log_share = experiment(data.codes[rows])
        part = log_likelihood(log_share, data.counts[rows]) * (-1 / (len(self.experiments) * data.total))
        part.backward()
        return float(part.detach())

    def block_gradients(self, index: int, blocks: int) -> Iterator[list[torch.Tensor]]:
        """Yield the gradient of each of `blocks` random blocks of one experiment's reads, penalties left out."""
        experiment, data = self.experiments[index], self.data[index]
        # Reads come sorted by round, of which blocks must hold a chance number.
        order = torch.from_numpy(np.random.default_rng(0).permutation(len(data))).to(data.codes.device)
        # To look for them takes as long as a small block.
        parameters = self.parameters()
        for rows in order.tensor_split(min(blocks, len(data))):
            for parameter in parameters:
                parameter.grad = torch.zeros_like(parameter)
            self._add(experiment, data, rows)
            yield _gradients(parameters)


def _gradients(parameters: Sequence[nn.Parameter]) -> list[torch.Tensor]:
    return [p.grad for p in parameters if p.grad is not None]

"""Counts heads that read standardised means of the trunk while a model trains.

The trunk's mean over a window differs little between windows (see `refit_counts`): weights of the size that training
starts with give the counts no gradient to speak of in the trunk, and weights in the hundreds make every step of the
trunk move all counts at once by several nats. Means less those of the batch, over their deviation in it, have neither
(Ioffe and Szegedy 2015). A linear layer on them is one on the means themselves, to which it is brought at the end.

Filters' means rise and fall together, so that a step of Adam, which moves each weight by about the learning rate, would
move ln N by the learning rate times the number of filters. Standardised means are divided by the root of that number:
without it a step of 0.008 moves the ln N of a network of 32 filters by up to 0.26.

New weights times the means are not 0: 0.6, 2.7 and 3.2 for three draws of the demo's network, which is added to the
mean of ln N that the bias starts from. A step moves a bias by the learning rate, 0.5 in an epoch of the demo, and
centred means leave it to the bias alone. So the mean is taken out where the bias without it is nearer to the observed
counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cisgrammar.profile.data.window_sampler import Windows, evenly
from cisgrammar.profile.models.solo import CountsHead, SoloModel
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.signal.store import cut_codes
from cisgrammar.training.shared_norm import SharedBatchNorm

_VARIANCE = 1e-10
"""Added to each filter's variance: a deviation of 1e-5, far below that of a filter that is in use."""
_FEW, _MANY = 128, 1024
"""Windows whose means centre the head before a validation, and at the end."""
_BATCH = 64


class Standardise(SharedBatchNorm):
    """Means of filters less those of the batch, over their deviation in it and the root of the number of filters.

    A window alone takes the running mean and deviation.
    """

    def __init__(self, filters: int) -> None:
        super().__init__(filters, eps=_VARIANCE)
        self.requires_grad_(False)
        self.root = math.sqrt(filters)

    def forward(self, x: Tensor) -> Tensor:
        """`(windows, filters)` to the same."""
        if self.training and len(x) == 1:
            return functional.batch_norm(x, self.running_mean, self.running_var, eps=self.eps) / self.root
        return super().forward(x[..., None, None])[..., 0, 0] / self.root

    def scale(self) -> Tensor:
        """What a mean is divided by, `(filters,)`."""
        return (self.running_var + _VARIANCE).sqrt() * self.root


@contextmanager
def standardised(
    model: SoloModel, genome: Genome, windows: Sequence[Windows], wanted: bool = True
) -> Iterator[Callable[[], None] | None]:
    """Let the counts heads of a model read standardised means as long as it trains.

    With the same weights the model predicts the same, but for which windows the heads are centred on, and but for new
    heads, whose predictions come to lie around their biases. Weights change at other rates meanwhile, which is the aim.

    Parameters
    ----------
    model
        That trains.
    genome, windows
        What it is trained on, as many of each kind as an epoch shows; some of them are looked at, of all kinds alike.
        The counts of the first kind are those that heads start from.
    wanted
        False: nothing is done.

    Yields
    ------
    callable
        Centres the heads by the model's present weights: to be called before a validation, whose averaged weights give
        other means than the training's. None if nothing is done.
    """
    if not wanted:
        yield None
        return
    few, many = (_some(model, genome, windows, most) for most in (_FEW, _MANY))
    mean, variance = _moments(model, few)
    shift = torch.zeros_like(mean) if _start_at_biases(model, mean, windows[0].counts) else mean
    for head in _heads(model):
        norm = Standardise(model.architecture.filters).to(mean.device)
        head.norm = norm
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        _rescale(head, norm.scale(), shift)
    yield lambda: _centre(model, few)
    _centre(model, many)
    for head in _heads(model):
        if isinstance(head.norm, Standardise):
            scale = head.norm.scale()
            _rescale(head, 1 / scale, -head.norm.running_mean / scale)
        head.norm = None


def _heads(model: SoloModel) -> list[CountsHead]:
    return [head for head in model.counts_heads if isinstance(head, CountsHead)]


def _start_at_biases(model: SoloModel, mean: Tensor, counts: NDArray[np.float64]) -> bool:
    """Whether the heads' biases alone are nearer to the mean ln of the windows' counts than with the mean features.

    They are for new weights, for a new head's bias is the mean ln N (`start_counts_at_mean`), and not for trained ones.
    Windows have the counts of all heads together.
    """
    known = counts[counts > 0]
    if not len(known):
        return False
    linear = [head.linear for head in _heads(model)]
    biases = torch.cat([each.bias.detach() for each in linear]).double()  # (heads,)
    offsets = torch.stack([each.weight.detach()[0].double() @ mean.double() for each in linear])  # (heads,)
    observed = float(np.log(known).mean())
    alone, whole = (abs(float(torch.logsumexp(each, dim=0)) - observed) for each in (biases, biases + offsets))
    return alone < whole


def _rescale(head: CountsHead, scale: Tensor, shift: Tensor) -> None:
    """Weights for means x that become (x - shift) / scale; the same predictions."""
    weight, bias = (head.linear.get_parameter(name) for name in ("weight", "bias"))
    with torch.no_grad():
        bias.add_(weight[0].double() @ shift.double())
        weight.mul_(scale)


def _some(model: SoloModel, genome: Genome, windows: Sequence[Windows], most: int) -> NDArray[np.uint8]:
    """Codes `(windows, input_length)` of windows of each kind, evenly taken."""
    total = sum(map(len, windows))
    parts = [evenly(each, max(1, round(most * len(each) / total))) for each in windows if len(each)]
    starts = np.sort(np.concatenate([part.centres for part in parts])) - model.output_length // 2
    return cut_codes(genome.codes, starts - (model.input_length - model.output_length) // 2, model.input_length)


def _moments(model: SoloModel, codes: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """Mean and variance of the trunk's means over windows, `(filters,)` each."""
    device = next(model.parameters()).device
    found = []
    with torch.no_grad():
        for first in range(0, len(codes), _BATCH):
            x = one_hot(torch.from_numpy(codes[first : first + _BATCH]).to(device))
            found.append(model.trunk(x).mean(dim=(2, 3), dtype=torch.float32))
    means = torch.cat(found)
    return means.mean(dim=0), means.var(dim=0, correction=0)


def _centre(model: SoloModel, codes: NDArray[np.uint8]) -> None:
    """Set the running means and variances to those of windows by the present weights."""
    mean, variance = _moments(model, codes)
    for head in _heads(model):
        norm: nn.Module | None = head.norm
        if isinstance(norm, Standardise):
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)

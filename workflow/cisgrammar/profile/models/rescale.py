"""Contributions of bases to outputs of a solo model by DeepLIFT's rescale rule, several outputs from one forward pass.

The rule (Shrikumar et al. 2017): where a ReLU's input is `a` in a sequence and `b` in a reference, what comes back
through it is multiplied by (relu(a) - relu(b)) / (a - b). All else of the network is linear. References are averaged
(Lundberg and Lee 2017). It is the same definition as that of `perturb.contributions`, layer by layer instead of by
hooks: a sequence goes forward once for all its references and outputs, references never need a graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.layers import convolve, kernel_and_bias
from cisgrammar.profile.models.solo import DilatedBlock, SoloModel
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.shuffle import Shuffler, row_generator

Output = Literal["counts", "profile"]
_TINY = 1e-30
"""Beside the difference of two inputs: no division by 0 where both are equal."""
_VALUES_AT_ONCE = 1 << 27
"""Multipliers held at a time on a GPU (512 MiB); on a CPU one window's stay in its cache."""


class Target(NamedTuple):
    """What is explained: a weighted sum over heads.

    Attributes
    ----------
    output
        `counts` (ln counts), or `profile`: logits less their mean, weighted by the sequence's own predicted profile,
        which is held fixed (Avsec et al. 2021).
    weights
        Of each head.
    """

    output: Output
    weights: tuple[float, ...]


def can_rescale(model: nn.Module) -> TypeGuard[SoloModel]:
    """Whether the rule is here for a model: a network of convolutions, nothing before or after it."""
    return isinstance(model, SoloModel)


def network_of(model: nn.Module, outputs: Sequence[Output]) -> SoloModel:
    """The network that is free of the enzyme's bias, in a model as it was saved.

    Raises
    ------
    ValueError
        If counts are asked for and are those of networks of their own, whose pools the rule is not made for, or if the
        model has no such network.
    """
    part = model.residual if isinstance(model, CombinedModel) else model
    if isinstance(part, CountsBlend) and "counts" not in outputs:
        part = part.trunk
    if not can_rescale(part):
        raise ValueError(
            f"contributions to {', '.join(outputs)} of a {type(part).__name__} do not add up: wanted a network of "
            "convolutions; explain the profile alone, or set combined.counts: null"
        )
    return part.eval().requires_grad_(False)


def references_of(codes: NDArray[np.uint8], number: int, seed: int) -> NDArray[np.uint8]:
    """Dinucleotide shuffles of each sequence `(windows, length)`, `(windows, number, length)`.

    Those of a sequence follow from it and the seed alone, and are those of `sequence.shuffle.dinucleotide_shuffle`.
    """
    length, shuffler = codes.shape[1], Shuffler("dinucleotide")
    drawn = [shuffler.draw(row, (0, length), number, row_generator(seed, row, 0, length)).codes for row in codes]
    return np.stack(drawn) if drawn else np.zeros((0, number, length), dtype=np.uint8)


def rescale(
    model: SoloModel, codes: NDArray[np.uint8], references: NDArray[np.uint8], targets: Sequence[Target]
) -> list[NDArray[np.float32]]:
    """Hypothetical contributions of the bases of sequences to each target.

    Times the one-hot sequence they are the contributions of the bases that are there, which add up to the target minus
    its mean over the references.

    Parameters
    ----------
    model
        On any device.
    codes
        `(windows, input_length)`; N is all zero.
    references
        `(windows, references, input_length)`.
    targets
        What is explained.

    Returns
    -------
    list of array
        `(windows, 4, input_length)` for each target.
    """
    if codes.shape[1] != model.input_length or references.shape[2] != model.input_length:
        raise ValueError(
            f"sequences of {codes.shape[1]} bp and references of {references.shape[2]} bp; the model reads "
            f"{model.input_length}: cut both to that"
        )
    device = next(model.parameters()).device
    one = references.shape[1] * model.input_length * model.architecture.filters * (model.architecture.layers + 1)
    at_once = max(1, _VALUES_AT_ONCE // one) if device.type == "cuda" else 1
    found: list[list[NDArray[np.float32]]] = [[] for _ in targets]
    with torch.inference_mode():
        for first in range(0, len(codes), at_once):
            rows = slice(first, first + at_once)
            both = np.concatenate([codes[rows, None], references[rows]], axis=1)  # (few, 1 + references, length)
            for kept, values in zip(found, _rescale(model, _one_hot(both, device), targets), strict=True):
                kept.append(values.cpu().numpy())
    empty = np.zeros((0, 4, model.input_length), dtype=np.float32)
    return [np.concatenate(values) if values else empty for values in found]


def _one_hot(codes: NDArray[np.uint8], device: torch.device) -> Tensor:
    letters = torch.eye(N_CODE + 1, 4, device=device)
    return letters[torch.from_numpy(codes.astype(np.int64)).to(device)]  # (windows, sequences, length, 4)


def _rescale(model: SoloModel, X: Tensor, targets: Sequence[Target]) -> list[Tensor]:
    """Of one-hot `(windows, 1 + references, length, 4)`, the sequence first: `(windows, 4, length)` per target."""
    windows, rows = X.shape[:2]
    x = X.flatten(0, 1).unsqueeze(1).permute(0, 3, 1, 2)  # (windows * rows, 4, 1, length), channels-last
    x = convolve(x, *kernel_and_bias(model.input_conv))
    multipliers = [_multiplier(x, rows)]
    x.relu_()
    for block in _blocks(model):
        active = convolve(x, *kernel_and_bias(block.conv), block.dilation)
        multipliers.append(_multiplier(active, rows))
        x = active.relu_().add_(x[..., block.dilation : -block.dilation])
    own = x.unflatten(0, (windows, rows))[:, 0]  # (windows, filters, 1, trunk)
    return [_back(model, _start(model, own, target), multipliers, X[:, 1:]) for target in targets]


def _blocks(model: SoloModel) -> list[DilatedBlock]:
    return [block for block in model.blocks if isinstance(block, DilatedBlock)]


def _multiplier(inputs: Tensor, rows: int) -> Tensor:
    """(relu(a) - relu(b)) / (a - b) of each reference, `(windows * references, filters, 1, length)`.

    It equals max(a, b) / |a - b| between 0 and 1, which needs no case for equal inputs: there it is the slope.
    """
    apart = inputs.permute(0, 2, 3, 1).unflatten(0, (-1, rows))  # (windows, rows, 1, length, filters)
    own, others = apart[:, :1], apart[:, 1:]
    found = torch.maximum(others, own)
    found.div_((others - own).abs_().add_(_TINY)).clamp_(0, 1)
    return found.flatten(0, 1).permute(0, 3, 1, 2)


def _start(model: SoloModel, own: Tensor, target: Target) -> Tensor:
    """What a target changes by per unit of the trunk, `(windows, filters, 1, trunk)`; the same for all references."""
    start = torch.zeros_like(own)
    weighted = [(head, weight) for head, weight in enumerate(target.weights) if weight]
    if target.output == "counts":
        for head, weight in weighted:
            slope = model.counts_heads[head].get_parameter("linear.weight")[0]  # (filters,)
            start += (weight / own.shape[-1]) * slope[:, None, None]
        return start
    beyond = model.beyond
    centre = own[..., beyond : own.shape[-1] - beyond]
    for head, weight in weighted:
        conv = model.profile_heads[head].get_submodule("conv")
        logits = model.profile_heads[head](centre)  # (windows, tasks, out)
        shares = torch.softmax(logits.flatten(1), dim=1)
        slopes = (shares - 1 / shares.shape[1]).view_as(logits)
        back = _transposed(slopes.unsqueeze(2), conv.get_parameter("weight"), 1)  # (windows, filters, 1, centre)
        start[..., beyond : own.shape[-1] - beyond] += weight * back
    return start


def _back(model: SoloModel, start: Tensor, multipliers: Sequence[Tensor], references: Tensor) -> Tensor:
    """Through the network, to hypothetical contributions `(windows, 4, length)`; references are one-hot."""
    windows, number = references.shape[:2]
    gradient = start.unsqueeze(1).expand(-1, number, -1, -1, -1).flatten(0, 1)  # (windows * references, filters, ...)
    for block, multiplier in zip(reversed(_blocks(model)), reversed(multipliers[1:]), strict=True):
        before = _transposed(gradient * multiplier, block.conv.weight, block.dilation)
        before[..., block.dilation : -block.dilation] += gradient
        gradient = before
    slopes = _transposed(gradient * multipliers[0], model.input_conv.weight, 1)  # (windows * references, 4, 1, length)
    slopes = slopes.squeeze(2).transpose(1, 2).unflatten(0, (windows, number))  # (windows, references, length, 4)
    of_references = (slopes * references).sum(dim=3, keepdim=True)
    return (slopes - of_references).mean(dim=1).transpose(1, 2)  # (windows, 4, length)


def _transposed(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """The transposed convolution, written as a padded one with the turned kernel: that one has the fast forms."""
    turned = weight.flip(2).transpose(0, 1).unsqueeze(2).contiguous(memory_format=torch.channels_last)
    return functional.conv2d(x, turned, None, padding=(0, dilation * (weight.shape[2] - 1)), dilation=(1, dilation))

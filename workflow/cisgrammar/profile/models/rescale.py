"""Contributions of bases to outputs of a solo model by DeepLIFT's rescale rule, several outputs from one forward pass.

The rule (Shrikumar et al. 2017): where a ReLU's input is `a` in a sequence and `b` in a reference, what comes back
through it is multiplied by (relu(a) - relu(b)) / (a - b). All else of the network is linear. References are averaged
(Lundberg and Lee 2017). It is the same definition as that of `perturb.contributions`, layer by layer instead of by
hooks: a sequence goes forward once for all its references and outputs, references never need a graph. What blended
counts have beside the trunk is in `rescale_counts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeGuard, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.compiled.block_kernels import block_kernels
from cisgrammar.profile.models.compiled.kernels import kernels
from cisgrammar.profile.models.compiled.multipliers import Multipliers
from cisgrammar.profile.models.compiled.products import TINY
from cisgrammar.profile.models.compiled.row_kernels import row_kernels
from cisgrammar.profile.models.compiled.way_back import WayBack
from cisgrammar.profile.models.controlled import ControlledModel
from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.counts_network import CountsNetwork
from cisgrammar.profile.models.layers import convolve, kernel_and_bias, to_bases, transposed, turned
from cisgrammar.profile.models.rescale_counts import line_slopes, network_slopes
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.shuffle import Shuffler, row_generator

Output = Literal["counts", "profile"]
_VALUES_AT_ONCE = 1 << 27
"""Multipliers held at a time on a GPU (512 MiB); on a CPU one window's stay in its cache."""
_VALUES_IN_CACHE = 1 << 19
"""Values of a layer that go through the network together on a CPU (2 MiB): what reads and writes them once, multipliers
above all, then works within the cache. Measured: ten of twenty references take 0.8 of the time of all, five 0.95."""


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


Network = SoloModel | CountsBlend


def can_rescale(model: nn.Module) -> TypeGuard[Network]:
    """Whether the rule is here for a model: a network of convolutions, its counts blended or not, nothing around it."""
    return isinstance(model, SoloModel | CountsBlend)


def network_of(model: nn.Module) -> Network:
    """The network that is free of the enzyme's bias and of a control, in a model as it was saved.

    ValueError if the model has none.
    """
    part = model.residual if isinstance(model, CombinedModel | ControlledModel) else model
    if not can_rescale(part):
        raise ValueError(
            f"contributions to a {type(part).__name__} do not add up: wanted a combined model, or a network of "
            "convolutions"
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
    model: Network,
    codes: NDArray[np.uint8],
    references: NDArray[np.uint8],
    targets: Sequence[Target],
    length: int | None = None,
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
    length
        bp of the centre whose contributions are wanted, which saves what is beyond; None: all of the input.

    Returns
    -------
    list of array
        `(windows, 4, length)` for each target.
    """
    if codes.shape[1] != model.input_length or references.shape[2] != model.input_length:
        raise ValueError(
            f"sequences of {codes.shape[1]} bp and references of {references.shape[2]} bp; the model reads "
            f"{model.input_length}: cut both to that"
        )
    length = model.input_length if length is None else length
    if not 0 < length <= model.input_length or (model.input_length - length) % 2:
        raise ValueError(f"a centre of {length} bp; wanted {model.input_length}, or less by an even number")
    device = next(model.parameters()).device
    trunk = model.trunk if isinstance(model, CountsBlend) else model
    one = references.shape[1] * model.input_length * trunk.architecture.filters * (trunk.architecture.layers + 1)
    at_once = max(1, _VALUES_AT_ONCE // one) if device.type == "cuda" else 1
    found: list[list[NDArray[np.float32]]] = [[] for _ in targets]
    with torch.inference_mode():
        made = _Made(trunk)
        for first in range(0, len(codes), at_once):
            rows = slice(first, first + at_once)
            own, others = (_one_hot(part[rows], device) for part in (codes[:, None], references))
            for kept, values in zip(found, _of_batch(model, made, own, others, targets, length), strict=True):
                kept.append(values.cpu().numpy())
    empty = np.zeros((0, 4, length), dtype=np.float32)
    return [np.concatenate(values) if values else empty for values in found]


def _one_hot(codes: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Of `(windows, sequences, length)`, with an axis of four behind."""
    letters = torch.eye(N_CODE + 1, 4, device=device)
    return letters[torch.from_numpy(codes.astype(np.int64)).to(device)]  # (windows, sequences, length, 4)


def _of_batch(
    model: Network, made: _Made, own: Tensor, references: Tensor, targets: Sequence[Target], length: int
) -> list[Tensor]:
    """As `_rescale`, with what blended counts have beside the trunk."""
    if isinstance(model, SoloModel):
        return _rescale(made, own, references, targets, length)
    shares = [_shares(model, target) for target in targets]
    inner = [Target(target.output, tuple(share[:, 0].tolist())) for target, share in zip(targets, shares, strict=True)]
    found = _rescale(made, own, references, inner, length)
    centre = (references.shape[2] - length) // 2
    for values, target, share in zip(found, targets, shares, strict=True):
        if target.output == "counts":
            slopes = _beside_trunk(model, own, references, share)
            added = _hypothetical(slopes, references)
            values += added[..., centre : centre + length]
    return found


def _shares(model: CountsBlend, target: Target) -> Tensor:
    """Weight of each member in a target, `(heads, 3)`: trunk, networks, line."""
    weights = torch.tensor(target.weights).to(model.weights)
    shares = torch.zeros_like(model.weights)
    shares[:, 0] = weights
    if target.output == "counts":
        blended = torch.tensor([not head.use_bias_counts for head in model.heads], device=weights.device)
        shares[blended] = weights[blended, None] * model.weights[blended]
    return shares


def _beside_trunk(model: CountsBlend, own: Tensor, references: Tensor, shares: Tensor) -> Tensor:
    """Slopes of the networks and of the line against each reference, `(windows, references, length, 4)`."""
    each = shares[:, 1] / len(model.networks)
    slopes = torch.zeros_like(references)
    for network in model.networks:
        slopes += network_slopes(cast("CountsNetwork", network), own, references, each)
    if model.kmers is not None:
        slopes += line_slopes(model.kmers, own, references, shares[:, 2])
    return slopes


def _hypothetical(slopes: Tensor, references: Tensor) -> Tensor:
    """Mean over references of what each base would add to theirs: both `(windows, references, length, 4)`."""
    of_references = (slopes * references).sum(dim=3, keepdim=True)
    return (slopes - of_references).mean(dim=1).transpose(1, 2)  # (windows, 4, length)


def _rescale(made: _Made, own: Tensor, references: Tensor, targets: Sequence[Target], length: int) -> list[Tensor]:
    """Of one-hot `(windows, 1, input_length, 4)` and `(windows, references, ...)`: `(windows, 4, length)` each."""
    model, number = made.model, references.shape[1]
    inputs, trunk = made.inputs(own)
    starts, widths = [_start(model, trunk, target) for target in targets], _widths(model, length)
    sums = [torch.zeros(len(own), 4, length, device=own.device) for _ in targets]
    for part in references.split(_references_at_once(model, references), dim=1):
        multipliers = made.multipliers(inputs, part, widths)
        for total, found in zip(sums, made.back(starts, multipliers, part, length), strict=True):
            total += found
    return [total / number for total in sums]


class _Made:
    """What is made of a network's weights once, for all windows.

    Attributes
    ----------
    model
        The network.
    several, way
        Multipliers and the way back, compiled; None if they are not for this network or device.
    turned
        Kernels of the blocks, `turned`.
    """

    def __init__(self, model: SoloModel) -> None:
        self.model = model
        self.several: Multipliers | None = None
        self.way: WayBack | None = None
        blocks, first = model.dilated_blocks(), kernel_and_bias(model.input_conv)
        weights = [block.conv.weight for block in blocks]
        self.turned = [turned(weight) for weight in weights]
        if not blocks or first[0].device.type != "cpu" or first[0].dtype != torch.float32:
            return
        dilations, filters = [block.dilation for block in blocks], len(first[0])
        codes, code = (row_kernels(filters), block_kernels(filters)), kernels(filters)
        if codes[0] is not None and codes[1] is not None and code is not None:
            parameters = [kernel_and_bias(block.conv) for block in blocks]
            self.several = Multipliers((codes[0], codes[1]), first, parameters, dilations)
            self.way = WayBack(code, weights, dilations, first[0])

    def inputs(self, own: Tensor) -> tuple[list[Tensor], Tensor]:
        """`_inputs`."""
        if self.several is None:
            return _inputs(self.model, own)
        found, trunk = self.several.inputs(own.flatten(0, 1))
        return [_filters_first(values) for values in found], _filters_first(trunk)

    def multipliers(self, own: Sequence[Tensor], references: Tensor, widths: Sequence[int]) -> list[Tensor]:
        """`_multipliers`."""
        if self.several is None:
            return _multipliers(self.model, own, references, widths)
        mine = [values.squeeze(2).transpose(1, 2) for values in own]  # (windows, positions, filters) each
        return [_filters_first(values.flatten(0, 1)) for values in self.several.beside(mine, references, widths)]

    def back(self, starts: Sequence[Tensor], multipliers: Sequence[Tensor], part: Tensor, length: int) -> list[Tensor]:
        """Contributions of each target, `(windows, 4, length)`, sums over references."""
        if self.way is None:
            return [_back(self.model, self.turned, start, multipliers, part, length) for start in starts]
        sent = self.way(starts, multipliers, _centre(part, length))
        # A target at a time: sums of a convolution may depend on how many go through it.
        slopes = [to_bases(sums, self.model.input_conv.weight, length) for sums in sent.sums]
        # (windows, length, 4) each
        return [(each - of[..., None]).transpose(1, 2) for each, of in zip(slopes, sent.totals, strict=True)]


def _filters_first(rows: Tensor) -> Tensor:
    """Of `(batch, positions, filters)`, `(batch, filters, 1, positions)`, channels-last."""
    return rows.transpose(1, 2).unsqueeze(2)


def _centre(references: Tensor, length: int) -> Tensor:
    """Of one-hot `(windows, references, input_length, 4)`."""
    first = (references.shape[2] - length) // 2
    return references[:, :, first : first + length]


def _references_at_once(model: SoloModel, references: Tensor) -> int:
    """How many references go through the network together: parts that hardly differ in size."""
    number = references.shape[1]
    if references.device.type != "cpu":
        return number
    parts = -(-references[..., 0].numel() * model.architecture.filters // _VALUES_IN_CACHE)
    return -(-number // min(parts, number))


def _inputs(model: SoloModel, X: Tensor) -> tuple[list[Tensor], Tensor]:
    """What enters each ReLU, `(windows * sequences, filters, 1, length)` each, and the trunk's outputs."""
    x = convolve(_channels_first(X), *kernel_and_bias(model.input_conv))
    inputs = [x]
    x = x.relu()
    for block in model.dilated_blocks():
        inputs.append(convolve(x, *kernel_and_bias(block.conv), block.dilation))
        x = inputs[-1].relu().add_(x[..., block.dilation : -block.dilation])
    return inputs, x


def _channels_first(X: Tensor) -> Tensor:
    """Of `(windows, sequences, length, 4)`, `(windows * sequences, 4, 1, length)`, channels-last."""
    return X.flatten(0, 1).unsqueeze(1).permute(0, 3, 1, 2)


def _widths(model: SoloModel, length: int) -> list[int]:
    """Of each ReLU's outputs, how many around the middle reach the centre of the input."""
    width = model.architecture.input_filter_width
    full, needed = [model.input_length - width + 1], [length + width - 1]
    for block in model.dilated_blocks():
        full.append(full[-1] - 2 * block.dilation)
        needed.append(needed[-1] + 2 * block.dilation)
    return [min(pair) for pair in zip(full, needed, strict=True)]


def _middle(x: Tensor, width: int) -> Tensor:
    """The middle of the last axis."""
    beyond = (x.shape[-1] - width) // 2
    return x[..., beyond : beyond + width]


def _multipliers(model: SoloModel, own: Sequence[Tensor], references: Tensor, widths: Sequence[int]) -> list[Tensor]:
    """Of each ReLU, for `(windows, references, length, 4)`: `(windows * references, filters, 1, width)`."""
    x = convolve(_channels_first(references), *kernel_and_bias(model.input_conv))
    found = [_multiplier(own[0], x, widths[0])]
    x.relu_()
    for block, mine, width in zip(model.dilated_blocks(), own[1:], widths[1:], strict=True):
        active = convolve(x, *kernel_and_bias(block.conv), block.dilation)
        found.append(_multiplier(mine, active, width))
        x = active.relu_().add_(x[..., block.dilation : -block.dilation])
    return found


def _multiplier(own: Tensor, others: Tensor, width: int) -> Tensor:
    """(relu(a) - relu(b)) / (a - b) of each reference, `(windows * references, filters, 1, width)`.

    It equals max(a, b) / |a - b| between 0 and 1, which needs no case for equal inputs: there it is the slope.
    """
    windows = len(own)
    a = _middle(own, width).permute(0, 2, 3, 1).unsqueeze(1)  # (windows, 1, 1, width, filters)
    b = _middle(others, width).permute(0, 2, 3, 1).unflatten(0, (windows, -1))
    found = torch.maximum(b, a)
    found.div_((b - a).abs_().add_(TINY)).clamp_(0, 1)
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
        start[..., beyond : own.shape[-1] - beyond] += weight * _from_logits(slopes, conv.get_parameter("weight"))
    return start


def _from_logits(slopes: Tensor, weight: Tensor) -> Tensor:
    """The transposed convolution of `(windows, tasks, out)` with `(tasks, filters, width)`, as one product.

    `(windows, filters, 1, out + width - 1)`; the library's form is four times slower with so few channels.
    """
    width = weight.shape[2]
    reached = functional.pad(slopes, (width - 1, width - 1)).unfold(2, width, 1)  # (windows, tasks, length, width)
    taps = weight.flip(2).transpose(1, 2).flatten(0, 1)  # (tasks * width, filters)
    return (reached.transpose(1, 2).flatten(2) @ taps).transpose(1, 2).unsqueeze(2)


def _back(
    model: SoloModel,
    kernels: Sequence[Tensor],
    start: Tensor,
    multipliers: Sequence[Tensor],
    references: Tensor,
    length: int,
) -> Tensor:
    """Through the network, to hypothetical contributions `(windows, 4, length)`, sums over references.

    References are one-hot, kernels `_turned`. Each layer gives as many positions as the multipliers of the one before
    have.
    """
    windows, number = references.shape[:2]
    gradient = _middle(start, multipliers[-1].shape[-1]).unsqueeze(1)
    gradient = gradient.expand(-1, number, -1, -1, -1).flatten(0, 1)  # (windows * references, filters, ...)
    for layer, block in reversed(list(enumerate(model.dilated_blocks()))):
        width = multipliers[layer].shape[-1]
        before = transposed(gradient * multipliers[layer + 1], kernels[layer], block.dilation, width)
        shared = min(width, gradient.shape[-1])
        _middle(before, shared).add_(_middle(gradient, shared))
        gradient = before
    slopes = to_bases(gradient * multipliers[0], model.input_conv.weight, length)
    slopes = slopes.unflatten(0, (windows, number))  # (windows, references, length, 4)
    return number * _hypothetical(slopes, _centre(references, length))

"""Contributions of bases to the parts of blended counts: networks with pools, and the line on k-mers, exactly.

The rescale rule of `rescale` for what a `CountsBlend` has beside its trunk. What a pool changes by goes to its maxima:
what the sequence has above the reference to the sequence's, what it lacks to the reference's (Shrikumar et al. 2017, as
Captum and tangermeme have it). A k-mer is a ReLU that opens with its last letter: of all k-mers only those of the
sequence and of the reference at a place change, so that no 4^k channels are needed.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgrammar.iupac import BASES, reverse_complement
from cisgrammar.profile.models.counts_network import BIN, CountsNetwork, bins_of
from cisgrammar.profile.models.kmer_line import KmerLine
from cisgrammar.sequence.alphabet import N_CODE


class _Pool(NamedTuple):
    """A pool as it was passed: changes of its inputs, and what each of its outputs sends back and where to."""

    change: Tensor  # (windows, references, channels, length)
    gain: Tensor  # (windows, references, channels, bins): of the sequence's maximum above the reference's
    loss: Tensor  # the same shape: of the reference's maximum above the sequence's, at most 0
    own: Tensor  # (windows, references, channels, bins): position of the sequence's maximum
    others: Tensor  # of the reference's


def network_slopes(network: CountsNetwork, own: Tensor, references: Tensor, weights: Tensor) -> Tensor:
    """What a weighted sum of a network's log-counts changes by per base, against each reference.

    Parameters
    ----------
    network
        In eval mode.
    own, references
        One-hot, `(windows, 1, length, 4)` and `(windows, references, length, 4)`.
    weights
        `(heads,)`.

    Returns
    -------
    Tensor
        `(windows, references, length, 4)`; 0 beyond the whole bins that the network reads.
    """
    windows, number, length = references.shape[:3]
    bins = length // BIN
    first = (length - bins * BIN) // 2
    both = torch.cat([own, references], dim=1)[:, :, first : first + bins * BIN]
    x = both.flatten(0, 1).transpose(1, 2)  # (windows * rows, 4, bins * BIN)
    gates, pools = [], []
    for conv, norm, pool in _stem(network):
        active = norm(conv(x))
        gates.append(_gate(active, windows))
        x, pooled = _pooled(active.relu(), pool, windows)
        pools.append(pooled)
    for conv, norm in _blocks(network):
        active = norm(conv(x))
        gates.append(_gate(active, windows))
        x = x + active.relu()
    wanted = bins_of(network.output_length)
    start = x.new_zeros(windows * number, x.shape[1], x.shape[2])
    middle = (x.shape[2] - wanted) // 2
    start[..., middle : middle + wanted] = (weights @ network.total.weight)[:, None] / wanted
    slopes = _back(network, start, gates, pools)
    found = references.new_zeros(references.shape)
    found[:, :, first : first + bins * BIN] = slopes.transpose(1, 2).unflatten(0, (windows, number))
    return found


def _back(network: CountsNetwork, gradient: Tensor, gates: list[Tensor], pools: list[_Pool]) -> Tensor:
    """From the last features to the bases, `(windows * references, 4, length)`."""
    stem, blocks = _stem(network), _blocks(network)
    for (conv, norm), gate in zip(reversed(blocks), reversed(gates[len(stem) :]), strict=True):
        gradient = gradient + _transposed(gradient * gate, conv, norm)
    for (conv, norm, _), gate, pool in zip(reversed(stem), reversed(gates[: len(stem)]), reversed(pools), strict=True):
        gradient = _transposed(_unpooled(gradient, pool) * gate, conv, norm)
    return gradient


def _stem(network: CountsNetwork) -> list[tuple[nn.Conv1d, nn.BatchNorm1d, nn.MaxPool1d]]:
    layers = list(network.stem)
    return [(layers[i], layers[i + 1], layers[i + 3]) for i in range(0, len(layers), 4)]  # type: ignore[misc]


def _blocks(network: CountsNetwork) -> list[tuple[nn.Conv1d, nn.BatchNorm1d]]:
    return [(block.conv, block.norm) for block in network.blocks]  # type: ignore[misc]


def _gate(inputs: Tensor, windows: int) -> Tensor:
    """(relu(a) - relu(b)) / (a - b) of `(windows * rows, channels, length)`, sequences first, for each reference."""
    apart = inputs.unflatten(0, (windows, -1))
    own, others = apart[:, :1], apart[:, 1:]
    found = torch.maximum(own, others) / ((own - others).abs() + 1e-30)
    return found.clamp_(0, 1).flatten(0, 1)


def _pooled(x: Tensor, pool: nn.MaxPool1d, windows: int) -> tuple[Tensor, _Pool]:
    """Maxima of `(windows * rows, channels, length)`, and what the way back needs."""
    top, place = functional.max_pool1d(x, pool.kernel_size, return_indices=True)
    inputs, maxima, places = (part.unflatten(0, (windows, -1)) for part in (x, top, place))
    most = torch.maximum(maxima[:, :1], maxima[:, 1:])
    own = places[:, :1].expand_as(places[:, 1:])
    change = inputs[:, :1] - inputs[:, 1:]
    return top, _Pool(change, most - maxima[:, 1:], maxima[:, :1] - most, own, places[:, 1:])


def _unpooled(gradient: Tensor, pool: _Pool) -> Tensor:
    """Of `(windows * references, channels, bins)`, `(windows * references, channels, length)`."""
    gradient = gradient.view_as(pool.gain)
    zeros = torch.zeros_like(pool.change)
    sent = zeros.scatter(-1, pool.own, gradient * pool.gain).scatter_add_(-1, pool.others, gradient * pool.loss)
    equal = pool.change == 0
    slopes = sent / pool.change.masked_fill(equal, 1)
    # Where nothing changes the slope is that of the pool itself.
    return torch.where(equal, zeros.scatter(-1, pool.own, gradient), slopes).flatten(0, 1)


def _transposed(gradient: Tensor, conv: nn.Conv1d, norm: nn.BatchNorm1d) -> Tensor:
    """Back through a norm and the convolution before it."""
    if norm.running_var is None:
        raise ValueError(f"{norm} keeps no variance; wanted a norm as after training")
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    padding, dilation = conv.padding[0], conv.dilation[0]
    return functional.conv_transpose1d(gradient * scale[:, None], conv.weight, padding=int(padding), dilation=dilation)


def line_slopes(line: KmerLine, own: Tensor, references: Tensor, weights: Tensor) -> Tensor:
    """What a weighted sum of a line's log-counts changes by per base, against each reference; as `network_slopes`."""
    beyond = (references.shape[2] - line.output_length) // 2
    inner = slice(beyond, beyond + line.output_length)
    s, r = (_codes(part[:, :, inner]) for part in (own, references))
    s = s.expand_as(r)
    slopes = references.new_zeros(*r.shape, N_CODE + 1)
    _add_kmers(slopes, s, r, weights @ line.weights, line.k)
    for word, weight in zip(line.words, (weights @ line.word_weights).tolist(), strict=True):
        for strand in sorted({word, reverse_complement(word)}):
            _add_word(slopes, s, r, strand, weight)
    found = torch.zeros_like(references)
    found[:, :, inner] = slopes[..., :N_CODE]
    return found


def _codes(one_hot: Tensor) -> Tensor:
    """Numbers of the letters of `(..., 4)`; 4 where there is none."""
    return torch.where(one_hot.sum(-1) > 0, one_hot.argmax(-1), N_CODE)


def _add_kmers(slopes: Tensor, s: Tensor, r: Tensor, table: Tensor, k: int) -> None:
    """Of sequences and references `(windows, references, length)`, with the weight of each k-mer `(4^k,)`."""
    powers = 4 ** torch.arange(k - 1, -1, -1, device=s.device)
    a, b = s.unfold(2, k, 1), r.unfold(2, k, 1)  # (windows, references, places, k)
    apart = (a != b).sum(-1)
    share = 1 / apart.clamp(min=1).to(table)
    for letters, counted in ((a, True), (b, apart > 0)):
        known = (letters < N_CODE).all(-1) & counted
        amount = torch.where(known, table[(letters.clamp(max=3) * powers).sum(-1)] * share, 0)
        for j in range(k):
            slopes[:, :, j : j + a.shape[2]].scatter_add_(-1, letters[..., j : j + 1], amount[..., None])


def _add_word(slopes: Tensor, s: Tensor, r: Tensor, word: str, weight: float) -> None:
    """A word with gaps, on one strand."""
    places = s.shape[2] - len(word) + 1
    letters = [(offset, BASES.index(base)) for offset, base in enumerate(word) if base != "N"]
    missing = torch.stack(
        [torch.stack([x[:, :, o : o + places] != base for o, base in letters]).sum(0) for x in (s, r)]
    ).to(slopes)  # (2, windows, references, places)
    amount = torch.where(missing.amin(0) == 0, weight / missing.amax(0).clamp(min=1), 0)
    for offset, base in letters:
        slopes[:, :, offset : offset + places, base] += amount

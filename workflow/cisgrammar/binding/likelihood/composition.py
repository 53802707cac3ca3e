"""Composition of an initial library: how probable each read is before any selection, from the reads sequenced there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.reads.count_table import CountTable

_ORDERS = (0, 1, 2, 3)
# Letters that a context is taken to have seen besides those counted, so that none is impossible.
_PSEUDOCOUNT = 0.5
# Stands for the logarithm of zero where letters are constant: finite, so that gradients are too.
_NEVER = -700.0


@dataclass(frozen=True, eq=False)
class Composition:
    """A Markov chain over the letters of a read, constant flanks included.

    Attributes
    ----------
    kind
        In words, for a log.
    log_next
        `(length, letters**order, letters)` float64: log probability of each letter at a position given the `order`
        letters before it, of which the last counts least in the context's number; what would be before the first letter
        counts as letter 0.
    group
        `(length, letters**order)` int64: contexts with one number share their probabilities; -1 where letters are
        certain or taken as even. None: nothing was estimated.
    seen
        `(groups,)` float64: reads from which the probabilities of a group were estimated, pseudocounts included.
    """

    kind: str
    log_next: torch.Tensor
    group: torch.Tensor | None = None
    seen: torch.Tensor | None = None

    @property
    def length(self) -> int:
        """Letters of a read with its flanks."""
        return len(self.log_next)

    @property
    def order(self) -> int:
        """Letters before a letter that its probability depends on."""
        _, contexts, letters = self.log_next.shape
        return next(order for order in range(contexts) if letters**order == contexts)

    def of_order(self, order: int) -> Composition:
        """The same chain, written with longer contexts."""
        copies = self.log_next.shape[2] ** (order - self.order)
        group = None if self.group is None else self.group.repeat(1, copies)
        return Composition(self.kind, self.log_next.repeat(1, copies, 1), group, self.seen)

    def to(self, device: torch.device | str) -> Composition:
        """The same chain on a device."""
        group, seen = (part if part is None else part.to(device) for part in (self.group, self.seen))
        return Composition(self.kind, self.log_next.to(device), group, seen)

    def content(self) -> tuple[str, torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        """What a checkpoint holds: the arguments."""
        return self.kind, self.log_next, self.group, self.seen

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Codes of `n` reads with their flanks, `(n, length)`."""
        letters = self.log_next.shape[2]
        below = self.log_next.exp().cumsum(-1).cpu().numpy()[..., :-1]  # (length, contexts, letters - 1)
        codes = np.zeros((n, self.length), dtype=np.uint8)
        context = np.zeros(n, dtype=np.int64)
        for position in range(self.length):
            codes[:, position] = (rng.random((n, 1)) > below[position, context]).sum(1)
            context = (context * letters + codes[:, position]) % below.shape[1]
        return codes

    def log_contexts(self) -> torch.Tensor:
        """Log probability of the `order` letters before each position, `(length, letters**order)`."""
        states = self.log_next.shape[1]
        now = self.log_next.new_full((states,), _NEVER)
        now[0] = 0.0
        found = []
        for step in self.log_next:
            found.append(now)
            now = advance(now[:, None] + step)
        return torch.stack(found)

    def log_probability(self, codes: NDArray[np.integer]) -> NDArray[np.float64]:
        """Log probability of reads, `(reads,)`, from codes `(reads, length)` of letters only."""
        contexts = context_numbers(codes, self.order, self.log_next.shape[2])
        table = self.log_next.cpu().numpy()
        return table[np.arange(codes.shape[1]), contexts, codes].sum(1)


def advance(log_weights: torch.Tensor) -> torch.Tensor:
    """From contexts and the letter that follows, `(..., letters**order, letters)`, to contexts one position on."""
    letters = log_weights.shape[-1]
    if log_weights.shape[-2] == 1:
        return torch.logsumexp(log_weights, -1)
    return torch.logsumexp(log_weights.unflatten(-2, (letters, -1)), -3).flatten(-2)


def context_numbers(codes: NDArray[np.integer], order: int, letters: int) -> NDArray[np.int64]:
    """Number of the `order` letters before each position, `(reads, length)`."""
    padded = np.pad(codes.astype(np.int64), ((0, 0), (order, 0)))
    number = np.zeros(codes.shape, dtype=np.int64)
    for back in range(order):
        number = number * letters + padded[:, back : back + codes.shape[1]]
    return number


def fit_composition(table: CountTable, column: int) -> Composition:
    """The Markov chain that describes a round's reads best, by the Bayesian information criterion.

    Orders 0 to 3, with probabilities that are the same at all positions of the variable region or differ; and even
    letters. A letter of a constant flank has probability one.

    Parameters
    ----------
    table
        Reads of letters only and of one length, with their flanks.
    column
        Column of the round.

    Raises
    ------
    ValueError
        If reads differ in length, hold other than letters, or the round has no counts.
    """
    codes, weights = table.codes(), table.counts[:, column]
    letters = table.alphabet.size
    if codes.max(initial=0) >= letters:
        raise ValueError("the reads differ in length or hold N, or what is scored beside them is not known")
    seen = weights > 0
    if not seen.any():
        raise ValueError("the initial library was not sequenced")
    codes, weights = codes[seen], weights[seen]
    first = len(table.flanks.scored(table.alphabet)[0])
    region = range(first, first + table.variable.shape[1])
    best, least = None, np.inf
    for chain, log_likelihood, free in _chains(codes, weights, region, letters):
        criterion = free * np.log(weights.sum()) - 2 * log_likelihood
        if criterion < least:
            best, least = chain, criterion
    assert best is not None
    return best


def _chains(
    codes: NDArray[np.integer], weights: NDArray[np.float64], region: range, letters: int
) -> Iterator[tuple[Composition, float, int]]:
    """Each chain that is compared, with the log-likelihood of the reads and its number of free probabilities."""
    length, inside = codes.shape[1], slice(region.start, region.stop)
    constant = np.full((length, 1, letters), _NEVER)
    constant[np.arange(length), 0, codes[0]] = 0.0
    even = constant.copy()
    even[inside] = -np.log(letters)
    yield Composition("even letters", torch.from_numpy(even)), -weights.sum() * len(region) * np.log(letters), 0
    for order in _ORDERS:
        cells = context_numbers(codes, order, letters) * letters + codes
        counts = np.zeros((length, letters**order, letters))
        for position in region:
            found = np.bincount(cells[:, position], weights, letters ** (order + 1))
            counts[position] = found.reshape(-1, letters)
        yield from _chains_of(order, counts, constant, region)


def _chains_of(
    order: int, counts: NDArray[np.float64], constant: NDArray[np.float64], region: range
) -> Iterator[tuple[Composition, float, int]]:
    """Both chains of one order, from counts `(length, contexts, letters)` and what is constant, as `_chains`."""
    letters, inside = counts.shape[2], slice(region.start, region.stop)
    for by_position in (False, True):
        # Where a context reaches out of the region its probabilities are its own.
        pooled = slice(min(region.start + order, region.stop), region.stop)
        shared = counts.copy()
        if not by_position:
            shared[pooled] = counts[pooled].sum(0)
        smooth = shared + _PSEUDOCOUNT
        log_next = np.repeat(constant, letters**order, axis=1)
        log_next[inside] = np.log(smooth / smooth.sum(-1, keepdims=True))[inside]
        rows = counts[inside].any(-1).sum() if by_position else counts[region.start : pooled.start].any(-1).sum()
        free = (rows if by_position else rows + shared[pooled][:1].any(-1).sum()) * (letters - 1)
        likelihood = float((counts[inside] * log_next[inside]).sum())
        kind = f"order {order}, {'each position its own' if by_position else 'all positions alike'}"
        group = np.full(smooth.shape[:2], -1)
        group[inside] = np.arange(group[inside].size).reshape(group[inside].shape)
        if not by_position:
            group[pooled] = group[pooled][:1]
        numbers, group[inside] = np.unique(group[inside], return_inverse=True)
        seen = np.zeros(len(numbers))
        seen[group[inside]] = smooth[inside].sum(-1)
        parts = (torch.from_numpy(part) for part in (log_next, group, seen))
        yield Composition(kind, *parts), likelihood, int(free)

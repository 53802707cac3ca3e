"""A line on the k-mers of a window, as a torch module that can be differentiated in the sequence."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgrammar.iupac import BASES, reverse_complement
from cisgrammar.profile.models.solo import crop_to

_CHUNK = 256


class KmerLine(nn.Module):
    """Log-counts as an intercept plus a weight for each k-mer of the window, and for each word with a gap.

    A k-mer is seen by a convolution that adds up its letters, and a ReLU that is 1 where all of them match, so that
    attribution by layers works. Without gradients, on one-hot sequence, weights are looked up instead: the same
    number without the 4^k channels.

    Parameters
    ----------
    k
        Length of the k-mers.
    heads
        How many signals.
    output_length
        bp of a window.
    words
        Words with a gap, such as ACCCNACAT, that are counted on both strands; `word_weights` is `(heads, words)`.
    """

    def __init__(self, k: int, heads: int, output_length: int, words: Sequence[str] = ()) -> None:
        super().__init__()
        self.k, self.output_length, self.words = k, output_length, tuple(words)
        self.word_weights: Tensor
        self.register_buffer("word_weights", torch.zeros(heads, len(self.words)))
        self.word_relus = nn.ModuleList(nn.ReLU() for _ in self.words)
        self.weights: Tensor
        self.intercept: Tensor
        self.register_buffer("weights", torch.zeros(heads, 4**k))
        self.register_buffer("intercept", torch.zeros(heads))
        # One ReLU for each chunk: attribution remembers a module's input, so that none may run twice.
        self.relus = nn.ModuleList(nn.ReLU() for _ in range(0, 4**k, _CHUNK))

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(batch, 4, length)`, the window at its centre, to log-counts `(batch, heads)`."""
        x = crop_to(x, self.output_length)
        of_words = self._of_words(x)
        if not torch.is_grad_enabled() and bool(((x == 0) | (x == 1)).all()):
            return self._looked_up(x) + of_words
        total = self.intercept + of_words
        for relu, first in zip(self.relus, range(0, 4**self.k, _CHUNK), strict=True):
            filters = self._filters(first).to(x)  # (kmers, 4, k)
            there = relu(functional.conv1d(x, filters) - (self.k - 1))  # (batch, kmers, length - k + 1)
            total = total + there.sum(2) @ self.weights[:, first : first + _CHUNK].T
        return total  # (batch, heads)

    def _of_words(self, x: Tensor) -> Tensor:
        """What the words add, `(batch, heads)`; `(heads,)` without words."""
        # No tensor of the batch's size: the engine of ablation replays these steps with other batches.
        total = torch.zeros_like(self.intercept)
        for i, (relu, word) in enumerate(zip(self.word_relus, self.words, strict=True)):
            both = torch.stack([_filter(w) for w in sorted({word, reverse_complement(word)})]).to(x)  # (1 or 2, 4, bp)
            letters = len(word.replace("N", ""))
            there = relu(functional.conv1d(x, both) - (letters - 1))  # (batch, 1 or 2, places)
            total = total + there.sum((1, 2))[:, None] * self.word_weights[:, i]
        return total

    def _filters(self, first: int) -> Tensor:
        """One-hot letters of the k-mers of a chunk, `(kmers, 4, k)`; a k-mer's number has its first letter highest."""
        numbers = torch.arange(first, min(first + _CHUNK, 4**self.k))
        powers = 4 ** torch.arange(self.k - 1, -1, -1)
        return functional.one_hot(numbers[:, None] // powers % 4, 4).transpose(1, 2).float()

    def _looked_up(self, x: Tensor) -> Tensor:
        known = x.sum(1).unfold(1, self.k, 1).sum(2) == self.k  # (batch, length - k + 1)
        powers = 4 ** torch.arange(self.k - 1, -1, -1, device=x.device)
        numbers = (x.argmax(1).unfold(1, self.k, 1) * powers).sum(2)  # (batch, length - k + 1)
        return self.intercept + (self.weights[:, numbers] * known).sum(2).T  # (batch, heads)


def _filter(word: str) -> Tensor:
    """One-hot letters of a word, `(4, bp)`; an N is all zero."""
    return torch.tensor([[float(letter == base) for letter in word] for base in BASES])

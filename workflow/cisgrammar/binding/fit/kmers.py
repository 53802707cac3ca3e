"""Where a motif may be: k-mers that the current model does not explain, as starting matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.iupac import BASES
from cisgrammar.sequence.alphabet import reverse_complement


def kmer_totals(codes: NDArray[np.uint8], weights: NDArray[np.floating], k: int) -> NDArray[np.float64]:
    """Sum weights over all k-mers of each read, on both strands.

    Parameters
    ----------
    codes
        `(reads, length)`; k-mers with anything but A C G T are left out.
    weights
        `(reads, columns)`.
    k
        Length of a k-mer.

    Returns
    -------
    NDArray
        `(4**k, columns)`: entry of a k-mer is at its base-4 number, first letter highest.
    """
    windows = np.lib.stride_tricks.sliding_window_view(codes, k, axis=1)  # (reads, windows, k)
    powers = 4 ** np.arange(k - 1, -1, -1)
    known = (windows < len(BASES)).all(-1).ravel()
    forward = (windows.astype(np.int32) @ powers.astype(np.int32)).ravel()
    reverse = (reverse_complement(windows).astype(np.int32) @ powers.astype(np.int32)).ravel()
    read = np.repeat(np.arange(len(codes)), windows.shape[1])[known]
    out = np.zeros((4**k, weights.shape[1]))
    for column in range(weights.shape[1]):
        value = weights[read, column]
        for index in (forward, reverse):
            out[:, column] += np.bincount(index[known], value, minlength=4**k)
    return out


@torch.no_grad()
def unexplained(experiment: Experiment, data: Data, k: int, chunk: int = 8192) -> NDArray[np.float64]:
    """Observed and expected count of each k-mer in the last sequenced round, `(4**k, 2)`."""
    expected = []
    for i in range(0, len(data), chunk):
        share = experiment(data.codes[i : i + chunk])[:, -1].exp()
        expected.append(share * data.counts[i : i + chunk].sum(1))
    both = torch.stack([data.counts[:, -1].double(), torch.cat(expected).double()], dim=1)  # (reads, 2)
    return kmer_totals(data.codes.cpu().numpy(), both.cpu().numpy(), k)


def _letters(number: int, k: int) -> list[int]:
    return [(number // 4 ** (k - 1 - i)) % 4 for i in range(k)]


def _number(letters: Sequence[int]) -> int:
    return int(sum(letter * 4 ** (len(letters) - 1 - i) for i, letter in enumerate(letters)))


def _overlap(a: Sequence[int], b: Sequence[int], shared: int) -> bool:
    turned = reverse_complement(np.array(b, dtype=np.int64)).tolist()
    pieces = {tuple(a[i : i + shared]) for i in range(len(a) - shared + 1)}
    return any(tuple(other[i : i + shared]) in pieces for other in (b, turned) for i in range(len(b) - shared + 1))


def consensus_kmers(filters: Sequence[torch.Tensor], k: int) -> list[list[int]]:
    """All k-mers (shorter: the whole) of the consensus of each matrix `(4, positions)`, as codes."""
    out = []
    for values in filters:
        letters = values.argmax(0).tolist()
        size = min(k, len(letters))
        out += [letters[i : i + size] for i in range(len(letters) - size + 1)]
    return out


def starting_matrices(
    totals: NDArray[np.float64], k: int, n: int, avoid: Sequence[Sequence[int]] = ()
) -> list[NDArray[np.float64]]:
    """Matrices `(k, 4)` around the `n` k-mers with most counts beyond expectation.

    A column holds the log ratio of observed to expected counts of the k-mer with that letter there; k-mers that
    share most of their letters with one already taken, or half of them with one to `avoid`, are passed over.
    """
    observed, expected = totals[:, 0], totals[:, 1]
    surprise = (observed - expected) / np.sqrt(expected + 1)
    log_ratio = np.log((observed + 2) / (expected + 2))
    taken: list[list[int]] = []
    for number in np.argsort(-surprise, kind="stable")[:5000]:
        letters = _letters(int(number), k)
        known = any(_overlap(letters, other, max(3, k // 2)) for other in avoid)
        if not known and not any(_overlap(letters, other, max(3, k - 3)) for other in taken):
            taken.append(letters)
        if len(taken) == n:
            break
    matrices = []
    for letters in taken:
        matrix = np.empty((k, 4))
        for position in range(k):
            for letter in range(4):
                changed = [*letters[:position], letter, *letters[position + 1 :]]
                matrix[position, letter] = log_ratio[_number(changed)]
        matrices.append(matrix - matrix.mean(1, keepdims=True))
    return matrices

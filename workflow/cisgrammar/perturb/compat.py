"""The shuffles of tangermeme, bit for bit from the same seed: to compare, and to repeat what was published.

Written from their description: numpy's legacy Mersenne Twister, the order in which it is asked, and what each answer
moves. The plain one gives every sequence the same permutations. The dinucleotide one keeps the last exit of every
letter, so it reaches only some of the arrangements (9 of 27 for ACCCACGATGATG), and it refuses a region that it cannot
change; `cisgrammar.sequence.shuffle.dinucleotide_shuffle` does neither.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.sequence.shuffle import check_number, codes_of, one_hot_letters, resolve_region, row_seeds

_WORD = (1 << 32) - 1


def compatible_shuffle(
    X: torch.Tensor,
    start: int = 0,
    end: int = -1,
    n: int = 20,
    random_state: int | np.random.RandomState | None = None,
) -> torch.Tensor:
    """Permute the positions of a region, the k-th time alike in all sequences, as `tangermeme.ersatz.shuffle` does.

    Parameters
    ----------
    X
        `(batch, alphabet, length)` one-hot; N moves like a letter.
    start, end
        The region, 0-based, half-open; a negative end means `length + 1 + end`.
    n
        Number of shuffles; the first ones do not depend on it.
    random_state
        A seed from 0 to 2^32 - 1, a numpy RandomState (advanced in place), or None.

    Returns
    -------
    torch.Tensor
        `(batch, n, alphabet, length)`.
    """
    codes_of(X)
    check_number(n)
    first, last = resolve_region(start, end, X.shape[2])
    state = random_state if isinstance(random_state, np.random.RandomState) else _legacy_state(random_state)
    order = np.tile(np.arange(X.shape[2]), (n, 1))  # (n, length)
    for k in range(n):
        inside = np.arange(last - first)
        state.shuffle(inside)
        order[k, first:last] = inside + first
    return X[:, :, torch.from_numpy(order).to(X.device)].transpose(1, 2)  # (batch, n, alphabet, length)


def _legacy_state(seed: int | None) -> np.random.RandomState:
    if seed is None:
        return np.random.RandomState()
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= seed <= _WORD:
        raise ValueError(f"random_state must be from 0 to 2^32 - 1, a numpy RandomState, or None, got {seed!r}")
    return np.random.RandomState(int(seed))


def compatible_dinucleotide_shuffle(
    X: torch.Tensor,
    start: int = 0,
    end: int = -1,
    n: int = 20,
    random_state: int | Sequence[int] | None = None,
) -> torch.Tensor:
    """Shuffle a region, keeping its dinucleotides, as `tangermeme.ersatz.dinucleotide_shuffle` does.

    Sequence i uses the seed `random_state + i`, or the i-th of a list.

    Parameters
    ----------
    X, start, end, n
        As for `compatible_shuffle`; N counts as one more letter, after the others.
    random_state
        A seed, wrapped to 32 bits; one per sequence; or None.

    Returns
    -------
    torch.Tensor
        `(batch, n, alphabet, length)`.

    Raises
    ------
    ValueError
        As the reference does, if `n > 1` and all shuffles of a sequence are the input.
    """
    if isinstance(random_state, np.random.RandomState | np.random.Generator):
        raise ValueError("compatible_dinucleotide_shuffle takes a seed or one per sequence, got a generator object")
    codes = codes_of(X)
    check_number(n)
    first, last = resolve_region(start, end, X.shape[2])
    seeds = row_seeds(random_state, len(X))
    if random_state is None or np.ndim(random_state) == 0:
        seeds = [seed + row for row, seed in enumerate(seeds)]
    result = X.unsqueeze(1).repeat(1, n, 1, 1)  # (batch, n, alphabet, length)
    letters = one_hot_letters(X.shape[1], X.dtype)
    for row, seed in enumerate(seeds):
        inside = codes[row, first:last]
        drawn = _successor_walks(inside, n, np.random.RandomState(seed & _WORD), X.shape[1] + 1)
        if n > 1 and (drawn == inside).all():
            raise ValueError(
                f"all {n} dinucleotide shuffles of sequence {row}, {first} to {last}, are the sequence itself; take a "
                "longer region, or dinucleotide_shuffle, which reports this instead"
            )
        columns = letters[torch.from_numpy(drawn.astype(np.int64))]  # (n, width, alphabet)
        result[row, :, :, first:last] = columns.transpose(1, 2).to(X.device)
    return result


def _successor_walks(codes: NDArray[np.uint8], n: int, state: np.random.RandomState, letters: int) -> NDArray[np.uint8]:
    """Walk `n` times over the exits of each letter, `(n, width)`; each order builds on the one before."""
    exits = [np.flatnonzero(codes[:-1] == letter) + 1 for letter in range(letters)]
    walks = np.empty((n, len(codes)), dtype=np.uint8)
    for k in range(n):
        for letter, positions in enumerate(exits):
            if len(positions):
                order = np.append(state.permutation(len(positions) - 1), len(positions) - 1)
                exits[letter] = positions[order]
        waiting = [iter(positions.tolist()) for positions in exits]
        at = 0
        walks[k, 0] = codes[0]
        for step in range(1, len(codes)):
            at = next(waiting[codes[at]])
            walks[k, step] = codes[at]
    return walks

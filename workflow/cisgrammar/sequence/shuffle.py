"""Shuffle a region of one-hot sequences: every arrangement is as likely as every other.

Each sequence gets random numbers of its own, from the seed, its letters and the region. So a shuffle does not depend
on what else is in the batch, and the errors of different sequences are independent. Where there are no more
arrangements than shuffles asked for, they are listed instead of drawn.
"""

from __future__ import annotations

import hashlib
import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.sequence import eulerian

RandomState = int | Sequence[int] | np.random.RandomState | np.random.Generator | None
Kind = Literal["plain", "dinucleotide"]
TooFew = Literal["report", "widen", "plain"]
How = Literal["listed", "drawn"]
_SEED_BITS = (1 << 64) - 1


@dataclass(frozen=True, eq=False)
class Draw:
    """The shuffles of one region.

    Attributes
    ----------
    start
        Where the region begins; before the region asked for if it was widened.
    codes
        `(n, width)` letters; arrangements that are listed come first, each once, and then again from the first.
    arrangements
        Number of arrangements that exist, the input among them; at most `2^63 - 1`.
    how
        `listed` or `drawn`.
    kind
        What was kept: `plain` (the letters) or `dinucleotide`.
    allowed
        Number of arrangements other than the input that might be drawn; -1: all of them.
    """

    start: int
    codes: NDArray[np.uint8]
    arrangements: int
    how: How
    kind: Kind
    allowed: int = -1


@dataclass(frozen=True)
class Shuffler:
    """What to keep of a region, and what to do where that leaves too few arrangements.

    Attributes
    ----------
    kind
        `plain` keeps the letters, `dinucleotide` also the dinucleotides and the two ends.
    too_few
        `report`: give what there is, be it the input alone; `widen`: lengthen the region by a base at each side
        until there are enough; `plain`: keep only the letters.
    minimum
        Fewer arrangements than this, the input among them, are too few.
    """

    kind: Kind
    too_few: TooFew = "report"
    minimum: int = 2

    def __post_init__(self) -> None:
        if self.too_few not in ("report", "widen", "plain"):
            raise ValueError(f"too_few must be report, widen or plain, got {self.too_few!r}")
        if self.minimum < 1:
            raise ValueError(f"minimum must be at least 1 arrangement, got {self.minimum}")

    def draw(
        self, codes: NDArray[np.uint8], region: tuple[int, int], n: int, rng: np.random.Generator, letters: int = 5
    ) -> Draw:
        """Shuffle `region` (start, end) of one sequence `(length,)` `n` times."""
        start, end = region
        kind, count = self.kind, count_arrangements(codes[start:end], self.kind, letters)
        while self.too_few == "widen" and count < self.minimum and end - start < len(codes):
            start, end = max(0, start - 1), min(len(codes), end + 1)
            count = count_arrangements(codes[start:end], kind, letters)
        if self.too_few == "plain" and count < self.minimum and kind == "dinucleotide":
            kind, count = "plain", count_arrangements(codes[start:end], "plain", letters)
        inside = codes[start:end]
        if count > n:
            return Draw(start, arrange(inside, kind, n, rng, letters), count, "drawn", kind)
        every = list_arrangements(inside, kind, letters)
        order = np.resize(rng.permutation(len(every)), n)
        return Draw(start, every[order], count, "listed", kind)


def count_arrangements(codes: NDArray[np.uint8], kind: Kind, letters: int = 5) -> int:
    """Count the arrangements of `codes` `(width,)`, itself among them; at most `2^63 - 1`."""
    if kind == "dinucleotide":
        return eulerian.count_arrangements(codes, letters)
    left, count = len(codes), 1
    for same in np.bincount(codes).tolist():
        count *= math.comb(left, same)
        left -= same
    return min(count, eulerian.MOST)


def arrange(
    codes: NDArray[np.uint8], kind: Kind, n: int, rng: np.random.Generator, letters: int = 5
) -> NDArray[np.uint8]:
    """Draw `n` arrangements of `codes` `(width,)`, with replacement and itself among them, `(n, width)`."""
    if kind == "dinucleotide":
        return eulerian.sample_arrangements(codes, n, rng, letters)
    return rng.permuted(np.repeat(codes[None], n, axis=0), axis=1)  # (n, width)


def list_arrangements(codes: NDArray[np.uint8], kind: Kind, letters: int = 5) -> NDArray[np.uint8]:
    """Every arrangement once, `(arrangements, width)`; check `count_arrangements` first."""
    if kind == "dinucleotide":
        return eulerian.enumerate_arrangements(codes, letters)
    every = [np.sort(codes).tolist()]
    while (following := _next_arrangement(every[-1])) is not None:
        every.append(following)
    return np.array(every, dtype=np.uint8)  # (arrangements, width)


def _next_arrangement(letters: list[int]) -> list[int] | None:
    """The next one in alphabetical order; None after the last."""
    rise = next((i for i in range(len(letters) - 2, -1, -1) if letters[i] < letters[i + 1]), None)
    if rise is None:
        return None
    larger = next(i for i in range(len(letters) - 1, rise, -1) if letters[i] > letters[rise])
    following = list(letters)
    following[rise], following[larger] = following[larger], following[rise]
    return following[: rise + 1] + following[:rise:-1]


def shuffle(
    X: torch.Tensor,
    start: int = 0,
    end: int = -1,
    n: int = 20,
    random_state: RandomState = None,
) -> torch.Tensor:
    """Shuffle a region of each sequence, keeping its letters; each sequence on its own.

    Parameters
    ----------
    X
        `(batch, alphabet, length)` one-hot; an all-zero column is N, a letter like the others.
    start, end
        The region, 0-based, half-open; a negative end counts from the right, so that -1 is the whole tail.
    n
        Number of shuffles.
    random_state
        Seed: an int, one int per sequence, a numpy RandomState or Generator (which is advanced), or None for
        another result each time.

    Returns
    -------
    torch.Tensor
        `(batch, n, alphabet, length)`, the dtype of `X`. The input may be among the shuffles.

    Raises
    ------
    ValueError
        If `X` is not one-hot, the region lies outside of it or is empty, or the seed is none.
    """
    return shuffled(Shuffler("plain"), X, (start, end), n, random_state)


def dinucleotide_shuffle(
    X: torch.Tensor,
    start: int = 0,
    end: int = -1,
    n: int = 20,
    random_state: RandomState = None,
    too_few: TooFew = "report",
    minimum: int = 2,
) -> torch.Tensor:
    """Shuffle a region of each sequence, keeping its dinucleotides and its first and last letter.

    Uniform over all arrangements (Eulerian trails); if there are at most `n`, each is given once, in random order,
    and then again from the first. A region with a single arrangement gives the input, and no error.

    Parameters
    ----------
    X, start, end, n, random_state
        As for `shuffle`.
    too_few, minimum
        As for `Shuffler`: what to do where there are fewer than `minimum` arrangements.

    Returns
    -------
    torch.Tensor
        `(batch, n, alphabet, length)`, the dtype of `X`. The input may be among the shuffles.
    """
    return shuffled(Shuffler("dinucleotide", too_few, minimum), X, (start, end), n, random_state)


def shuffled(
    shuffler: Shuffler, X: torch.Tensor, region: tuple[int, int], n: int, random_state: RandomState
) -> torch.Tensor:
    """Apply a `Shuffler` to every sequence: `(batch, n, alphabet, length)`."""
    codes = codes_of(X)
    start, end = resolve_region(*region, X.shape[2])
    check_number(n)
    result = X.unsqueeze(1).repeat(1, n, 1, 1)  # (batch, n, alphabet, length)
    letters = one_hot_letters(X.shape[1], X.dtype).to(X.device)
    for row, seed in enumerate(row_seeds(random_state, len(X))):
        rng = row_generator(seed, codes[row], start, end)
        draw = shuffler.draw(codes[row], (start, end), n, rng, X.shape[1] + 1)
        columns = letters[torch.from_numpy(draw.codes.astype(np.int64)).to(X.device)]  # (n, width, alphabet)
        result[row, :, :, draw.start : draw.start + draw.codes.shape[1]] = columns.transpose(1, 2)
    return result


def one_hot_letters(alphabet: int, dtype: torch.dtype) -> torch.Tensor:
    """Rows of a look-up from codes to one-hot, `(alphabet + 1, alphabet)`; the last one, N, is all zero."""
    return torch.eye(alphabet + 1, alphabet).to(dtype)


def codes_of(X: torch.Tensor, name: str = "X") -> NDArray[np.uint8]:
    """Turn one-hot `(batch, alphabet, length)` into codes `(batch, length)`; an all-zero column is `alphabet`.

    Raises
    ------
    ValueError
        If `X` is no tensor of three dimensions, is empty, or has a column that is neither one-hot nor zero.
    """
    if not isinstance(X, torch.Tensor):
        raise ValueError(f"{name} must be a torch tensor (sequences, alphabet, length), got {type(X).__name__}")
    if X.ndim != 3 or 0 in X.shape:
        raise ValueError(f"{name} must have shape (sequences, alphabet, length), none of them 0, got {tuple(X.shape)}")
    if X.is_meta:
        raise ValueError(f"{name} is on the meta device and has no values; give it on the CPU or a GPU")
    ones = X == 1
    wrong = ((X != 0) & ~ones).any(dim=1) | (ones.sum(dim=1) > 1)  # (batch, length)
    if wrong.any():
        row, position = wrong.nonzero()[0].tolist()
        if X.shape[2] < X.shape[1] and bool(((ones.sum(dim=2) == 1) & ((X != 0) == ones).all(dim=2)).all()):
            raise ValueError(
                f"{name} must have shape (sequences, alphabet, length), got {tuple(X.shape)}, one-hot along its last "
                f"dimension; give {name}.transpose(1, 2)"
            )
        values = X[row, :, position].tolist()
        shown = f"[{', '.join(map(str, values[:8]))}{', ...' if len(values) > 8 else ''}]"
        raise ValueError(
            f"{name} must be one-hot (one 1 per position, or none for N), (sequences, alphabet, length); got "
            f"{tuple(X.shape)}, sequence {row} has {shown} at position {position}"
        )
    known = ones.any(dim=1)
    codes = torch.where(known, ones.to(torch.uint8).argmax(dim=1), X.shape[1])  # (batch, length)
    return codes.to(torch.uint8).cpu().numpy()


def resolve_region(start: int, end: int, length: int, where: str = "") -> tuple[int, int]:
    """Return the region as positions from the left; a negative end means `length + 1 + end`.

    Raises
    ------
    ValueError
        If a coordinate is no whole number, lies outside of the sequence, or the end is not beyond the start. The
        message begins with `where`.
    """
    try:
        first, last = operator.index(start), operator.index(end)
    except TypeError:
        raise ValueError(f"{where}start and end must be whole numbers, got {start!r} and {end!r}") from None
    last = length + 1 + last if last < 0 else last
    if first < 0 or last > length or last < 0:
        raise ValueError(
            f"{where}region {start} to {end} lies outside of the sequence of {length} bp; wanted 0 <= start < end "
            f"<= {length}, or a negative end that counts from the right"
        )
    if last <= first:
        raise ValueError(f"{where}region {start} to {end} is empty; the end must come after the start")
    return first, last


def check_number(n: int) -> None:
    """Raise ValueError unless `n`, a number of shuffles, is a whole number of at least 1."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be a whole number of shuffles of at least 1, got {n!r}")


def row_seeds(random_state: RandomState, rows: int) -> list[int]:
    """Return one seed per row: the same number for all, or the list's own.

    Raises
    ------
    ValueError
        If it is neither an int, nor a list of `rows` ints, nor a numpy RandomState or Generator, nor None.
    """
    if random_state is None:
        return [int(np.random.SeedSequence().generate_state(1, np.uint64)[0])] * rows
    if isinstance(random_state, np.random.RandomState):
        return [int(random_state.randint(0, 1 << 31))] * rows
    if isinstance(random_state, np.random.Generator):
        return [int(random_state.integers(0, 1 << 63))] * rows
    try:
        if isinstance(random_state, Iterable) and not isinstance(random_state, str) and np.ndim(random_state) == 1:
            seeds = [_seed(seed) for seed in random_state]
        else:
            seeds = [_seed(random_state)] * rows
    except TypeError:
        raise ValueError(
            f"random_state must be a whole number, one per sequence, a numpy RandomState or Generator, or None, "
            f"got {random_state!r}"
        ) from None
    if len(seeds) != rows:
        raise ValueError(f"random_state lists {len(seeds)} seeds for {rows} rows; wanted one per row")
    return seeds


def _seed(seed: Any) -> int:
    if isinstance(seed, bool):
        raise TypeError("a truth value is no seed")
    return operator.index(seed)


def row_generator(seed: int, codes: NDArray[np.uint8], start: int, end: int) -> np.random.Generator:
    """Random numbers that depend on the seed, the sequence and the region, and on nothing else."""
    key = hashlib.blake2b(codes.tobytes(), digest_size=16, salt=start.to_bytes(8, "little") + end.to_bytes(8, "little"))
    words = np.frombuffer(key.digest(), dtype=np.uint64).tolist()
    return np.random.default_rng([seed & _SEED_BITS, *words])

"""The position-specific affinity matrix: what a factor prefers, whatever the experiment."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cisgrammar.binding.reads.alphabet import DNA, Alphabet


@dataclass(frozen=True)
class Seed:
    """Where a PSAM starts: random, or from an IUPAC pattern.

    Parameters
    ----------
    pattern
        IUPAC letters, one a position; `N` starts at zero, `-` at random; empty: all random.
    scale
        Factor on the starting values of seeded letters.
    random_state
        Seed of the random values.
    """

    pattern: str = ""
    scale: float = 1.0
    random_state: int = 0


def _check_symmetry(symmetry: Sequence[int], kernel_size: int) -> tuple[int, ...]:
    if len(symmetry) != kernel_size or 0 in symmetry:
        raise ValueError(f"symmetry must be {kernel_size} integers other than 0, one a position, got {list(symmetry)}")
    return tuple(int(s) for s in symmetry)


class PSAM(nn.Module):
    """Scores of letters and of pairs of letters, beta = -ddG/RT, shared by all experiments.

    Parameters
    ----------
    kernel_size
        Positions.
    symmetry
        One integer a position: the same absolute value means the same parameters, the opposite sign their
        complement; `[1, 2, 3, -3, -2, -1]` is a palindrome. Default: all positions on their own.
    pairwise_distance
        Pairs of positions up to this far apart have scores of their own; 0 for none, 1 for neighbours.
    score_reverse
        Score the reverse strand as a second channel.
    seed
        Where the parameters start.

    Attributes
    ----------
    betas
        `(classes, letters)`: one row for each distinct absolute value in `symmetry`, ascending.
    pair_betas
        `(pair classes, letters, letters)`, in the order of `pair_keys`.
    bias
        Added to every window.
    alphabet
        What is scored.
    dilation
        Bases from one position of the matrix to the next.
    """

    alphabet: Alphabet = DNA
    dilation: int = 1

    def __init__(
        self,
        kernel_size: int,
        symmetry: Sequence[int] | None = None,
        pairwise_distance: int = 0,
        score_reverse: bool = True,
        seed: Seed | None = None,
    ) -> None:
        super().__init__()
        if kernel_size < 1:
            raise ValueError(f"kernel_size must be >= 1, got {kernel_size}")
        if not 0 <= pairwise_distance < kernel_size:
            raise ValueError(
                f"pairwise_distance must be from 0 to kernel_size - 1 = {kernel_size - 1}, got {pairwise_distance}"
            )
        self.symmetry = _check_symmetry(symmetry or range(1, kernel_size + 1), kernel_size)
        self.pairwise_distance = pairwise_distance
        self.score_reverse = score_reverse
        self.seed = seed or Seed()
        letters = self.alphabet.size
        self.betas = nn.Parameter(self._initial())
        self.pair_betas = nn.Parameter(torch.zeros(len(self.pair_keys), letters, letters))
        self.bias = nn.Parameter(torch.zeros(()), requires_grad=False)

    @property
    def kernel_size(self) -> int:
        """Positions."""
        return len(self.symmetry)

    @property
    def size(self) -> int:
        """Bases that a window spans."""
        return self.kernel_size

    @property
    def out_channels(self) -> Literal[1, 2]:
        """Strands scored: 1 or 2."""
        return 2 if self.score_reverse else 1

    @property
    def classes(self) -> list[int]:
        """Distinct absolute values of `symmetry`, ascending: the rows of `betas`."""
        return sorted({abs(s) for s in self.symmetry})

    @property
    def palindrome(self) -> bool:
        """Whether the matrix is its own reverse complement by its symmetry."""
        return self.symmetry == tuple(-s for s in reversed(self.symmetry))

    @property
    def pair_keys(self) -> list[tuple[int, int]]:
        """Pairs of classes that have parameters: the rows of `pair_betas`, ascending."""
        keys = set()
        for distance in range(1, self.pairwise_distance + 1):
            keys |= {self._pair_key(i, i + distance) for i in range(self.kernel_size - distance)}
        return sorted(keys)

    def _pair_key(self, i: int, j: int) -> tuple[int, int]:
        low, high = sorted((abs(self.symmetry[i]), abs(self.symmetry[j])))
        return low, high

    def in_len(self, length: int) -> int:
        """Bases seen by `length` windows in a row."""
        return length + self.size - 1

    def out_len(self, length: int) -> int:
        """Windows in `length` bases (0 or less: none)."""
        return length - self.size + 1

    def _initial(self) -> torch.Tensor:
        letters, k, pattern = self.alphabet.size, self.kernel_size, self.seed.pattern.upper()
        if pattern and len(pattern) != k:
            raise ValueError(f"seed {pattern!r} has {len(pattern)} letters, wanted {k}, one a position; fill with N")
        bound = math.sqrt(1 / (letters * k))
        generator = torch.Generator().manual_seed(self.seed.random_state)
        values = (torch.rand(len(self.classes), letters, generator=generator) * 2 - 1) * bound
        stdev = self.seed.scale * math.sqrt(1 / (3 * letters * k))
        for position, letter in reversed(list(enumerate(pattern))):
            if letter == "-":
                continue
            embedding = torch.tensor(self.alphabet.embedding()[int(self.alphabet.encode(letter)[0])])
            inside = embedding > 0  # (letters,)
            count = int(inside.sum())
            row = torch.zeros(letters)
            if count < letters:
                row[inside] = stdev * math.sqrt((letters - count) / count)
                row[~inside] = -stdev / math.sqrt((letters - count) / count)
            sign = self.symmetry[position]
            values[self.classes.index(abs(sign))] = row if sign > 0 else row.flip(0)
        return values

    def get_filter(self, distance: int = 0) -> torch.Tensor:
        """Scores by channel, letter and position.

        Parameters
        ----------
        distance
            0 for single positions, d for pairs of positions d apart.

        Returns
        -------
        torch.Tensor
            `(channels, letters, positions)`, or `(channels, letters, letters, positions - d)`; channel 1 is the
            reverse strand: turned round over letters and positions, and pairs with their letters exchanged.
        """
        forward = self._monomers() if distance == 0 else self._pairs(distance)
        if not self.score_reverse:
            return forward.unsqueeze(0)
        if distance == 0:
            reverse = forward.flip(0, 1)
        else:
            reverse = forward.transpose(0, 1).flip(0, 1, 2)
        return torch.stack([forward, reverse])  # (2, letters, [letters,] positions)

    def letters(self) -> tuple[torch.Tensor, NDArray[np.int64]]:
        """Scores of single positions as values, and the number of each letter's: `get_filter` without its steps.

        Returns
        -------
        tuple
            Values of any shape, and for each channel, letter and position `(channels, letters, positions)` which of
            them, counted row by row, it has.
        """
        return self.betas, _places(self.symmetry, self.alphabet.size, self.score_reverse)

    def _monomers(self) -> torch.Tensor:
        if self.symmetry == tuple(range(1, self.kernel_size + 1)):
            return self.betas.T  # (letters, positions)
        rows, negative = (torch.from_numpy(x).to(self.betas.device) for x in _classes(self.symmetry))
        values = self.betas[rows]  # (positions, letters)
        if bool(negative.any()):
            values = torch.where(negative[:, None], values.flip(1), values)
        return values.T  # (letters, positions)

    def _pairs(self, distance: int) -> torch.Tensor:
        order = {key: row for row, key in enumerate(self.pair_keys)}
        blocks = []
        for i in range(self.kernel_size - distance):
            first, second = self.symmetry[i], self.symmetry[i + distance]
            block = self.pair_betas[order[self._pair_key(i, i + distance)]]  # (letters, letters)
            if (abs(first), first) > (abs(second), second):
                # The stored block has the lower class first; of a class and its complement, the complement.
                block = block.T if abs(first) != abs(second) else block
                first, second = (second, first) if abs(first) == abs(second) else (first, second)
            if first < 0:
                block = block.flip(0)
            if second < 0:
                block = block.flip(1)
            blocks.append(self._mirrored(block) if first == -second else block)
        return torch.stack(blocks, dim=-1)  # (letters, letters, positions - distance)

    def _mirrored(self, block: torch.Tensor) -> torch.Tensor:
        """A pair of positions that is its own mirror image: made its own reverse complement."""
        return (block + block.T.flip(0, 1)) / 2

    def unfreeze(self, parameter: Literal["all", "monomer", "pairwise", "bias"] = "all") -> None:
        """Turn gradients on for single positions, for pairs, for the bias, or for positions and pairs (`all`)."""
        if parameter not in ("all", "monomer", "pairwise", "bias"):
            raise ValueError(f"unfreeze takes all, monomer, pairwise or bias, got {parameter!r}")
        self.betas.requires_grad_(self.betas.requires_grad or parameter in ("all", "monomer"))
        self.pair_betas.requires_grad_(self.pair_betas.requires_grad or parameter in ("all", "pairwise"))
        self.bias.requires_grad_(self.bias.requires_grad or parameter == "bias")

    def freeze(self) -> None:
        """Turn gradients off for all parameters."""
        self.requires_grad_(False)

    @property
    def free_values(self) -> int:
        """Free values of the single positions: the letters' but one."""
        return self.betas.shape[0] * (self.betas.shape[1] - 1)

    @torch.no_grad()
    def information(self) -> torch.Tensor:
        """Information of each position in bits, `(positions,)`: log2(letters) + sum p log2 p of softmax(beta)."""
        log_p = torch.log_softmax(self._monomers(), dim=0)  # (letters, positions)
        return math.log2(self.alphabet.size) + (log_p.exp() * log_p).sum(0) / math.log(2)

    def get_extra_state(self) -> list[int]:
        """The symmetry, which the shapes of the parameters follow."""
        return list(self.symmetry)

    def set_extra_state(self, state: list[int]) -> None:
        """Take the symmetry over from a file."""
        self.symmetry = _check_symmetry(state, len(state))

    def dirichlet(self) -> torch.Tensor:
        """Logarithm of a Dirichlet density without constants: sum over positions of log softmax of every letter."""
        return torch.log_softmax(self._monomers(), dim=0).sum()

    @torch.no_grad()
    def update_footprint(self, left: int, right: int) -> None:
        """Add (or, negative, remove) positions on the left and on the right; new positions score zero.

        A palindrome can grow or shrink only on both sides alike. Callers that score with this matrix must follow:
        use `update.update_footprint`.
        """
        if self.kernel_size + left + right <= self.pairwise_distance or min(left, right) < -self.kernel_size:
            raise ValueError(f"cannot change a matrix of {self.kernel_size} positions by {left} and {right}")
        palindrome = self.palindrome
        if palindrome and left != right:
            raise ValueError(f"a palindrome changes on both sides alike, got {left} and {right}")
        old_betas = dict(zip(self.classes, self.betas, strict=True))
        old_pairs = dict(zip(self.pair_keys, self.pair_betas, strict=True))
        self.symmetry = self._new_symmetry(left, right, palindrome)
        zeros = self.betas.new_zeros(self.alphabet.size)
        rows = torch.stack([old_betas.get(c, zeros) for c in self.classes])
        self.betas = nn.Parameter(rows, requires_grad=self.betas.requires_grad)
        pairs = self.pair_betas.new_zeros((len(self.pair_keys), *self.pair_betas.shape[1:]))
        for row, key in enumerate(self.pair_keys):
            if key in old_pairs:
                pairs[row] = old_pairs[key]
        self.pair_betas = nn.Parameter(pairs, requires_grad=self.pair_betas.requires_grad)

    def _new_symmetry(self, left: int, right: int, palindrome: bool) -> tuple[int, ...]:
        symmetry = list(self.symmetry)
        fresh = max(self.classes) + 1
        symmetry = symmetry[max(0, -left) : len(symmetry) - max(0, -right)]
        for i in range(max(left, right)):
            if i < left:
                symmetry.insert(0, fresh)
                fresh += 0 if palindrome else 1
            if i < right:
                symmetry.append(-fresh if palindrome else fresh)
                fresh += 1
        return tuple(symmetry)

    def beta_items(self) -> dict[str, float]:
        """Parameters by the reference's names: `s-letter`, and `s1-s2-(16 values)` for pairs; for export."""
        letters = self.alphabet.size
        rows = self.betas.tolist()
        items = {f"{c}-{b}": rows[r][b] for r, c in enumerate(self.classes) for b in range(letters)}
        for row, (low, high) in enumerate(self.pair_keys):
            values = self.pair_betas[row].flatten().tolist()
            items |= {f"{low}-{high}-{j}": value for j, value in enumerate(values)}
        return items


def _classes(symmetry: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Row of `betas` of each position, and whether it has the complement's scores."""
    signs = np.array(symmetry)
    return np.unique(abs(signs), return_inverse=True)[1], signs < 0


@functools.lru_cache(maxsize=64)
def _places(symmetry: tuple[int, ...], letters: int, both: bool) -> NDArray[np.int64]:
    """See `PSAM.letters`; not to be written to."""
    rows, negative = _classes(symmetry)
    number = np.arange(letters)[:, None]
    forward = rows * letters + np.where(negative, letters - 1 - number, number)  # (letters, positions)
    return np.stack([forward, forward[::-1, ::-1]] if both else [forward])

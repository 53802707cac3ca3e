"""Edited sequences, said by what is different: a row, a place, and the letters put there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.sequence.shuffle import one_hot_letters


@dataclass(frozen=True, eq=False)
class Edit:
    """Versions of one stretch of one sequence.

    Attributes
    ----------
    row
        Index of the sequence.
    start
        Where the stretch begins, 0-based.
    codes
        `(versions, width)` letters; all different from each other and from the sequence.
    """

    row: int
    start: int
    codes: NDArray[np.uint8]

    @property
    def end(self) -> int:
        """Where the stretch ends, half-open."""
        return self.start + self.codes.shape[1]


def distinct(
    row: int, start: int, codes: NDArray[np.uint8], sequence: NDArray[np.uint8]
) -> tuple[Edit, NDArray[np.int64]]:
    """Leave out what is said twice and what is no edit.

    Parameters
    ----------
    row, start
        As for `Edit`.
    codes
        `(n, width)` letters, with repeats, perhaps with the sequence itself.
    sequence
        `(length,)` the unedited letters.

    Returns
    -------
    edit, version
        The different ones, in order of first appearance and cut to where any of them differs from the sequence;
        and per row of `codes` which of them it is, -1 for the sequence itself.
    """
    here = sequence[start : start + codes.shape[1]]
    seen: dict[bytes, int] = {here.tobytes(): -1}
    version = np.array([seen.setdefault(line.tobytes(), len(seen) - 1) for line in codes], dtype=np.int64)
    found, first = np.unique(version, return_index=True)
    kept = codes[first[found >= 0]]  # (versions, width)
    different = np.flatnonzero((kept != here).any(axis=0))
    left, right = (int(different[0]), int(different[-1]) + 1) if len(different) else (0, 0)
    return Edit(row, start + left, kept[:, left:right]), version


def pieces(edits: Sequence[Edit], most: int) -> Iterator[tuple[int, Edit]]:
    """Yield `(index, edit)` with at most `most` versions each, in order; edits without versions are left out."""
    for index, edit in enumerate(edits):
        for first in range(0, len(edit.codes), most):
            yield index, Edit(edit.row, edit.start, edit.codes[first : first + most])


def edited(codes: NDArray[np.uint8], parts: Sequence[Edit]) -> NDArray[np.uint8]:
    """Whole sequences `(versions of all parts, length)`, part after part, from unedited ones `(rows, length)`."""
    whole = np.repeat(codes[[part.row for part in parts]], [len(part.codes) for part in parts], axis=0)
    at = 0
    for part in parts:
        whole[at : at + len(part.codes), part.start : part.end] = part.codes
        at += len(part.codes)
    return whole


def encoded(codes: NDArray[np.uint8], alphabet: int, like: torch.Tensor) -> torch.Tensor:
    """One-hot `(sequences, alphabet, length)` with the dtype and device of `like`."""
    letters = one_hot_letters(alphabet, like.dtype).to(like.device)
    return letters[torch.from_numpy(codes.astype(np.int64)).to(like.device)].transpose(1, 2)  # (sequences, alphabet, L)

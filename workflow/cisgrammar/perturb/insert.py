"""Put a motif into sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.iupac import BASES
from cisgrammar.sequence.shuffle import codes_of

Motif = str | torch.Tensor
DNA = tuple(BASES)


def motif_codes(motif: Motif, alphabet: Sequence[str] = DNA) -> NDArray[np.uint8]:
    """Turn a motif into letters, `(width,)`; the number of letters in the alphabet stands for N, keep what is there.

    Parameters
    ----------
    motif
        Letters of the alphabet, upper or lower case, and N; or one-hot, `(alphabet, width)` or
        `(1, alphabet, width)`.
    alphabet
        The letters, in the order of the rows.

    Raises
    ------
    ValueError
        If the motif is empty, has another letter, or is not one-hot.
    """
    if isinstance(motif, torch.Tensor):
        stacked = motif.unsqueeze(0) if motif.ndim == 2 else motif
        if stacked.ndim != 3 or len(stacked) != 1 or stacked.shape[1] != len(alphabet):
            raise ValueError(f"motif must have shape ({len(alphabet)}, width), got {tuple(motif.shape)}")
        return codes_of(stacked, "motif")[0]
    if not isinstance(motif, str) or not motif:
        raise ValueError(f"motif must be letters or a one-hot tensor, got {motif!r}")
    letters = {letter.upper(): code for code, letter in enumerate(alphabet)} | {"N": len(alphabet)}
    wrong = [(i, letter) for i, letter in enumerate(motif.upper()) if letter not in letters]
    if wrong:
        raise ValueError(
            f"motif {motif!r} has {wrong[0][1]!r} at position {wrong[0][0]}; wanted {', '.join(alphabet)} or N"
        )
    return np.array([letters[letter] for letter in motif.upper()], dtype=np.uint8)


def insert(
    codes: NDArray[np.uint8], motif: Motif, start: int | None = None, alphabet: Sequence[str] = DNA
) -> NDArray[np.uint8]:
    """Return a copy of sequences with a motif in place of what is there.

    Parameters
    ----------
    codes
        `(..., length)` letters.
    motif, alphabet
        As for `motif_codes`; an N leaves what is there.
    start
        Where the motif begins, 0-based; None centres it.

    Raises
    ------
    ValueError
        If the motif has another letter or does not fit.
    """
    letters = motif_codes(motif, alphabet)
    changed = codes.copy()
    put(changed, letters, first_position(len(letters), codes.shape[-1], start, "the motif"), len(alphabet))
    return changed


def put(sequences: NDArray[np.uint8], motif: NDArray[np.uint8], start: int, keep: int) -> None:
    """Write the letters of a motif into sequences `(..., length)`, in place; a letter `keep` changes nothing."""
    known = motif != keep
    sequences[..., start : start + len(motif)][..., known] = motif[known]


def first_position(width: int, length: int, start: int | None, what: str) -> int:
    """Where something of `width` bp goes: at `start`, or centred; ValueError if it does not fit."""
    if start is None:
        start = length // 2 - width // 2
    if isinstance(start, bool) or not isinstance(start, int | np.integer):
        raise ValueError(f"start must be a whole number or None for the centre, got {start!r}")
    if start < 0 or start + width > length:
        raise ValueError(f"{what} of {width} bp at {start} does not fit into a sequence of {length} bp")
    return int(start)

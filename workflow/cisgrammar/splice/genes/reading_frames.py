"""Stop codons in sequences of codes, and which reading frames of an exon they leave open."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import BASES, encode

STOPS = ("TAA", "TAG", "TGA")
THREE_MERS = tuple("".join(letters) for letters in product(BASES, repeat=3))
"""All 64, in alphabetical order (the reference lets the first letter vary fastest)."""
_T = BASES.index("T")
_TAIL = {tuple(encode(stop)[1:].tolist()) for stop in STOPS}


def three_mer_codes() -> NDArray[np.uint8]:
    """Codes of `THREE_MERS`, `(64, 3)`."""
    return np.stack([encode(three_mer) for three_mer in THREE_MERS])


def stops(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether a stop codon starts at each base, `(..., length)` to `(..., length - 2)`; N is part of none."""
    if codes.shape[-1] < 3:
        return np.zeros((*codes.shape[:-1], 0), dtype=bool)
    second, third = codes[..., 1:-1], codes[..., 2:]
    tails = np.logical_or.reduce([(second == a) & (third == b) for a, b in sorted(_TAIL)])
    return (codes[..., :-2] == _T) & tails  # (..., length - 2)


def stops_by_frame(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Number of stop codons in each frame of one sequence, `(3,)`; frame 0 starts at its first base."""
    found = stops(codes)
    return np.array([np.count_nonzero(found[frame::3]) for frame in range(3)])


def open_frames(codes: NDArray[np.uint8]) -> int:
    """How many of the three frames of one sequence have no stop codon."""
    return int((stops_by_frame(codes) == 0).sum())


def all_frames_closed(codes: NDArray[np.uint8]) -> bool:
    """Whether each of the three frames of an exon's sequence has a stop codon: included, it ends any protein."""
    return open_frames(codes) == 0


def next_codon_start(place: int, start: int, phase_start: int) -> int:
    """The first place from `place` on at which a codon starts, in an exon that starts at `start` with `phase_start`."""
    return place + (start - phase_start - place) % 3

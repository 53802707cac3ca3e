"""Stop codons, which reading frames of an exon they leave open, and the longest open reading frame of a transcript."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import BASES, encode
from cisgrammar.sequence.annotation import Transcript
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.coordinates import in_gene, in_genome, spliced

STOPS = ("TAA", "TAG", "TGA")
THREE_MERS = tuple("".join(letters) for letters in product(BASES, repeat=3))
"""All 64, in alphabetical order (the reference lets the first letter vary fastest)."""
_A, _G, _T = (BASES.index(base) for base in "AGT")
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


def longest_orf(codes: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Return start and end of the longest open reading frame of a sequence, stop codon included; None without any.

    It begins with ATG and ends with the first TAA, TAG or TGA in frame; of equally long ones it is the first.
    """
    ends = np.flatnonzero(stops(codes))
    starts = np.flatnonzero((codes[:-2] == _A) & (codes[1:-1] == _T) & (codes[2:] == _G))
    best: tuple[int, int] | None = None
    for phase in range(3):
        opens, closes = starts[starts % 3 == phase], ends[ends % 3 == phase]
        which = np.searchsorted(closes, opens)
        opens, which = opens[which < len(closes)], which[which < len(closes)]
        if len(opens):
            lengths = closes[which] + 3 - opens
            longest = int(lengths.argmax())
            found = int(opens[longest]), int(closes[which[longest]]) + 3
            if best is None or (best[0] - best[1], best[0]) > (found[0] - found[1], found[0]):
                best = found
    return best


def with_longest_orf(genome: Genome, transcript: Transcript, least: int) -> Transcript:
    """Return a transcript whose coding sequence is its longest ORF; none if that is shorter than `least` bp."""
    found = longest_orf(spliced(genome, transcript))
    if found is None or found[1] - found[0] < least:
        return replace(transcript, coding=(), frame=0)
    exons = in_gene(transcript, transcript.exons)
    lengths = exons[:, 1] - exons[:, 0]
    before = np.cumsum(lengths) - lengths
    first = np.clip(found[0] - before, 0, lengths)
    last = np.clip(found[1] - before, 0, lengths)
    pieces = np.stack([exons[:, 0] + first, exons[:, 0] + last], axis=1)[last > first]  # (coding exons, 2)
    return replace(transcript, coding=in_genome(transcript, pieces), frame=0)

"""Reading frames for transcripts whose annotation has no coding sequence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import BASES
from cisgrammar.sequence.annotation import Transcript
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.coordinates import in_gene, in_genome, spliced
from cisgrammar.splice.genes.reading_frames import stops

_A, _G, _T = (BASES.index(base) for base in "AGT")


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

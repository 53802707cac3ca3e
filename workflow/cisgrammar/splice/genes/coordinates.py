"""Transcripts in gene coordinates: 0 is the first base of the gene on its own strand, 5' to 3'; half-open."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import N_CODE, reverse_complement
from cisgrammar.sequence.annotation import Interval, Transcript
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR


def in_gene(transcript: Transcript, intervals: Iterable[Interval]) -> NDArray[np.int64]:
    """Turn intervals of a chromosome into gene coordinates, `(intervals, 2)`, ascending."""
    found = np.array(list(intervals), dtype=np.int64).reshape(-1, 2)
    if transcript.strand == "+":
        return found - transcript.start
    return (transcript.end - found)[::-1, ::-1]  # (intervals, 2)


def in_genome(transcript: Transcript, intervals: NDArray[np.integer]) -> tuple[Interval, ...]:
    """Turn gene coordinates `(intervals, 2)` into intervals of the chromosome, ascending: undoes `in_gene`."""
    if transcript.strand == "+":
        found = intervals + transcript.start
    else:
        found = (transcript.end - intervals)[::-1, ::-1]  # (intervals, 2)
    return tuple((int(start), int(end)) for start, end in found)


def window(genome: Genome, transcript: Transcript, start: int, end: int) -> NDArray[np.uint8]:
    """Return the codes of gene coordinates from `start` (may be negative) to `end`; N past the chromosome's ends."""
    chromosome = genome.chromosome(transcript.chrom)
    forward = transcript.strand == "+"
    first, last = (
        (transcript.start + start, transcript.start + end)
        if forward
        else (transcript.end - end, transcript.end - start)
    )
    known = max(first, 0), min(last, len(chromosome))
    codes = np.full(end - start, N_CODE, dtype=np.uint8)
    if known[0] < known[1]:
        codes[known[0] - first : known[1] - first] = chromosome[known[0] : known[1]]
    return codes if forward else reverse_complement(codes)


def spliced(genome: Genome, transcript: Transcript) -> NDArray[np.uint8]:
    """Return the codes of all exons joined, `(exonic length,)`, 5' to 3'."""
    codes = window(genome, transcript, 0, transcript.end - transcript.start)
    return np.concatenate([codes[start:end] for start, end in in_gene(transcript, transcript.exons)])


def splice_labels(transcript: Transcript) -> NDArray[np.uint8]:
    """Label each base of a gene, `(length,)`: 1 the first base of an exon after an intron, 2 the last before one."""
    exons = in_gene(transcript, transcript.exons)
    labels = np.zeros(transcript.end - transcript.start, dtype=np.uint8)
    labels[exons[1:, 0]] = ACCEPTOR
    labels[exons[:-1, 1] - 1] = DONOR
    return labels

"""Splice site probabilities of both alleles around variants, with as few passes of the network as possible.

The passes over the reference allele of a gene's neighbouring variants are one pass. Bases outside of a gene's
transcript are N on both alleles, as SpliceAI is trained and as its scores are defined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cisgrammar.sequence.alphabet import N_CODE, encode, reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.models.model import ModelToAnalyze, log_softmax, logits, site_probabilities
from cisgrammar.training.lanes import map_in_lanes, model_lanes
from cisgrammar.variants.splice.genes import SpliceGene
from cisgrammar.variants.variant import Variant

_CPU_BASES = 20_000
"""Bases of a batch on a CPU: their activations stay in its cache."""
_CUDA_BASES = 1 << 20


class Pair(NamedTuple):
    """A variant in a gene."""

    variant: Variant
    gene: SpliceGene


class Probabilities(NamedTuple):
    """Probabilities of acceptor and donor, in the direction of the chromosome.

    Attributes
    ----------
    ref
        `(2 * distance + len(ref), 2)` float32; row 0 is `distance` bases before the variant's first base.
    alt
        `(2 * distance + len(alt), 2)`, likewise, of the other allele.
    """

    ref: NDArray[np.float32]
    alt: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Job:
    """A pass: codes of one sequence in the direction of the chromosome, and where its rows go."""

    codes: NDArray[np.uint8]
    reverse: bool


def pair_probabilities(
    m: ModelToAnalyze, genome: Genome, pairs: Sequence[Pair], distance: int, batch: int | None = None
) -> list[Probabilities]:
    """Probabilities of both alleles of many variants, each in one gene.

    Parameters
    ----------
    m
        The model; it runs where its parameters are.
    genome
        The assembly; N beyond the ends of chromosomes.
    pairs
        Variants with their genes.
    distance
        bp on each side of the variant's alleles.
    batch
        Sequences at a time; None for as many as fit into the cache of a CPU, or a million bases on a GPU.

    Returns
    -------
    list
        In the order of `pairs`.
    """
    half = m.model_cl // 2
    groups = _groups(pairs, distance, half)
    jobs: list[_Job] = []
    where: list[tuple[int, int]] = []  # (pair, or -1 for a reference; first row's place)
    for members in groups:
        first = min(pairs[i].variant.start for i in members) - distance
        last = max(pairs[i].variant.end for i in members) + distance
        gene = pairs[members[0]].gene
        jobs.append(_Job(masked_codes(genome, gene, first - half, last + half), gene.strand == "-"))
        where.append((-1, first))
        for i in members:
            jobs.append(_Job(_alternate(genome, pairs[i], distance + half), gene.strand == "-"))
            where.append((i, first))
    rows = _run(m, jobs, batch)
    found: list[Probabilities | None] = [None] * len(pairs)
    reference = np.zeros((0, 2), dtype=np.float32)
    for (i, first), values in zip(where, rows, strict=True):
        if i < 0:
            reference = values
            continue
        start = pairs[i].variant.start - distance - first
        found[i] = Probabilities(reference[start : start + 2 * distance + len(pairs[i].variant.ref)], values)
    return [item for item in found if item is not None]


def _groups(pairs: Sequence[Pair], distance: int, half: int) -> list[list[int]]:
    """Indices of pairs that share a pass over the reference: of one gene, and so close that one pass is less work."""
    rank: dict[int, int] = {}
    for pair in pairs:
        rank.setdefault(id(pair.gene), len(rank))
    order = sorted(range(len(pairs)), key=lambda i: (rank[id(pairs[i].gene)], pairs[i].variant.start, i))
    groups: list[list[int]] = []
    first = last = 0
    for i in order:
        gene, variant = pairs[i].gene, pairs[i].variant
        near = bool(groups) and pairs[groups[-1][0]].gene is gene and variant.end - last <= half
        if near and max(last, variant.end) - first <= 2 * half + 2 * distance:
            groups[-1].append(i)
            last = max(last, variant.end)
        else:
            groups.append([i])
            first, last = variant.start, variant.end
    return groups


def masked_codes(genome: Genome, gene: SpliceGene, start: int, end: int) -> NDArray[np.uint8]:
    """Codes of a stretch of a gene's chromosome, `(end - start,)`; N outside of its transcript."""
    chromosome = genome.chromosome(gene.chrom)
    low, high = max(start, gene.start), min(end, gene.end, len(chromosome))
    codes = np.full(end - start, N_CODE, dtype=np.uint8)
    if low < high:
        codes[low - start : high - start] = chromosome[low:high]
    return codes


def _alternate(genome: Genome, pair: Pair, flank: int) -> NDArray[np.uint8]:
    variant, gene = pair
    before = masked_codes(genome, gene, variant.start - flank, variant.start)
    after = masked_codes(genome, gene, variant.end, variant.end + flank)
    return np.concatenate([before, encode(variant.alt), after])


def _run(m: ModelToAnalyze, jobs: Sequence[_Job], batch: int | None) -> Iterator[NDArray[np.float32]]:
    """Probabilities of each job, `(bases - model_cl, 2)` in the direction of the chromosome, in their order."""
    batches = list(_batches([len(job.codes) for job in jobs], _batch_bases(m), batch))

    def run(model: nn.Module, part: range) -> list[NDArray[np.float32]]:
        return _pass(m.running(model), [jobs[i] for i in part])

    for found in map_in_lanes(run, model_lanes(m.model), batches):
        yield from found


def _batch_bases(m: ModelToAnalyze) -> int:
    return _CUDA_BASES if m.device.type == "cuda" else _CPU_BASES


def _batches(widths: Sequence[int], bases: int, most: int | None) -> Iterator[range]:
    """Consecutive jobs, each batch of at most `most` jobs, or of `bases` after padding to its widest."""
    start, widest = 0, 0
    for i, width in enumerate(widths):
        widest = max(widest, width)
        full = i - start >= most if most else (i - start + 1) * widest > bases
        if full and i > start:
            yield range(start, i)
            start, widest = i, width
    if start < len(widths):
        yield range(start, len(widths))


def _pass(m: ModelToAnalyze, jobs: Sequence[_Job]) -> list[NDArray[np.float32]]:
    width = max(len(job.codes) for job in jobs)
    codes = np.full((len(jobs), width), N_CODE, dtype=np.uint8)
    for row, job in zip(codes, jobs, strict=True):
        row[: len(job.codes)] = reverse_complement(job.codes) if job.reverse else job.codes
    surplus = (m.model_cl - m.cl_model_clipped) // 2
    values = logits(m, torch.from_numpy(codes))[:, surplus : surplus + width - m.model_cl]
    sites = site_probabilities(log_softmax(values)).float().cpu().numpy()  # (jobs, width - model_cl, 2)
    kept = [rows[: len(job.codes) - m.model_cl] for rows, job in zip(sites, jobs, strict=True)]
    return [rows[::-1] if job.reverse else rows for rows, job in zip(kept, jobs, strict=True)]

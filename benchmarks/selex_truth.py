"""Reads drawn exactly from a binding model with known parameters, without a pool.

An unsaturated Z is a sum over configurations (no site; a window of a factor; a pair of windows), so that a uniform
library selected by Z is a mixture: pick a configuration by its weight, draw the bases under it from softmax(beta) and
the others evenly.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.count_table import CountTable, Flanks

BASES = "ACGT"


@dataclass(frozen=True)
class Truth:
    """Matrices `(positions, 4)`, activities relative to no site, and pairs allowed with their log omega.

    A pair is (factor a, strand, factor b, strand, offset of starts) with strands 0 or 1; the pair that it becomes on
    the reverse complement is added.
    """

    matrices: list[NDArray[np.float64]]
    log_activity: list[float]
    length: int
    left: str = ""
    right: str = ""
    log_nonspecific: float = 0.0
    pairs: dict[tuple[int, int, int], float] = field(default_factory=dict)
    log_pair_activity: float = 0.0


def matrix(consensus: str, rng: np.random.Generator, low: float = 0.8, high: float = 3.5) -> NDArray[np.float64]:
    """Zero for the consensus, penalties drawn from -high to -low for the others."""
    out = -rng.uniform(low, high, (len(consensus), 4))
    out[np.arange(len(consensus)), [BASES.index(b) for b in consensus]] = 0.0
    return out


def configurations(truth: Truth) -> list[tuple[float, list[tuple[int, NDArray[np.float64]]]]]:
    """(log activity, [(start, matrix)]) of every way to bind; starts count from the left end of the flank."""
    width = len(truth.left) + truth.length + len(truth.right)
    out: list[tuple[float, list[tuple[int, NDArray[np.float64]]]]] = [
        (truth.log_nonspecific + float(np.log(width)), [])
    ]
    turned = [(m, m[::-1, ::-1]) for m in truth.matrices]
    for index, activity in enumerate(truth.log_activity):
        size = len(truth.matrices[index])
        out += [(activity, [(x, turned[index][s])]) for s in (0, 1) for x in range(width - size + 1)]
    if not truth.pairs:
        return out
    size_a, size_b = (len(m) for m in truth.matrices[:2])
    for (strand_a, strand_b, offset), omega in truth.pairs.items():
        both = {(strand_a, strand_b, offset), (1 - strand_a, 1 - strand_b, size_a - size_b - offset)}
        for sa, sb, o in both:
            for x in range(width - size_a + 1):
                if 0 <= x + o <= width - size_b:
                    out.append((truth.log_pair_activity + omega, [(x, turned[0][sa]), (x + o, turned[1][sb])]))
    return out


def selected(truth: Truth, n: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], float]:
    """Draw `n` variable regions with probability proportional to Z; and the log mean of Z over uniform reads."""
    ways = configurations(truth)
    left = [BASES.index(b) for b in truth.left]
    fixed = left + [-1] * truth.length + [BASES.index(b) for b in truth.right]
    columns, weights = [], []
    for activity, sites in ways:
        log_p = np.zeros((len(fixed), 4))
        for start, values in sites:
            log_p[start : start + len(values)] += values
        weight = activity
        for position, letter in enumerate(fixed):
            weight += log_p[position, letter] if letter >= 0 else np.log(np.exp(log_p[position]).mean())
        columns.append(log_p[len(left) : len(left) + truth.length])
        weights.append(weight)
    log_mean = float(np.logaddexp.reduce(weights))
    chosen = rng.choice(len(ways), n, p=np.exp(np.array(weights) - log_mean))
    p = np.exp(np.array(columns))
    p /= p.sum(-1, keepdims=True)
    cumulative = p.cumsum(-1)[chosen]  # (n, length, 4)
    codes = (rng.random((n, truth.length, 1)) > cumulative).sum(-1)
    return np.minimum(codes, 3).astype(np.uint8), log_mean


def library(truth: Truth, n: int, seed: int) -> tuple[CountTable, float]:
    """A count table of `n` even reads in round 0 and `n` selected in round 1, and log mean Z."""
    rng = np.random.default_rng(seed)
    before = rng.integers(0, 4, (n, truth.length)).astype(np.uint8)
    after, log_mean = selected(truth, n, rng)
    codes = np.concatenate([before, after])
    counts = np.zeros((2 * n, 2))
    counts[:n, 0], counts[n:, 1] = 1, 1
    return CountTable(codes, counts, Flanks(truth.left, truth.right)), log_mean

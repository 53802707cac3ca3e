"""Reads of a pair of two different 6-bp factors, on opposite strands right beside each other; rounds 0 and 2."""

from __future__ import annotations

import numpy as np

from cisgrammar.binding.layers.build import Built, build
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from cisgrammar.config.binding import BindingModel
from cisgrammar.config.selex_sheet import SelexLibrary

LENGTH = 16


def matrix(consensus: str, rng: np.random.Generator) -> np.ndarray:
    out = -rng.uniform(0.8, 3.5, (len(consensus), 4))
    out[np.arange(len(consensus)), ["ACGT".index(b) for b in consensus]] = 0.0
    return out


def heterodimer(n: int, seed: int, bound: float = 0.6) -> CountTable:
    """`n` even reads of round 0, and `n` of round 2 of which a share is bound: letters by exp(2 beta) of both sites."""
    rng = np.random.default_rng([seed, 99])
    a, b = matrix("TGACGT", rng), matrix("GGAATC", rng)
    both = np.concatenate([a[::-1, ::-1], b])  # (12, 4): a on the reverse strand
    codes = rng.integers(0, 4, (2 * n, LENGTH)).astype(np.uint8)
    for read in range(n, n + int(bound * n)):
        site = both if rng.random() < 0.5 else both[::-1, ::-1]
        p = np.exp(2 * site)
        p /= p.sum(1, keepdims=True)
        start = rng.integers(0, LENGTH - len(site) + 1)
        letters = (rng.random((len(site), 1)) > p.cumsum(1)[:, :3]).sum(1)
        codes[read, start : start + len(site)] = letters
    return CountTable(codes, np.repeat([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], n, axis=0), Flanks())


def model(table: CountTable, seeds: tuple[str, str] = ("", "")) -> Built:
    """The model as a config has it."""
    config = BindingModel(
        motifs={name: {"width": 6, "seed": seed} for name, seed in zip("ab", seeds, strict=True)},
        cooperativity=[{"a": "a", "b": "b", "max_overlap": 2, "max_spacing": 6}],
    )
    row = SelexLibrary(model="m", library="l", counts="x.tsv", selection="bound_unsaturated")
    return build(config, [row], [table], 1)

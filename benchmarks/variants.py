"""Seconds and memory of scoring variants: one pass for a window and what each allele changes, beside full passes.

    python benchmarks/variants.py [variants] [windows]

5,000 substitutions on 500 windows of 2,114 bp, a network of 8 layers and 64 filters, one thread, both strands. Beside
it what tangermeme's `substitution_effect` does: both alleles of each variant in full. Both are timed in one process, in
turns, on the same variants; the slow one on a share of them (it is linear). Then batches of further variants: the
memory must not grow with their number.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import sys
import time

import numpy as np
import torch

from cisgrammar.config.profile import Architecture
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.variants.alleles import Item, effects_of

LENGTH, OUTPUT, TURNS = 2114, 1000, 3


def made_items(variants: int, windows: int, seed: int = 1) -> list[Item]:
    """Random substitutions within 500 bp of the centres of random windows."""
    rng = np.random.default_rng(seed)
    found = []
    for window in range(windows):
        codes = rng.integers(0, 4, LENGTH).astype(np.uint8)
        for place in rng.integers(LENGTH // 2 - 250, LENGTH // 2 + 250, variants // windows).tolist():
            other = codes.copy()
            other[place] = (other[place] + rng.integers(1, 4)) % 4
            found.append(Item((seed, window), codes, other))
    return found


def in_full(model: SoloModel, items: list[Item]) -> np.ndarray:
    """log2 fold changes from two full passes of each variant on each strand, in batches of 16."""
    found = []
    with torch.no_grad():
        for first in range(0, len(items), 16):
            part = items[first : first + 16]
            sides = [one_hot(torch.from_numpy(np.stack([getattr(i, s) for i in part]))) for s in ("codes", "alternate")]
            counts = [(model(x)[1] + model(x.flip(1, 2))[1]) / 2 for x in sides]
            found.append((counts[1] - counts[0]).numpy() / np.log(2))
    return np.concatenate(found)


def main() -> None:
    variants, windows = (int(value) for value in [*sys.argv[1:], "5000", "500"][:2])
    torch.set_num_threads(1)
    network = Architecture(filters=64, layers=8, input_filter_width=21, output_filter_width=75)
    model = SoloModel(network, OUTPUT, [Head("signal")], seed=1, input_length=LENGTH).eval()
    items = made_items(variants, windows)
    share = items[: max(16, len(items) // 20)]
    times: dict[str, list[float]] = {"shared": [], "full": []}
    for _ in range(TURNS):
        start = time.perf_counter()
        fast = effects_of(model, items)
        times["shared"].append(time.perf_counter() - start)
        start = time.perf_counter()
        slow = in_full(model, share)
        times["full"].append((time.perf_counter() - start) * len(items) / len(share))
    off = np.abs(fast.logfc[: len(share)] - slow).max()
    best = {name: min(values) for name, values in times.items()}
    print(f"{len(items)} variants on {windows} windows, one thread, both strands (best of {TURNS}):")
    print(f"  both alleles in full      {best['full']:8.1f} s  {1000 * best['full'] / len(items):6.2f} ms a variant")
    print(
        f"  shared pass, changes only {best['shared']:8.1f} s  {1000 * best['shared'] / len(items):6.2f} ms a variant"
    )
    print(f"  {best['full'] / best['shared']:.1f} times as fast; largest difference of log2 fold changes {off:.1e}")
    for number in (1, 4):
        for seed in range(number):
            effects_of(model, made_items(1000, 100, seed + 2))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  {1000 * number} more variants in batches of 1,000: at most {peak:.0f} MB")


if __name__ == "__main__":
    main()

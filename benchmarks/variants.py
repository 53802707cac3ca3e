"""Seconds and memory of scoring variants: one pass for a window and what each allele changes, beside full passes.

    python benchmarks/variants.py [variants] [windows]
    python benchmarks/variants.py memory [variants ...]

5,000 substitutions on 500 windows of 2,114 bp, a network of 8 layers and 64 filters, one thread, both strands. Beside
it what tangermeme's `substitution_effect` does: both alleles of each variant in full. Both are timed in one process, in
turns, on the same variants; the slow one on a share of them (it is linear). Times are of the processor, so that other
work on the machine does not count.

`memory`: the whole way of a file of 20,000 and of 200,000 variants (or as many as are given), 5 bp apart, from the VCF
to the tables, the annotated VCF and the page, with a small network, each in a process of its own: most memory, which
must not grow with their number.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from cisgrammar.api.scored_files import Models, score_file
from cisgrammar.config.profile import Architecture
from cisgrammar.config.variants import Variants
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.variants.alleles import Item, effects_of

LENGTH, OUTPUT, TURNS = 2114, 1000, 3
SIZES = ("20000", "200000")
SPACING = 5
"""bp between the variants of the file whose memory is measured."""


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


def time_both(variants: int, windows: int) -> None:
    """Time shared passes beside full ones."""
    torch.set_num_threads(1)
    network = Architecture(filters=64, layers=8, input_filter_width=21, output_filter_width=75)
    model = SoloModel(network, OUTPUT, [Head("signal")], seed=1, input_length=LENGTH).eval()
    items = made_items(variants, windows)
    share = items[: max(16, len(items) // 20)]
    times: dict[str, list[float]] = {"shared": [], "full": []}
    for _ in range(TURNS):
        start = time.process_time()
        fast = effects_of(model, items)
        times["shared"].append(time.process_time() - start)
        start = time.process_time()
        slow = in_full(model, share)
        times["full"].append((time.process_time() - start) * len(items) / len(share))
    off = np.abs(fast.logfc[: len(share)] - slow).max()
    best = {name: min(values) for name, values in times.items()}
    print(f"{len(items)} variants on {windows} windows, one thread, both strands (best of {TURNS}):")
    print(f"  both alleles in full      {best['full']:8.1f} s  {1000 * best['full'] / len(items):6.2f} ms a variant")
    print(
        f"  shared pass, changes only {best['shared']:8.1f} s  {1000 * best['shared'] / len(items):6.2f} ms a variant"
    )
    print(f"  {best['full'] / best['shared']:.1f} times as fast; largest difference of log2 fold changes {off:.1e}")


def measure(variants: int) -> None:
    """Score a file of so many variants in this process, and print the most memory that it took."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(1)
    genome = Genome.from_chromosomes({"chr1": rng.integers(0, 4, SPACING * variants + 1000).astype(np.uint8)})
    network = Architecture(filters=4, layers=1, input_filter_width=5, output_filter_width=5)
    model = SoloModel(network, 60, [Head("signal")], seed=1).eval()
    profile = {"grid": 30, "shuffled": 200, "substitutions": 0, "batch_size": 1024}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "my.vcf")
        with path.open("w") as handle:
            handle.write("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
            for place in range(500, 500 + SPACING * variants, SPACING):
                base = decode(genome.codes[place : place + 1])
                other = "ACGT"[("ACGT".index(base) + 1 + place % 3) % 4]
                handle.write(f"chr1\t{place + 1}\t.\t{base}\t{other}\t.\t.\t.\n")
        settings = Variants.model_validate({"vcf": str(path), "profile": profile, "cards": 3})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        counts = score_file(settings, genome, Models([model]), Path(folder, "out"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {counts.scored} variants: at most {peak:.0f} MB, {before:.0f} MB before; {time.process_time():.0f} s")


def main() -> None:
    if sys.argv[1:2] == ["measure"]:
        measure(int(sys.argv[2]))
        return
    if sys.argv[1:2] != ["memory"]:
        variants, windows = (int(value) for value in [*sys.argv[1:], "5000", "500"][:2])
        time_both(variants, windows)
        return
    print("memory of the whole way from a VCF to its page:")
    for size in sys.argv[2:] or SIZES:
        subprocess.run([sys.executable, __file__, "measure", size], check=True)


if __name__ == "__main__":
    main()

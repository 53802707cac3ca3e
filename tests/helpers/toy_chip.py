"""Simulated ChIP: a motif with a known footprint, under a known bias that no sequence explains, with its input DNA."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.store import write_genome, write_signal

LENGTH, MOTIF, WINDOWS = 200, "GTCACGTGAC", 400
_STEP, _BASES = 400, 200_000
_SPLITS = ("train",) * 6 + ("validation",) * 2 + ("test",) * 2


@dataclass(frozen=True)
class Chip:
    """The fold, ln of the bias at each base, and the factor's effect on rates from the motif's centre (200 bp)."""

    data: ProfileData
    paths: dict[str, str]
    log_bias: np.ndarray
    footprint: np.ndarray


def make_chip(folder, heads=("chip",), depth=0.4, control_depth=0.6, spread=0.8) -> Chip:
    """Windows 400 bp apart, every other one with the motif in its centre; ends of both strands in one task."""
    random = np.random.default_rng(5)
    codes = random.integers(0, 4, _BASES).astype(np.uint8)
    starts = np.arange(600, 600 + _STEP * WINDOWS, _STEP)
    position = np.arange(LENGTH) - LENGTH // 2
    footprint = 1 + 6 * np.exp(-0.5 * ((np.abs(position) - 25) / 8) ** 2)
    effect = np.ones(_BASES)
    for start in starts[::2]:
        middle = start + LENGTH // 2
        codes[middle - 5 : middle + 5] = encode(MOTIF)
        effect[start : start + LENGTH] = footprint
    field = gaussian_filter1d(random.normal(size=_BASES), 40, mode="wrap")
    log_bias = spread * field / field.std()
    genome = Genome.from_chromosomes({"a": codes})
    counts = random.poisson(depth * np.exp(log_bias) * effect).astype(np.uint16)[None]
    control = random.poisson(control_depth * np.exp(log_bias)).astype(np.uint16)[None]
    paths = {name: str(folder / f"{name}.h5") for name in ("genome", "signal", "control")}
    paths["regions"] = str(folder / "regions.tsv")
    write_genome(paths["genome"], genome)
    for name, found in (("signal", counts), ("control", control)):
        write_signal(paths[name], dict.fromkeys(heads, found), {"genome_fingerprint": genome.fingerprint})
    lines = ["chrom\tstart\tend\tname\tkind\tsplit\tcounts\tgc\tstrand"]
    for i, start in enumerate(starts):
        kind, total = ("peak", "background")[i % 2], int(counts[0, start : start + LENGTH].sum())
        lines.append(f"a\t{start}\t{start + LENGTH}\tr{i}\t{kind}\t{_SPLITS[i // 2 % 10]}\t{total}\t0.5\t.")
    (folder / "regions.tsv").write_text("\n".join(lines) + "\n")
    data = ProfileData.open(paths["genome"], paths["signal"], paths["regions"], paths["control"])
    return Chip(data, paths, log_bias, footprint)

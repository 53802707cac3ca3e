"""Simulated reads with a known preference, for tests of training."""

from __future__ import annotations

import numpy as np
import torch

from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.store import write_genome, write_signal
from toy_profile import network

LENGTH = 100
PREFERENCE = np.array([0.0, 0.5, -0.5, 1.0, 0.0])


def make_data(folder):
    """Reads fall with twice the log preference; peaks have ten times as many as background."""
    random = np.random.default_rng(0)
    genome = Genome.from_chromosomes({"a": random.integers(0, 4, 40_000).astype(np.uint8)})
    starts = np.arange(200, 39_600, 200)
    scale = np.full(genome.size, 0.05)
    lines = ["chrom\tstart\tend\tname\tkind\tsplit\tcounts\tgc\tstrand"]
    for i, start in enumerate(starts):
        kind = ("peak", "background")[i % 2]
        if kind == "peak":
            scale[start - 20 : start + LENGTH + 20] *= 10
        split = "validation" if i % 10 in (0, 1) else "train"
        lines.append(f"a\t{start}\t{start + LENGTH}\tr{i}\t{kind}\t{split}\t{(50, 5)[i % 2]}\t0.5\t.")
    counts = random.poisson(scale * np.exp(2 * PREFERENCE[genome.codes])).astype(np.uint16)[None]
    write_genome(folder / "g.h5", genome)
    write_signal(folder / "s.h5", {"cuts": counts}, {"genome_fingerprint": genome.fingerprint})
    (folder / "regions.tsv").write_text("\n".join(lines) + "\n")
    return ProfileData.open(folder / "g.h5", folder / "s.h5", folder / "regions.tsv")


def known_solo():
    """A solo model that gives exactly the preference as its logits, and 0 as its log-count."""
    solo = SoloModel(network(4, 0, 1, 1), LENGTH, [Head("cuts", 1)], seed=0)
    with torch.no_grad():
        solo.input_conv.weight.copy_(torch.eye(4).unsqueeze(2))
        solo.profile_heads[0].conv.weight.copy_(torch.tensor(PREFERENCE[:4]).view(1, 4, 1))
        solo.counts_heads[0].linear.weight.zero_()
    return solo

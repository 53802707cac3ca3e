"""A small place with planted GATAC sites, and a model whose effects are known by hand."""

import numpy as np
from torch import nn

from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.config.ablation import Ablation
from cisgrammar.profile.models.heads import Head
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.table import Regions

LENGTH, FLANK, MOTIF = 120, 10, "GATAC"


class CountGatac(nn.Module):
    """ln counts are `height` per GATAC on the forward strand, and per GTATC on the other; logits are `peak` there.

    `blind` is 0: then the model sees no motif, as a bias model should.
    """

    def __init__(self, height=1.0, peak=2.0, tasks=1):
        super().__init__()
        self.heads = (Head("signal", tasks),)
        self.input_length, self.output_length = LENGTH + 2 * FLANK, LENGTH
        self.height, self.peak = height, peak

    def forward(self, x):
        found = 0
        for letters in ("GATAC", "GTATC"):
            product = 1
            for i, base in enumerate(letters):
                product = product * x[:, "ACGT".index(base), i : x.shape[2] - len(letters) + 1 + i]
            found = found + product  # (batch, input_length - 4)
        logits = self.peak * found[:, FLANK - 2 : FLANK - 2 + LENGTH]
        profile = logits[:, None].repeat(1, self.heads[0].tasks, 1)  # (batch, tasks, length)
        return profile, self.height * found.sum(dim=1, keepdim=True)


def make_place(windows=12, planted=2, seed=0):
    """Regions (test peaks, then test backgrounds) on one chromosome, and a genome with GATAC at known places only.

    Returns regions, genome and the starts of the planted sites; every second one is on the - strand.
    """
    rng = np.random.default_rng(seed)
    step, number = 2 * LENGTH, 2 * windows
    codes = rng.integers(0, 4, step * (number + 2)).astype(np.uint8)
    for site in ("GATAC", "GTATC"):
        letters = encode(site)
        found = np.flatnonzero((np.lib.stride_tricks.sliding_window_view(codes, 5) == letters).all(1))
        codes[found + 2] = 1
    starts = np.arange(1, number + 1) * step
    places = []
    for i in range(windows):
        for k in range(planted):
            at = int(starts[i] + 20 + 40 * k + rng.integers(0, 15))
            # Beside a T no shuffle can make another site that reaches over the edge.
            codes[at - 4 : at + 9] = encode("TTTT" + ("GATAC" if (i + k) % 2 == 0 else "GTATC") + "TTTT")
            places.append(at)
    kind = np.array(["peak"] * windows + ["background"] * windows)
    regions = Regions(
        chrom=np.array(["chrT"] * number),
        start=starts,
        end=starts + LENGTH,
        name=np.array([f"w{i}" for i in range(number)]),
        kind=kind,
        split=np.array(["test"] * number),
        counts=np.full(number, 100),
        gc=np.full(number, 0.5),
    )
    return regions, Genome.from_chromosomes({"chrT": codes}), places


def site_settings(**more):
    """The section for a place as `make_place` gives; `more` goes before its own."""
    return Ablation(**{"consensus": {"toy": "GATAC"}, "controls": 30, "decoys": 2, **more})


def windows_from(texts, start=100):
    """Windows of given letters, all on chromosome `c`, 1,000 bp apart."""
    codes = np.stack([encode(text) for text in texts])
    many = len(texts)
    return Windows(np.arange(many), np.array(["c"] * many), start + 1000 * np.arange(many), codes)

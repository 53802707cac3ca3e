"""Genes with a motif at most of their sites, a model that looks for it, and scores of all positions by plain numpy."""

import numpy as np
import torch
from torch import nn

from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.statistics.bootstrap import Bootstrap

FEW = Bootstrap(40, seed=3)


CONTEXT = 20


MOTIFS = {1: (-4, "TCAGG"), 2: (0, "GGTAA")}


class Motifs(nn.Module):
    """Logit of a site from a motif of five bases, with noise from all bases around that breaks ties."""

    def __init__(self, noise=1.0, scale=1.0):
        super().__init__()
        torch.manual_seed(5)
        # Multiples of 1/64: their sums are exact, so that every kernel of every processor gives the same logits.
        kernel = (noise * torch.randn(3, 4, CONTEXT + 1) / 3 * 64).round() / 64
        for label, (first, motif) in MOTIFS.items():
            for i, base in enumerate(motif):
                kernel[label, "ACGT".index(base), CONTEXT // 2 + first + i] += 2
        self.kernel, self.bias = nn.Parameter(scale * kernel), nn.Parameter(scale * torch.tensor([8.0, 0.0, 0.0]))

    def forward(self, x):
        return nn.functional.conv1d(x.transpose(1, 2).to(self.kernel), self.kernel, self.bias).transpose(1, 2)


def toy_genes(number=30, seed=0, length=400, sites=4):
    """Genes with the motif at most of their sites."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        n = int(rng.integers(length // 2, length))
        codes, labels = rng.integers(0, 4, n).astype(np.uint8), np.zeros(n, np.uint8)
        places = rng.choice(np.arange(10, n - 10, 12), sites, replace=False)
        for place, label in zip(places, np.tile([1, 2], sites // 2), strict=True):
            labels[place] = label
            first, motif = MOTIFS[label]
            if rng.random() < 0.7:
                codes[place + first : place + first + 5] = ["ACGT".index(base) for base in motif]
        found.append((codes, labels))
    return gene_set(found)


def plain(model, genes):
    """Scores `(bases, 2)` and labels of all positions, whole genes at once."""
    scores = []
    for codes, _ in genes:
        padded = torch.from_numpy(np.pad(codes, CONTEXT // 2, constant_values=4))
        with torch.no_grad():
            scores.append(model((padded[None, :, None] == torch.arange(4)).float()).softmax(-1)[0, :, 1:])
    return torch.cat(scores).numpy(), np.stack([genes.labels == 1, genes.labels == 2], 1)


def plain_average_precision(scores, truth):
    found, before = 0.0, 0
    for score in np.unique(scores)[::-1]:
        right = (truth & (scores >= score)).sum()
        found += (right - before) * right / (scores >= score).sum()
        before = right
    return found / truth.sum()

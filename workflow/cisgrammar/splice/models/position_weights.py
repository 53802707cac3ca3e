"""The simplest splice model: how often each base is seen at each place around a site. What a network must beat."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR, GeneSet
from cisgrammar.splice.models.model import ModelToAnalyze

CONTEXT = 40
PLACES = {ACCEPTOR: (-20, 3), DONOR: (-2, 7)}
"""Label -> bases around a site that are looked at, half-open; 0 is the first base of an exon, or the last."""


class PositionWeights(nn.Module):
    """Log-odds of each base at each place, summed, plus the log frequency of sites; null is 0.

    Parameters
    ----------
    kernel
        `(3, 4, CONTEXT + 1)`: log-odds by label, base and place; zero where a label looks at nothing.
    prior
        `(3,)`: log of each label's frequency over that of null.
    """

    kernel: Tensor
    prior: Tensor

    def __init__(self, kernel: Tensor, prior: Tensor) -> None:
        super().__init__()
        self.register_buffer("kernel", kernel)
        self.register_buffer("prior", prior)

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(N, T, 4)` to logits `(N, T - CONTEXT, 3)`."""
        return functional.conv1d(x.transpose(1, 2), self.kernel, self.prior).transpose(1, 2)  # (N, T - CONTEXT, 3)


def fit_position_weights(genes: GeneSet, pseudocount: float = 1.0, reach: int = CONTEXT // 2) -> ModelToAnalyze:
    """Count bases around the sites of a gene set, and over all of it.

    Parameters
    ----------
    genes
        Training genes.
    pseudocount
        Added to each count of a base, times the base's frequency.
    reach
        Bases farther than this from a site's edge are not looked at, bp.
    """
    bases = np.bincount(genes.codes, minlength=N_CODE + 1)[:N_CODE] + 1.0
    background = bases / bases.sum()
    labels = np.bincount(genes.labels, minlength=3) + 1.0
    kernel = np.zeros((3, 4, CONTEXT + 1))
    for label, (first, stop) in PLACES.items():
        first, stop = max(first, -reach), min(stop, reach)
        counts = _counts(genes, label, first, stop)  # (4, stop - first)
        counts += pseudocount * background[:, None]
        odds = counts / counts.sum(axis=0) / background[:, None]
        kernel[label, :, CONTEXT // 2 + first : CONTEXT // 2 + stop] = np.log(odds)
    prior = np.log(labels / labels[0])
    model = PositionWeights(torch.from_numpy(kernel).float(), torch.from_numpy(prior).float())
    return ModelToAnalyze(model, CONTEXT, CONTEXT)


def _counts(genes: GeneSet, label: int, first: int, stop: int) -> NDArray[np.float64]:
    """How often each base is at each place around the sites of a label, `(4, stop - first)`; none past a gene's end."""
    sites = genes.sites(label)
    gene = np.searchsorted(genes.offsets, sites, side="right") - 1
    counts = np.zeros((4, stop - first))
    for column, offset in enumerate(range(first, stop)):
        place = sites + offset
        inside = (place >= genes.offsets[gene]) & (place < genes.offsets[gene + 1])
        codes = genes.codes[place[inside]]
        counts[:, column] = np.bincount(codes, minlength=N_CODE + 1)[:4]
    return counts

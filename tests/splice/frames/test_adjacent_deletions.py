"""A second deletion that restores the frame gives back what the first one took."""

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.sequence.alphabet import encode
from cisgrammar.splice.frames.adjacent_deletions import PAIRS, adjacent_deletions, exon_pairs
from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.models.model import ModelToAnalyze
from toy_exons import exon_table


class CountsC(nn.Module):
    """Takes a place for both kinds of site where the number of C within 200 bp is that of two exons, modulo 3."""

    def forward(self, x):
        count = nn.functional.conv1d(x[:, :, 1].unsqueeze(1), torch.ones(1, 1, 401))[:, 0]
        whole = (count.round() % 3 == 120 % 3).float()
        return torch.stack([torch.zeros_like(whole), 8 * whole - 4, 8 * whole - 4], dim=-1)


def test_a_second_deletion_that_restores_the_frame_compensates_for_the_first():
    codes = encode("T" * 300 + "C" * 60 + "T" * 50 + "C" * 60 + "T" * 300)
    genes = gene_set([(codes, np.zeros_like(codes))] * 3)
    places = [(100, 160), (300, 360), (410, 470), (600, 660)]
    exons = exon_table(genes.names, [places] * 3)
    first, second = exon_pairs(exons)
    assert (first.start.tolist(), second.start.tolist()) == ([300] * 3, [410] * 3)
    found = adjacent_deletions(ModelToAnalyze(CountsC(), 400, 400, [0.4, 0.4]), genes, (first, second))
    effects = found.effects()
    for i, pair in enumerate(PAIRS):
        assert (effects[:, :, i] == (0 if sum(pair) % 3 == 0 else -100)).all()
    assert (found.compensation() == 100).all()
    assert found.called()[0, :, PAIRS.index((1, 2))].all()
    with pytest.raises(ValueError, match="none of 3 pairs"):
        adjacent_deletions(ModelToAnalyze(CountsC(), 400, 400), genes, (first, second), distance=40)


def test_pairs_are_neighbours_with_a_short_intron(toys):
    _, exons, _, _ = toys
    first, second = exon_pairs(exons, max_intron=200, max_span=600)
    assert ((first.gene == second.gene) & (first.rank + 1 == second.rank)).all()
    assert 0 < len(first) < len(exon_pairs(exons)[0]) == 2 * 6
    assert (second.start - first.end).max() < 200
    assert (second.end - first.start).max() < 600

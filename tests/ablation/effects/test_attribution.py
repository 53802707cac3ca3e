"""Attributions of the bases of a site."""

import pytest
import torch

from cisgrammar.ablation.effects.attribution import attribution_sums, best_sites
from cisgrammar.ablation.effects.shard import sites_on
from cisgrammar.sequence.alphabet import encode
from toy_effects import SETTINGS, part_of
from toy_sites import CountGatac


class Linear(CountGatac):
    """ln counts are the number of C."""

    def forward(self, x):
        return torch.zeros(len(x), 1, self.output_length), x[:, 1].sum(dim=1, keepdim=True)


def test_attribution_of_a_linear_model_is_its_weights(made):
    regions, genome, sites, _ = made
    part = part_of(Linear())
    one = sites[sites["kind"] == "site"].head(1)
    inputs = sites_on(part, one, regions, genome)
    # One C of five: 3/4 for it, -1/4 for each of the others.
    assert attribution_sums(part, inputs, SETTINGS) == pytest.approx([0.75 - 4 * 0.25], abs=1e-5)
    letters = inputs.codes[0, inputs.start[0] : inputs.end[0]]
    assert (letters == encode("C")).sum() == 1
    assert len(best_sites(sites, 3)) == 3

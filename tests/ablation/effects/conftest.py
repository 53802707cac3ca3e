"""Toy sites and the effects of a shard of them, made once."""

import pytest

from cisgrammar.ablation.sites.find import BindingFiles, find_sites
from cisgrammar.ablation.sites.pairs import find_pairs
from cisgrammar.ablation.sites.peak_inputs import peak_windows
from cisgrammar.config.profile import Evaluate
from cisgrammar.motifs.motif import from_consensus
from toy_effects import SETTINGS, ablate_shard, part_of
from toy_sites import CountGatac, make_place


@pytest.fixture(scope="session")
def made():
    regions, genome, _ = make_place(windows=5)
    sites = find_sites(peak_windows(regions, genome, Evaluate()), SETTINGS, BindingFiles(), 1).table
    return regions, genome, sites, find_pairs(sites, SETTINGS, 1)


@pytest.fixture(scope="session")
def shard(made):
    regions, genome, sites, pairs = made
    motifs = {"toy": from_consensus("toy", "GATAC")}
    return ablate_shard([part_of(CountGatac(height=0.7))], sites, pairs, (regions, genome), SETTINGS, 1, 0, motifs)

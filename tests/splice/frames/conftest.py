"""Genes with reading frames, oracles, and all checks on them."""

from dataclasses import replace

import pytest
import torch

from cisgrammar.splice.frames import oracles
from cisgrammar.splice.frames.checks import run_checks
from toy_exons import CHECK_SETTINGS, make_genes


@pytest.fixture(scope="session")
def toys():
    """Genes, exons, the frame-blind oracle and the one with the rule about open frames."""
    torch.set_num_threads(1)
    genes, exons = make_genes(6, exons=5, seed=5)
    blind = oracles.frame_blind(genes, genes, exons.internal_coding())
    return genes, exons, blind, oracles.with_open_frame_rule(blind)


@pytest.fixture(scope="session")
def split_toys():
    """Genes to train on and to test on, their exons, and the oracle with the rule."""
    torch.set_num_threads(1)
    genes, exons = make_genes(14, exons=6, seed=8)
    genes = replace(genes, splits=("train",) * 10 + ("test",) * 4)
    blind = oracles.frame_blind(genes.subset("train"), genes, exons.internal_coding())
    return genes, exons, oracles.with_open_frame_rule(blind)


@pytest.fixture(scope="session")
def report(split_toys):
    """All checks on the oracle with the rule."""
    genes, exons, model = split_toys
    return run_checks(model, genes, exons, CHECK_SETTINGS, seed=1)

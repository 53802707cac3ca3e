"""Blocks hold every base once."""

import numpy as np
import pytest
import torch

from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.models.blocks import IGNORED, Blocks


@pytest.mark.parametrize(("block", "context"), [(7, 4), (100, 10), (1000, 80)])
def test_blocks_hold_every_base_once_with_its_context(block, context):
    rng = np.random.default_rng(0)
    genes = gene_set(
        [(rng.integers(0, 4, n).astype(np.uint8), rng.integers(0, 3, n).astype(np.uint8)) for n in (5, 230)]
    )
    blocks = Blocks(genes, block, context)
    batches = list(blocks.batches(3))
    assert sum(batch.size for batch in batches) == len(blocks)
    codes, labels = (torch.cat([getattr(batch, part) for batch in batches]).numpy() for part in ("codes", "labels"))
    known = labels != IGNORED
    half = context // 2
    assert labels[known].tolist() == genes.labels.tolist()
    assert codes[:, half : half + block][known].tolist() == genes.codes.tolist()
    assert (codes[:, half : half + block][~known] == 4).all()
    assert (codes[0, :half] == 4).all()
    if block == 7:
        row = -(-5 // 7) + 10
        assert codes[row].tolist() == genes.gene(1)[0][70 - 2 : 77 + 2].tolist()

"""Genes with one acceptor and one donor behind motifs."""

import numpy as np

from cisgrammar.splice.genes.gene_set import gene_set


def genes_with_motifs(number, length=300, seed=0):
    """One acceptor and one donor a gene, behind motifs of eight bases that come nowhere else but by chance."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        codes, labels = rng.integers(0, 4, length).astype(np.uint8), np.zeros(length, np.uint8)
        acceptor, donor = sorted(rng.choice(np.arange(60, length - 60, 20), 2, replace=False))
        codes[acceptor - 8 : acceptor] = [3, 3, 1, 3, 1, 1, 0, 2]
        codes[donor + 1 : donor + 9] = [2, 3, 0, 0, 2, 3, 0, 2]
        labels[acceptor], labels[donor] = 1, 2
        found.append((codes, labels))
    splits = (["train"] * 4 + ["validation"]) * (number // 5)
    return gene_set(found, splits=splits)

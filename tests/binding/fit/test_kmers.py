"""K-mers as starting matrices."""

from __future__ import annotations

import numpy as np

from cisgrammar.binding.fit import kmers


def test_kmers_count_both_strands() -> None:
    totals = kmers.kmer_totals(np.array([[0, 0, 2, 5]], dtype=np.uint8), np.array([[2.0]]), 2)[:, 0]
    assert {i: t for i, t in enumerate(totals) if t} == {0: 2, 2: 2, 15: 2, 7: 2}


def test_a_starting_matrix_has_the_enriched_kmer_on_top() -> None:
    totals = np.ones((64, 2)) * 100
    totals[27, 0] = 5000
    matrix = kmers.starting_matrices(totals, 3, 1)[0]
    assert matrix.argmax(1).tolist() == [1, 2, 3]

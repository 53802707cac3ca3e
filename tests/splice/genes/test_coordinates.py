"""Genes on their own strand: labels and sequences of both strands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.build import cut_genes
from cisgrammar.splice.genes.coordinates import in_gene, in_genome
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR
from toy_transcripts import (
    transcript,
)


@pytest.mark.parametrize("strand", "+-")
def test_labels_are_the_last_base_before_an_intron_and_the_first_after_it(strand):
    forward = encode("CCCCAAGGTAAAAAAGTTTTTT")
    found = transcript((0, 7), (16, 22), strand=strand)
    codes = forward if strand == "+" else reverse_complement(forward)
    if strand == "-":
        found = transcript((0, 6), (15, 22), strand="-")
    genes = cut_genes(Genome.from_chromosomes({"chr1": codes}), [found], ["test"])
    codes, labels = genes.gene(0)
    assert decode(codes) == "CCCCAAGGTAAAAAAGTTTTTT"
    assert np.flatnonzero(labels == DONOR).tolist() == [6]
    assert np.flatnonzero(labels == ACCEPTOR).tolist() == [16]
    assert decode(codes[7:9]) == "GT"
    assert decode(codes[14:16]) == "AG"


@given(st.lists(st.integers(1, 40), min_size=2, max_size=12), st.sampled_from("+-"), st.integers(0, 2**32 - 1))
def test_a_reversed_genome_with_reversed_exons_gives_the_same_gene(steps, strand, seed):
    edges = np.cumsum(steps[: len(steps) // 2 * 2]).tolist()
    exons = list(zip(edges[::2], edges[1::2], strict=True))
    codes = np.random.default_rng(seed).integers(0, 5, edges[-1] + 7).astype(np.uint8)
    one = transcript(*exons, strand=strand)
    mirrored = [(len(codes) - end, len(codes) - start) for start, end in reversed(exons)]
    other = transcript(*mirrored, strand="-" if strand == "+" else "+")
    genomes = [Genome.from_chromosomes({"chr1": c}) for c in (codes, reverse_complement(codes))]
    genes = [cut_genes(genome, [t], ["test"], flank=9) for genome, t in zip(genomes, (one, other), strict=True)]
    for name in ("codes", "labels", "upstream", "downstream"):
        assert np.array_equal(getattr(genes[0], name), getattr(genes[1], name)), name
    assert in_genome(one, in_gene(one, one.exons)) == one.exons
    assert (genes[0].labels == DONOR).sum() == len(exons) - 1

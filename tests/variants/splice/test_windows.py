"""Probabilities of both alleles are those of whole haplotypes, whatever is shared or batched."""

import numpy as np
import pytest
import torch

from cisgrammar.sequence.alphabet import encode, reverse_complement
from cisgrammar.splice.models.model import ModelToAnalyze, log_probabilities
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.variants.splice.windows import Pair, masked_codes, pair_probabilities
from toy_splice_models import Local
from toy_splice_variants import LENGTH, random_variants, toy_gene, toy_genome

GENOME = toy_genome()
NETWORK = ModelToAnalyze(SpliceAI(80, seed=3).eval(), 80, 80)
PADDED = ModelToAnalyze(Local(width=11, padding=3), 10, 4)


def haplotype(m, pair, distance, allele):
    """The model over the whole chromosome with one allele in it, N outside of the gene; rows around the variant."""
    variant, gene = pair
    codes = masked_codes(GENOME, gene, 0, LENGTH)
    if allele != variant.ref:
        codes = np.concatenate([codes[: variant.start], encode(allele), codes[variant.end :]])
    codes = np.pad(codes, m.model_cl // 2 + distance, constant_values=4)
    codes = codes if gene.strand == "+" else reverse_complement(codes)
    surplus = (m.model_cl - m.cl_model_clipped) // 2
    rows = log_probabilities(m, codes[None])[0, :, 1:].exp().numpy()
    rows = rows[surplus : len(rows) - surplus]
    rows = rows if gene.strand == "+" else rows[::-1]
    # the rows begin `distance` before the chromosome
    return rows[variant.start : variant.start + 2 * distance + len(allele)]


@pytest.mark.parametrize("m", [NETWORK, PADDED], ids=["valid", "padded"])
@pytest.mark.parametrize(("distance", "batch"), [(1, 1), (30, None), (30, 7)])
def test_rows_are_those_of_whole_haplotypes(m, distance, batch):
    genes = {"chr1": toy_gene("+"), "chr2": toy_gene("-")}
    variants = [*random_variants(GENOME, 40, span=(450, 1750)), *random_variants(GENOME, 10)]
    pairs = [Pair(variant, genes[variant.chrom]) for variant in variants]
    found = pair_probabilities(m, GENOME, pairs, distance, batch)
    assert len(found) == len(pairs)
    for pair, rows in zip(pairs, found, strict=True):
        for got, allele in zip(rows, (pair.variant.ref, pair.variant.alt), strict=True):
            assert got.shape == (2 * distance + len(allele), 2)
            np.testing.assert_allclose(got, haplotype(m, pair, distance, allele), atol=1e-6)


def test_near_variants_share_the_pass_of_the_reference():
    seen = []
    network = SpliceAI(80, seed=3).eval()
    network.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    m = ModelToAnalyze(network, 80, 80)
    gene = toy_gene("+")
    near = [Pair(v, gene) for v in random_variants(GENOME, 30, ("chr1",), span=(700, 760))]
    far = [Pair(v, gene) for v in random_variants(GENOME, 3, ("chr1",), span=(1500, 1560))]
    seen.clear()
    alone = pair_probabilities(m, GENOME, [*far, *near], 10)
    assert sum(seen) == 33 + 2
    again = pair_probabilities(m, GENOME, [*near, *far], 10)
    for one, other in zip([*alone[3:], *alone[:3]], again, strict=True):
        np.testing.assert_allclose(one.ref, other.ref, atol=1e-6)
        np.testing.assert_allclose(one.alt, other.alt, atol=1e-6)


def test_threads_do_not_change_a_bit():
    threads = torch.get_num_threads()
    pairs = [Pair(v, toy_gene("+")) for v in random_variants(GENOME, 12, ("chr1",))]
    try:
        found = []
        for number in (1, 2):
            torch.set_num_threads(number)
            found.append(pair_probabilities(NETWORK, GENOME, pairs, 20, batch=2))
    finally:
        torch.set_num_threads(threads)
    for one, two in zip(*found, strict=True):
        assert np.array_equal(one.ref, two.ref)
        assert np.array_equal(one.alt, two.alt)


def test_no_pairs():
    assert pair_probabilities(NETWORK, GENOME, [], 10) == []


def test_bases_outside_of_the_gene_are_unknown():
    codes = masked_codes(GENOME, toy_gene("+"), 490, 1710)
    assert (codes[:10] == 4).all()
    assert (codes[-10:] == 4).all()
    assert np.array_equal(codes[10:-10], GENOME.chromosome("chr1")[500:1700])

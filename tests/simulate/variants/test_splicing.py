"""Variants of genes: what becomes of GT, AG and motifs."""

import numpy as np
import pytest

from cisgrammar.config.splice import SimulateGenes
from cisgrammar.sequence.alphabet import encode, reverse_complement
from cisgrammar.simulate.genes import simulate_genes
from cisgrammar.simulate.splice_sites import site_motifs
from cisgrammar.simulate.variants.splicing import gene_variants

SETTINGS = SimulateGenes(chromosomes=3, genes_per_chromosome=30, variants=100)


@pytest.fixture(scope="module")
def made():
    simulated = simulate_genes(SETTINGS)
    return simulated, gene_variants(simulated, SETTINGS)


def sense(simulated, variant):
    """The gene's strand with either allele, and the base of it that the variant begins at."""
    codes = simulated.chromosomes[variant.chrom]
    start, end = variant.start, variant.start + len(variant.ref)
    assert (codes[start:end] == encode(variant.ref)).all()
    (transcript,) = [t for t in simulated.transcripts if t.chrom == variant.chrom and t.start <= start < t.end]
    other = np.concatenate([codes[:start], encode(variant.alt), codes[end:]])
    around = [each[start - 40 : start + 41] for each in (codes, other)]
    return transcript, [each if transcript.strand == "+" else reverse_complement(each) for each in around]


def test_kinds_and_chromosome(made):
    _, variants = made
    kinds = [v.kind for v in variants]
    counts = [kinds.count(kind) for kind in ("lost", "poison", "strengthened", "neutral")]
    assert counts[:3] == [40, 10, 10]
    assert counts[3] > 35
    assert {v.chrom for v in variants} == {"chr3"}
    assert {len(v.alt) - len(v.ref) for v in variants if v.kind == "lost"} == {-2, 0, 1}


def test_lost_sites_are_annotated_strong_and_lose_their_letters(made):
    simulated, variants = made
    for variant in variants:
        if variant.kind not in ("lost", "poison"):
            continue
        transcript, _ = sense(simulated, variant)
        edges = {edge for exon in transcript.exons for edge in exon}
        near = min(abs(variant.start - edge) for edge in edges)
        assert (near <= 3) == (variant.kind == "lost")
        if len(variant.ref) == len(variant.alt):
            assert variant.effect < -3
        else:
            assert np.isnan(variant.effect)


def test_effects_are_changes_of_the_motif_s_strength(made):
    simulated, variants = made
    motifs = dict(zip(("donor", "acceptor"), site_motifs(SETTINGS.sharpness, SETTINGS.gc), strict=True))
    for variant in variants:
        if variant.kind == "neutral" or not np.isfinite(variant.effect):
            continue
        motif = motifs[variant.target]
        _, (before, after) = sense(simulated, variant)
        windows = [np.lib.stride_tricks.sliding_window_view(each, motif.width) for each in (before, after)]
        change = motif.strength(windows[1]) - motif.strength(windows[0])
        assert np.abs(change - variant.effect).min() < 1e-6, variant


def test_neutral_ones_make_no_gt_or_ag_and_lie_far_from_motifs(made):
    simulated, variants = made
    for variant in variants:
        if variant.kind == "neutral":
            _, (before, after) = sense(simulated, variant)
            for word in ("GT", "AG"):
                count = [
                    (np.lib.stride_tricks.sliding_window_view(each, 2) == encode(word)).all(axis=1).sum()
                    for each in (before, after)
                ]
                assert count[1] <= count[0]


def test_a_seed_gives_the_same_and_0_gives_none(made):
    simulated, variants = made
    again = gene_variants(simulated, SETTINGS)
    assert [(v.start, v.alt) for v in again] == [(v.start, v.alt) for v in variants]
    assert gene_variants(simulated, SETTINGS.model_copy(update={"variants": 0})) == []

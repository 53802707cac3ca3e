"""Which genes are held out, and that none of them resembles a training gene."""

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.build import build_genes
from cisgrammar.splice.genes.partition import kmers, read_place, shared_fraction
from toy_annotation import genome_with_introns
from toy_transcripts import gene_settings, three_chromosomes, three_genes, transcript


def test_parts_of_chromosomes_hold_genes_out_and_straddling_ones_are_left_out():
    genes = [transcript((a, a + 100), (a + 200, a + 300), name=f"g{a}") for a in (0, 450, 1000, 2000)]
    genome = genome_with_introns({"chr1": 3000}, genes)
    built = build_genes(genome, genes, gene_settings(test=("chr1:0-500",), validation=("chr1:1,900-2,400",)))
    assert dict(zip(built.genes.names, built.genes.splits, strict=True)) == {
        "g0": "test",
        "g1000": "train",
        "g2000": "validation",
    }
    assert built.report["dropped"] == {"straddles a held-out part": 1}


def test_shared_kmers_are_containment_and_skip_n():
    assert kmers(encode("ACGTN"), 2).tolist() == [0b0001, 0b0110, 0b1011]
    assert shared_fraction([encode("ACGTACGT")], [encode("TTACGTACGTTT")], 4).tolist() == [1.0]
    assert shared_fraction([encode("ACGTCCCC")], [encode("ACGT")], 4).tolist() == [0.2]
    assert shared_fraction([encode("AC")], [encode("ACGT")], 4).tolist() == [0.0]


@pytest.mark.parametrize(("changes", "kept"), [(0, False), (150, True)])
def test_held_out_paralogues_of_training_genes_are_dropped(changes, kept):
    transcripts = three_genes()
    genome = three_chromosomes(transcripts)
    codes = genome.codes.copy()
    codes[2000:3000] = codes[:1000]
    rng = np.random.default_rng(1)
    exonic = np.concatenate([np.arange(2000 + a, 2000 + b) for a, b in transcripts[2].exons])
    places = rng.choice(exonic, changes, replace=False)
    codes[places] = (codes[places] + 1) % 4
    spare = transcript((700, 750), (800, 850), chrom="chr3", name="spare")
    genome = Genome(genome.names, genome.lengths, genome.offsets, codes)
    built = build_genes(genome, [*transcripts, spare], gene_settings(paralogues="drop", min_canonical=0))
    assert ("g3" in built.genes.names) == kept
    assert ("paralogue of a training gene (test)" in built.report["dropped"]) != kept
    assert "g3" in build_genes(genome, [*transcripts, spare], gene_settings(min_canonical=0)).genes.names


def test_a_chromosome_whose_name_looks_like_a_part_is_one():
    genome = Genome.from_chromosomes({"HLA:1-2": np.zeros(9, np.uint8), "HLA": np.zeros(9, np.uint8)})
    assert read_place(genome, "HLA:1-2", "test") == ("HLA:1-2", 0, 9)

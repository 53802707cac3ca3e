"""The ends of introns, and what they say of an assembly."""

import pytest

from cisgrammar.sequence.annotation import read_annotation
from cisgrammar.sequence.fasta import Genome, read_fasta
from cisgrammar.splice.genes.build import build_genes
from cisgrammar.splice.genes.introns import canonical_share, count_motifs, introns_of
from toy_annotation import genome_with_introns
from toy_transcripts import gene, gene_settings, many_genes, transcript


def test_introns_are_counted_in_transcripts_and_once():
    one, two = transcript((0, 20), (60, 80)), transcript((0, 20), (60, 80), (120, 130), name="u", strand="+")
    reverse = transcript((0, 20), (60, 80), name="r", strand="-")
    genome = genome_with_introns({"chr1": 200}, [one, two])
    introns = introns_of(genome, [one, two])
    assert (len(introns), len(introns.unique())) == (3, 2)
    assert count_motifs(genome, introns)["GT-AG"] == 3
    backwards = introns_of(genome, [reverse])
    assert count_motifs(genome, backwards)["others"] == {"CT-AC": 1}
    assert len(introns_of(genome, [one, reverse]).unique()) == 2
    assert canonical_share(genome, introns) == 1


def test_another_assembly_is_recognised_by_its_introns():
    transcripts = many_genes()
    genome = genome_with_introns(dict.fromkeys(("chr1", "chr2", "chr3"), 9500), [])
    with pytest.raises(ValueError, match=r"only \d\.\d % of 180 introns are GT-AG or GC-AG, wanted 80 %.*assembly"):
        build_genes(genome, transcripts, gene_settings())


def test_a_real_annotation_on_the_wrong_chromosomes_is_recognised(data):
    folder = data / "dm6_small"
    right = read_fasta(folder / "dm6.small.fa.gz")
    swapped = Genome(right.names[::-1], right.lengths, right.offsets, right.codes)
    transcripts = read_annotation(folder / "dm6.small.gtf.gz")
    with pytest.raises(ValueError, match=r"only \d\.\d % of 557 introns are GT-AG or GC-AG"):
        build_genes(swapped, transcripts, gene_settings(test=("chr2R",), validation=("chr2L",)))


def test_an_annotation_that_counts_from_0_is_told_apart_from_another_assembly():
    transcripts = many_genes()
    genome = genome_with_introns(dict.fromkeys(("chr1", "chr2", "chr3"), 9500), transcripts)
    build_genes(genome, transcripts, gene_settings(paralogues="keep"))
    # Starts written from 0 are read as if from 1: every exon but the first of the chromosome starts a base early.
    early = [gene(t.chrom, *((max(a - 1, 0), b) for a, b in t.exons), name=t.id) for t in transcripts]
    with pytest.raises(ValueError, match="with intron starts moved by 0 and ends by 1: the file does not count from 1"):
        build_genes(genome, early, gene_settings())

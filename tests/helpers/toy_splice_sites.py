"""A gene set of a genome with a gene on either strand; one site is a base off its motif, one motif is no site."""

from cisgrammar.sequence.alphabet import encode, reverse_complement
from cisgrammar.sequence.annotation import Transcript
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.build import cut_genes
from toy_splice_variants import ACCEPTOR, EXONS, LENGTH, toy_gene, toy_genome

MISSED = 889
EXTRA = 1000


def genome_of_sites():
    """chr1 and its reverse chr2: the donor at 889 lacks a base of its motif; an acceptor motif ends before 1000."""
    codes = toy_genome().chromosome("chr1").copy()
    codes[MISSED + 3] = 3
    codes[EXTRA - 8 : EXTRA] = encode(ACCEPTOR)
    return Genome.from_chromosomes({"chr1": codes, "chr2": reverse_complement(codes)})


def gene_set_of_sites(splits=("validation", "test"), flank=0):
    genes = [toy_gene("+"), toy_gene("-")]
    transcripts = [Transcript(g.name, g.name, "", g.chrom, g.strand, g.exons) for g in genes]
    return cut_genes(genome_of_sites(), transcripts, splits, flank)


def mirrored(place):
    """A place of chr1 on chr2."""
    return LENGTH - 1 - place


__all__ = ["EXONS", "EXTRA", "LENGTH", "MISSED", "gene_set_of_sites", "genome_of_sites", "mirrored"]

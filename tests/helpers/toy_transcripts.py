"""Transcripts whose exons are given, and genomes in which their introns begin and end as introns do."""

from cisgrammar.config.splice import Genes
from cisgrammar.sequence.annotation import Transcript
from toy_annotation import genome_with_introns

SPANS = ((100, 200), (300, 400), (500, 600))


def transcript(*exons, strand="+", chrom="chr1", name="t", **more):
    return Transcript(name, more.pop("gene", name), "", chrom, strand, tuple(exons), **more)


def gene_settings(**more):
    """The config's section; paralogues are kept."""
    given = {"annotation": "a.gtf", "test": ("chr3",), "validation": ("chr2",), "paralogues": "keep", **more}
    return Genes.model_validate(given)


def three_genes():
    """One gene on each of three chromosomes."""
    return [transcript(*SPANS, chrom=f"chr{i}", name=f"g{i}", strand=s) for i, s in ((1, "+"), (2, "-"), (3, "+"))]


def three_chromosomes(transcripts):
    return genome_with_introns({f"chr{i}": 1000 for i in (1, 2, 3)}, transcripts)


def gene(chrom, *exons, name=None, **more):
    name = name or f"gene_{chrom}"
    return Transcript(name, name, "", chrom, "+", exons or SPANS, where="a.gtf:7", **more)


def genes_on(*chroms):
    return [gene(chrom) for chrom in chroms]


def chromosomes_of_genes(length=1000, seed=0):
    return genome_with_introns(dict.fromkeys(("chr1", "chr2", "chr3"), length), genes_on("chr1", "chr2", "chr3"), seed)


def many_genes():
    spans = [((a, a + 40), (a + 100, a + 140), (a + 200, a + 240)) for a in range(0, 9000, 300)]
    return [gene(chrom, *exons, name=f"{chrom}.{exons[0][0]}") for chrom in ("chr1", "chr2", "chr3") for exons in spans]

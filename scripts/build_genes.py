"""Make a gene set and its exon table of a genome and an annotation."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.splice import Genes
    from cisgrammar.files.atomic import write_json
    from cisgrammar.sequence.fasta import read_fasta
    from cisgrammar.splice.genes.build import build_genes, read_transcripts
    from cisgrammar.splice.genes.exon_table import write_exon_table
    from cisgrammar.splice.genes.gene_set import write_gene_set

    settings = Genes.model_validate(dict(snakemake.params.genes))
    transcripts = read_transcripts(settings)
    built = build_genes(read_fasta(snakemake.input.fasta), transcripts, settings)
    write_gene_set(snakemake.output.genes, built.genes)
    write_exon_table(snakemake.output.exons, built.exons)
    write_json(snakemake.output.report, built.report)


run(snakemake, main)

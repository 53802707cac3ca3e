"""Make a gene set and its exon table of a genome and an annotation."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.splice import Genes
    from cisgrammar.files.atomic import write_json
    from cisgrammar.sequence.fasta import read_fasta
    from cisgrammar.splice.genes.build import build_genes, read_transcripts, write_left_out
    from cisgrammar.splice.genes.exon_table import write_exon_table
    from cisgrammar.splice.genes.gene_set import write_gene_set

    settings = Genes.model_validate(dict(snakemake.params.genes))
    left_out: list = []
    transcripts = read_transcripts(settings, left_out)
    built = build_genes(read_fasta(snakemake.input.fasta), transcripts, settings, left_out)
    write_gene_set(snakemake.output.genes, built.genes)
    write_exon_table(snakemake.output.exons, built.exons)
    write_left_out(snakemake.output.left_out, built.left_out)
    write_json(snakemake.output.report, built.report)


run(snakemake, main)

"""Make a gene set and its exon table of a genome and an annotation."""

from cisgrammar.atomic import write_json
from cisgrammar.script import run
from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.splice.exon_table import write_exon_table
from cisgrammar.splice.gene_store import write_gene_set
from cisgrammar.splice.genes import build_genes, read_transcripts
from cisgrammar.splice_section import Genes


def main(snakemake):
    settings = Genes.model_validate(dict(snakemake.params.genes))
    transcripts = read_transcripts(settings)
    built = build_genes(read_fasta(snakemake.input.fasta), transcripts, settings)
    write_gene_set(snakemake.output.genes, built.genes)
    write_exon_table(snakemake.output.exons, built.exons)
    write_json(snakemake.output.report, built.report)


run(snakemake, main)

"""Simulate a genome with genes whose splice sites and reading frames are known."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.splice import SimulateGenes
    from cisgrammar.simulate import gene_truth
    from cisgrammar.simulate.genes import simulate_genes

    simulated = simulate_genes(SimulateGenes.model_validate(dict(snakemake.params.simulate)))
    gene_truth.write_gene_fasta(snakemake.output.fasta, simulated)
    gene_truth.write_gtf(snakemake.output.annotation, simulated.transcripts)
    gene_truth.write_splice_sites(snakemake.output.truth, simulated)


run(snakemake, main)

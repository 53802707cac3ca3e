"""Simulate a genome with genes whose splice sites and reading frames are known."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.splice import SimulateGenes
    from cisgrammar.simulate import gene_truth
    from cisgrammar.simulate.genes import simulate_genes
    from cisgrammar.simulate.variants.planted import write_planted
    from cisgrammar.simulate.variants.splicing import gene_variants

    settings = SimulateGenes.model_validate(dict(snakemake.params.simulate))
    simulated = simulate_genes(settings)
    gene_truth.write_gene_fasta(snakemake.output.fasta, simulated)
    gene_truth.write_gtf(snakemake.output.annotation, simulated.transcripts)
    gene_truth.write_splice_sites(snakemake.output.truth, simulated)
    lengths = {name: len(codes) for name, codes in simulated.chromosomes.items()}
    changes = gene_variants(simulated, settings)
    write_planted(snakemake.output.variants, snakemake.output.variant_truth, changes, lengths)


run(snakemake, main)

"""Simulate a genome and an experiment with known truth."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.schema import Simulate
    from cisgrammar.simulate import truth
    from cisgrammar.simulate.variants.planted import write_planted

    simulation = truth.simulate(Simulate.model_validate(dict(snakemake.params.simulate)))
    truth.write_fasta(snakemake.output.genome, simulation.genome)
    truth.write_peaks(snakemake.output.peaks, simulation)
    truth.write_fragments(snakemake.output.fragments, simulation)
    truth.write_truth(snakemake.output.truth, simulation)
    truth.write_sites(snakemake.output.sites, simulation.genome)
    truth.write_pairs(snakemake.output.pairs, simulation.genome)
    truth.write_rates(snakemake.output.rates, simulation)
    genome = simulation.genome
    lengths = dict.fromkeys(genome.names, genome.codes.shape[1])
    write_planted(snakemake.output.variants, snakemake.output.variant_truth, simulation.variants, lengths)


run(snakemake, main)

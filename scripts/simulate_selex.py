"""Simulate a SELEX experiment with known truth: the reads of each sequenced round."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.simulate import SimulateSelex
    from cisgrammar.simulate.selex import make_truth
    from cisgrammar.simulate.selex_truth import write_reads, write_truth

    settings = SimulateSelex.model_validate(dict(snakemake.params.simulate))
    truth = make_truth(settings)
    for number, path in zip(settings.sequenced, snakemake.output.reads, strict=True):
        write_reads(path, truth, number)
    write_truth(snakemake.output.truth, truth)


run(snakemake, main)

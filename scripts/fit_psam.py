"""Fit the motifs of a model, without cooperativity, from one seed."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.binding.fit.fit_libraries import FitPlan, fit_motifs, read_libraries, write_history

    params = snakemake.params
    plan = FitPlan.from_config(params.binding, params.model, params.libraries, params.split_seed, params.seed)
    libraries = read_libraries(plan, snakemake.input.counts, snakemake.input.stats)
    checkpoint = Path(params.checkpoints, "motifs.pt")
    history = fit_motifs(plan, libraries, checkpoint, Path(snakemake.output.state))
    write_history(snakemake.output.history, history)
    checkpoint.unlink()


run(snakemake, main)

"""Fit the pairs of a model on top of its fitted motifs."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.binding.fit.fit_libraries import FitPlan, fit_cooperativity, read_libraries, write_history

    params = snakemake.params
    plan = FitPlan.from_config(params.binding, params.model, params.libraries, params.split_seed, params.seed)
    libraries = read_libraries(plan, snakemake.input.counts, snakemake.input.stats)
    checkpoint = Path(params.checkpoints, "model.pt")
    motifs, state = Path(snakemake.input.motifs), Path(snakemake.output.state)
    history = fit_cooperativity(plan, libraries, motifs, checkpoint, state)
    write_history(snakemake.output.history, history)
    checkpoint.unlink()


run(snakemake, main)

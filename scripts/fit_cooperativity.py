"""Fit the pairs of a model on top of its fitted motifs."""

from pathlib import Path

from cisgrammar.script import run, set_threads


def main(snakemake):
    set_threads(snakemake.threads)
    from cisgrammar.binding.fit.fit_libraries import fit_cooperativity, read_plan, write_history

    params = snakemake.params
    plan, libraries = read_plan(params, snakemake.input.counts, snakemake.input.stats, params.seed)
    checkpoint = Path(params.checkpoints, "model.pt")
    motifs, state = Path(snakemake.input.motifs), Path(snakemake.output.state)
    history = fit_cooperativity(plan, libraries, motifs, checkpoint, state)
    write_history(snakemake.output.history, history)
    checkpoint.unlink()


run(snakemake, main)

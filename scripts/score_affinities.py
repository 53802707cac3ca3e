"""Score variants with one binding model."""

from cisgrammar.script import run


def main(snakemake):
    from pathlib import Path

    from cisgrammar.signal.store import open_genome
    from cisgrammar.variants.affinity import read_affinity_model
    from cisgrammar.variants.binding import BindingScorer, write_binding_scores

    given = snakemake.input
    model = read_affinity_model(Path(given.models[0]).parent)
    scorer = BindingScorer(model, open_genome(given.genome), snakemake.params.binding["p_value"])
    write_binding_scores(snakemake.output.scores, given.variants, scorer)


run(snakemake, main)

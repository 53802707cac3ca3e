"""Score variants with one binding model."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    import logging

    from cisgrammar.binding.evaluate.covariance_file import read_covariance
    from cisgrammar.binding.model_file import load_binding
    from cisgrammar.signal.store import open_genome
    from cisgrammar.variants.affinity import AffinityModel
    from cisgrammar.variants.binding import BindingScorer, write_binding_scores

    given = snakemake.input
    model = load_binding(given.models[0])
    known = [path for path in given.models[1:] if Path(path).is_file()]
    if not known:
        logging.getLogger(__name__).warning("%s: no covariance.h5 beside it, so no standard errors", given.models[0])
    covariance = read_covariance(known[0], model) if known else None
    scorer = BindingScorer(
        AffinityModel(model, covariance), open_genome(given.genome), snakemake.params.binding["p_value"]
    )
    write_binding_scores(snakemake.output.scores, given.variants, scorer)


run(snakemake, main)

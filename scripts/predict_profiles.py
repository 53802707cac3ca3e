"""Predict the profiles and counts of the windows that are scored, and write them as tracks."""

from pathlib import Path

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.config.profile import Evaluate
    from cisgrammar.profile.data.scored import read_scored_places
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.profile.stream.scored import predict_scored
    from cisgrammar.signal.store import open_genome, open_signal

    given, out, device = snakemake.input, snakemake.output, snakemake.params.device
    genome, settings = open_genome(given.genome), Evaluate.model_validate(snakemake.params.evaluate)
    regions = read_scored_places(given.regions, genome, settings)
    control = optional_path(given.control)
    beside = None if control is None else open_signal(control)
    models, paths = [load_model(given.model, device)], (Path(out.predictions), Path(out.tracks))
    predict_scored(models, genome, regions, paths, device, beside)


run(snakemake, main)

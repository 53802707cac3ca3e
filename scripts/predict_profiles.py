"""Predict the profiles and counts of the windows that are scored, and write them as tracks."""

from pathlib import Path

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.config.profile import Evaluate
    from cisgrammar.profile.data.scored import genome_starts, scored_regions
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.profile.predict import WHOLE, predict_parts, write_predictions
    from cisgrammar.profile.tracks import write_tracks
    from cisgrammar.signal.store import open_genome, open_signal
    from cisgrammar.signal.table import read_regions

    genome = open_genome(snakemake.input.genome)
    settings = Evaluate.model_validate(snakemake.params.evaluate)
    regions = scored_regions(read_regions(snakemake.input.regions), genome, settings)
    model = load_model(snakemake.input.model, snakemake.params.device)
    starts, control = genome_starts(regions, genome), optional_path(snakemake.input.control)
    beside = None if control is None else open_signal(control)
    given = {"device": snakemake.params.device, "alone": WHOLE}
    predictions = predict_parts(model, genome.codes, starts, control=beside, **given)
    write_predictions(snakemake.output.predictions, predictions, regions.chrom.tolist(), regions.start)
    write_tracks(Path(snakemake.output.tracks), predictions, genome, regions)


run(snakemake, main)

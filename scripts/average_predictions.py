"""Average the models of all folds on the windows of all folds, and write the mean as tracks."""

from pathlib import Path

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.config.profile import Evaluate
    from cisgrammar.profile.data.scored import genome_starts, scored_regions
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.profile.predict import WHOLE, average_parts, predict_parts, write_predictions
    from cisgrammar.profile.tracks import write_tracks
    from cisgrammar.signal.store import open_genome, open_signal
    from cisgrammar.signal.table import concatenate_regions, read_regions

    genome, device = open_genome(snakemake.input.genome), snakemake.params.device
    settings = Evaluate.model_validate(snakemake.params.evaluate)
    regions = concatenate_regions(
        [scored_regions(read_regions(path), genome, settings) for path in snakemake.input.regions]
    )
    starts = genome_starts(regions, genome)
    models = (load_model(path, device) for path in snakemake.input.models)
    control = optional_path(snakemake.input.control)
    given = {"device": device, "alone": WHOLE, "control": None if control is None else open_signal(control)}
    predictions = average_parts(predict_parts(model, genome.codes, starts, **given) for model in models)
    write_predictions(snakemake.output.predictions, predictions, regions.chrom.tolist(), regions.start)
    write_tracks(Path(snakemake.output.tracks), predictions, genome, regions)


run(snakemake, main)

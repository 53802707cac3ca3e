"""Average the models of all folds on the windows of all folds, and write the mean as tracks."""

from pathlib import Path

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.config.profile import Evaluate
    from cisgrammar.profile.data.scored import read_scored_places
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.profile.stream.scored import predict_scored
    from cisgrammar.signal.store import open_genome, open_signal
    from cisgrammar.signal.table import concatenate_regions

    given, out, device = snakemake.input, snakemake.output, snakemake.params.device
    genome, settings = open_genome(given.genome), Evaluate.model_validate(snakemake.params.evaluate)
    regions = concatenate_regions([read_scored_places(path, genome, settings) for path in given.regions])
    control = optional_path(given.control)
    beside = None if control is None else open_signal(control)
    models, paths = [load_model(path, device) for path in given.models], (Path(out.predictions), Path(out.tracks))
    predict_scored(models, genome, regions, paths, device, beside)


run(snakemake, main)

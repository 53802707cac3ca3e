"""Predict a set of regions or whole sequences with the mean of its models."""

from pathlib import Path

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.config.tracks.predict import PredictedSet
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.profile.stream.predict_set import Output, predict_set
    from cisgrammar.signal.store import open_genome

    names, given = list(snakemake.input.models), snakemake.params
    output = Output(*(Path(snakemake.output[name]) for name in ("predictions", "counts", "tracks")))
    regions = optional_path(snakemake.input.get("regions"))
    predict_set(
        [load_model(name, given.device) for name in names],
        names,
        open_genome(str(snakemake.input.genome)),
        PredictedSet.model_validate({**given.settings, "regions": regions}),
        output,
        given.batch_size,
        given.device,
    )


run(snakemake, main)

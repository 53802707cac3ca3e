"""Fit the transformation of the bias model to the peaks."""

import json

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.profile import Transformation
    from cisgrammar.files.atomic import atomic_path
    from cisgrammar.profile.fit.fit_transformation import fit_transformation
    from cisgrammar.profile.fit.train import ProfileData
    from cisgrammar.profile.models.saved import load_model, save_model
    from cisgrammar.tables.contracts import profile
    from cisgrammar.training.history import write_history

    data = ProfileData.open(snakemake.input.genome, snakemake.input.signal, snakemake.input.regions)
    section = Transformation.model_validate(snakemake.params.transformation)
    fitted = fit_transformation(data, load_model(snakemake.input.bias), section, snakemake.params.seed)
    write_history(snakemake.output.history, fitted.history, profile.TRANSFORMATION_HISTORY)
    profile.BINS.write(snakemake.output.bins, fitted.bins)
    with atomic_path(snakemake.output.fit) as temporary:
        temporary.write_text(json.dumps(fitted.report, indent=1) + "\n")
    save_model(snakemake.output.model, fitted.model, data=data.fingerprint(), config=section.model_dump(mode="json"))


run(snakemake, main)

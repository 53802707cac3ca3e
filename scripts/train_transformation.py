"""Fit the transformation of the bias model to the peaks."""

import json
from pathlib import Path

from cisgrammar.config import Transformation
from cisgrammar.script import run, set_threads


def main(snakemake):
    set_threads(snakemake.threads)
    from cisgrammar.atomic import atomic_path
    from cisgrammar.profile.io import load_model, save_model
    from cisgrammar.profile.train import (
        ProfileData,
        train_transformation,
        transformation_report,
        write_history,
    )

    data = ProfileData.open(snakemake.input.genome, snakemake.input.signal, snakemake.input.regions)
    section = Transformation.model_validate(snakemake.params.transformation)
    checkpoint = Path(snakemake.params.checkpoints, "checkpoint.pt")
    solo = load_model(snakemake.input.bias)
    model, history = train_transformation(data, solo, section, snakemake.params.seed, checkpoint)
    write_history(snakemake.output.history, history)
    with atomic_path(snakemake.output.fit) as temporary:
        temporary.write_text(json.dumps(transformation_report(model), indent=1) + "\n")
    save_model(snakemake.output.model, model, data=data.fingerprint(), config=section.model_dump(mode="json"))
    checkpoint.unlink(missing_ok=True)


run(snakemake, main)

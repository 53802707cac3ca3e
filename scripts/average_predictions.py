"""Join the folds' predictions: each window as the model of the fold that held it out predicts it."""

from dataclasses import fields
from pathlib import Path

import numpy as np

from cisgrammar.config import Evaluate
from cisgrammar.script import run, set_threads


def main(snakemake):
    set_threads(snakemake.threads)
    from cisgrammar.profile.evaluate import scored_regions
    from cisgrammar.profile.predict import concatenate, read_predictions, write_predictions
    from cisgrammar.profile.tracks import write_tracks
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import Regions, read_regions

    genome = open_genome(snakemake.input.genome)
    settings = Evaluate.model_validate(snakemake.params.evaluate)
    folds = [scored_regions(read_regions(path), genome, settings) for path in snakemake.input.regions]
    names = [field.name for field in fields(Regions)]
    regions = Regions(*(np.concatenate([getattr(fold, name) for fold in folds]) for name in names))
    read = [read_predictions(path)[0] for path in snakemake.input.predictions]
    predictions = {part: concatenate([fold[part] for fold in read]) for part in read[0]}
    write_predictions(snakemake.output.predictions, predictions, regions.chrom.tolist(), regions.start)
    write_tracks(Path(snakemake.output.tracks), predictions, genome, regions)


run(snakemake, main)

"""Predictions of the scored windows of a sample: into a file batch by batch, and from it into tracks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cisgrammar.files.atomic import atomic_hdf5
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.predict import iter_parts
from cisgrammar.profile.prediction_file import PredictionFile, PredictionWriter
from cisgrammar.profile.predictions import WHOLE
from cisgrammar.profile.tracks import write_tracks
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.store import Signal
from cisgrammar.signal.table import Regions


def predict_scored(
    models: Sequence[ProfileModel],
    genome: Genome,
    regions: Regions,
    paths: tuple[Path, Path],
    device: str = "cpu",
    control: Signal | None = None,
) -> None:
    """Predict windows with the mean of some models of the same kind; memory goes with a batch.

    Parameters
    ----------
    models
        One, or those of several folds.
    genome, regions
        The windows, in the order of the file; of the table their places are enough.
    paths
        The file of predictions, and the folder of tracks.
    device
        `cpu` or `cuda`.
    control
        Counts of the control, if there is one.
    """
    starts = genome.positions(regions.chrom, regions.start)
    batches = iter_parts(models, genome.codes, starts, device=device, alone=WHOLE, control=control)
    with atomic_hdf5(paths[0], track_order=True) as file:
        writer = PredictionWriter(file, regions.chrom, regions.start)
        for batch in batches:
            writer.add(batch)
    with PredictionFile(paths[0]) as predictions:
        write_tracks(paths[1], predictions, genome, regions)

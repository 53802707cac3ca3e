"""Predict a set of regions or whole sequences and write bigWigs, HDF5 and a table, in memory that a batch needs."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.tracks.predict import PredictedSet
from cisgrammar.files.atomic import atomic_hdf5, atomic_path, require_room
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.predictions import Predictions
from cisgrammar.profile.stream.average import check_alike, mean_of, predict_cover
from cisgrammar.profile.stream.files import RegionCounts, WindowFile
from cisgrammar.profile.stream.windows import Cover, cover, faults_of_regions, whole_sequences
from cisgrammar.profile.tracks import task_names
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import Intervals, read_intervals
from cisgrammar.signal.bigwig import most_bytes
from cisgrammar.signal.tracks.stream import TrackStream
from cisgrammar.tables.contracts.tracks import PREDICTED
from cisgrammar.training.device import pick_device

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Output:
    """Where a set's predictions go: an HDF5 file, a table of regions, and a folder of bigWigs."""

    predictions: Path
    counts: Path
    tracks: Path


def read_regions_of(settings: PredictedSet, genome: Genome) -> tuple[Intervals, NDArray[np.str_]]:
    """Return a set's regions and why each has no prediction, `(regions,)`, empty where it has.

    What is left out is told. ValueError if the file has no region that can be predicted.
    """
    regions = whole_sequences(genome) if settings.regions is None else read_intervals(settings.regions)
    faults = faults_of_regions(genome, regions)
    left_out = Counter(faults[faults != ""].tolist())
    for reason, number in left_out.items():
        first = int((faults == reason).argmax())
        place = f"{regions.chrom[first]}:{regions.start[first]}-{regions.end[first]}"
        log.warning(
            "%s: %d of %d regions are left out, as %s: %s", settings.regions, number, len(faults), place, reason
        )
    if not (faults == "").any():
        why = f": {next(iter(left_out))}, as {str(regions.chrom[0])!r}; it has {genome.names[0]!r}" if left_out else ""
        raise ValueError(f"{settings.regions}: no region that can be predicted{why}; give regions of the set's FASTA")
    return regions, faults


def predict_set(
    models: Sequence[ProfileModel],
    names: Sequence[str | Path],
    genome: Genome,
    settings: PredictedSet,
    output: Output,
    batch_size: int | None = None,
    device: str = "cpu",
) -> None:
    """Predict all regions of a set with the mean of some models, and write the predictions as they come.

    Parameters
    ----------
    models, names
        Models of the same heads and output length, and their files, for messages.
    genome
        The sequences, in memory or as a memory map.
    settings
        Regions, windows, parts.
    output
        Files to write.
    batch_size, device
        As of `predict_cover`.

    Raises
    ------
    ValueError
        If the models differ, have none of the parts, or no region can be predicted.
    """
    check_alike(models, names)
    regions, faults = read_regions_of(settings, genome)
    length = models[0].output_length
    windows = cover(genome, regions, length, settings.windows, settings.overlap)
    parts = _parts_there(models, settings)
    log.info("%d regions, %d windows of %d bp, %d models", int((faults == "").sum()), len(windows), length, len(models))
    reach = max(model.input_length for model in models)
    counts = RegionCounts(regions, faults, windows, _beyond(genome, windows, length, reach))
    with ExitStack() as stack:
        tracks = _open_tracks(stack, models[0], genome, windows, output.tracks, parts)
        file = stack.enter_context(atomic_hdf5(output.predictions, track_order=True))
        windows_file = WindowFile(file, genome, windows, models[0].heads, length, parts)
        for batch, predicted in predict_cover(models, genome, windows, batch_size, device):
            windows_file.add(predicted)
            for part in parts:
                _add(genome, batch, part, predicted[part], tracks, counts)
    PREDICTED.write_rows(output.counts, counts.rows())


def _parts_there(models: Sequence[ProfileModel], settings: PredictedSet) -> list[str]:
    """The parts that all models have, of those asked for; what they have not is told."""
    blank = np.full((1, max(model.input_length for model in models)), 4, dtype=np.uint8)
    there = mean_of([model.to("cpu").eval() for model in models], blank, pick_device("cpu"))
    missing = [part for part in settings.parts if part not in there]
    if missing:
        log.warning("predict.parts: the models have no part %s; it is left out", " and no ".join(missing))
    parts: list[str] = [part for part in settings.parts if part in there]
    if not parts:
        raise ValueError(f"predict.parts: the models have none of {', '.join(missing)}; they have {', '.join(there)}")
    return parts


def _beyond(genome: Genome, windows: Cover, length: int, reach: int) -> NDArray[np.int64]:
    """Return bp of each window's input that lie beyond its sequence, `(windows,)`."""
    first = windows.start - (reach - length) // 2
    return np.maximum(-first, 0) + np.maximum(first + reach - genome.lengths[windows.chromosome], 0)


def _open_tracks(
    stack: ExitStack, model: ProfileModel, genome: Genome, windows: Cover, folder: Path, parts: Sequence[str]
) -> dict[tuple[str, str], list[TrackStream]]:
    """Part and head -> an open bigWig for each task."""
    sizes = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    number = len(parts) * sum(head.tasks for head in model.heads)
    folder.mkdir(parents=True, exist_ok=True)
    require_room(folder / "tracks", number * most_bytes(int((windows.last - windows.first).sum())))
    found: dict[tuple[str, str], list[TrackStream]] = {}
    for part in parts:
        for head in model.heads:
            paths = [folder / f"{part}.{head.name}.{task}.bw" for task in task_names(head.tasks)]
            partial = [stack.enter_context(atomic_path(path)) for path in paths]
            found[part, head.name] = [stack.enter_context(TrackStream(path, sizes)) for path in partial]
    return found


def _add(
    genome: Genome,
    batch: Cover,
    part: str,
    predicted: Predictions,
    tracks: dict[tuple[str, str], list[TrackStream]],
    counts: RegionCounts,
) -> None:
    """Write a batch's expected 5' ends of one part into its tracks, and sum them for each region."""
    spans = list(
        zip(batch.chromosome.tolist(), batch.start.tolist(), batch.first.tolist(), batch.last.tolist(), strict=True)
    )
    for head in predicted.log_counts:
        expected = predicted.expected_counts(head)  # (windows, tasks, length)
        sums = []
        for row, (chromosome, start, first, last) in enumerate(spans):
            kept = expected[row, :, first - start : last - start].astype(np.float64)  # (tasks, bases)
            sums.append(float(kept.sum()))
            for task, track in enumerate(tracks[part, head]):
                track.add(genome.names[chromosome], first, kept[task])
        counts.add(part, head, batch, sums, predicted.log_counts[head])

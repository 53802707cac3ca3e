"""Predictions as bigWig tracks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig import write_profile_bigwig
from cisgrammar.signal.table import Regions

if TYPE_CHECKING:
    from cisgrammar.profile.predict import Predictions


def task_names(tasks: int) -> tuple[str, ...]:
    """Return what the tasks of a head are called: `both`, or `plus` and `minus`, or their numbers."""
    return {1: ("both",), 2: ("plus", "minus")}.get(tasks, tuple(map(str, range(tasks))))


def write_tracks(folder: Path, predictions: Mapping[str, Predictions], genome: Genome, regions: Regions) -> list[Path]:
    """Write expected 5' ends per base, one bigWig `<part>.<head>.<task>.bw` for each part, head and task.

    Where windows overlap, the track is their mean; beside all windows it is empty.
    """
    sizes = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    place = (regions.chrom.tolist(), regions.start)
    written = []
    for part, predicted in predictions.items():
        for head in predicted.log_counts:
            expected = predicted.expected_counts(head)
            for task, name in enumerate(task_names(expected.shape[1])):
                path = folder / f"{part}.{head}.{name}.bw"
                write_profile_bigwig(path, sizes, place, expected[:, task])
                written.append(path)
    return written

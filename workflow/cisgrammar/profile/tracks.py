"""Predictions as bigWig tracks."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cisgrammar.files.atomic import atomic_path, require_room
from cisgrammar.files.progress import counted
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig import most_bytes
from cisgrammar.signal.table import Regions
from cisgrammar.signal.tracks.stream import TrackStream

if TYPE_CHECKING:
    from cisgrammar.profile.prediction_file import Source

_AT_ONCE = 256


def task_names(tasks: int) -> tuple[str, ...]:
    """Return what the tasks of a head are called: `both`, or `plus` and `minus`, or their numbers."""
    return {1: ("both",), 2: ("plus", "minus")}.get(tasks, tuple(map(str, range(tasks))))


def write_tracks(folder: Path, predictions: Source, genome: Genome, regions: Regions) -> list[Path]:
    """Write expected 5' ends per base, one bigWig `<part>.<head>.<task>.bw` for each part, head and task.

    Where windows overlap, the track is their mean; beside all windows it is empty. Windows are read in blocks, by
    chromosome and start.
    """
    rank = {name: i for i, name in enumerate(genome.names)}
    names, index = np.unique(regions.chrom, return_inverse=True)
    order = np.lexsort((regions.start, np.array([rank[name] for name in names.tolist()], dtype=np.int64)[index]))
    written = []
    for part in predictions.parts:
        written += _write_part(folder, part, predictions, genome, regions, order)
    return written


def _write_part(
    folder: Path, part: str, predictions: Source, genome: Genome, regions: Regions, order: np.ndarray
) -> list[Path]:
    sizes = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    tasks = {head: values.shape[1:] for head, values in predictions.read(part, order[:1]).log_probabilities.items()}
    paths = {head: [folder / f"{part}.{head}.{name}.bw" for name in task_names(n)] for head, (n, _) in tasks.items()}
    folder.mkdir(parents=True, exist_ok=True)
    require_room(folder / part, most_bytes(len(order) * sum(n * length for n, length in tasks.values())))
    with ExitStack() as stack:
        streams = {
            head: [stack.enter_context(TrackStream(stack.enter_context(atomic_path(path)), sizes)) for path in each]
            for head, each in paths.items()
        }
        for first in counted(range(0, len(order), _AT_ONCE), f"write tracks of {part}", "blocks"):
            chosen = order[first : first + _AT_ONCE]
            found = predictions.read(part, chosen)
            places = list(zip(regions.chrom[chosen].tolist(), regions.start[chosen].tolist(), strict=True))
            for head, each in streams.items():
                expected = found.expected_counts(head)  # (windows, tasks, length)
                if not np.isfinite(expected).all():
                    row = int((~np.isfinite(expected)).any(axis=(1, 2)).argmax())
                    raise ValueError(f"{paths[head][0]}: {places[row][0]}:{places[row][1]} is not finite")
                for (chrom, start), values in zip(places, expected, strict=True):
                    for stream, track in zip(each, values, strict=True):
                        stream.add(chrom, start, track)
    return [path for each in paths.values() for path in each]

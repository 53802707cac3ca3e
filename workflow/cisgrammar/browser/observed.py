"""The observed, shifted 5' ends of a sample as bigWigs."""

from __future__ import annotations

import logging
from pathlib import Path

from cisgrammar.profile.tracks import task_names
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig import write_counts_bigwig
from cisgrammar.signal.store import Signal, check_same_genome

log = logging.getLogger(__name__)


def write_observed(folder: Path, genome: Genome, signal: Signal) -> list[Path]:
    """Write 5' ends per base, after the shift, as `observed.<head>.<task>.bw` for each head and task.

    These are the counts that models are trained on and compared with. A task without a single 5' end has no file, which
    is told. ValueError if the counts are of another genome.
    """
    check_same_genome(genome, signal)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for head, counts in signal.heads.items():
        for task, name in enumerate(task_names(counts.shape[0])):
            path = folder / f"observed.{head}.{name}.bw"
            if not counts[task].any():
                log.warning("%s: no 5' end in this task, so there is no such track", path)
                continue
            write_counts_bigwig(path, genome, counts[task])
            written.append(path)
    return written

"""What is wrong with the section `discover`: its regions and the motifs that patterns are named by."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cisgrammar.check.predicted import Collector
from cisgrammar.config.profile import Architecture
from cisgrammar.config.schema import Config
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import Intervals, centres
from cisgrammar.sequence.peaks import read_peaks


def check_discover(faults: Collector, config: Config, genome: Genome | None) -> None:
    """Collect the faults of the section: missing files, regions that are nowhere, files without motifs.

    Parameters
    ----------
    faults
        Collects them.
    config
        The run's config; without the section there is nothing to check.
    genome
        The run's genome, if it can be read.
    """
    section = config.discover
    if section is None:
        return
    from cisgrammar.motifs.formats import read_motif_files

    there = [path for path in section.motifs if faults.there(path, "discover.motifs") and Path(path).is_file()]
    if len(there) == len(section.motifs):
        faults.run(read_motif_files, there)
    bed = section.regions
    if bed is not None and faults.there(bed, "discover.regions") and genome is not None and Path(bed).is_file():
        regions = faults.run(read_peaks, bed, genome)
        if regions is not None and config.combined is not None:
            faults.run(_check_inside, bed, regions, genome, config.combined.architecture, config.output_length)


def _check_inside(path: str, regions: Intervals, genome: Genome, network: Architecture, length: int) -> None:
    """ValueError if the model reads beyond the chromosome around each region."""
    lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    ends = np.array([lengths.get(chrom, 0) for chrom in regions.chrom.tolist()], dtype=np.int64)
    centre, half = centres(regions, "summit"), network.input_length(length) // 2
    if not ((centre >= half) & (centre + half <= ends)).any():
        raise ValueError(
            f"discover.regions: {path}: the model reads {2 * half} bp around the middle of a region, which leaves the "
            "chromosome of each; give regions farther from its ends"
        )

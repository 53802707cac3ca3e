"""A small fold on disk: simulated genome, counts and windows, as the prepare stage leaves them."""

import numpy as np

from cisgrammar.config.schema import Simulate
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.sequence.alphabet import gc_content
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.cuts import CutCollector, ReadReport, count_cuts
from cisgrammar.signal.store import cut_codes, cut_counts, write_genome, write_signal
from cisgrammar.signal.table import Regions, write_regions
from cisgrammar.simulate.truth import simulate

LENGTH = 400
SPLITS = {"chr1": "train", "chr2": "validation", "chr3": "test"}


def make_fold(folder, tasks=1, heads=("signal",), fragments=60_000, fragments_known=True):
    """Write the fold; returns the simulation and the paths `genome`, `signal`, `regions`."""
    settings = Simulate(chromosomes=3, chromosome_length=80_000, peaks_per_chromosome=25, fragments=fragments, seed=3)
    made = simulate(settings)
    genome = Genome.from_chromosomes(dict(zip(made.genome.names, made.genome.codes, strict=True)))
    at = made.fragments.chrom * 80_000
    collector = CutCollector(genome, ReadReport("fragments", "fragments"))
    collector.add(at + made.fragments.start, at + made.fragments.end - 1)
    sparse = count_cuts(genome, collector.cuts(), (4, -4), split=tasks == 2)
    counts = np.stack([sparse[task, slice(0, genome.size)] for task in range(tasks)])
    # As from a bigWig, ends are not known as those of fragments.
    signal = sparse if fragments_known else counts
    paths = {
        name: folder / f"{name}.{'tsv' if name == 'regions' else 'h5'}" for name in ("genome", "signal", "regions")
    }
    write_genome(paths["genome"], genome)
    write_signal(paths["signal"], dict.fromkeys(heads, signal), {"genome_fingerprint": genome.fingerprint})
    write_regions(paths["regions"], _regions(made, genome, counts))
    return made, paths


def open_fold(paths):
    return ProfileData.open(paths["genome"], paths["signal"], paths["regions"])


def _regions(made, genome, counts):
    peaks, rows = made.genome.peaks, []
    for chrom, name in enumerate(genome.names):
        summits = peaks.summit[peaks.chrom == chrom]
        rows += [(name, s - LENGTH // 2, "peak") for s in summits]
        grid = np.arange(1000, 78_000, 500)
        far = np.abs(grid[:, None] - summits).min(axis=1) > 800
        rows += [(name, s - LENGTH // 2, "background") for s in grid[far]]
    rows.sort()
    chroms, starts, kinds = (np.array(column) for column in zip(*rows, strict=True))
    where = genome.positions(chroms.tolist(), starts)
    return Regions(
        chrom=chroms,
        start=starts,
        end=starts + LENGTH,
        name=np.array([f"w{i}" for i in range(len(rows))]),
        kind=kinds,
        split=np.array([SPLITS[c] for c in chroms]),
        counts=cut_counts(counts, where, LENGTH).sum(axis=(1, 2)).astype(np.int64),
        gc=gc_content(cut_codes(genome.codes, where, LENGTH)),
    )

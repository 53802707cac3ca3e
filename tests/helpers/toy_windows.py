"""A small genome with counts that name their position, and windows in it."""

import numpy as np

from cisgrammar.profile.data.window_sampler import Windows
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.store import open_genome, open_signal, write_genome, write_signal


def make_stores(folder):
    """Two chromosomes of 900 and 700 bp; task 0 counts A, task 1 counts T, so that a misplaced window is seen."""
    random = np.random.default_rng(0)
    chromosomes = {
        "a": random.integers(0, 4, 900).astype(np.uint8),
        "b": random.integers(0, 4, 700).astype(np.uint8),
    }
    write_genome(folder / "g.h5", Genome.from_chromosomes(chromosomes))
    genome = open_genome(folder / "g.h5")
    counts = np.stack([genome.codes == 0, genome.codes == 3]).astype(np.uint8)
    write_signal(folder / "s.h5", {"cut": counts}, {"genome_fingerprint": genome.fingerprint})
    return genome, open_signal(folder / "s.h5")


def windows_at(centres):
    """Windows around these positions, of one 5' end each."""
    return Windows(np.asarray(centres), np.ones(len(centres)))

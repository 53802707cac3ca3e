"""Where the data have nothing is the same of sparse and of dense counts."""

import numpy as np
import pytest

from cisgrammar.signal.counts.silence import find_silence
from cisgrammar.signal.counts.sparse import SparseCounts
from cisgrammar.signal.store import Signal
from prepare_toys import random_genome

GENOME = random_genome({"a": 5000, "b": 60_000, "c": 70})


def counts() -> np.ndarray:
    """An end at each tenth base of b but for 20,000 to 35,000; one lone end on c; nothing on a."""
    found = np.zeros((1, GENOME.size), dtype=np.uint16)
    found[0, 5000:65_000:10] = 2
    found[0, 25_000:40_000] = 0
    found[0, -1] = 1
    return found


@pytest.mark.parametrize("sparse", [False, True])
def test_empty_chromosomes_and_long_stretches_are_found(sparse):
    head = counts()
    if sparse:
        where = np.flatnonzero(head[0]).astype(np.uint32)
        head = SparseCounts([where], [head[0, where]], GENOME.size)
    silence = find_silence(GENOME, Signal({"h": head}, GENOME.fingerprint, {}), 1000)
    assert silence.empty.tolist() == [0]
    start, end = silence.stretches
    # bins of 512 bp from the chromosome's start that have no end
    assert (start.tolist(), end.tolist()) == ([5000 + 512 * 40], [5000 + 512 * 68])
    assert len(find_silence(GENOME, Signal({"h": head}, GENOME.fingerprint, {}), 1500).stretches[0]) == 0

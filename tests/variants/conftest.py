"""A toy genome with peaks, and untrained models of two folds that read it."""

import numpy as np
import pytest

from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals
from toy_variants import toy_models


@pytest.fixture(scope="session")
def genome():
    """Two chromosomes of random bases, with an N on each."""
    rng = np.random.default_rng(5)
    codes = {name: rng.integers(0, 4, length).astype(np.uint8) for name, length in (("chr1", 3000), ("chr2", 1200))}
    for one in codes.values():
        one[700] = 4
    return Genome.from_chromosomes(codes)


@pytest.fixture(scope="session")
def peaks(tmp_path_factory):
    """Three peaks, two of which overlap."""
    path = tmp_path_factory.mktemp("peaks") / "p.narrowPeak"
    rows = [("chr1", 400, 480, "a", 40), ("chr1", 450, 560, "b", 60), ("chr2", 500, 540, "c", 20)]
    path.write_text("".join(f"{c}\t{s}\t{e}\t{n}\t0\t.\t0\t0\t0\t{at}\n" for c, s, e, n, at in rows))
    return read_intervals(path)


@pytest.fixture(scope="session")
def models():
    """Untrained models of two folds: 84 bp in, 60 bp out, heads `a` of two tasks and `b` of one."""
    return toy_models()

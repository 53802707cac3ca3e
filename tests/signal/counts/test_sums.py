"""Sums over many windows are those of slices, however windows lie in the stretches that are read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.counts import sums as module
from cisgrammar.signal.counts.sparse import SparseCounts
from cisgrammar.signal.counts.sums import counts_per_base, span_sums, strong_per_base, sums_of_ends, unknown_runs
from cisgrammar.signal.store import Signal
from prepare_toys import random_genome

GENOME = random_genome({"a": 700, "b": 300})
COUNTS = np.random.default_rng(3).poisson(0.1, (2, 1000)).astype(np.uint16)
starts = st.lists(st.integers(0, 950), max_size=30)


def sparse() -> SparseCounts:
    where = [np.flatnonzero(row).astype(np.uint32) for row in COUNTS]
    return SparseCounts(where, [row[i] for row, i in zip(COUNTS, where, strict=True)], 1000)


@pytest.mark.parametrize("stretch", [1, 64, 1 << 24])
@given(places=starts, length=st.integers(1, 50))
def test_sums_equal_slices(stretch, places, length):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_STRETCH", stretch)
        start = np.array(places, dtype=np.int64)
        strong = np.isin(GENOME.codes, (1, 2))
        found = span_sums(strong_per_base(GENOME), start, length)
        assert found.tolist() == [int(strong[low : low + length].sum()) for low in places]
        wanted = [int(COUNTS[:, low : low + length].sum()) for low in places]
        for heads in ({"a": COUNTS}, {"a": COUNTS[:1], "b": COUNTS[1:]}, {"a": sparse()}):
            assert sums_of_ends(Signal(heads, "g", {}), start, length).tolist() == wanted
        mixed = {"a": sparse(), "b": COUNTS}
        assert sums_of_ends(Signal(mixed, "g", {}), start, length).tolist() == [2 * total for total in wanted]


def test_counts_per_base_add_heads_and_tasks():
    total = counts_per_base(Signal({"a": COUNTS, "b": sparse()}, "g", {}))
    np.testing.assert_array_equal(total(100, 400), 2 * COUNTS[:, 100:400].sum(axis=0))


@pytest.mark.parametrize("slab", [1, 7, 64, 1 << 22])
def test_runs_of_n_are_the_same_however_the_genome_is_read(monkeypatch, slab):
    monkeypatch.setattr(module, "_SLAB", slab)
    codes = GENOME.codes.copy()
    for low, high in ((0, 3), (60, 200), (699, 705), (990, 1000)):
        codes[low:high] = N_CODE
    genome = Genome.from_chromosomes({"a": codes[:700], "b": codes[700:]})
    assert [part.tolist() for part in unknown_runs(genome)] == [[0, 60, 699, 990], [3, 200, 705, 1000]]

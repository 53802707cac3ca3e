"""Pieces of the training genome: each base once, reads where they are, and none outside of the windows."""

import numpy as np
import pytest

from cisgrammar.profile.data.pieces import PieceSampler, stretches
from cisgrammar.profile.models.counts_network import BIN
from toy_windows import make_stores, windows_at


@pytest.fixture
def stores(tmp_path):
    return make_stores(tmp_path)


def sampler(stores, centres, length=96, seed=3):
    return PieceSampler(*stores, [windows_at(centres)], length, seed, batch_size=4, most_bases=10**9)


@pytest.mark.parametrize(
    ("starts", "ends", "groups", "wanted"),
    [
        ([5, 0, 30], [15, 10, 40], [9, 9, 9], [(0, 15), (30, 40)]),
        ([0, 10], [10, 20], [9, 9], [(0, 20)]),
        ([0, 10], [10, 20], [1, 2], [(0, 10), (10, 20)]),
        ([0, 2, 50], [40, 4, 60], [9, 9, 9], [(0, 40), (50, 60)]),
    ],
)
def test_stretches_are_unions_within_a_group(starts, ends, groups, wanted):
    found = stretches(*(np.array(part) for part in (starts, ends, groups)))
    assert list(zip(*(part.tolist() for part in found), strict=True)) == wanted


def test_reads_are_those_of_the_bins_on_both_strands(stores):
    """In the toy genome, reads of task 0 are the A's and of task 1 the T's."""
    for batch in sampler(stores, range(200, 700, 40)).batches(0):
        letters = batch.codes.numpy().reshape(batch.size, -1, BIN)
        wanted = ((letters == 0) | (letters == 3)).sum(2)
        np.testing.assert_array_equal(batch.counts[:, 0].numpy(), wanted)


def test_only_bins_within_windows_are_looked_at(stores):
    genome, _ = stores
    centres = [300, 360, 900]
    made = sampler(stores, centres)
    inside = np.zeros(genome.size, dtype=bool)
    for centre in centres:
        inside[centre - 48 : centre + 48] = True
    bases = 0
    for batch in made.batches(0, turned=False):
        for codes, counted in zip(batch.codes.numpy(), batch.counted.numpy(), strict=True):
            at = _place(genome.codes, codes)
            bins = inside[np.clip(at + np.arange(len(codes)), 0, genome.size - 1)].reshape(-1, BIN).all(1)
            assert (counted <= bins).all()
            bases += counted.sum() * BIN
    assert bases >= 0.6 * inside.sum()


def _place(genome, codes):
    known = np.flatnonzero(codes < 4)
    word = codes[known[0] : known[0] + 40]
    for start in range(len(genome) - 40):
        if (genome[start : start + 40] == word).all():
            return start - known[0]
    raise AssertionError("the piece is not in the genome")


def test_an_epoch_shows_every_base_once(stores):
    made = sampler(stores, [*range(100, 850, 96), *range(1000, 1550, 96)])
    total = sum(int(batch.counted.sum()) for batch in made.batches(1)) * BIN
    covered = int((made.ends - made.starts).sum())
    assert covered - 2 * BIN * len(made.starts) - 2 * BIN * made.number <= total <= covered


@pytest.mark.parametrize(
    "centres", [[*range(100, 800, 50), *range(1000, 1500, 50)], [852, 948], [700, 800, 1000, 1100]]
)
def test_pieces_end_with_their_chromosome(stores, centres):
    """Windows close to, or up to, both sides of the boundary at 900 bp: bins with a letter, and reads of it, only."""
    made = sampler(stores, centres)
    inside = np.zeros(stores[0].size, dtype=bool)
    for centre in centres:
        inside[centre - 48 : centre + 48] = True
    seen = 0
    for epoch in range(3):
        for batch in made.batches(epoch):
            letters = batch.codes.numpy().reshape(batch.size, -1, BIN)
            assert (letters[batch.counted.numpy()] < 4).all()
            wanted = ((letters == 0) | (letters == 3)).sum(2)
            np.testing.assert_array_equal(batch.counts[:, 0].numpy(), wanted)
            seen += int(batch.counted.sum()) * BIN
    assert 0.5 * inside.sum() <= seen / 3 <= inside.sum()


def test_it_follows_from_seed_and_epoch(stores):
    one, two = (sampler(stores, range(100, 1800, 96)) for _ in range(2))
    first, again, other = (next(s.batches(e)) for s, e in ((one, 0), (two, 0), (one, 1)))
    assert np.array_equal(first.codes, again.codes)
    assert not np.array_equal(first.codes, other.codes)

"""Seqlets: maxima by hand, the planted ones found, none in noise whatever the scale of its windows."""

import tracemalloc

import numpy as np
import pytest

from cisgrammar.discover import seqlets
from cisgrammar.discover.seqlets import find_seqlets, maxima, scales
from toy_contributions import planted


def test_maxima_by_hand():
    values = np.zeros((2, 60))
    values[0, 30] = 2.0
    values[1, [10, 50]] = 1.0, 3.0
    row, centre, score = maxima(values)
    # A sum of 21 bp is as large wherever it holds the base: the first of equal ones counts.
    assert row.tolist() == [0, 1, 1]
    assert score.tolist() == [2.0, 1.0, 3.0]
    assert (np.abs(centre - [30, 10, 50]) <= 10).all()


def test_no_maxima_of_zeros_nor_of_a_short_window():
    assert len(maxima(np.zeros((3, 100)))[0]) == 0
    assert len(maxima(np.ones((3, 20)))[0]) == 0
    assert len(maxima(-np.ones((3, 100)))[0]) == 0


def test_the_scale_of_a_window_is_not_that_of_its_motif():
    values = np.ones((3, 100), dtype=np.float32)
    values[1, 40:52] = 50
    values[2] = 0
    assert scales(values).tolist() == [1, 1, 0.1]
    values[0, :60] = 0
    assert scales(values)[0] == 1
    assert scales(np.zeros((2, 5), dtype=np.float32)).tolist() == [0.1, 0.1]


@pytest.mark.parametrize("spread", [0.0, 0.7])
def test_what_is_planted_is_found(spread):
    windows, sites = planted(strength=8.0, spread=spread)
    values = windows.of_bases("counts")
    found = find_seqlets(values, windows.shuffled, scales(values), 0.1)
    near = [
        any(r == row and abs(s + 6 - c) <= 12 for r, s, *_ in sites)
        for row, c in zip(found.row, found.centre, strict=True)
    ]
    assert len(found) > 0.8 * len(sites)
    assert np.mean(near) > 0.85
    assert (np.diff(found.score) <= 0).all()
    assert len(find_seqlets(-values, windows.shuffled, scales(values), 0.1)) < 10


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_noise_has_none_also_where_windows_differ_in_scale(spread):
    """Statistics finding A8: shuffles of one scale beside windows of log-normal ones gave 56 false calls a set."""
    calls = []
    for seed in range(12):
        windows, _ = planted(number=480, length=200, share=0.0, spread=spread, seed=seed)
        values = windows.of_bases("counts")
        calls.append(len(find_seqlets(values, windows.shuffled, scales(values), 0.1)))
    assert sum(number > 0 for number in calls) <= 3
    assert max(calls) < 20


def test_windows_in_blocks_are_those_at_once_in_less_memory(monkeypatch):
    values = np.random.default_rng(0).laplace(size=(3001, 200)).astype(np.float32)
    values[[5, 700]] = 0
    monkeypatch.setattr(seqlets, "_AT_ONCE", 10_000)
    scale, tops = scales(values), maxima(values, scales(values))
    monkeypatch.setattr(seqlets, "_AT_ONCE", 100)
    tracemalloc.start()
    assert (scales(values) == scale).all()
    blocks = maxima(values, scale)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert all((one == other).all() for one, other in zip(tops, blocks, strict=True))
    assert tops.row.max() == 3000
    assert peak < 2 * values.nbytes  # at once: 11 times
    divided = maxima(values / scale[:, None])
    assert all((one == other).all() for one, other in zip(divided, blocks, strict=True))

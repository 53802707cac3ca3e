"""Compositions of an initial library: the simplest that describes it."""

from __future__ import annotations

import numpy as np
import pytest

from cisgrammar.binding.likelihood.composition import fit_composition
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from toy_library import every_read, initial, markov


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (np.random.default_rng(0).integers(0, 4, (4000, 8)), "even letters"),
        (markov(4000, 8, 0, 1), "order 0, all positions alike"),
        (np.random.default_rng(0).integers(0, 4, (4000, 8)) * (np.arange(8) > 3), "order 0, each position its own"),
        (markov(4000, 8, 1, 2), "order 1, all positions alike"),
        (markov(20_000, 12, 2, 3, sharp=4), "order 2, all positions alike"),
    ],
    ids=["even", "composition", "positions", "neighbours", "triplets"],
)
def test_the_composition_is_the_simplest_that_describes_the_reads(codes: np.ndarray, kind: str) -> None:
    found = fit_composition(initial(codes.astype(np.uint8)), 0)
    assert found.kind == kind


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_probabilities_of_all_reads_add_up_to_one_and_flanks_are_certain(order: int) -> None:
    table = initial(markov(5000, 4, order, order, sharp=3), Flanks("AC", "GG"))
    found = fit_composition(table, 0)
    reads = initial(every_read(4), Flanks("AC", "GG")).codes()
    assert np.exp(found.log_probability(reads)).sum() == pytest.approx(1, abs=1e-9)
    reads[:, 1] = 2
    assert np.exp(found.log_probability(reads)).max() < 1e-100


def test_counts_weigh_reads_and_other_rounds_do_not() -> None:
    codes = every_read(2)
    counts = np.stack([np.where(codes[:, 0] == 3, 3000.0, 1000.0), np.arange(16.0) * 1e5], 1)
    found = fit_composition(CountTable(codes, counts), 0)
    assert np.exp(found.log_next[0, 0].numpy()) == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2], abs=1e-3)


def test_reads_are_drawn_as_probable_as_the_chain_has_them() -> None:
    found = fit_composition(initial(markov(20_000, 4, 2, 3, sharp=4), Flanks("AC", "GG")), 0)
    reads = found.draw(40_000, np.random.default_rng(0))
    every = initial(every_read(4), Flanks("AC", "GG")).codes()
    wanted = np.exp(found.log_probability(every))
    assert (reads[:, [0, 1, 6, 7]] == [0, 1, 2, 2]).all()
    number = reads[:, 2:6].astype(np.int64) @ 4 ** np.arange(3, -1, -1)
    share = np.bincount(number, minlength=256) / len(reads)
    error = np.sqrt(wanted * (1 - wanted) / len(reads))
    assert (np.abs(share - wanted) <= 4.5 * error + 4 / len(reads)).all()


def test_each_context_has_the_reads_that_it_was_estimated_from() -> None:
    found = fit_composition(initial(markov(4000, 8, 1, 2)), 0)
    assert found.group is not None
    assert found.seen is not None
    assert found.seen.min() > 0
    # Every position has as many letters as there are reads; pseudocounts come on top, once a context.
    assert found.seen.sum() == pytest.approx(8 * 4000, rel=0.01)

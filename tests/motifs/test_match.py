"""Matches of motifs: p-values are uniform for random motifs, and the true one is found on either strand."""

import numpy as np

from cisgrammar.motifs.match import informative, match_motifs
from cisgrammar.motifs.motif import from_shares


def random_motifs(number, seed, widths=(6, 14)):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(*widths, number)
    return {f"t{i}": from_shares(f"t{i}", rng.dirichlet(np.full(4, 0.3), size)) for i, size in enumerate(sizes)}


def test_p_values_of_random_motifs_are_right():
    queries = [motif.shares for motif in random_motifs(40, 1).values()]
    p = match_motifs(queries, random_motifs(150, 2))
    assert p.shape == (40, 150)
    assert 0.03 < (p < 0.05).mean() < 0.06
    assert 0.003 < (p < 0.01).mean() < 0.015
    assert (p >= 0).all()
    assert (p <= 1).all()


def test_the_same_motif_is_nearest_whatever_its_strand_and_its_flanks():
    targets = random_motifs(100, 3, widths=(9, 13))
    flank = np.full((3, 4), 0.25)
    for name in ("t0", "t17", "t99"):
        own = targets[name].shares
        for query in (own, own[::-1, ::-1], np.concatenate([flank, own]), own[1:-1]):
            (p,) = match_motifs([query], targets)
            assert list(targets)[p.argmin()] == name
            assert p.min() < 1e-3


def test_flat_motifs_are_not_compared():
    flat = from_shares("flat", np.full((12, 4), 0.25))
    assert set(informative({"flat": flat, **random_motifs(3, 4)})) == {"t0", "t1", "t2"}


def test_no_targets():
    assert match_motifs([np.full((5, 4), 0.25)], {}).shape == (1, 0)

"""Pairs of sites on a model that adds them up."""

import numpy as np


def test_two_motifs_that_add_up_do_not_interact(made, shard):
    pairs = shard.pairs
    assert len(pairs) == len(made[3]) > 0
    assert pairs["interaction"].abs().max() < 1e-6
    np.testing.assert_allclose(pairs["effect_both"], pairs["effect_a"] + pairs["effect_b"], atol=1e-6)
    assert pairs["effect_both"].median() > 1

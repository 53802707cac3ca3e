"""One type for motifs: what its numbers mean, wherever it comes from."""

import numpy as np
import pytest

from cisgrammar.motifs.motif import from_consensus, from_energies, from_shares


def test_affinity_of_a_binding_motif_is_relative_to_random_sequence():
    energies = np.log(np.array([[8.0, 1, 1, 2], [1, 1, 1, 1]]))
    motif = from_energies("b", energies)
    assert motif.log_affinity == pytest.approx(np.log(8 / 3))
    assert motif.consensus == "AN"
    np.testing.assert_allclose(motif.shares, [[8 / 12, 1 / 12, 1 / 12, 2 / 12], [0.25] * 4])
    np.testing.assert_allclose(motif.scores, energies - [[np.log(8)], [0]], atol=1e-12)
    np.testing.assert_allclose(motif.energies, energies - energies.mean(1, keepdims=True), atol=1e-12)


def test_information_is_bits_over_an_even_background():
    # Four known bases have 2 bits each, one of two has 1.
    assert from_consensus("c", "ACGTR").information == pytest.approx(9)


def test_a_consensus_matches_exactly_and_has_no_energies():
    motif = from_consensus("c", "arN")
    assert motif.exact
    assert np.isfinite(motif.scores).tolist() == [[1, 0, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1]]
    np.testing.assert_allclose(motif.shares, [[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0.25] * 4])
    with pytest.raises(ValueError, match="motif c forbids letters"):
        _ = motif.energies
    with pytest.raises(ValueError, match="consensus c: wanted IUPAC letters, got 'AXU'"):
        from_consensus("c", "AXU")


def test_counts_and_shares_are_one_motif_and_give_energies_back():
    energies = np.random.default_rng(0).normal(0, 1, (6, 4))
    energies -= energies.mean(1, keepdims=True)
    shares = from_energies("one", energies).shares
    for given in (shares, 500 * shares):
        np.testing.assert_allclose(from_shares("one", given, pseudocount=1e-12).energies, energies, atol=1e-9)
    # A share of 0 gets the pseudocount: ln(0.001 / 1.001) below the best.
    zero = from_shares("z", np.array([[1.0, 0, 0, 0]]))
    assert zero.scores[0, 1] == pytest.approx(np.log(0.001 / 1.001))
    assert not zero.exact


def test_other_order_of_positions_is_a_decoy_of_the_motif():
    decoy = from_consensus("m", "ACG").reordered(np.array([2, 0, 1]), "m.decoy1")
    assert (decoy.name, decoy.decoy_of, decoy.consensus, decoy.source) == ("m.decoy1", "m", "GAC", "consensus")

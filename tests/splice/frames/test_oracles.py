"""A frame-blind model shows exactly no effect in any check; one with a rule about open frames only those of frames."""

import numpy as np
import pytest
import torch

from cisgrammar.splice.compat.repairs import AToT
from cisgrammar.splice.frames import oracles
from cisgrammar.splice.frames.adjacent_deletions import adjacent_deletions, exon_pairs
from cisgrammar.splice.frames.codon_replacement import IS_STOP, codon_replacement
from cisgrammar.splice.frames.deletion import deletion
from cisgrammar.splice.frames.phase_handedness import donor_motifs, phase_handedness
from cisgrammar.splice.frames.poison_exons import between_introns, poison_exons
from cisgrammar.splice.frames.repairs import RemoveStops
from cisgrammar.splice.genes.reading_frames import all_frames_closed
from cisgrammar.splice.models.model import as_one_hot
from toy_exons import make_genes

CHECKS = {
    "codons": lambda m, genes, exons: codon_replacement(m, genes, exons),
    "deletion": lambda m, genes, exons: deletion(m, genes, exons),
    "deletion, stops removed": lambda m, genes, exons: deletion(m, genes, exons, repair=RemoveStops()),
    "deletion, A to T": lambda m, genes, exons: deletion(m, genes, exons, lengths=(1, 3), repair=AToT()),
    "adjacent": lambda m, genes, exons: adjacent_deletions(m, genes, exon_pairs(exons)),
    "adjacent, outside": lambda m, genes, exons: adjacent_deletions(m, genes, exon_pairs(exons), outside=True),
    "poison": lambda m, genes, exons: poison_exons(m, genes, between_introns(exons)),
    "handedness": lambda m, genes, exons: phase_handedness(m, genes, exons, donor_motifs(genes, exons)),
}
MUST_SEE = ("codons", "deletion", "adjacent", "poison")


@pytest.fixture(scope="module")
def toys():
    """Genes, exons, the frame-blind oracle and the one with the rule."""
    torch.set_num_threads(1)
    genes, exons = make_genes(8, exons=5, seed=3)
    blind = oracles.frame_blind(genes, genes, exons.internal_coding())
    return genes, exons, blind, oracles.with_open_frame_rule(blind)


@pytest.fixture(scope="module")
def found(toys):
    genes, exons, blind, aware = toys
    return {name: (check(blind, genes, exons), check(aware, genes, exons)) for name, check in CHECKS.items()}


@pytest.mark.parametrize("name", CHECKS)
def test_a_frame_blind_model_has_no_effect_at_all(found, name):
    effects = found[name][0].zero_if_frame_blind()
    assert np.isfinite(effects).any()
    assert np.nanmax(np.abs(effects)) == 0.0
    for quantity in found[name][0].quantities():
        assert np.nansum(np.abs(quantity.effects)) == 0.0


@pytest.mark.parametrize("name", CHECKS)
def test_a_rule_about_open_frames_has_no_other_effect(found, name):
    effects = found[name][1].zero_if_open_frames_suffice()
    assert np.nanmax(np.abs(effects), initial=0.0) == 0.0


@pytest.mark.parametrize("name", MUST_SEE)
def test_the_rule_is_seen(found, name):
    assert np.nanmin(found[name][1].zero_if_frame_blind()) < -0.1


def test_stops_in_phase_0_alone_lose_sites(found):
    effects = found["codons"][1].effects("called")
    assert np.nanmean(effects[..., 0, IS_STOP]) < -10
    assert (np.unique(effects[~np.isnan(effects)]) <= 0).all()
    unmasked = found["codons"][1].effects("called", masked=False)
    assert np.nanmin(unmasked[..., 1:, :]) == -100, "what is masked are stops that a 3-mer makes in phase 0"


def test_lengths_that_shift_the_frame_lose_sites_unless_a_frame_is_open_or_stops_are_gone(found):
    blind, aware = found["deletion"]
    shifts = aware.lengths % 3 != 0
    assert np.nanmean(aware.effects("called", "closed")[:, :, shifts, 1:3, 1:3]) < -10
    assert np.nanmax(np.abs(aware.effects("probability", "open"))) == 0
    assert np.nanmax(np.abs(found["deletion, stops removed"][1].effects("probability"))) == 0
    assert np.isnan(aware.effects("called")).sum() == np.isnan(blind.effects("called")).sum()
    with pytest.raises(ValueError, match="stratum"):
        aware.stratum("odd")


def test_several_models_are_reported_together(toys, found):
    genes, exons, blind, aware = toys
    both = codon_replacement([blind, aware], genes, exons.select(exons.gene < 2))
    chosen = np.isin(found["codons"][1].exons.gene, [0, 1])
    assert both.effects().shape[0] == 2
    np.testing.assert_array_equal(both.after.log_p[1], found["codons"][1].after.log_p[0][chosen])
    assert np.nanmax(np.abs(both.effects()[0])) == 0
    assert np.nanmin(both.effects()[1]) == -100


def test_the_rule_closes_what_has_a_stop_in_every_frame(toys):
    genes, _, blind, _ = toys
    rule = oracles.OpenFrameRule(blind.model, reach=40)
    codes = np.array(genes.gene(0)[0][:300])
    closed = rule.closed(as_one_hot(codes[None], blind))[0].numpy()
    assert len(closed) == 300 + 39
    ends = range(39, 300)
    assert closed[39:300].tolist() == [all_frames_closed(codes[end - 39 : end + 1]) for end in ends]
    with pytest.raises(ValueError, match="reach"):
        oracles.OpenFrameRule(blind.model, reach=4)


def test_most_of_the_sites_are_called(toys, found):
    called = np.exp(found["codons"][0].before.log_p[0]) > toys[2].thresholds
    assert (called.sum(axis=0) >= 0.9 * len(called)).all()
    genes, exons, blind, _ = toys
    half = oracles.calling_thresholds(blind, genes, exons.internal_coding(), 0.5)
    assert (half > blind.thresholds).all()

"""Decoys: orders of positions that are like no motif, and places with the letters of sites."""

import logging

import pytest

from cisgrammar.ablation.sites.decoys import draw_decoys
from cisgrammar.ablation.sites.find import BindingFiles, find_sites
from cisgrammar.ablation.sites.peak_inputs import peak_windows
from cisgrammar.config.profile import Evaluate
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.motifs.similarity import similarity
from cisgrammar.sequence.alphabet import decode
from toy_sites import make_place, site_settings

NO_FILES = BindingFiles()


@pytest.fixture(scope="module")
def place():
    regions, genome, places = make_place()
    return peak_windows(regions, genome, Evaluate()), genome, places


def test_decoys_are_unlike_every_motif_and_a_run_of_one_letter_has_none(caplog):
    motifs = {n: from_consensus(n, s) for n, s in {"a": "GGTTACCCGGAA", "b": "AGGTCACGTGAC"}.items()}
    decoys = draw_decoys(motifs["a"], motifs, 4, 1)
    assert len({d.consensus for d in decoys}) == 4
    for decoy in decoys:
        assert sorted(decoy.consensus) == sorted("GGTTACCCGGAA")
        assert decoy.decoy_of == "a"
        assert max(similarity(decoy.shares, m.shares) for m in motifs.values()) < 0.6
    assert [d.consensus for d in draw_decoys(motifs["a"], motifs, 4, 1)] == [d.consensus for d in decoys]
    with caplog.at_level(logging.WARNING):
        assert draw_decoys(from_consensus("t", "TTTTTTTT"), {"t": from_consensus("t", "TTTTTTTT")}, 2, 1) == []
    assert "0 decoys of the 2 wanted" in caplog.text


def test_letters_of_a_site_in_another_order_fill_up_where_decoys_are_rare(place):
    windows, genome, _ = place
    rare = site_settings(consensus={"toy": "TTGATACTT"}, decoy_sites=6)
    found = find_sites(windows, rare, NO_FILES, 1)
    decoys = found.table[found.table["kind"] == "decoy"]
    assert len(decoys) == 6
    filled = decoys[decoys["name"] == "toy.letters"]
    assert len(filled) >= 4
    codes = genome.chromosome("chrT")
    for row in decoys.itertuples():
        letters = decode(codes[row.start : row.end])
        assert sorted(letters) in (sorted("TTGATACTT"), sorted("AAGTATCAA"))
        assert "GATAC" not in letters
        assert "GTATC" not in letters
    assert (decoys["matched_to"] == "toy").all()
    assert find_sites(windows, rare.model_copy(update={"decoys": 0}), NO_FILES, 1).table["kind"].nunique() == 2

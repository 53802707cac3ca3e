"""Shuffles without the motif: none keeps or makes it, the region stays as short as it can, the rest is counted."""

from itertools import permutations

import numpy as np
import pytest
import torch

from cisgrammar.motifs.motif import from_consensus, from_shares
from cisgrammar.perturb.ablate_annotations import ablate_annotations
from cisgrammar.perturb.motif_free import guard, motif_free
from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from toy_ablation import as_tensor

REB1 = from_consensus("Reb1", "TTACCCGG")


def drawn(text, motifs, kind="dinucleotide", too_few="plain", n=200, place=(20, 28), minimum=8):
    """The shuffles of a place in a text, as texts of the whole."""
    shuffle = motif_free(kind, too_few, minimum, [[guard(motif, ()) for motif in motifs]])
    sequence = encode(text)
    draw = shuffle.draw(sequence, place, n, np.random.default_rng(1), 0)
    end = draw.start + draw.codes.shape[1]
    return draw, [text[: draw.start] + decode(codes) + text[end:] for codes in draw.codes]


def alike(text, consensus):
    """Most letters that any place has in common with a consensus, on either strand."""
    both = (text, decode(reverse_complement(encode(text))))
    places = [one[i : i + len(consensus)] for one in both for i in range(len(one) - len(consensus) + 1)]
    return max(sum(a == b for a, b in zip(place, consensus, strict=True)) for place in places)


SITE = "AGTGCATGAACATGTTCAGA" + "TTACCCGG" + "ATGCATTGACATGTGACTAA"


def test_a_site_of_one_dinucleotide_arrangement_loses_its_motif_at_its_own_width():
    draw, shuffled = drawn(SITE, [REB1])
    assert (draw.kind, draw.start, draw.codes.shape[1]) == ("plain", 20, 8)
    assert max(alike(text, "TTACCCGG") for text in shuffled) <= 6
    # 1,680 arrangements, of which some are the site, or have one mismatch with it.
    every = {"".join(letters) for letters in permutations("TTACCCGG")}
    free = [a for a in every if alike(SITE[13:20] + a + SITE[28:35], "TTACCCGG") <= 6]
    assert draw.arrangements == len(every) == 1680
    assert draw.allowed == pytest.approx(len(free), rel=0.05)
    # Without a guard some keep it, or all but a letter of it.
    assert max(alike(text, "TTACCCGG") for text in drawn(SITE, [], "plain", n=2000)[1]) >= 7


def test_a_motif_made_over_the_edge_is_refused_too():
    # ACGTA at the left needs only the letters GC after it to be a site of 7.
    text = "TTTTTTTTTTTTTTTACGTA" + "AGCTC" + "TTTTTTTTTTT"
    motif = from_consensus("m", "ACGTAGC")
    draw, shuffled = drawn(text, [motif], "plain", place=(20, 25), minimum=2)
    assert max(alike(one, "ACGTAGC") for one in shuffled) <= 5
    assert draw.how == "listed"
    assert draw.allowed == len(set(shuffled)) < draw.arrangements - 1
    assert any(alike(one, "ACGTAGC") == 7 for one in drawn(text, [], "plain", place=(20, 25), minimum=2)[1])


def test_it_widens_only_where_letters_in_another_order_are_too_few():
    text = "ACGTACGTGCATGCATTAGC" + "TTTTTTTT" + "GCATTACGATCGATCCGATA"
    assert drawn(text, [])[0].codes.shape[1] == 10
    assert drawn(text, [], too_few="report")[0].allowed == 0
    assert drawn(SITE, [REB1], too_few="widen")[0].kind == "dinucleotide"
    assert drawn(SITE, [REB1], too_few="widen")[0].codes.shape[1] > 8
    # Nothing that can be done: the input, no error.
    assert drawn("T" * 48, [])[0].allowed == 0


def test_the_bar_of_a_matrix_is_that_of_its_sites():
    shares = np.full((6, 4), 0.02)
    shares[np.arange(6), encode("GATAAG")] = 0.94
    motif = from_shares("g", shares)
    sites = [encode("GATAAG")] * 18 + [encode("CTTATC")] * 10 + [encode("GATAAC")] * 12
    one = guard(motif, sites)
    best = one.best(np.stack([encode("GATAAG"), encode("CTTATC"), encode("GATAAC"), encode("GATTTT")]))
    assert (best >= one.bar).tolist() == [True, True, True, False]
    assert guard(motif, sites[:28]).bar > best[2]


class CountReb1(torch.nn.Module):
    """Number of TTACCCGG on the forward strand."""

    def forward(self, x):
        found = torch.ones(len(x), x.shape[2] - 7)
        for i, base in enumerate("TTACCCGG"):
            found = found * x[:, "ACGT".index(base), i : x.shape[2] - 7 + i]
        return found.sum(1, keepdim=True)


def test_ablation_removes_the_whole_effect_and_reports_what_was_left():
    X = as_tensor(SITE)
    shuffle = motif_free("dinucleotide", "plain", 8, [[guard(REB1, ())]])
    result = ablate_annotations(CountReb1(), X, [[0, 20, 28]], n=20, shuffle_fn=shuffle, random_state=0)
    assert (result.y_befores.item(), result.y_afters.abs().max().item()) == (1, 0)
    assert (result.report.start.item(), result.report.end.item(), result.report.kind.item()) == (20, 28, "plain")
    assert 1000 < result.report.allowed.item() <= 1679
    again = ablate_annotations(CountReb1(), X, [[0, 20, 28]], n=20, shuffle_fn=shuffle, random_state=0)
    assert again.report.allowed.item() == result.report.allowed.item()

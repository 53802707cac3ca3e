"""Cards of the strongest variants: which they are, their profiles and contributions."""

import h5py
import numpy as np
import pytest

from cisgrammar.config.variants import ProfileScores
from cisgrammar.variants.alleles import effects_of
from cisgrammar.variants.cards import cards, strength, strongest, write_cards
from cisgrammar.variants.profile import ProfileScorer
from toy_variants import snv, toy_models


def row(number, logfc="nan", reason="", **more):
    return {"number": str(number), "reason": reason, "x.logfc": logfc, **more}


def test_the_strongest_come_first_and_equals_in_their_order():
    rows = [row(0, "0.1"), row(1, "-2"), row(2, "2"), row(3, "9", reason="no"), row(4), row(5, "inf")]
    assert [r["number"] for r in strongest(rows, 3)] == ["1", "2", "0"]
    assert strength({"m.delta_log_affinity": "-3", "number": "1"}) == 3
    assert strength({"splice.ds_max": "0.5"}) == 0.5
    assert strength(row(1)) == -1


@pytest.fixture(scope="module")
def made(genome, peaks):
    scorer = ProfileScorer(toy_models(2), genome, peaks, ProfileScores(shuffled=0), 1)
    variants = [snv(genome, "chr1", 430), snv(genome, "chr2", 520)]
    rows = [
        {
            "number": str(i),
            "reason": "",
            "chrom": v.chrom,
            "pos": str(v.start + 1),
            "ref": v.ref,
            "alt": v.alt,
            "id": ".",
            "line": "1",
        }
        for i, v in enumerate(variants)
    ]
    return scorer, cards([*rows, {"number": "9", "reason": "no"}], scorer)


def test_a_card_has_the_mean_profile_of_both_alleles(made):
    scorer, (card, _) = made
    assert (card.number, card.chrom, card.window) == (0, "chr1", 440 - 40)
    assert (card.codes[0] != card.codes[1]).sum() == 1
    for name, profile in card.log_probabilities.items():
        np.testing.assert_allclose(np.exp(profile).sum(axis=(1, 2)), 1, atol=1e-5)
        assert card.log_counts[name].shape == (2,)
    from cisgrammar.variants.alleles import Item

    effects = [effects_of(m, [Item("w", *card.codes)]) for m in scorer.models]
    np.testing.assert_allclose(card.log_counts["b"][1], np.mean([e.after[0, 1] for e in effects]), atol=1e-6)


def test_contributions_add_up_to_the_difference_of_the_alleles(made):
    """Of two sequences with nearly the same references the sums differ as the predicted counts do."""
    import torch

    from cisgrammar.sequence.one_hot import one_hot
    from cisgrammar.sequence.shuffle import dinucleotide_shuffle

    scorer, (card, _) = made
    X = one_hot(torch.from_numpy(card.codes))
    references = dinucleotide_shuffle(X, n=20, random_state=scorer.seed)
    with torch.no_grad():
        expected = np.mean(
            [(m(X)[2][:, 0] - torch.stack([m(r)[2][:, 0].mean() for r in references])).numpy() for m in scorer.models],
            axis=0,
        )
    np.testing.assert_allclose(card.contributions["a"].sum(axis=1), expected, atol=1e-4)


def test_contributions_are_those_of_the_slow_way(made, monkeypatch):
    """Layer by layer as by hooks on any model; an unknown base, which the hooks refuse, contributes nothing."""
    from cisgrammar.variants import cards as module

    scorer, (card, _) = made
    fast = module._contributions(scorer.models[0], card.codes, 3)
    unknown = card.codes.copy()
    unknown[1, 30:34] = 4
    assert (module._contributions(scorer.models[0], unknown, 3)[:, 1, 30:34] == 0).all()
    monkeypatch.setattr(module, "can_rescale", lambda model: False)
    slow = module._contributions(scorer.models[0], card.codes, 3)
    assert fast.shape == slow.shape == (2, *card.codes.shape)
    assert np.abs(slow).max() > 1e-3
    np.testing.assert_allclose(fast, slow, atol=1e-6)


def test_the_file_holds_all_cards(made, tmp_path):
    _, found = made
    write_cards(tmp_path / "p.h5", found)
    with h5py.File(tmp_path / "p.h5") as file:
        assert file["number"][:].tolist() == [0, 1]
        assert file["codes"].shape == (2, 2, 80)
        assert file["a/log_probabilities"].shape == (2, 2, 2, 60)
        assert file["b/contributions"].shape == (2, 2, 80)
    first = (tmp_path / "p.h5").read_bytes()
    write_cards(tmp_path / "p.h5", found)
    assert (tmp_path / "p.h5").read_bytes() == first
    write_cards(tmp_path / "none.h5", [])

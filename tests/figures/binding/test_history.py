"""The fits of all seeds, and held-out likelihoods."""

import binding_tables as made
from binding_figures import draw
from figure_files import said


def test_history_marks_the_chosen_seed_and_what_pairs_bring(tmp_path):
    agreement = made.agreement()
    agreement["chosen"] = agreement["seed"] == 3
    text = said(draw("binding_history", tmp_path, agreement=agreement))
    assert "seed 3, chosen" in text
    assert "seed 1, chosen" not in text
    assert "0.4495 (+0.0015)" in text
    assert "4,000 held-out reads" in text
    without = made.heldout(models=("fit", "non_specific"))
    assert "without pairs" not in said(draw("binding_history", tmp_path, heldout=without))


def test_steps_are_named_in_words(tmp_path):
    text = said(draw("binding_history", tmp_path))
    assert " term " in text
    assert "posbias" not in text
    assert "activate" not in text

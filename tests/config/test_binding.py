"""The `binding` section: defaults, and settings that contradict each other."""

from __future__ import annotations

import pytest

from cisgrammar.config.binding import Binding, BindingModel, Motif, Pair
from toy_config import refusal


def test_a_model_without_motifs_has_one():
    assert BindingModel().motifs == {"motif": Motif()}
    assert Binding.model_validate({"libraries": "s.tsv", "models": {"m": {}}}).models["m"] == BindingModel()
    assert list(BindingModel.model_validate({"motifs": {"hox": {"width": 8}}}).motifs) == ["hox"]


def test_a_seed_sets_the_width():
    assert Motif(seed="nntaatnn").width == 8
    assert Motif(seed="nntaatnn").seed == "NNTAATNN"
    assert Motif(seed="TGAC", width=4).width == 4


def test_a_dumped_model_reads_back():
    model = BindingModel.model_validate(
        {
            "motifs": {"exd": {"seed": "TGAT"}, "hox": {"width": 6, "palindrome": True}},
            "cooperativity": [{"a": "exd", "b": "hox", "max_spacing": 4}],
        }
    )
    assert BindingModel.model_validate(model.model_dump(mode="json")) == model
    assert model.cooperativity == (Pair(a="exd", b="hox", max_spacing=4),)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"width": 0}, "width"),
        ({"width": 6, "seed": "TGAC"}, "seed TGAC has 4 letters, width is 6"),
        ({"seed": "TGAX"}, "found 'X'"),
        ({"width": 7, "palindrome": True}, "even width, got 7; use 8"),
        ({"seed": "TGAC", "palindrome": True}, "not its own reverse complement"),
        ({"width": 4, "pairs": 4}, "pairs up to 4 bp apart do not fit into a width of 4"),
        ({"strands": "forward", "position_bias": "reverse"}, "needs both strands"),
        ({"strand": "both"}, "unknown key"),
    ],
)
def test_a_motif_that_contradicts_itself_is_refused(given, said):
    assert said in refusal(Motif, given)


def test_a_palindromic_seed_is_taken():
    assert Motif(seed="RTGACGTCAY", palindrome=True).palindrome


HALVES = {"a": {"width": 8}, "b": {"width": 8}}
FORWARD = {"a": {"strands": "forward"}, "b": {"strands": "forward"}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"motifs": HALVES, "cooperativity": [{"a": "a", "b": "c"}]}, "no motif c; the model has a, b"),
        (
            {"motifs": HALVES, "cooperativity": [{"a": "a", "b": "b"}, {"a": "b", "b": "a"}]},
            "a and b are paired twice",
        ),
        (
            {"motifs": {"a": {}, "b": {"strands": "forward"}}, "cooperativity": [{"a": "a", "b": "b"}]},
            "a and b differ in strands",
        ),
        (
            {"motifs": FORWARD, "cooperativity": [{"a": "a", "b": "b", "orientation": "opposite"}]},
            "scored on one strand",
        ),
        (
            {"motifs": FORWARD, "cooperativity": [{"a": "a", "b": "b", "position_bias": "same"}]},
            "scored on one strand",
        ),
        ({"motifs": {"a": {"width": 30}}, "extend": True}, "motif a starts 30 bp wide, max_width is 24"),
        ({"motifs": HALVES, "cooperativity": [{"a": "a", "b": "b", "max_overlap": -1}]}, "max_overlap"),
        ({"l2": -1}, "l2"),
        ({"barrier": 0}, "barrier"),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(given, said):
    assert said in refusal(BindingModel, given)


def test_a_wide_motif_that_is_not_extended_is_taken():
    assert BindingModel.model_validate({"motifs": {"a": {"width": 30}}}).motifs["a"].width == 30


def test_a_motif_may_pair_with_itself():
    assert BindingModel(cooperativity=(Pair(a="motif", b="motif"),)).cooperativity[0].a == "motif"


@pytest.mark.parametrize(
    "given", [{"seeds": 0}, {"held_out": 0}, {"held_out": 1}, {"hits_p_value": 0}, {"device": "tpu"}, {"model": {}}]
)
def test_values_out_of_range_name_their_key(given):
    key = next(iter(given))
    assert refusal(Binding, {"libraries": "s.tsv", **given}).startswith(f"{key}: ")

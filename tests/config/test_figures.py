"""The section of the figures: which are drawn, in what formats, and a lab's own."""

import re

import pytest

from cisgrammar.config.figures import Figures, OwnFigure
from toy_config import refusal

OWN = {"script": "f.py", "tables": {"t": "x.tsv"}, "title": "Mine"}


def test_all_figures_are_drawn_unless_some_are_named():
    assert Figures().select == ()
    assert Figures().formats == ("pdf",)
    assert Figures.model_validate({"select": ["loci", "mine"], "own": {"mine": OWN}}).select == ("loci", "mine")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"formats": ["pdf", "svg", "pdf"]}, r"formats: each once, got \['pdf', 'svg', 'pdf'\]"),
        ({"formats": ["png"]}, r"^formats\.0: .*'png'"),
        ({"select": ["two words"]}, r"^select\.0"),
        ({"dpi": 49}, "^dpi: .*got 49"),
        ({"font": " "}, "^font"),
        ({"own": {"mine": {**OWN, "tables": {}}}}, r"^own\.mine\.tables"),
        ({"own": {"mine": {**OWN, "title": ""}}}, r"^own\.mine\.title"),
        ({"own": {"mine": {"title": "Mine", "tables": {"t": "x"}}}}, r"^own\.mine\.script: is missing"),
        ({"own": {"mine": {**OWN, "stage": "prepare"}}}, r"^own\.mine\.stage: .*'prepare'"),
    ],
)
def test_what_cannot_be_drawn_is_named(given, said):
    assert re.search(said, refusal(Figures, given))


@pytest.mark.parametrize(
    ("each", "path", "said"),
    [
        ("fold", "evaluate/{sample}/{model}/t.tsv", "{model} in a figure for each fold, which has {sample} and {fold}"),
        ("model", "binding/{sample}.tsv", "{sample} in a figure for each model, which has {model}"),
        ("gene set", "splice/{fold}.tsv", "{fold} in a figure for each gene set, which has no such name"),
    ],
)
def test_the_places_in_a_path_are_those_that_the_figure_is_drawn_for(each, path, said):
    assert f"tables.t: {said}" in refusal(OwnFigure, {**OWN, "each": each, "tables": {"u": "x.tsv", "t": path}})


@pytest.mark.parametrize(
    ("each", "path"), [("fold", "{sample}/{fold}.tsv"), ("fold", "{fold}"), ("model", "{model}"), ("gene set", "x.tsv")]
)
def test_known_places_are_taken(each, path):
    assert OwnFigure.model_validate({**OWN, "each": each, "tables": {"t": path}}).tables == {"t": path}


def test_the_script_may_be_below_a_variable(monkeypatch):
    monkeypatch.setenv("SCRIPTS_HERE", "lab")
    assert OwnFigure.model_validate({**OWN, "script": "${SCRIPTS_HERE}/f.py"}).script == "lab/f.py"

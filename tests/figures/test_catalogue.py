"""The catalogue names each figure's module, and the figures of a run follow its config."""

from importlib import import_module

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.schema import parse_config
from cisgrammar.figures.catalogue import CATALOGUE, figures_of, module_of
from places import ROOT
from toy_run import WHOLE

FOLDER = ROOT / "workflow" / "cisgrammar" / "figures"
BASE = {key: value for key, value in WHOLE.items() if key not in ("binding", "simulate_selex")} | {"samples": "s.tsv"}
OWN = {"script": "f.py", "tables": {"t": "x.tsv"}, "title": "Mine"}


@pytest.mark.parametrize("name", [figure.name for figure in CATALOGUE])
def test_a_figure_can_be_drawn(name):
    module = import_module(module_of(name))
    assert callable(module.tabulate)
    assert callable(module.paint)


def test_every_module_that_draws_is_in_the_catalogue():
    drawing = {path for path in FOLDER.glob("*/*.py") if "def paint(" in path.read_text()}
    named = {FOLDER / f"{figure.module.replace('.', '/')}.py" for figure in CATALOGUE}
    assert drawing == named
    assert len({figure.name for figure in CATALOGUE}) == len(CATALOGUE)


def test_a_figure_needs_its_sections():
    assert set(figures_of(parse_config(BASE))) >= {"recovery", "footprints", "ablation_recovery", "splice_recovery"}
    simulated = {key: value for key, value in BASE.items() if not key.startswith("simulate")}
    assert not any("recovery" in name for name in figures_of(parse_config(simulated)))
    bias = {key: value for key, value in BASE.items() if key in ("samples", "genome", "folds", "bias")}
    assert list(figures_of(parse_config(bias))) == ["threshold_sweep"]


def test_a_figure_of_a_frame_check_needs_the_check():
    splice = {**BASE["splice"], "checks": {"which": ["deletion"]}}
    names = set(figures_of(parse_config({**BASE, "splice": splice})))
    assert "splice_deletions" in names
    assert "splice_codons" not in names
    without = figures_of(parse_config({**BASE, "splice": {**splice, "checks": None}}))
    assert "splice_deletions" not in without


def test_selected_figures_keep_the_order_of_the_report():
    figures = figures_of(
        parse_config({**BASE, "figures": {"select": ["mine", "loci", "footprints"], "own": {"mine": OWN}}})
    )
    assert list(figures) == ["footprints", "loci", "mine"]
    assert figures["mine"].script == "f.py"


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"own": {"loci": OWN}}, "figures.own: loci is the name of a figure of cisgrammar's; take another"),
        (
            {"select": ["binding_logo"]},
            "figures.select: no figure binding_logo in this run; there are ablation_effects",
        ),
    ],
)
def test_a_name_that_is_taken_or_not_there_is_an_error(figures, said):
    with pytest.raises(ConfigError, match=said):
        figures_of(parse_config({**BASE, "figures": figures}))

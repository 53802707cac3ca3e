"""A model of the config fitted to count files: motifs, then pairs, from one state file to the next."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit.fit_libraries import fit_cooperativity, fit_motifs, load_fit, write_history
from cisgrammar.config.binding import BindingModel
from cisgrammar.tables.io import read_table
from toy_selex_library import CORE, params, read_plan, write_library


def parameters(fit):
    return torch.cat([p.detach().flatten() for p in fit.model.parameters()])


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return write_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def states(library, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fits")
    plan, libraries = read_plan(params(), *library, seed=4)
    history = fit_motifs(plan, libraries, folder / "a.pt", folder / "motifs.pt")
    write_history(folder / "history.tsv", history)
    assert [step["stage"] for step in history][-1].startswith("fit all")
    fit_cooperativity(plan, libraries, folder / "motifs.pt", folder / "b.pt", folder / "model.pt")
    return folder


def test_the_core_is_found_and_loaded_from_the_state(library, states):
    plan, libraries = read_plan(params(), *library, seed=4)
    built, fit = load_fit(plan, libraries, states / "model.pt")
    best = "".join("ACGT"[i] for i in built.motifs["core"].betas.detach().argmax(1))
    assert best in (CORE, "GGTCA")
    assert built.experiments["library"].active == [True, True, True]
    assert libraries.train[0].input_shape == 18
    motifs = read_table(states / "history.tsv")
    assert fit.history[: len(motifs)] == load_fit(plan, libraries, states / "motifs.pt")[1].history[: len(motifs)]
    assert fit.history[-1]["loss"] < motifs["loss"].iloc[-1], "both are of all reads"


def test_motifs_alone_leave_pairs_off(library, states):
    table = read_table(states / "history.tsv", ["step", "stage", "loss"])
    assert table["step"].tolist() == list(range(1, len(table) + 1))
    assert not table["stage"].str.contains("spacing").any()


def test_a_killed_fit_goes_on_to_the_same_bytes(library, states, tmp_path):
    plan, libraries = read_plan(params(), *library, seed=4)
    # torch writes a file's name into it.
    checkpoint = tmp_path / "b.pt"
    checkpoint.write_bytes((states / "motifs.pt").read_bytes())
    fit_cooperativity(plan, libraries, tmp_path / "gone.pt", checkpoint, tmp_path / "model.pt")
    assert (tmp_path / "model.pt").read_bytes() == (states / "model.pt").read_bytes()


def test_another_seed_of_the_split_is_another_fit(library, states, tmp_path):
    plan, libraries = read_plan(params(split_seed=8), *library, seed=4)
    with pytest.raises(ValueError, match=r"model\.pt: is not of this model and data; delete it"):
        load_fit(plan, libraries, states / "model.pt")
    with pytest.raises(ValueError, match=r"motifs\.pt: is not of this model and data; delete it"):
        fit_cooperativity(plan, libraries, states / "motifs.pt", tmp_path / "c.pt", tmp_path / "m.pt")
    assert not (tmp_path / "m.pt").exists()


def test_held_out_reads_are_the_same_for_every_fit(library):
    first, second = (read_plan(params(), *library, seed)[1] for seed in (1, 2))
    np.testing.assert_array_equal(first.held_out[0].variable, second.held_out[0].variable)
    assert len(first.held_out[0].counts) == 300
    assert len(first.train[0].counts) == 2700


def test_half_a_motif_may_reach_into_constant_regions_that_are_known():
    model = BindingModel(motifs={"a": {"width": 7}, "b": {"width": 12}})
    assert [model.scored_flank(known) for known in ("", "ACGT", "ACGTACGTAC")] == [0, 4, 6]
    assert BindingModel(flank_length=9).scored_flank("ACGT") == 9

"""Files of a run, small: a binding model of one motif, and a splice network with thresholds."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cisgrammar.binding.layers.build import build
from cisgrammar.binding.model_file import write_binding
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.config.binding import BindingModel
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.splice.models.saved import save_model
from cisgrammar.splice.models.spliceai import SpliceAI
from toy_layers import randomise


@pytest.fixture
def binding_file(tmp_path):
    """A model of the motif `a`, 4 bp, in one library."""
    table = CountTable.from_strings(["ACGTTGACCT", "TTGACGTACA"], np.ones((2, 3)))
    row = SelexLibrary.model_construct(model="m", library="one", selection="bound")
    built = build(BindingModel.model_validate({"motifs": {"a": {"width": 4}}}), [row], [table], seed=1)
    randomise(built.module)
    path = tmp_path / "binding" / "m" / "model.safetensors"
    path.parent.mkdir(parents=True)
    write_binding(path, built.experiments, built.motifs, {"one": table.flanks}, {})
    return path


@pytest.fixture
def splice_folder(tmp_path):
    """A network of 80 bp with random weights, and thresholds that some bases exceed."""
    folder = tmp_path / "splice"
    folder.mkdir()
    save_model(folder / "model.safetensors", SpliceAI(80, seed=1))
    (folder / "calibration.json").write_text(json.dumps({"thresholds": {"acceptor": 0.3, "donor": 0.35}}))
    return folder

"""Files of a run, small: a binding model of one motif, and a splice network with thresholds."""

from __future__ import annotations

import pytest

from given_models import write_binding_model, write_splice_folder


@pytest.fixture
def binding_file(tmp_path):
    """A model of the motif `a`, 4 bp, in one library."""
    return write_binding_model(tmp_path / "binding" / "m")


@pytest.fixture
def splice_folder(tmp_path):
    """A network of 80 bp with random weights, and thresholds that some bases exceed."""
    return write_splice_folder(tmp_path / "splice")

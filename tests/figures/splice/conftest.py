"""The tables of one run on toy genes, which all figures of the stage are drawn from."""

import pytest

from splice_figures import run_files


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The tables of a run with the oracle that gets open frames right: name -> path."""
    return run_files(tmp_path_factory.mktemp("splice"))

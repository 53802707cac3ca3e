"""The files of one run, which the figures of the profile chain and of the simulation are drawn from."""

import pytest

from profile_figures import run_files


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Files of a run in which every model is the truth: name -> path."""
    return run_files(tmp_path_factory.mktemp("run"))

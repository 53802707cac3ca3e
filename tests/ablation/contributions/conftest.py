"""The genome and the regions of a toy fold."""

import pytest

from cisgrammar.signal.table import read_regions
from toy_fold import make_fold, open_fold


@pytest.fixture(scope="session")
def fold(tmp_path_factory):
    _, paths = make_fold(tmp_path_factory.mktemp("contributions"))
    return open_fold(paths).genome, read_regions(paths["regions"])

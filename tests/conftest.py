"""Where tests find real data and golden numbers, and how hypothesis runs."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from places import ROOT

os.environ.setdefault("MPLBACKEND", "Agg")
# The same examples each time, so that a test that fails once fails again.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


def _folder(variable: str, default: str) -> Path:
    folder = Path(os.environ.get(variable, ROOT / default)).resolve()
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}; set {variable} to run this test")
    return folder


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data."""
    return _folder("CISGRAMMAR_DATA", "../shared/data")


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of numbers computed with the peers."""
    return _folder("CISGRAMMAR_GOLDEN", "../shared/golden")


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A headless Chromium (browser.py)."""
    from browser import CHROMIUM, DRIVER, chromium

    if not (CHROMIUM and DRIVER):
        pytest.skip("no Chromium with its driver (Debian: chromium, chromium-driver)")
    with chromium(tmp_path_factory.mktemp("chromium")) as window:
        yield window

"""The names that a package offers are there, and cost nothing until they are used."""

import subprocess
import sys
from importlib import import_module

import pytest


@pytest.mark.parametrize("package", ["cisgrammar.profile", "cisgrammar.binding"])
def test_every_public_name_is_found(package):
    module = import_module(package)
    for name in module._HOME:
        assert getattr(module, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        module.absent  # noqa: B018 - the access is the test


def test_the_package_itself_imports_no_torch():
    code = "import sys, cisgrammar.profile, cisgrammar.binding; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == "False\n"

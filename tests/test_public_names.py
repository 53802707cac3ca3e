"""The names that a package offers are there, and cost nothing until they are used."""

import subprocess
import sys
from importlib import import_module

import pytest

PACKAGES = [f"cisgrammar.{name}" for name in ("profile", "binding", "splice", "ablation")]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_found(package):
    module = import_module(package)
    for name in module._HOME:
        assert getattr(module, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        module.absent  # noqa: B018 - the access is the test


def test_the_package_itself_imports_no_torch():
    code = f"import sys, {', '.join(PACKAGES)}; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == "False\n"

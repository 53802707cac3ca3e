"""The names that a package offers are there, and cost nothing until they are used."""

import subprocess
import sys
from importlib import import_module

import pytest

PACKAGES = [f"cisgrammar.{name}" for name in ("profile", "binding", "splice", "perturb")]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_found(package):
    module = import_module(package)
    assert set(module.__all__) <= set(dir(module))
    for name in module.__all__:
        assert getattr(module, name).__name__ == name
    with pytest.raises(AttributeError, match="attribute absent"):
        module.absent  # noqa: B018 - the access is the test


@pytest.mark.parametrize("first", ["import cisgrammar.perturb.ablate", "from cisgrammar.perturb import ablate"])
def test_a_verb_is_a_function_whichever_was_imported_first(first):
    same = (
        "from cisgrammar.perturb.ablate import ablate as f; from cisgrammar.perturb import ablate; assert f is ablate"
    )
    code = f"{first}; {same}"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_package_itself_imports_no_torch():
    code = f"import sys, {', '.join(PACKAGES)}; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == "False\n"


def test_the_front_door_is_offered_by_an_editor():
    import cisgrammar

    assert {"load", "results", "__version__"} <= set(dir(cisgrammar))

"""The conda environment agrees with the lock file and holds all that the package imports."""

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"torch": "pytorch-cpu", "pyBigWig": "pybigwig"}


def conda_versions():
    dependencies = yaml.safe_load((ROOT / "envs" / "cpu.yaml").read_text())["dependencies"]
    return dict(entry.split("=") for entry in dependencies)


def locked_versions():
    """Versions in the lock file; where it forks by Python, those of 3.11."""
    found = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        match = re.match(r"([\w.-]+)==([\w.+]+)(?: ; (.*?))? ?\\?$", line)
        if match and not re.search(r"python_full_version >= '3\.1[2-9]", match[3] or ""):
            found[CONDA_NAMES.get(match[1], match[1])] = match[2]
    return found


def imported():
    files = [*(ROOT / "workflow" / "cisgrammar").rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
    names = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"cisgrammar", "pydantic_core"}


@pytest.mark.parametrize("name", [name for name in conda_versions() if name != "python"])
def test_versions_are_those_of_the_lock(name):
    assert conda_versions()[name] == locked_versions()[name]


def test_python_is_one_that_the_package_takes():
    assert conda_versions()["python"] == "3.11"


def test_every_import_is_in_the_environment():
    assert {CONDA_NAMES.get(name, name) for name in imported()} <= set(conda_versions())


def test_every_import_is_declared_by_the_package():
    declared = re.findall(r'^    "([A-Za-z0-9_-]+)', (ROOT / "pyproject.toml").read_text(), re.M)
    assert imported() <= set(declared)

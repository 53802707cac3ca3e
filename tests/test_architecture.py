"""The pages for those who change the code name files that are there, and show the package as it is."""

import re
import shutil
import subprocess

import pytest
import yaml

from package_tree import PACKAGE, PAGE, tree, written
from places import ROOT

TEXT = PAGE.read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def names():
    """What stands in backticks and looks like a path."""
    found = set(re.findall(r"`([\w./]+)`", TEXT + CONTRIBUTING))
    return sorted(name for name in found if "/" in name or name.endswith((".py", ".md")))


def test_the_tree_and_the_floors_are_those_of_the_package():
    assert written(TEXT) == TEXT, "make docs writes them"
    assert "iupac.py" in TEXT
    assert "\n1. `" in TEXT


def test_every_folder_says_what_it_is_for():
    assert [line for line in tree().splitlines()[1:-1] if len(line.split()) < 3] == []


def test_there_are_paths_to_look_for():
    assert len(names()) > 50


@pytest.mark.parametrize("name", names())
def test_every_path_is_there(name):
    assert (ROOT / name).exists() or (PACKAGE / name).exists()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z]+)", CONTRIBUTING))))
def test_the_targets_to_type_are_there(target):
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_limits_are_those_that_are_tested():
    house = (ROOT / "tests" / "test_house.py").read_text()
    limits = r"At most (\d+) modules a folder, (\d+) lines a file, (\d+) lines a function, (\d+) arguments, (\d+) flags"
    modules, lines, function, arguments, flags = re.search(limits, CONTRIBUTING).groups()
    for rule in (
        f"number > {modules}",
        f"splitlines()) <= {lines}",
        f"+ 1 > {function}",
        f"len(named) <= {arguments}",
        f"len(flags) <= {flags}",
    ):
        assert rule in house


def test_one_page_is_enough_to_contribute():
    assert len(CONTRIBUTING.splitlines()) < 90
    for path in re.findall(r"\]\(([\w./]+)\)", CONTRIBUTING):
        assert (ROOT / path).exists()


def test_pushes_run_what_a_person_runs():
    """No other command, no secret and no host stands in the workflow of the pushes."""
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    (job,) = yaml.safe_load(text)["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert "secrets" not in text
    assert "://" not in text

"""Conda environments and containers agree with the lock file, and hold all that the package and the scripts import."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import jinja2
import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from places import ROOT

KINDS = ("cpu", "cuda")
CONDA_NAMES = {"torch": "pytorch-cpu", "pyBigWig": "pybigwig", "yaml": "pyyaml", "lazy-loader": "lazy_loader"}
# Imported by another name than it is installed by.
DISTRIBUTIONS = {"yaml": "pyyaml", "snakemake_interface_logger_plugins": "snakemake"}
# The display of a run is imported where Snakemake is, in no job's environment.
BESIDE_SNAKEMAKE = {"snakemake_interface_logger_plugins"}
# Not in the lock file: Python itself, and what only a GPU's environment has.
UNLOCKED = {"python", "cuda-version"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SECTIONS = ("%labels", "%files", "%post", "%environment", "%runscript", "%test")


def conda(kind):
    return yaml.safe_load((ROOT / "envs" / f"{kind}.yaml").read_text())


def conda_entries(kind):
    """What a channel has: `name=version`."""
    return [entry for entry in conda(kind)["dependencies"] if isinstance(entry, str)]


def pip_entries(kind):
    """What no channel has: `name==version`."""
    (block,) = (entry["pip"] for entry in conda(kind)["dependencies"] if isinstance(entry, dict))
    return block


def conda_versions(kind="cpu"):
    """Package -> version, of a channel or of pip; PyTorch by its name on CPUs."""
    versions = dict(entry.split("=") for entry in conda_entries(kind))
    versions |= dict(entry.split("==") for entry in pip_entries(kind))
    return {name.replace("pytorch-gpu", "pytorch-cpu"): version for name, version in versions.items()}


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


def definition(kind):
    """An Apptainer definition: its header, and the lines of each section by its name."""
    parts = re.split(r"(?m)^(%\w+)\n", (ROOT / "containers" / f"{kind}.def").read_text())
    header = dict(line.split(": ", 1) for line in parts[0].splitlines() if line)
    return header, {
        name: [x.strip() for x in text.splitlines() if x.strip()]
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(set(conda_versions()) - UNLOCKED))
def test_versions_are_those_of_the_lock(kind, name):
    assert conda_versions(kind)[name] == locked_versions()[name]


@pytest.mark.parametrize("kind", KINDS)
def test_environments_are_exact_and_take_no_other_channel(kind):
    assert conda(kind)["channels"] == ["conda-forge", "bioconda", "nodefaults"]
    for entry in conda_entries(kind):
        assert re.fullmatch(r"[\w-]+=\d[\w.]*", entry), f"{entry} is not name=version"
    for entry in pip_entries(kind):
        assert re.fullmatch(r"[\w-]+==\d[\w.]*", entry), f"{entry} is not name==version"


@pytest.mark.parametrize("kind", KINDS)
def test_pip_finds_all_that_its_packages_ask_for(kind):
    """Anything else it would take from an index, in any version: another PyTorch above all."""
    there = {name.replace("pytorch-cpu", "torch") for name in conda_versions(kind)}
    for entry in pip_entries(kind):
        asked = [line for line in metadata.requires(entry.split("==")[0]) or [] if "extra ==" not in line]
        assert {re.match(r"[\w-]+", line)[0] for line in asked} <= there


def test_the_two_environments_differ_in_pytorch_alone():
    cpu, cuda = conda_versions("cpu"), conda_versions("cuda")
    assert {name for name in cuda if name not in cpu} == {"cuda-version"}
    assert {name: cuda[name] for name in cpu} == cpu
    names = {kind: [entry.split("=")[0] for entry in conda_entries(kind)] for kind in KINDS}
    assert "pytorch-cpu" in names["cpu"]
    assert "pytorch-gpu" in names["cuda"]


@pytest.mark.parametrize("kind", KINDS)
def test_python_is_one_that_the_package_takes(kind):
    assert conda_versions(kind)["python"] == "3.11"
    assert PROJECT["requires-python"] == ">=3.11"


@pytest.mark.parametrize("kind", KINDS)
def test_every_import_is_in_the_environment(kind):
    assert {CONDA_NAMES.get(name, name) for name in imported() - BESIDE_SNAKEMAKE} <= set(conda_versions(kind))


def test_every_import_is_declared_by_the_package():
    declared = {re.match(r"[A-Za-z0-9_-]+", entry)[0] for entry in PROJECT["dependencies"]}
    assert {DISTRIBUTIONS.get(name, name) for name in imported()} <= declared


@pytest.mark.parametrize("kind", KINDS)
def test_an_environment_gets_the_package_by_installing_it(kind, tmp_path):
    """Snakemake runs the script beside the environment's file; pip is told to install elsewhere than here."""
    script = ROOT / "envs" / f"{kind}.post-deploy.sh"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PIP_TARGET": str(tmp_path), "CISGRAMMAR_SOURCE": str(ROOT)}
    subprocess.run(["bash", str(script)], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "cisgrammar" / "config" / "schema.py").exists()
    assert {"pip", "hatchling"} <= set(conda_versions(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_container_has_an_exact_base_and_says_which_version_it_holds(kind):
    header, sections = definition(kind)
    assert header["Bootstrap"] == "docker"
    assert re.search(r"@sha256:[0-9a-f]{64}$|:\d+\.\d+\.\d+[\w.-]*$", header["From"]), "a digest or an exact tag"
    assert tuple(sections) == SECTIONS
    labels = dict(line.split(" ", 1) for line in sections["%labels"])
    assert labels["org.opencontainers.image.version"] == PROJECT["version"]
    assert labels["org.opencontainers.image.licenses"] == PROJECT["license"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_container_installs_the_lock_file_with_its_hashes_and_then_the_package(kind):
    post = definition(kind)[1]["%post"]
    installs = [line for line in post if line.startswith("pip install")]
    assert "--require-hashes" in installs[0]
    assert "hashed.txt" in installs[0]
    assert installs[1].endswith("--requirement torch.txt")
    # The index of CPU builds is an argument of the build: no address stands in the project.
    assert ('--index-url "{{ TORCH_INDEX }}"' in installs[1]) == (kind == "cpu")
    assert installs[2].endswith("--no-deps --no-build-isolation .")
    # The same packages come as source as in the Makefile.
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"--no-binary \S+", installs[0])[0] == re.search(r"--no-binary \S+", makefile)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_container_tests_its_imports(kind):
    checks = [line for line in definition(kind)[1]["%test"] if line.startswith("python -c ")]
    codes = [re.fullmatch(r'python -c "(.*)"', line)[1].replace('\\"', '"') for line in checks]
    for code in codes:
        compile(code, kind, "exec")
    assert any("walk_packages" in code for code in codes)
    assert any(f"== '{PROJECT['version']}'" in code for code in codes)


def test_the_package_can_be_built_from_what_a_container_copies(tmp_path):
    for line in definition("cpu")[1]["%files"]:
        source, target = line.split()
        into = tmp_path / Path(target).relative_to("/opt/cisgrammar")
        into.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, into)
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", "out", "."]
    subprocess.run([sys.executable, "-m", "pip", *build], cwd=tmp_path, check=True)
    (wheel,) = (tmp_path / "out").glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("cisgrammar/")}
    # Modules, stubs, templates, style sheets, data: all that is in the folder.
    files = [path for path in (ROOT / "workflow" / "cisgrammar").rglob("*") if path.is_file()]
    needed = {str(path.relative_to(ROOT / "workflow")) for path in files if "__pycache__" not in path.parts}
    assert needed <= packed
    assert "cisgrammar/report/templates/page.html.j2" in needed
    assert definition("cpu")[1]["%files"] == definition("cuda")[1]["%files"]


def recipe(name):
    """A recipe as YAML: what conda-build fills in stands in quotes."""
    return yaml.safe_load((ROOT / "conda" / name / "meta.yaml").read_text())


def as_conda(requirement):
    """A requirement of pip as a recipe has it."""
    name, limit = re.fullmatch(r"([\w-]+)\s*(.*)", requirement).groups()
    other = {
        "torch": "pytorch",
        "pyBigWig": "pybigwig",
        "matplotlib": "matplotlib-base",
        "snakemake": "snakemake-minimal",
    }
    return f"{other.get(name, name)} {limit}".strip()


def test_the_recipe_says_what_the_package_says():
    found = recipe("cisgrammar")
    assert found["package"] == {"name": PROJECT["name"], "version": PROJECT["version"]}
    python = f"python {PROJECT['requires-python']}"
    assert found["requirements"]["run"] == [python, *map(as_conda, PROJECT["dependencies"])]
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert found["requirements"]["host"] == [python, "pip", *backend]
    assert found["build"]["entry_points"] == [f"{name} = {at}" for name, at in PROJECT["scripts"].items()]
    assert (ROOT / "conda" / "cisgrammar" / found["source"]["path"]).resolve() == ROOT.resolve()
    assert found["about"]["license"] == PROJECT["license"]
    assert (ROOT / found["about"]["license_file"]).is_file()


@pytest.mark.parametrize("name", ["tangermeme", "memelite", "figwig"])
def test_a_package_that_no_channel_has_has_a_recipe_of_the_locked_version(name):
    found = recipe(name)
    assert found["package"] == {"name": name, "version": locked_versions()[name]}
    entry = re.search(rf"(?m)^{name}==.*(?:\n    --hash.*)+", (ROOT / "requirements.lock").read_text())[0]
    assert f"sha256:{found['source']['sha256']}" in entry
    asked = [text for text in metadata.requires(name) if "extra ==" not in text]
    assert sorted(found["requirements"]["run"][1:]) == sorted(as_conda(text.replace(">=", " >=")) for text in asked)
    assert found["requirements"]["run"][0] == f"python {metadata.metadata(name)['Requires-Python']}"


RECIPES = sorted(path.parent.name for path in (ROOT / "conda").glob("*/meta.yaml"))


@pytest.mark.parametrize("name", RECIPES)
def test_conda_build_could_read_a_recipe(name):
    """No conda is at hand: Jinja fills it in with conda-build's two names, and YAML has the keys that it knows."""
    text = (ROOT / "conda" / name / "meta.yaml").read_text()
    filled = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text)
    found = yaml.safe_load(
        filled.render(PYTHON="python", pin_subpackage=lambda package, max_pin: f"{package} {max_pin}")
    )
    assert set(found) <= {"package", "source", "build", "requirements", "test", "about", "extra"}
    assert set(found["requirements"]) == {"host", "run"}
    assert found["build"]["noarch"] == "python"
    assert found["build"]["number"] == 0
    assert isinstance(found["package"]["version"], str)
    assert {"commands", "imports"} & set(found["test"])
    assert found["about"]["license"]


@pytest.mark.parametrize("name", RECIPES)
def test_each_requirement_of_a_recipe_is_locked_within_its_limit_and_in_a_channel(name):
    of_pip = {"pytorch": "pytorch-cpu", "matplotlib-base": "matplotlib", "snakemake-minimal": "snakemake"}
    versions = locked_versions()
    # What conda's environments take from channels, what Snakemake runs beside them, and the recipes here.
    there = {entry.split("=")[0] for entry in conda_entries("cpu")} | {"snakemake"} | set(RECIPES)
    for requirement in recipe(name)["requirements"]["run"][1:]:
        package, _, limit = requirement.partition(" ")
        package = of_pip.get(package, package)
        assert package in there, requirement
        assert Version(versions[package]) in SpecifierSet(limit), requirement


def test_each_pip_package_of_an_environment_has_a_recipe():
    named = {entry.split("==")[0] for kind in KINDS for entry in pip_entries(kind)}
    assert named == {path.parent.name for path in (ROOT / "conda").glob("*/meta.yaml")} - {"cisgrammar"}

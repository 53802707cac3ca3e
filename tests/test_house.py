"""The house rules that a reader relies on: floors, sizes, docstrings, rules and their scripts."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT

PACKAGE = ROOT / "workflow" / "cisgrammar"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Constructors, and `ablate`, whose arguments are those of the tools that people come from.
SIGNATURES_OF_THE_FIELD = (
    "perturb/ablate.py",
    "profile/models/combined.py",
    "binding/compat/conv1d.py",
    "binding/compat/psam.py",
    "binding/compat/spacing.py",
    "binding/compat/cooperativity.py",
)
SOURCES = [*MODULES, *sorted((ROOT / "scripts").glob("*.py"))]
RULE_FILES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
# Folders and the modules beside them, ground first. Parts of one floor do not import each other.
FLOORS = {
    "manifest": 0,
    "public_names": 0,
    "iupac": 0,
    "source": 1,
    "files": 1,
    "config": 2,
    "provenance": 2,
    "statistics": 2,
    "gates": 3,
    "script": 3,
    "sequence": 3,
    "tables": 3,
    "motifs": 4,
    "signal": 5,
    "training": 5,
    "perturb": 6,
    "profile": 7,
    "binding": 7,
    "splice": 7,
    "ablation": 8,
    "browser": 8,
    "discover": 8,
    "variants": 8,
    "simulate": 9,
    "calibration": 10,
    "check": 10,
    "figures": 10,
    "report": 10,
    "run": 11,
    "api": 12,
    "terminal": 12,
    "cli": 13,
}
# What rules are read with: of `figures` only the catalogue, for all else of it draws.
READ_BY_RULES = (
    *("config", "files.columns", "files.text", "files.compression", "files.progress", "iupac", "manifest"),
    *("provenance", "run", "source"),
    *("figures.catalogue", "figures.entry"),
)
# Folders of one part, in the order of its method: an import goes to the same folder or to an earlier one.
ORDER = {
    "profile": ("models", "data", "predict", "fit", "evaluate", "tracks", "stream", "compat"),
    "binding": ("reads", "layers", "compat", "model_file", "likelihood", "export", "fit", "evaluate"),
    "splice": ("genes", "models", "predict", "calibration", "frames", "sites", "compat"),
    "ablation": ("sites", "effects", "contributions", "tables"),
    "variants": ("variant", "read", "splice", "table"),
}
PAGES = (
    *("*.py", "*.pyi", "*.smk", "*.md", "*.yaml", "*.yml", "*.toml", "*.tsv", "*.bed", "*.j2", "*.css", "*.js"),
    *("Makefile", "Snakefile", "run"),
)


# Modules without a test file of their name, and why.
UNTESTED = {
    "calibration/__main__": "tests/calibration/test_main.py calls its `main`",
    "check/__main__": "tests/check/test_main.py calls its `main`",
    "training/objective": "types alone: mypy holds every objective to them, and the loop's tests train one",
}


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    """The folder or file below the package's root that a module is in; empty for the root itself."""
    return [*module.split("."), ""][1]


def folder_of(module: str) -> str:
    """The folder or file within its part that a module is in; empty for the part itself."""
    return [*module.split("."), "", ""][2]


def imported_modules(tree: ast.AST, known: set[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & known


def import_graph() -> dict[str, set[str]]:
    names = {name_of(path): path for path in MODULES}
    return {name: imported_modules(ast.parse(path.read_text()), set(names)) - {name} for name, path in names.items()}


def may_import(module: str, target: str) -> bool:
    above, below = part_of(module), part_of(target)
    if not below:
        return True
    if above != below:
        return FLOORS[below] < FLOORS[above]
    order = ORDER.get(above, ())
    if folder_of(module) not in order or folder_of(target) not in order:
        return True
    return order.index(folder_of(target)) <= order.index(folder_of(module))


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


def rules() -> dict[str, str]:
    """Rule name -> its text, of every rule that does work."""
    found = {}
    for path in RULE_FILES:
        for text in re.split(r"(?m)^ *(?=rule )", path.read_text())[1:]:
            name = re.match(r"rule (\w+)", text)[1]
            found[name] = text
    return {name: text for name, text in found.items() if "output:" in text}


def test_every_subpackage_has_a_floor():
    parts = {part_of(name_of(path)) for path in MODULES} - {""}
    assert parts <= set(FLOORS)


def test_modules_import_only_from_floors_below():
    wrong = [
        f"{module} -> {target}"
        for module, targets in import_graph().items()
        for target in targets
        if not may_import(module, target)
    ]
    assert wrong == []


def test_the_floor_test_sees_an_upward_import():
    assert not may_import("cisgrammar.sequence.fasta", "cisgrammar.profile.models.solo")
    assert not may_import("cisgrammar.profile.models.solo", "cisgrammar.binding.layers.psam")
    assert not may_import("cisgrammar.config.schema", "cisgrammar.sequence.fasta")
    assert not may_import("cisgrammar.binding.reads.fastq", "cisgrammar.binding.fit.fit")
    assert not may_import("cisgrammar.figures.catalogue", "cisgrammar.run.run")
    assert may_import("cisgrammar.figures.profile.footprints", "cisgrammar.config.schema")


def test_no_folder_is_too_long_to_read():
    folders = {path.parent for path in MODULES}
    modules = {folder: len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) for folder in folders}
    assert {folder.name: number for folder, number in modules.items() if number > 16} == {}


def test_every_module_has_a_test_file_of_its_name():
    modules = [path.relative_to(PACKAGE).with_suffix("") for path in MODULES if path.name != "__init__.py"]
    missing = [
        module.as_posix()
        for module in modules
        if not (ROOT / "tests" / module.parent / f"test_{module.name}.py").exists()
    ]
    assert sorted(missing) == sorted(UNTESTED)


def test_no_import_cycles():
    graph = {module: set(targets) for module, targets in import_graph().items()}
    while leaves := {module for module, targets in graph.items() if not targets}:
        graph = {module: targets - leaves for module, targets in graph.items() if module not in leaves}
    assert graph == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_files_and_functions_are_short(path):
    assert len(path.read_text().splitlines()) <= 400
    long = [node.name for node in functions(path) if node.end_lineno - node.lineno + 1 > 60]
    assert long == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_functions_take_few_arguments_and_flags(path):
    for node in functions(path):
        if node.name in ("__init__", "ablate", "from_psam") and path.as_posix().endswith(SIGNATURES_OF_THE_FIELD):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        named = [argument for argument in arguments if argument.arg not in ("self", "cls", "ctx")]
        flags = [a for a in named if isinstance(a.annotation, ast.Name) and a.annotation.id == "bool"]
        assert len(named) <= 8, f"{node.name} takes {len(named)} arguments"
        assert len(flags) <= 2, f"{node.name} takes {len(flags)} flags"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_names_are_documented_and_typed(path):
    tree = ast.parse(path.read_text())
    if path.read_text().strip():
        assert ast.get_docstring(tree), "the module says what it is"
    undocumented = [node.name for node in public_nodes(tree.body) if not ast.get_docstring(node)]
    assert undocumented == []
    for node in functions(path):
        untyped = [a.arg for a in node.args.args if a.annotation is None and a.arg not in ("self", "cls", "ctx")]
        assert untyped == [], f"{node.name}: {untyped} without type"


def public_nodes(body: list[ast.stmt]) -> list[ast.FunctionDef | ast.ClassDef]:
    """Public classes, functions, and methods of public classes; not the functions within functions."""
    found = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found.append(node)
            found += public_nodes(node.body) if isinstance(node, ast.ClassDef) else []
    return found


def test_package_roots_import_nothing_heavy():
    code = "import cisgrammar.config.schema, cisgrammar, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy", "pandas", "scipy", "h5py", "matplotlib"} & set(loaded.stdout.split())


def read_by_rules() -> set[str]:
    """The modules that rule files import, and all that those import."""
    lines = [line for path in [*RULE_FILES, ROOT / "Snakefile"] for line in path.read_text().splitlines()]
    found = [re.match(r"\s*from (cisgrammar[\w.]*) import (.*)", line) for line in lines]
    graph = import_graph()
    wanted = {name for m in found if m for name in (m[1], *(f"{m[1]}.{part}" for part in m[2].split(", ")))} & set(
        graph
    )
    while more := {target for module in wanted for target in graph[module]} - wanted:
        wanted |= more
    return wanted


def test_what_rules_read_is_light():
    """Snakemake alone plans a run: its own packages, as pydantic and yaml, and Python's are there."""
    modules = read_by_rules()
    assert {"cisgrammar.run.run", "cisgrammar.config.schema", "cisgrammar.figures.catalogue"} <= modules
    below = {module.removeprefix("cisgrammar.") for module in modules if "." in module}
    assert [name for name in below if not name.startswith(READ_BY_RULES)] == []
    # Their folders are read too.
    modules |= {"cisgrammar", "cisgrammar.config", "cisgrammar.config.read", "cisgrammar.figures", "cisgrammar.run"}
    known = {*sys.stdlib_module_names, "cisgrammar", "pydantic", "yaml"}
    paths = {name_of(path): path for path in MODULES}
    for module in modules:
        for node in ast.walk(ast.parse(paths[module].read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert {name.split(".")[0] for name in names} <= known, module


def test_rule_files_hold_rules():
    """What they compute is in cisgrammar.run, where types and tests see it."""
    outside = {path.name: lines_outside_of_rules(path) for path in [*RULE_FILES, ROOT / "Snakefile"]}
    assert sum(outside.values()) < 100, outside
    assert max(len(path.read_text().splitlines()) for path in RULE_FILES) < 260


def lines_outside_of_rules(path: Path) -> int:
    """Lines of Python: no comment, no blank, and neither in a rule nor in another of Snakemake's blocks."""
    blocks = r"(rule|include|configfile|pathvars|container|wildcard_constraints|report|onsuccess|onerror)\b[^=]*:"
    number, inside = 0, None
    for line in path.read_text().splitlines():
        depth = len(line) - len(line.lstrip())
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if inside is not None and depth > inside:
            continue
        inside = depth if re.match(blocks, line.lstrip()) else None
        number += inside is None
    return number


def test_a_path_is_typed_once():
    """A rule's input is the output of the rule that makes it, by its name."""
    for name, text in rules().items():
        inputs = re.search(r"(?ms)^( *)input:\n(.*?)^\1\w+:", text)
        assert inputs is None or "<results>" not in inputs[2], name


def test_every_script_is_a_rule_and_thin():
    scripts = {path.stem: path for path in (ROOT / "scripts").glob("*.py")}
    assert set(scripts) == set(rules())
    assert max(len(path.read_text().splitlines()) for path in scripts.values()) <= 50


@pytest.mark.parametrize("path", sorted((ROOT / "scripts").glob("*.py")), ids=lambda path: path.stem)
def test_scripts_import_the_package_where_it_is_checked(path):
    """`run` compares the package with the rules' and sets threads: all else of it is imported after that."""
    imported = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {node.module for node in imported if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in imported if isinstance(node, ast.Import) for alias in node.names}
    assert names - {"cisgrammar.script"} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", rules())
def test_every_rule_has_a_log_and_the_script_of_its_name(name):
    text = rules()[name]
    assert re.search(r"\blog:\n\s+\"<logs>/", text), "a log that mirrors the results"
    assert re.search(rf"\bscript:\n\s+\"../../scripts/{name}.py\"", text), "the script of the rule's name"
    assert not re.search(r"^\s*(run|shell|retries):", text, re.M), "script: only; retries belong in a profile"


@pytest.mark.parametrize("name", [name for name in rules() if name.startswith("train_")])
def test_trainings_wait_for_the_checks_and_state_what_they_need(name):
    text = rules()[name]
    # Genes are checked when they are built.
    assert "checked=ancient(str(rules.preflight.output.checked))" in text or name == "train_splice"
    assert "threads: CFG.threads" in text
    assert "benchmark:" in text
    assert "mem_mb=growing(" in text
    assert name == "train_transformation" or "checkpoints=RUN.checkpoints(" in text


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_name_is_defined_twice(path):
    """The later one would hide the earlier in silence, as after a slip in editing."""
    tree = ast.parse(path.read_text())
    for body in [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]:
        found = [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        again = re.compile(r"\.setter$|^overload$")
        plain = [node.name for node in found if not any(again.search(ast.unparse(d)) for d in node.decorator_list)]
        assert len(set(plain)) == len(plain)


def test_snakefile_is_short():
    assert len((ROOT / "Snakefile").read_text().splitlines()) < 60


def test_no_machine_paths():
    machine = re.compile(r"(?<![\w.$}/])/(work|home|root|Users|mnt)/")
    folders = [path for path in ROOT.iterdir() if not path.name.startswith(".") or path.name in (".ci", ".github")]
    pages = [
        page
        for folder in folders
        for pattern in PAGES
        for page in ([folder] if folder.is_file() and folder.match(pattern) else folder.rglob(pattern))
        if page.is_file() and page.suffix != ".lock" and "results" not in page.parts
    ]
    assert len(pages) > 20
    assert [str(page) for page in pages if page != Path(__file__) and machine.search(page.read_text())] == []


def test_no_unfinished_work():
    words = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error"]) + r")\b")
    assert [path.name for path in SOURCES if words.search(path.read_text())] == []

"""Each job that can take more than 10 s logs how far it is: its script comes to the one progress line there is."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import cisgrammar
from places import ROOT

PACKAGE = Path(cisgrammar.__file__).parent
SCRIPTS = {path.stem: path for path in sorted((ROOT / "scripts").glob("*.py"))}
LINE = ("cisgrammar.files.progress", "Progress")
# What reads a text file logs how much of it is read, which says nothing of the work after it.
READING = "cisgrammar.files.text"
READS = {"build_genes", "count_control", "count_reads", "count_selex", "prepare_genome", "read_sequences"}
READS |= {"read_variants", "split_fragments"}
"""Rules whose work is to read a file."""
QUICK = {
    "average_folds": "tables of a few rows a fold",
    "collect_manifests": "hashes figures and pages",
    "compare_folds": "one table of sites",
    "compare_motifs": "planted motifs beside found ones, of simulated data alone",
    "compare_selex": "a few parameters",
    "compare_sites": "planted sites beside found ones, of simulated data alone",
    "compare_variants": "planted variants beside scored ones, of simulated data alone",
    "merge_motifs": "a few hundred motifs",
    "pool_reads": "sums of sparse counts: 2 s for 100 million ends",
    "preflight": "looks at sums that are there",
    "simulate_genes": "1 s in the demo, the one run that has it",
    "simulate_selex": "2 s in the demo, the one run that has it",
    "summarise": "joins the gates",
}
"""Rules without the line, and why 10 s are enough for them."""


@cache
def module(name: str) -> tuple[dict[str, ast.AST], dict[str, tuple[str, str]]] | None:
    """Top-level definitions of a module of the package, and its imports: name -> (module, name)."""
    path = PACKAGE.parent.joinpath(*name.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    return parsed(file) if file.is_file() else None


def parsed(file: Path) -> tuple[dict[str, ast.AST], dict[str, tuple[str, str]]]:
    tree = ast.parse(file.read_text())
    defined: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            defined |= {target.id: node.value for target in targets if isinstance(target, ast.Name)}
    return defined, imports(tree)


def imports(tree: ast.AST) -> dict[str, tuple[str, str]]:
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cisgrammar"):
            found |= {alias.asname or alias.name: (node.module or "", alias.name) for alias in node.names}
    return found


def names_in(node: ast.AST, here: str) -> Iterator[tuple[str, str]]:
    """What of the package a definition names: functions, classes, and attributes of modules."""
    defined, around = module(here) or ({}, {})
    known = {**around, **imports(node)}
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in known:
            yield ".".join(known[part.value.id]), part.attr
        elif isinstance(part, ast.Name):
            if part.id in known:
                yield known[part.id]
            elif part.id in defined:
                yield here, part.id


def resolved(place: tuple[str, str]) -> tuple[str, str]:
    """Where a name is defined, through the modules that hand it on."""
    here, name = place
    found = module(here)
    return resolved(found[1][name]) if found and name in found[1] and name not in found[0] else place


def reaches_line(script: Path, reading: bool) -> bool:
    """Whether a script comes to the progress line; by reading a text file only if that counts."""
    (main,) = (node for node in ast.parse(script.read_text()).body if getattr(node, "name", "") == "main")
    left, seen = [resolved(place) for place in names_in(main, "")], set()
    while left:
        place = left.pop()
        if place in seen or (place[0] == READING and not reading):
            continue
        seen.add(place)
        if place == LINE:
            return True
        found = module(place[0])
        if found and place[1] in found[0]:
            left += [resolved(other) for other in names_in(found[0][place[1]], place[0])]
    return False


@pytest.mark.parametrize("rule", SCRIPTS)
def test_a_job_says_how_far_it_is(rule):
    found = reaches_line(SCRIPTS[rule], rule in READS)
    assert found != (rule in QUICK), f"{rule}: give its loop files.progress.counted, or say in QUICK why it is quick"


def test_each_exception_is_a_rule():
    assert set(QUICK) | READS <= set(SCRIPTS)


def test_a_script_without_the_line_is_found(tmp_path):
    silent, told = tmp_path / "silent.py", tmp_path / "told.py"
    silent.write_text("def main(snakemake):\n    from cisgrammar.gates import read_gates\n    read_gates('x')\n")
    told.write_text("def main(snakemake):\n    from cisgrammar.motifs.scan import write_hits\n    write_hits()\n")
    assert not reaches_line(silent, False)
    assert reaches_line(told, False)

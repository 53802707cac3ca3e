"""The modules that a script can import, and their digest."""

import ast

import pytest

from cisgrammar.provenance.code import Code, _names
from places import ROOT

PACKAGE = ROOT / "workflow" / "cisgrammar"
CODE = Code(PACKAGE)
FILES = {
    "pack/__init__.py": "",
    "pack/a.py": "from pack.deep.b import f\n",
    "pack/deep/__init__.py": "",
    "pack/deep/b.py": "def f():\n    import pack.late\n",
    "pack/late.py": "import json\n",
    "pack/unused.py": "",
    "pack/page/__init__.py": "from pack.page.write import page\n",
    "pack/page/write.py": "",
    "pack/page/templates/page.j2": "<p>",
    "pack/lazy/__init__.py": "attach()\n",
    "pack/lazy/__init__.pyi": "from .one import One as One\n",
    "pack/lazy/one.py": "",
    "pack/plugins/__init__.py": "",
    "pack/plugins/load.py": "from importlib import import_module\nimport_module('pack.plugins.' + 'x')\n",
    "pack/plugins/x.py": "",
    "plain.py": "def main():\n    from pack.a import f\n",
    "paged.py": "import pack.page\n",
    "lazy.py": "from pack.lazy import One\n",
    "plugged.py": "from pack.plugins.load import load\n",
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("from pack.a import b, c as d  # pack.no\n", {"pack.a.b", "pack.a.c"}),
        (
            "if x:\n\tfrom pack.a import (  # why (or not)\n        b,\n        c as d,\n    )\n",
            {"pack.a.b", "pack.a.c"},
        ),
        ("import numpy as np, pack.a as p\nimport other\n", {"pack.a"}),
        ("x = 1; import pack.a\nif x: from pack import b\n", {"pack.a", "pack.b"}),
        ("from pack.a import b, \\\n    c\n", {"pack.a.b", "pack.a.c"}),
        ("from pack.a import *\n", {"pack.a.*"}),
        ("from packing import b\nfrom .pack import c\nimportant = pack\n", set()),
    ],
)
def test_every_form_of_an_import_is_seen(text, wanted):
    assert _names(text.encode(), "pack") == (wanted, False)


def test_what_the_syntax_tree_has_is_seen_in_the_text():
    """Of every module here; what stands in a string is no more than a name too many."""
    more = 0
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "scripts").glob("*.py")]:
        wanted = set()
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module:
                wanted |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                wanted |= {alias.name for alias in node.names}
        found = _names(path.read_bytes(), "cisgrammar")[0]
        assert {name for name in wanted if name.split(".")[0] == "cisgrammar"} <= found, path
        more += len(found - wanted)
    assert more < 10


@pytest.fixture
def pack(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        ("plain.py", ["__init__.py", "a.py", "deep/__init__.py", "deep/b.py", "late.py"]),
        ("paged.py", ["__init__.py", "page/__init__.py", "page/templates/page.j2", "page/write.py"]),
        ("lazy.py", ["__init__.py", "lazy/__init__.py", "lazy/__init__.pyi", "lazy/one.py"]),
        ("plugged.py", ["__init__.py", "plugins/__init__.py", "plugins/load.py", "plugins/x.py"]),
    ],
)
def test_imports_are_followed_wherever_they_stand(pack, script, wanted):
    found = Code(pack / "pack").modules(pack / script)
    assert [path.relative_to(pack / "pack").as_posix() for path in found] == wanted


@pytest.mark.parametrize(("name", "changes"), [("pack/late.py", True), ("plain.py", True), ("pack/unused.py", False)])
def test_a_digest_changes_with_what_is_imported_alone(pack, name, changes):
    before = Code(pack / "pack").digest(pack / "plain.py")
    (pack / name).write_text((pack / name).read_text() + "# another line\n")
    assert (Code(pack / "pack").digest(pack / "plain.py") != before) == changes


def test_a_digest_goes_by_names_and_bytes_and_not_by_times_or_places(pack, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    before = Code(pack / "pack").digest(pack / "plain.py")
    (pack / "pack").rename(other / "pack")
    (pack / "plain.py").rename(other / "plain.py")
    for name in ("pack/__init__.py", "plain.py"):
        (other / name).touch()
    assert Code(other / "pack").digest(other / "plain.py") == before
    (other / "pack" / "late.py").rename(other / "pack" / "unused.py")
    assert Code(other / "pack").digest(other / "plain.py") != before


@pytest.mark.parametrize("script", sorted((ROOT / "scripts").glob("*.py")), ids=lambda path: path.stem)
def test_scripts_know_what_they_import(script):
    """Every script imports `script.py`; a loss counts for trainings, and a page for no training."""
    found = {path.relative_to(PACKAGE).as_posix() for path in CODE.modules(script)}
    assert {"__init__.py", "script.py"} <= found
    if script.stem in ("train_bias", "train_combined"):
        assert {"profile/fit/losses.py", "training/loop.py"} <= found
        assert not any(name.startswith(("report/", "figures/", "binding/", "splice/")) for name in found)
    if script.stem == "draw_figures":
        assert "figures/profile/footprints.py" in found
    if script.stem == "report":
        assert "report/templates/page.html.j2" in found

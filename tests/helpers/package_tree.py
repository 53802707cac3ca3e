"""The tree of the package and its floors for docs/architecture.md, from the docstrings and from tests/test_house.py.

`python tests/helpers/package_tree.py` writes both into the page.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow" / "cisgrammar"
PAGE = ROOT / "docs" / "architecture.md"


def tree() -> str:
    """Folders of the package and files of its root, a line each, with the first line of their docstrings."""
    folders = sorted(path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE)
    files = sorted(path for path in PACKAGE.glob("*.py") if path.name != "__init__.py")
    entries = [_entry(path) for path in [*folders, *files]]
    width = max(len(name) for name, _ in entries) + 2
    return "".join(["```text\n", *(f"{name:{width}}{purpose}\n" for name, purpose in entries), "```\n"])


def floors() -> str:
    """Folders and files by floor, ground first."""
    source = ast.parse((ROOT / "tests" / "test_house.py").read_text())
    (value,) = [
        node.value for node in source.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS"
    ]
    levels = ast.literal_eval(value)
    lines = [
        ", ".join(f"`{name}`" for name, level in sorted(levels.items()) if level == floor)
        for floor in sorted(set(levels.values()))
    ]
    return "".join(f"{number}. {line}\n" for number, line in enumerate(lines, 1))


def written(page: str) -> str:
    """The page with both blocks as they must be."""
    for name, text in (("tree", tree()), ("floors", floors())):
        block = re.compile(rf"<!-- {name} -->.*?<!-- end -->", re.S)
        page = block.sub(f"<!-- {name} -->\n\n{text}\n<!-- end -->".replace("\\", r"\\"), page, count=1)
    return page


def _entry(path: Path) -> tuple[str, str]:
    place = path.relative_to(PACKAGE)
    name = "  " * (len(place.parts) - 1) + place.name + ("/" if path.is_dir() else "")
    source = path / "__init__.py" if path.is_dir() else path
    return name, (ast.get_docstring(ast.parse(source.read_text())) or "").split("\n")[0]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))

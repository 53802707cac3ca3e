"""The code of a script: the modules of the package that it imports, directly or through others, as one digest."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

# Files that a page is made of; they belong to the modules of their folder.
_DATA = (".j2", ".css", ".js")


def code_digest(script: str | Path, package: str | Path) -> str:
    """SHA-256 of a script and of all modules of the package that it can import.

    The modules are found in the text, so an import within a function counts, and nothing is run. Whatever loads modules
    by a name that is made at run time counts as importing its whole sub-package.

    Parameters
    ----------
    script
        The script.
    package
        Folder of the package.
    """
    package, digest = Path(package), hashlib.sha256(Path(script).read_bytes())
    for path in modules_of(script, package):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def modules_of(script: str | Path, package: str | Path) -> list[Path]:
    """The files of the package that a script can import, and the data files beside them, sorted."""
    package, script = Path(package), Path(script)
    found: set[Path] = set()
    open_ = list(_imported(script, package))
    while open_:
        path = open_.pop()
        if path not in found:
            found.add(path)
            open_ += [other for other in _imported(path, package) if other not in found]
    folders = {path.parent for path in found if path.parent != package}
    data = {file for folder in folders for file in folder.rglob("*") if file.suffix in _DATA}
    return sorted(found | data)


def _imported(path: Path, package: Path) -> set[Path]:
    """The files that a file imports; the file's own state is looked at, so that an edited one is read again."""
    state = path.stat()
    names, dynamic = _names_in(path, package.name, state.st_mtime_ns, state.st_size)
    found = {file for name in names for file in _files(name, package)}
    return found | set(_whole(path.parent)) if dynamic and path.is_relative_to(package) else found


@cache
def _names_in(path: Path, package: str, changed: int, size: int) -> tuple[frozenset[str], bool]:
    names, dynamic = _names(ast.parse(path.read_bytes()), package)
    return frozenset(names), dynamic


def _names(tree: ast.AST, package: str) -> tuple[set[str], bool]:
    """Dotted names that a module imports from the package, and whether it also imports by names made at run time."""
    names, dynamic = set(), False
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            # The package imports itself by its full name: ruff's rule, and `tests/test_house.py` reads it so too.
            names |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module else set()
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            dynamic |= called in ("import_module", "__import__")
    return {name for name in names if name.split(".")[0] == package}, dynamic


def _files(name: str, package: Path) -> list[Path]:
    """The files that an import of a dotted name runs: those of the packages around it, and its module.

    A name that a package offers without being a module of it may come from any of its modules: all of them count.
    """
    place, found = package, [package / "__init__.py"]
    for part in name.split(".")[1:]:
        if (place / part / "__init__.py").is_file():
            place = place / part
            found.append(place / "__init__.py")
        elif (place / f"{part}.py").is_file():
            return [*found, place / f"{part}.py"]
        else:
            stub = (place / "__init__.pyi").is_file()
            return [*found, *(_whole(place) if stub else ())]
    return found


def _whole(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.py*") if path.suffix in (".py", ".pyi")]

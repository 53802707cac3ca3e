"""The code of a script: the modules of the package that it imports, directly or through others, as one digest."""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from pathlib import Path

# Files that a page is made of; they belong to the modules of their folder.
_DATA = (".j2", ".css", ".js")
_BY_NAME = ("import_module", "__import__")
_NAME = re.compile(rb"[\w.*]+(?:\s+as\s+\w+)?")
_COMMENT = re.compile(rb"#[^\n]*")


class Code:
    """The sources of a package as they are when they are first asked for.

    The modules that a script imports are found in the text, so an import within a function counts, and nothing is run.
    Whatever loads modules by a name that is made at run time counts as importing its whole sub-package.

    Parameters
    ----------
    package
        Folder of the package.
    """

    def __init__(self, package: str | Path) -> None:
        self._package = Path(package)
        self._known: dict[Path, frozenset[Path]] = {}
        self._bytes: dict[Path, bytes] = {}
        # Most modules import the same few others, and most scripts the same folders.
        self._named: dict[str, list[Path]] = {}
        self._data: dict[Path, list[Path]] = {}

    def digest(self, script: str | Path) -> str:
        """SHA-256 of a script and of all modules that it can import, and of the data files beside them."""
        digest = hashlib.sha256(Path(script).read_bytes())
        for path in self.modules(script):
            if path not in self._bytes:
                self._bytes[path] = hashlib.sha256(path.read_bytes()).digest()
            digest.update(path.relative_to(self._package).as_posix().encode() + b"\0" + self._bytes[path])
        return digest.hexdigest()

    def modules(self, script: str | Path) -> list[Path]:
        """The files of the package that a script can import, and the data files beside them, sorted."""
        found: set[Path] = set()
        open_ = list(self._imported(Path(script)))
        while open_:
            path = open_.pop()
            if path not in found:
                found.add(path)
                open_ += self._imported(path) - found
        folders = {path.parent for path in found if path.parent != self._package}
        for folder in folders - self._data.keys():
            self._data[folder] = [file for file in folder.rglob("*") if file.suffix in _DATA]
        return sorted(found.union(*(self._data[folder] for folder in folders)))

    def _imported(self, path: Path) -> frozenset[Path]:
        if path not in self._known:
            names, dynamic = _names(path.read_bytes(), self._package.name)
            for name in names - self._named.keys():
                self._named[name] = _files(name, self._package)
            found = {file for name in names for file in self._named[name]}
            whole = _whole(path.parent) if dynamic and path.is_relative_to(self._package) else []
            self._known[path] = frozenset(found.union(whole))
        return self._known[path]


def _names(source: bytes, package: str) -> tuple[set[str], bool]:
    """Dotted names that a module imports from the package, and whether it also imports by names made at run time.

    Statements are looked for in the text, ten times as fast as in its syntax tree: a job asks for a hundred modules. So
    an import that stands in a string counts too: a name too many, never one too few. The package imports itself by
    its full name: `tests/test_house.py` reads it so too.
    """
    # Without comments: a bracket in one would end the names in brackets.
    joined = _COMMENT.sub(b"", source).replace(b"\\\n", b" ")
    names: set[str] = set()
    for module, several, plain in _imports(package).findall(joined):
        for found in _NAME.findall(several or plain):
            name = found.split()[0].decode()
            names.add(f"{module.decode()}.{name}" if module else name)
    # A tree is built only where such a call may be.
    dynamic = any(name.encode() in source for name in _BY_NAME) and any(map(_is_dynamic, ast.walk(ast.parse(source))))
    return {name for name in names if name.split(".")[0] == package}, dynamic


@functools.cache
def _imports(package: str) -> re.Pattern[bytes]:
    """Statements that import from a package: the module and what of it, or whole modules."""
    of_module = rf"from[ \t]+({package}(?:\.\w+)*)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)"
    return re.compile(rf"(?m)(?:^|[;:])[ \t]*(?:{of_module}|import[ \t]+([^\n]*\b{package}\b[^\n]*))".encode())


def _is_dynamic(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in _BY_NAME


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

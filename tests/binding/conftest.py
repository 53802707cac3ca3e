"""Fixtures that several folders of the binding tests share."""

from pathlib import Path

from cisgrammar.binding import kernels
from toy_fit import table, truth  # noqa: F401 - fixtures

# numba keeps what it compiled until the function's own file changes, whatever happens to those that it calls.
for folder in (Path(path) for path in kernels.__path__):
    newest = max(path.stat().st_mtime for path in folder.glob("*.py"))
    for kept in folder.glob("__pycache__/*.nbi"):
        if kept.stat().st_mtime < newest:
            kept.unlink()

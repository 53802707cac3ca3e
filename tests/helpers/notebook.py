"""Notebooks of the documentation, run cell by cell in this process: no kernel, and no outputs kept."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat

from places import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook that the format's schema accepts."""
    found = nbformat.read(path, as_version=4)
    nbformat.validate(found)
    return found


def run_notebook(path: Path) -> dict[str, Any]:
    """Run all cells in one namespace, show the value of each last line as a notebook does, and give the namespace."""
    import matplotlib.pyplot as plt

    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        for number, cell in enumerate(read_notebook(path).cells):
            if cell.cell_type == "code":
                _run_cell(cell.source, f"{path.name}, cell {number}", names)
        for figure in map(plt.figure, plt.get_fignums()):
            figure.canvas.draw()
    finally:
        plt.close("all")
    return names


def _run_cell(source: str, place: str, names: dict[str, Any]) -> None:
    tree = ast.parse(source, place)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, place, "exec"), names)
    if last is not None:
        shown = eval(compile(ast.Expression(last.value), place, "eval"), names)
        assert (getattr(shown, "_repr_html_", None) or shown.__repr__)()

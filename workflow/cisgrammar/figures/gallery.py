"""The documentation's page of figures: one of each kind, with its caption.

`python -m cisgrammar.figures.gallery docs/gallery docs/gallery.md` writes it of the pictures in a folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cisgrammar.figures.catalogue import CATALOGUE
from cisgrammar.files.atomic import write_text

_HEAD = """# Gallery

One figure of each kind, of the demo: simulated reads whose truth is in the files. Each figure of a run is a PDF, a PNG
and the table that it draws; [figures, and your own](figures.md) says how to draw them again. A page written by
`python -m cisgrammar.figures.gallery docs/gallery docs/gallery.md`."""


def gallery_page(folder: str | Path) -> str:
    """Markdown of the figures of the catalogue that have a picture `<name>.png` in a folder, by stage.

    Parameters
    ----------
    folder
        The pictures; the page stands beside the folder.
    """
    folder = Path(folder)
    parts, stage = [_HEAD], ""
    for figure in CATALOGUE:
        if not (folder / f"{figure.name}.png").is_file():
            continue
        if figure.stage != stage:
            stage = figure.stage
            parts.append(f"## {stage.capitalize()}")
        parts.append(f"### {figure.title} (`{figure.name}`)\n\n{figure.caption}")
        parts.append(f"![{figure.title}]({folder.name}/{figure.name}.png)")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    write_text(Path(sys.argv[2]), gallery_page(sys.argv[1]))

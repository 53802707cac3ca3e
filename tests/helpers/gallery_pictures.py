"""Pictures of the documentation's gallery from a finished demo.

`python tests/helpers/gallery_pictures.py results docs/gallery`, then `make docs`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from cisgrammar.figures.catalogue import CATALOGUE

MOST_PIXELS, COLOURS = 1000, 64


def write_pictures(results: Path, folder: Path) -> None:
    """Write a picture of each kind of figure, at most 1,000 pixels wide and in 64 colours.

    ValueError, before anything is written, if the run lacks one.
    """
    found = {path.stem: path for path in sorted((results / "figures").rglob("*.png"), reverse=True)}
    missing = sorted({figure.name for figure in CATALOGUE} - set(found))
    if missing:
        raise ValueError(f"{results}: no figure {', '.join(missing)}; wanted the results of a whole demo")
    for figure in CATALOGUE:
        with Image.open(found[figure.name]) as image:
            picture = image.convert("RGB")
        if picture.width > MOST_PIXELS:
            size = (MOST_PIXELS, round(picture.height * MOST_PIXELS / picture.width))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        # Median cuts would mix thin lines' colours with those around them.
        few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
        few.save(folder / f"{figure.name}.png", optimize=True)


if __name__ == "__main__":
    write_pictures(Path(sys.argv[1]), Path(sys.argv[2]))

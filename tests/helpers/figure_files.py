"""A figure's files, and the same files drawn from its TSV alone; what a figure says and which intervals it shows."""

import hashlib

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from cisgrammar.config.figures import Figures
from cisgrammar.figures.draw import redraw, write_drawn, write_picture

KINDS = ("pdf", "png", "svg")
BOTH = Figures(formats=("pdf", "svg"))


def written(name, drawn, folder):
    """Write a figure; fails unless its TSV alone gives the same files. Returns a digest of them all."""
    write_drawn(drawn, folder / "f", BOTH)
    write_picture(redraw(name, folder / "f.tsv"), folder / "again", BOTH)
    digests = []
    for kind in KINDS:
        bytes_ = (folder / f"f.{kind}").read_bytes()
        assert bytes_ == (folder / f"again.{kind}").read_bytes(), f"{name}.{kind} is not that of its TSV"
        assert b"CreationDate" not in bytes_
        digests.append(hashlib.sha256(bytes_).hexdigest())
    return (*digests, hashlib.sha256((folder / "f.tsv").read_bytes()).hexdigest())


def said(drawn):
    """Every text of a figure."""
    return " ".join(text.get_text() for text in drawn.figure.findobj(lambda item: hasattr(item, "get_text")))


def intervals(drawn):
    """Number of error bars and bands that can be seen: lines of some length, and areas."""
    found = [item for axis in drawn.figure.axes for item in axis.collections]
    lines = [line for item in found if isinstance(item, LineCollection) for line in item.get_segments()]
    areas = [path.vertices for item in found if isinstance(item, PolyCollection) for path in item.get_paths()]
    seen = [np.asarray(points) for points in (*lines, *areas)]
    return sum(len(points) > 1 and np.isfinite(points).all() and np.ptp(points, axis=0).max() > 0 for points in seen)

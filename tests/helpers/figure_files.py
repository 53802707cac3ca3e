"""A figure's files, and the same files drawn from its TSV alone."""

import hashlib

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

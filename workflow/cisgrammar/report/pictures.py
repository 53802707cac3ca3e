"""Figures as a page holds them: whole, or as thumbnails that lead to their files."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

LONG_SIDE = 260
"""Most pixels of a thumbnail's longer side: 15 figures of 250 folds stay near 20 MB."""
_QUALITY = 40


class Figure(NamedTuple):
    """One picture of the page.

    Attributes
    ----------
    stage
        The section that it stands in.
    title, caption
        What stands below it.
    path
        Its PNG.
    sample
        Whose it is; empty for none's.
    """

    stage: str
    title: str
    path: Path
    caption: str = ""
    sample: str = ""


class Picture(NamedTuple):
    """A figure as the page holds it.

    Attributes
    ----------
    title, caption
        As of the figure.
    source
        The picture as a data address.
    percent
        Its width beside the widest of the page, so that letters are alike in all; None of a file that is no PNG.
    link
        Where a click leads; empty for nowhere.
    """

    title: str
    caption: str
    source: str
    percent: int | None = None
    link: str = ""


def figures_of(listed: Iterable[Mapping[str, str]]) -> list[Figure]:
    """The figures that a run lists: stage, place, title, file, caption and sample of each."""
    return [
        Figure(
            each["stage"],
            f"{each['place']}: {each['title']}".removeprefix(": "),
            Path(each["file"]),
            each["caption"],
            each["sample"],
        )
        for each in listed
    ]


def pixels(path: Path) -> int:
    """Width of a PNG by its header; 0 of another file."""
    with path.open("rb") as handle:
        head = handle.read(24)
    return int.from_bytes(head[16:20], "big") if head[:8] == b"\x89PNG\r\n\x1a\n" else 0


def embedded(figure: Figure, widest: int) -> Picture:
    """A figure with all its pixels; `widest` is the width of the page's widest."""
    width = pixels(figure.path)
    percent = round(100 * width / widest) if width and widest else None
    return Picture(figure.title, figure.caption, _address("png", figure.path.read_bytes()), percent)


def thumbnail(figure: Figure, folder: str | Path) -> Picture:
    """A small picture that leads to the file, as seen from a page in `folder`."""
    from matplotlib.image import imread, imsave

    whole = imread(figure.path)  # (height, width, channels)
    step = max(1, -(-max(whole.shape[:2]) // LONG_SIDE))
    height, width = (size // step for size in whole.shape[:2])
    rows = whole[: height * step, : width * step, :3].reshape(height, -1, width * step * 3).mean(axis=1)
    small = rows.reshape(height, width, -1, 3).mean(axis=2)  # (height, width, 3)
    buffer = io.BytesIO()
    imsave(buffer, np.clip(small, 0, 1), format="webp", pil_kwargs={"quality": _QUALITY})
    link = Path(os.path.relpath(figure.path, folder)).as_posix()
    return Picture(figure.title, figure.caption, _address("webp", buffer.getvalue()), None, link)


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"

"""Motif logos and small profiles as inline SVG."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.ablation.sites.scan_motif import ScanMotif
from cisgrammar.sequence.alphabet import BASES

# Outlines of the letters in a box of 100 by 100, drawn for this page.
_OUTLINES = {
    "A": "M0 100 38 0H62L100 100H78L70 77H30L22 100ZM36 60H64L50 19Z",
    "C": "M100 31C93 10 76 0 53 0 20 0 0 21 0 50S20 100 53 100C76 100 93 90 100 69L79 62C74 75 66 81 53 81 34 81 22 69 "
    "22 50S34 19 53 19C66 19 74 25 79 38Z",
    "G": "M100 31C93 10 76 0 53 0 20 0 0 21 0 50S20 100 53 100C72 100 88 94 100 83V45H52V63H79V74C72 79 63 81 53 81 34 "
    "81 22 69 22 50S34 19 53 19C66 19 74 25 79 38Z",
    "T": "M0 0H100V19H61V100H39V19H0Z",
}
_WIDTH, _HEIGHT, _BITS = 12, 40, 2.0
_SPARK = (160, 36)


def letter_symbols() -> str:
    """The four letters as SVG symbols, to be put into a page once."""
    paths = "".join(
        f'<symbol id="base-{base}" viewBox="0 0 100 100" preserveAspectRatio="none">'
        f'<path class="base-{base}" fill-rule="evenodd" d="{_OUTLINES[base]}"/></symbol>'
        for base in BASES
    )
    return f'<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>{paths}</defs></svg>'


def letter_heights(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits of each base `(positions, 4)`: its share of the position's information over an even background."""
    entropy = -(shares * np.log2(np.maximum(shares, 1e-12))).sum(axis=1, keepdims=True)
    return shares * (_BITS - entropy)


def logo(motif: ScanMotif) -> str:
    """The motif's logo: letters stacked by their bits, the tallest on top; needs `letter_symbols` in the page."""
    heights = letter_heights(motif.shares) * _HEIGHT / _BITS
    parts = []
    for position, column in enumerate(heights):
        top = float(_HEIGHT)
        for base in np.argsort(column, kind="stable").tolist():
            tall = float(column[base])
            if tall < 0.5:
                continue
            top -= tall
            place = f'x="{position * _WIDTH}" y="{top:.1f}" width="{_WIDTH - 1}" height="{tall:.1f}"'
            parts.append(f'<use href="#base-{BASES[base]}" {place}/>')
    label = html.escape(f"logo of {motif.name}: {motif.consensus}")
    size = f'viewBox="0 0 {motif.width * _WIDTH} {_HEIGHT}" width="{motif.width * _WIDTH}" height="{_HEIGHT}"'
    return f'<svg class="logo" role="img" aria-label="{label}" {size}>{"".join(parts)}</svg>'


def sparkline(before: ArrayLike, after: ArrayLike, label: str) -> str:
    """Two profiles on one scale: before ablation (filled) and after (line); the site is in the middle.

    Parameters
    ----------
    before, after
        `(positions,)`, an even number; neighbours are averaged in twos. nan is left out.
    label
        What it shows, for who does not see it.
    """
    lines = [np.asarray(values, dtype=np.float64).reshape(-1, 2).mean(axis=1) for values in (before, after)]
    wide, high = _SPARK
    most = max((float(np.nanmax(v)) for v in lines if np.isfinite(v).any()), default=0.0) or 1.0
    one, other = (_path(values, most) for values in lines)
    ends = [i for i in range(len(lines[0])) if np.isfinite(lines[0][i])]
    filled = f"{one}L{_x(ends[-1], lines[0])} {high}L{_x(ends[0], lines[0])} {high}Z" if ends else ""
    middle = f'<path class="middle" d="M{wide // 2} 0V{high}"/>'
    size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    return (
        f'<svg class="spark" role="img" aria-label="{html.escape(label)}" {size}>{middle}'
        f'<path class="before" d="{filled}"/><path class="after" d="{other}"/></svg>'
    )


def _x(i: int, values: NDArray[np.float64]) -> int:
    return round(i * _SPARK[0] / max(1, len(values) - 1))


def _path(values: NDArray[np.float64], most: float) -> str:
    high = _SPARK[1]
    points = [
        f"{_x(i, values)} {round(high - 1 - (high - 2) * v / most)}" for i, v in enumerate(values) if np.isfinite(v)
    ]
    return "M" + "L".join(points) if points else ""


def logos(motifs: Mapping[str, ScanMotif]) -> dict[str, str]:
    """Motif name -> logo."""
    return {name: logo(motif) for name, motif in motifs.items()}

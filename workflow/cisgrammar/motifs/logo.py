"""Motif logos: the heights of the letters, drawn as inline SVG for a page or on the axes of a figure."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.iupac import BASES
from cisgrammar.motifs.motif import Motif

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Four of Okabe and Ito's palette, told apart by all kinds of colour vision.
LETTER_COLOURS = {"A": "#009E73", "C": "#0072B2", "G": "#E69F00", "T": "#D55E00"}
# Outlines of the letters in a box of 100 by 100, drawn for this package.
_OUTLINES = {
    "A": "M0 100 38 0H62L100 100H78L70 77H30L22 100ZM36 60H64L50 19Z",
    "C": "M100 31C93 10 76 0 53 0 20 0 0 21 0 50S20 100 53 100C76 100 93 90 100 69L79 62C74 75 66 81 53 81 34 81 22 69 "
    "22 50S34 19 53 19C66 19 74 25 79 38Z",
    "G": "M100 31C93 10 76 0 53 0 20 0 0 21 0 50S20 100 53 100C72 100 88 94 100 83V45H52V63H79V74C72 79 63 81 53 81 34 "
    "81 22 69 22 50S34 19 53 19C66 19 74 25 79 38Z",
    "T": "M0 0H100V19H61V100H39V19H0Z",
}
_WIDTH, _HEIGHT, _BITS = 12, 40, 2.0


def letter_heights(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits of each base `(positions, 4)`: its share of the position's information over an even background."""
    entropy = -(shares * np.log2(np.maximum(shares, 1e-12))).sum(axis=1, keepdims=True)
    return shares * (_BITS - entropy)


def tallest_stack(heights: NDArray[np.float64]) -> float:
    """Height of the tallest stack of letters above or below zero, of heights `(positions, 4)`."""
    sides = (np.maximum(heights, 0.0), np.maximum(-heights, 0.0))
    return max(float(side.sum(axis=1).max()) for side in sides)


def stack_ends(heights: NDArray[np.float64]) -> tuple[float, float]:
    """Lower and upper end of an axis that holds all stacks of heights `(positions, 4)`, with a tenth to spare."""
    low, high = np.minimum(heights, 0.0).sum(axis=1).min(), np.maximum(heights, 0.0).sum(axis=1).max()
    spare = 0.1 * max(float(high - low), 1e-9)
    return float(low) - spare, float(high) + spare


def letter_symbols() -> str:
    """The four letters as SVG symbols, to be put into a page once; the page gives `.base-A` and others a colour."""
    paths = "".join(
        f'<symbol id="base-{base}" viewBox="0 0 100 100" preserveAspectRatio="none">'
        f'<path class="base-{base}" fill-rule="evenodd" d="{_OUTLINES[base]}"/></symbol>'
        for base in BASES
    )
    return f'<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>{paths}</defs></svg>'


def svg_logo(motif: Motif) -> str:
    """The motif's logo: letters stacked by their bits, the tallest on top; needs `letter_symbols` in the page."""
    return f'<svg class="logo" role="img" aria-label="{logo_label(motif)}" {_size(motif)}>{_letters(motif)}</svg>'


def logo_label(motif: Motif) -> str:
    """What a logo shows, for those who do not see it, as HTML."""
    return html.escape(f"logo of {motif.name}: {motif.consensus}")


def logo_address(motif: Motif) -> str:
    """The motif's logo as the address of a picture that needs no page, for `url("...")` in a style.

    A page that shows a logo in thousands of rows holds and draws its letters once.
    """
    style = "".join(f".base-{base} {{ fill: {colour} }}" for base, colour in LETTER_COLOURS.items())
    namespace = 'xmlns="http://www.w3.org/2000/svg"'
    drawn = f"<svg {namespace} {_size(motif)}><style>{style}</style>{letter_symbols()}{_letters(motif)}</svg>"
    return "data:image/svg+xml," + quote(drawn.replace('"', "'"), safe=" '=/(),;")


def _size(motif: Motif) -> str:
    return f'viewBox="0 0 {motif.width * _WIDTH} {_HEIGHT}" width="{motif.width * _WIDTH}" height="{_HEIGHT}"'


def _letters(motif: Motif) -> str:
    """The letters of a logo, which `letter_symbols` has."""
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
    return "".join(parts)


def svg_contributions(name: str, heights: NDArray[np.float64]) -> str:
    """Contributions `(positions, 4)` as a logo: positive ones stand on a line, negative ones hang from it."""
    sides = (np.maximum(heights, 0.0).sum(axis=1).max(), np.maximum(-heights, 0.0).sum(axis=1).max())
    scale = _HEIGHT / max(float(sum(sides)), 1e-12)
    axis = float(sides[0]) * scale
    parts = [f'<path d="M0 {axis:.1f}H{len(heights) * _WIDTH}" stroke="currentColor" stroke-width="0.5"/>']
    for position, column in enumerate(heights * scale):
        ends = [axis, axis]
        for base in np.argsort(np.abs(column), kind="stable").tolist():
            tall, below = abs(float(column[base])), bool(column[base] < 0)
            if tall < 0.5:
                continue
            top = ends[1] if below else ends[0] - tall
            ends[below] = top + tall if below else top
            place = f'x="{position * _WIDTH}" y="{top:.1f}" width="{_WIDTH - 1}" height="{tall:.1f}"'
            parts.append(f'<use href="#base-{BASES[base]}" {place}/>')
    label = html.escape(f"mean contributions of the bases of {name}")
    size = f'viewBox="0 0 {len(heights) * _WIDTH} {_HEIGHT}" width="{len(heights) * _WIDTH}" height="{_HEIGHT}"'
    return f'<svg class="logo" role="img" aria-label="{label}" {size}>{"".join(parts)}</svg>'


def svg_logos(motifs: Mapping[str, Motif]) -> dict[str, str]:
    """Motif name -> logo."""
    return {name: svg_logo(motif) for name, motif in motifs.items()}


def draw_logo(axis: Axes, heights: pd.DataFrame, limit: float | tuple[float, float]) -> None:
    """Draw letters above and below zero on the axes of a figure.

    Parameters
    ----------
    axis
        Where to draw.
    heights
        Rows positions, columns bases.
    limit
        The vertical axis goes from minus this to this; or its lower and upper end.
    """
    # Here, so that a page with SVG logos does not wait for matplotlib.
    import logomaker

    logomaker.Logo(
        heights,
        ax=axis,
        color_scheme=LETTER_COLOURS,
        shade_below=0.0,
        fade_below=0.0,
        flip_below=False,
        show_spines=False,
    )
    axis.axhline(0, color="black", linewidth=0.5)
    low, high = limit if isinstance(limit, tuple) else (-limit, limit)
    axis.set_ylim(low, high)
    first, last = int(heights.index.min()), int(heights.index.max())
    axis.set_xticks([p for p in range(first, last + 1) if p % 5 == 0])
    axis.spines["left"].set_visible(True)

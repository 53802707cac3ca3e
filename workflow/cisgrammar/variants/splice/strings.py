"""SpliceAI's delta scores, positions and strings, as SpliceAI 1.3.1 defines them, with what is odd about them.

Its window is the variant's POS with `distance` bases on either side. Rows of a deletion's missing bases are 0 right
after its first base, also where the window is then too short to hold both of its sides; an insertion's bases share one
row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.variants.splice.genes import SpliceGene
from cisgrammar.variants.splice.windows import Probabilities
from cisgrammar.variants.variant import Variant

WINDOW = 10_000
"""Bases that SpliceAI's own window has beside the rows that it scores: a variant nearer to an end is skipped."""
DELTAS = ("ag", "al", "dg", "dl")
"""Acceptor gain and loss, donor gain and loss: the order of the string."""


class Deltas(NamedTuple):
    """The four scores and the places of their maxima, in the order of `DELTAS`.

    Attributes
    ----------
    scores
        Changes of probability.
    places
        bp from the variant's first base, on the chromosome's + strand.
    """

    scores: tuple[float, float, float, float]
    places: tuple[int, int, int, int]


def skipped(variant: Variant, length: int, distance: int, context: int = WINDOW) -> str:
    """Why SpliceAI gives a variant no string, by its alleles and place; empty if it gives one.

    Parameters
    ----------
    variant
        The variant.
    length
        Of its chromosome, bp.
    distance
        bp.
    context
        Bases of SpliceAI's window beside the `2 * distance + 1` that are scored.
    """
    half = context // 2 + distance
    if variant.start < half or variant.start + half + 1 > length:
        return "near chromosome end"
    return "REF longer than twice the distance" if len(variant.ref) > 2 * distance else ""


def has_scores(variant: Variant) -> bool:
    """Whether SpliceAI scores it; an allele of several bases for one of several is answered with dots."""
    return len(variant.ref) == 1 or len(variant.alt) == 1


def spliceai_deltas(found: Probabilities, variant: Variant, gene: SpliceGene, distance: int, mask: bool) -> Deltas:
    """The four scores and places of one variant in one gene.

    Parameters
    ----------
    found
        Probabilities of both alleles.
    variant, gene
        The variant, with one base in one of its alleles, and the gene.
    distance
        bp on each side.
    mask
        Whether a gain at the annotated exon boundary next to the variant, and a loss anywhere else, are 0.
    """
    ref, alt = spliceai_rows(found, variant, distance)
    change = alt - ref  # (2 * distance + 1, 2)
    curves = (change[:, 0], -change[:, 0], change[:, 1], -change[:, 1])
    rows = [int(curve.argmax()) for curve in curves]
    nearest = nearest_boundary(gene, variant.start)
    hidden = [mask and ((row - distance == nearest) == gain) for row, gain in zip(rows, (1, 0, 1, 0), strict=True)]
    scores = [float(curve[row]) * (1 - hide) for curve, row, hide in zip(curves, rows, hidden, strict=True)]
    ag, al, dg, dl = scores
    return Deltas((ag, al, dg, dl), (rows[0] - distance, rows[1] - distance, rows[2] - distance, rows[3] - distance))


def spliceai_rows(
    found: Probabilities, variant: Variant, distance: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rows of SpliceAI's window on both alleles, `(2 * distance + 1, 2)` each, aligned as it aligns them."""
    refs, alts = len(variant.ref), len(variant.alt)
    rows = 2 * distance + 1
    ref, alt = found.ref[:rows], found.alt[: rows + alts - refs]
    if refs > 1:
        gap = np.zeros((refs - alts, 2), dtype=alt.dtype)
        alt = np.concatenate([alt[: distance + alts], gap, alt[distance + alts :]])
    elif alts > 1:
        inserted = alt[distance : distance + alts].max(axis=0, keepdims=True)  # (1, 2)
        alt = np.concatenate([alt[:distance], inserted, alt[distance + alts :]])
    return ref, alt


def nearest_boundary(gene: SpliceGene, place: int) -> int:
    """Bp from a place to the first or last base of an exon that is nearest to it; of equally near ones the lower."""
    edges = sorted({edge for start, end in gene.exons for edge in (start, end - 1)})
    return min((edge - place for edge in edges), key=abs)


def spliceai_string(variant: Variant, gene: SpliceGene, deltas: Deltas | None) -> str:
    """`ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL`; dots where there are no scores."""
    if deltas is None:
        return "|".join([variant.alt, gene.name, *"........"])
    scores = [f"{score:.2f}" for score in deltas.scores]
    return "|".join([variant.alt, gene.name, *scores, *map(str, deltas.places)])

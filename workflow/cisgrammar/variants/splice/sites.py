"""What a variant changes at splice sites, in full: every base of either allele, every annotated site, no rounding.

Alleles are aligned after the bases that they share at both ends are taken off: one to one as far as both go. Missing
bases have probability 0; bases that are too many share the row of the base before them, which has the largest of
their probabilities.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.splice.models.model import SITES
from cisgrammar.variants.splice.genes import SpliceGene
from cisgrammar.variants.splice.strings import Deltas
from cisgrammar.variants.splice.windows import Probabilities
from cisgrammar.variants.variant import Variant

CLEAR = 0.2
"""Least change of the probability of a site that is called on both alleles, to be told: SpliceAI's high recall."""
UNCHANGED = "unchanged"


class Aligned(NamedTuple):
    """Both alleles on the reference's bases.

    Attributes
    ----------
    ref, alt
        `(rows, 2)` probabilities of acceptor and donor; row 0 is `distance` bases before the variant's first base.
    place
        `(rows, 2)` int64: place of the row's base on the other allele, bp from the variant's first base; of bases that
        share a row, the one with the largest probability.
    """

    ref: NDArray[np.float32]
    alt: NDArray[np.float32]
    place: NDArray[np.int64]


class SiteChange(NamedTuple):
    """What happens to one kind of site.

    Attributes
    ----------
    verdict
        `lost`, `made`, `strengthened`, `weakened`, several by commas, or `unchanged`.
    lost, made
        bp from the variant's first base to the called site that is no longer called, and to the one that is new, on the
        reference's bases; of several the one that changes most; None for none.
    made_place
        The same of the new site, on the other allele's bases.
    """

    verdict: str
    lost: int | None
    made: int | None
    made_place: int | None


def align(found: Probabilities, variant: Variant, distance: int) -> Aligned:
    """Put the other allele's rows on the reference's bases."""
    first, last = variant.shared
    gone, new = len(variant.ref) - first - last, len(variant.alt) - first - last
    both, head = min(gone, new), distance + first
    alt = found.alt
    places = np.repeat(np.arange(len(alt))[:, None] - distance, 2, axis=1)  # (alt rows, 2)
    rows = [alt[: head + both], alt[head + new :]]
    where = [places[: head + both], places[head + new :]]
    if new > gone:
        extra = alt[head + both - 1 : head + new]  # (1 + new - gone, 2): the base before, and those that are too many
        best = extra.argmax(axis=0)  # (2,)
        rows[0] = np.concatenate([alt[: head + both - 1], extra[best, [0, 1]][None]])
        where[0] = np.concatenate([places[: head + both - 1], (head + both - 1 - distance + best)[None]])
    gap = max(gone - new, 0)
    rows.insert(1, np.zeros((gap, 2), dtype=alt.dtype))
    where.insert(1, np.full((gap, 2), first + both, dtype=np.int64))
    return Aligned(found.ref, np.concatenate(rows), np.concatenate(where))


def deltas(aligned: Aligned, distance: int) -> Deltas:
    """The largest gains and losses, 0 or more, and where they are."""
    change = aligned.alt - aligned.ref  # (rows, 2)
    curves = (change[:, 0], -change[:, 0], change[:, 1], -change[:, 1])
    return _maxima(list(curves), [np.ones(len(change), dtype=bool)] * 4, distance)


def masked_deltas(aligned: Aligned, variant: Variant, gene: SpliceGene, distance: int) -> Deltas:
    """Gains off annotated sites of the same kind, and losses on them; 0 where the window has none of these."""
    change = aligned.alt - aligned.ref
    known = np.stack(
        [np.isin(np.arange(len(change)) + variant.start - distance, sites) for sites in (gene.acceptors, gene.donors)],
        axis=1,
    )  # (rows, 2)
    curves = [change[:, 0], -change[:, 0], change[:, 1], -change[:, 1]]
    return _maxima(curves, [~known[:, 0], known[:, 0], ~known[:, 1], known[:, 1]], distance)


def _maxima(curves: list[NDArray[np.float32]], used: list[NDArray[np.bool_]], distance: int) -> Deltas:
    scores, places = [], []
    for curve, rows in zip(curves, used, strict=True):
        row = int(np.where(rows, curve, -np.inf).argmax()) if rows.any() else distance
        scores.append(max(0.0, float(curve[row])) if rows.any() else 0.0)
        places.append(row - distance)
    ag, al, dg, dl = scores
    return Deltas((ag, al, dg, dl), (places[0], places[1], places[2], places[3]))


def site_changes(aligned: Aligned, thresholds: ArrayLike, distance: int) -> dict[str, SiteChange]:
    """What is called on one allele and not on the other, by kind of site (acceptor, donor).

    Parameters
    ----------
    aligned
        Both alleles.
    thresholds
        `(2,)`, acceptor and donor: a base is called where its probability is greater.
    distance
        bp on each side of the alleles.
    """
    levels = np.asarray(thresholds, dtype=np.float64)
    return {
        kind: _site_change(aligned.ref[:, i], aligned.alt[:, i], aligned.place[:, i], float(levels[i]), distance)
        for i, kind in enumerate(SITES)
    }


def _site_change(ref: NDArray, alt: NDArray, place: NDArray, threshold: float, distance: int) -> SiteChange:
    change = (alt - ref).astype(np.float64)
    before, after = ref > threshold, alt > threshold
    states = {
        "lost": before & ~after,
        "made": after & ~before,
        "strengthened": before & after & (change >= CLEAR),
        "weakened": before & after & (change <= -CLEAR),
    }
    words = [word for word, rows in states.items() if rows.any()]
    lost, made = (
        int(np.where(states[word], np.abs(change), -1.0).argmax()) if word in words else None
        for word in ("lost", "made")
    )
    return SiteChange(
        ",".join(words) or UNCHANGED,
        None if lost is None else lost - distance,
        None if made is None else made - distance,
        None if made is None else int(place[made]),
    )

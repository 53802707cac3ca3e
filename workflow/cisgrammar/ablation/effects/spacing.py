"""Two motifs put into background at one distance after another, against decoys in their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.stats import t as student

from cisgrammar.ablation.effects.model_parts import LogCounts, Part
from cisgrammar.ablation.sites.decoys import draw_decoys
from cisgrammar.config.ablation import Ablation
from cisgrammar.iupac import reverse_complement
from cisgrammar.motifs.motif import Motif
from cisgrammar.perturb.insert import motif_codes
from cisgrammar.perturb.space import Placed, placed
from cisgrammar.sequence.alphabet import reverse_complement as other_strand
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.statistics.clustered import mean_interval
from cisgrammar.statistics.local_null import RESOLUTION, groups_of_like, studentised_test, widest_null
from cisgrammar.statistics.p_values import benjamini_hochberg
from cisgrammar.tables.contracts.ablation import SCANNED_SPACING

NULLS = ("decoy_b", "decoy_a", "decoys", "distances")
"""Kinds of null: a with decoys of b, decoys of a with b, two decoys, the pair at distances beyond those scanned."""
FEWEST_DISTANCES = 30
"""Distances beyond the scanned ones that say what the pair does at no distance in particular. The smallest q of a
family is 1 over the draws of a null: one distance alone passes 0.05 only with more than 20."""
LEAST_ALIKE = 10
"""Placements that share a kind of null: enough that chance does not choose it (simulation)."""

Interactions = NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Motif b on the strand of a or not, and right of it or left; letters are those of a's strand."""

    strands: str
    after: bool

    def letters(self, motif: str) -> str:
        """Letters of b as they stand on the strand of a."""
        return motif if self.strands == "same" else reverse_complement(motif)

    def offset(self, a: int, b: int, gap: int) -> int:
        """Start of b minus start of a, from their widths and the bp between them."""
        return a + gap if self.after else -(b + gap)


@dataclass(frozen=True, eq=False)
class Scan:
    """Interactions of one placement at several distances.

    Attributes
    ----------
    pair
        `(backgrounds, distances, heads)`, ln counts.
    decoy_b, decoy_a, decoys
        `(backgrounds, distances, decoys, heads)`: a with decoys of b, decoys of a with b, decoys of both.
    beyond
        `(backgrounds, further distances, heads)` of the pair.
    """

    pair: Interactions
    decoy_b: Interactions
    decoy_a: Interactions
    decoys: Interactions
    beyond: Interactions


def placements(a: Motif, b: Motif) -> list[Placement]:
    """The placements of two motifs; a motif with itself on the same strand has one, not two."""
    every = [Placement(strands, after) for strands in ("same", "opposite") for after in (True, False)]
    return [p for p in every if p.after or p.strands == "opposite" or a.name != b.name]


def spacing_effects(
    part: Part,
    pairs: Sequence[tuple[Motif, Motif]],
    known: Mapping[str, Motif],
    backgrounds: NDArray[np.uint8],
    settings: Ablation,
    seed: int,
) -> pd.DataFrame:
    """Scan the distance of pairs of motifs, b on the strand of a and on the other, on either side of it.

    The interaction is the joint effect of both minus the sum of the effects of each alone, ln counts with a and b
    - with a - with b + with neither: above 0 where together they give more than their sum.

    Its null has several kinds: a motif with a decoy of the other one in the same place (letters in another order, least
    like any motif), two decoys in the same places, and the pair itself at distances beyond those scanned. For
    distances that are alike the kind that varies most is taken (`widest_null`): near each other, what any letters do
    beside a motif; farther apart, what two motifs of this strength do at any distance. p by `studentised_test`, q over
    all placements of a pair, model and head. Backgrounds are the units of intervals; each is read on both strands if
    `both_strands` says so.

    A model blurs: beside a distance that matters, those 1 or 2 bp away have an interaction too, in the model, which no
    null takes away. `peak` says which ones stand out from both neighbours (paired t over backgrounds) as well.

    Parameters
    ----------
    part
        The model.
    pairs
        Motifs a and b.
    known
        Motifs of the run by name, that a decoy must be unlike.
    backgrounds
        `(sequences, input_length)` codes.
    settings, seed
        The section, and the seed of the decoys.

    Returns
    -------
    DataFrame
        With the columns of `spacing.tsv`.
    """
    tables = []
    for a, b in pairs:
        where = placements(a, b)
        scans = [_scan(part, (a, b), known, place, backgrounds, settings, seed) for place in where]
        for h, head in enumerate(part.heads):
            rows = _tested(scans, (a, b), where, h, settings)
            tables.append(rows.assign(pair=f"{a.name}:{b.name}", model=part.name, head=head.name))
    names = list(SCANNED_SPACING.names)
    return pd.concat(tables, ignore_index=True)[names] if tables else pd.DataFrame(columns=names)


def _gaps(settings: Ablation, widths: int, length: int) -> tuple[list[int], list[int]]:
    """Distances that are scanned, and those beyond them that fit into the input."""
    first, last = settings.spacings
    further = last + max(FEWEST_DISTANCES, last + 1 - first)
    return list(range(first, last + 1)), list(range(last + 1, min(further, length - widths) + 1))


def _scan(
    part: Part,
    motifs: tuple[Motif, Motif],
    known: Mapping[str, Motif],
    place: Placement,
    backgrounds: NDArray[np.uint8],
    settings: Ablation,
    seed: int,
) -> Scan:
    a, b = motifs
    near, far = _gaps(settings, a.width + b.width, part.input_length)
    of_a, of_b = ([d.consensus for d in draw_decoys(m, known, settings.spacing_decoys, seed)] for m in motifs)
    many = min(len(of_a), len(of_b))
    if a.name == b.name:  # each with another one, not with itself
        of_b = of_b[1:] + of_b[:1]
    first, second = (a.consensus, *of_a[:many]), (b.consensus, *of_b[:many])
    joint = [(0, 0), *((0, k) for k in range(1, many + 1)), *((k, 0) for k in range(1, many + 1))]
    joint += [(k, k) for k in range(1, many + 1)]

    def at(gap: int, one: str, two: str) -> tuple[Placed, Placed]:
        left, right = (one, place.letters(two)) if place.after else (place.letters(two), one)
        start = part.input_length // 2 - (a.width + b.width + gap) // 2
        both = (motif_codes(left), start), (motif_codes(right), start + len(left) + gap)
        return both if place.after else both[::-1]

    def interactions(gaps: Sequence[int], pairs: Sequence[tuple[int, int]]) -> Interactions:
        singles = max(max(pair) for pair in pairs) + 1
        versions: list[list[Placed]] = []
        for gap in gaps:
            versions += [[at(gap, first[i], second[0])[0]] for i in range(singles)]
            versions += [[at(gap, first[0], second[j])[1]] for j in range(singles)]
            versions += [list(at(gap, first[i], second[j])) for i, j in pairs]
        gain = _gains(part, backgrounds, versions, settings)  # (backgrounds, versions, heads)
        gain = gain.reshape(len(backgrounds), len(gaps), 2 * singles + len(pairs), -1)
        i, j = (np.array(index) for index in zip(*pairs, strict=True))
        return gain[:, :, 2 * singles :] - gain[:, :, i] - gain[:, :, singles + j]

    found = interactions(near, joint)
    nothing = np.empty((len(backgrounds), 0, len(part.heads)))
    beyond = interactions(far, joint[:1])[:, :, 0] if far else nothing
    of_b_only, of_a_only, of_both = np.split(found[:, :, 1:], 3, axis=2)
    return Scan(found[:, :, 0], of_b_only, of_a_only, of_both, beyond)


def _gains(
    part: Part, backgrounds: NDArray[np.uint8], versions: Sequence[Sequence[Placed]], settings: Ablation
) -> Interactions:
    """Ln counts with what is put in minus without, `(backgrounds, versions, heads)`; mean over strands if asked for."""
    counts, length = LogCounts(part.model, len(part.heads)), backgrounds.shape[1]
    turned = [[(other_strand(m), length - at - len(m)) for m, at in version] for version in versions]
    strands = [(backgrounds, versions)]
    strands += [(other_strand(backgrounds), turned)] if settings.both_strands else []
    gains = []
    for codes, put_in in strands:
        X = one_hot(torch.from_numpy(codes))
        y = placed(counts, X, put_in, batch_size=settings.batch_size, device=settings.device)
        gains.append((y.y_after.double() - y.y_before.double()[:, None]).numpy())
    return np.mean(gains, axis=0)


def _tested(
    scans: Sequence[Scan], motifs: tuple[Motif, Motif], where: Sequence[Placement], h: int, settings: Ablation
) -> pd.DataFrame:
    """One head of a pair: a row per placement and distance, with its test."""
    a, b = motifs
    gaps = np.arange(settings.spacings[0], settings.spacings[1] + 1)
    pair = np.stack([scan.pair[..., h] for scan in scans])  # (placements, backgrounds, distances)
    kinds = [_means([getattr(scan, kind)[..., h] for scan in scans]) for kind in NULLS[:3]]
    beyond = [np.tile(scan.beyond[..., h].mean(axis=0), (len(gaps), 1)) for scan in scans]
    gap = np.tile(gaps, len(scans))
    null, chosen = widest_null([*kinds, np.concatenate(beyond)], groups_of_like(gap, LEAST_ALIKE))
    mean, error, low, high = (v.reshape(-1) for v in mean_interval(pair.swapaxes(0, 1)))
    test = studentised_test(mean, null)
    q = benjamini_hochberg(test.p)
    above = np.sign(mean - np.where(np.isfinite(test.mean), test.mean, 0)).reshape(len(scans), -1)
    stands_out = np.concatenate([_peaks(p, s, settings.significance) for p, s in zip(pair, above, strict=True)])
    columns = {
        "strands": np.repeat([place.strands for place in where], len(gaps)),
        "offset": np.array([place.offset(a.width, b.width, g) for place in where for g in gaps.tolist()]),
        "gap": gap,
        "interaction": mean,
        "interaction_se": error,
        "interaction_low": low,
        "interaction_high": high,
        "null": np.array(NULLS)[chosen],
        "null_draws": test.draws,
        "null_mean": test.mean,
        "null_low": test.low,
        "null_high": test.high,
        "p_value": test.p,
        "q_value": q,
        "peak": stands_out & (np.nan_to_num(q, nan=1.0) < settings.significance),
    }
    return pd.DataFrame(columns)


def _means(nulls: Sequence[Interactions]) -> Interactions:
    """Means over backgrounds of the null draws of each placement, `(placements * distances, draws)`."""
    return np.concatenate([draws.mean(axis=0) for draws in nulls])


def _peaks(pair: Interactions, above: NDArray[np.float64], level: float) -> NDArray[np.bool_]:
    """Distances whose interaction `(backgrounds, distances)` lies farther out than that of each neighbour.

    One-sided paired t over backgrounds against either neighbour, each at `level` (an intersection-union test).
    """
    many = len(pair)
    out = np.ones(pair.shape[1], dtype=bool)
    if many < 2:
        return ~out
    for here, beside in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
        further = above[here] * (pair[:, here] - pair[:, beside])  # (backgrounds, distances - 1)
        error = np.maximum(further.std(axis=0, ddof=1) / np.sqrt(many), RESOLUTION)
        out[here] &= student.sf(further.mean(axis=0) / error, many - 1) < level
    return out

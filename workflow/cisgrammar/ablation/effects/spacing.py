"""Two motifs put into background at one distance after another, against decoys in their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cisgrammar.ablation.effects.images import alike
from cisgrammar.ablation.effects.model_parts import LogCounts, Part
from cisgrammar.ablation.sites.decoys import draw_decoys
from cisgrammar.config.ablation import Ablation
from cisgrammar.files.progress import counted
from cisgrammar.iupac import reverse_complement
from cisgrammar.motifs.motif import Motif
from cisgrammar.perturb.insert import motif_codes
from cisgrammar.perturb.space import Placed, placed
from cisgrammar.sequence.alphabet import reverse_complement as other_strand
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.statistics.clustered import mean_interval
from cisgrammar.statistics.distributions import student_tail
from cisgrammar.statistics.local_null import RESOLUTION
from cisgrammar.statistics.p_values import benjamini_hochberg
from cisgrammar.statistics.scan_null import scan_test
from cisgrammar.tables.contracts.ablation import SCANNED_SPACING

NULLS = ("decoys", "distances")
"""What sets the spread: decoys in the place of either motif, or the pair itself at distances nearby."""
PHASES = 8
"""Places of motif a, 1 bp apart, that backgrounds take in turns: a network with pools must not see one phase only."""

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
    """Interactions of all placements of two motifs, ln counts.

    Attributes
    ----------
    pair
        `(backgrounds, placements, distances, heads)`.
    nulls
        Of a with decoys of b, and of decoys of a with b: `(decoys, placements, distances, heads)`, means over
        backgrounds.
    """

    pair: Interactions
    nulls: tuple[Interactions, Interactions]


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
    - with a - with b + with neither: above 0 where together they give more than their sum. Backgrounds are the units of
    intervals; each is read on both strands if `both_strands` says so.

    p by `scan_test`: how far an interaction lies from those of the same pair at distances nearby, over their spread,
    against the same of scans with decoys (a motif's letters in another order, least like any motif) in the place of one
    of the motifs; q over all placements of a pair, model and head that are no images.

    A placement that stands out brings along those that resemble it (`images.alike`): a network answers to half of a
    site too. `image_of` names the greater placement that one resembles; its interaction is real in the model, but no
    further discovery, and has no q.

    A model blurs: beside a distance that matters, those 1 or 2 bp away have an interaction too, in the model, which no
    null takes away. `contrast` is the interaction minus the mean of those 1 bp nearer and farther: not above 0 for a
    distance that owes its interaction to a response that falls off convexly from a neighbour, or that is interpolated
    between two. `peak`: q below `significance`, and the contrast points the same way (one-sided t over backgrounds).

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

    Raises
    ------
    ValueError
        If the motifs do not fit into the input at the largest distance.
    """
    tables = []
    for a, b in counted(pairs, f"scan pairs on {settings.device}", "pairs"):
        scan = _scan(part, (a, b), known, backgrounds, settings, seed)
        for h, head in enumerate(part.heads):
            rows = _tested(scan, (a, b), h, settings)
            tables.append(rows.assign(pair=f"{a.name}:{b.name}", model=part.name, head=head.name))
    names = list(SCANNED_SPACING.names)
    return pd.concat(tables, ignore_index=True)[names] if tables else pd.DataFrame(columns=names)


def distances(settings: Ablation) -> list[int]:
    """The bp between two motifs that are scanned."""
    return list(range(settings.spacings[0], settings.spacings[1] + 1))


def _scan(
    part: Part,
    motifs: tuple[Motif, Motif],
    known: Mapping[str, Motif],
    backgrounds: NDArray[np.uint8],
    settings: Ablation,
    seed: int,
) -> Scan:
    a, b = motifs
    slack = part.input_length - a.width - b.width - settings.spacings[1]
    if slack < 0:
        raise ValueError(
            f"ablation.spacings: {a.name} and {b.name} with {settings.spacings[1]} bp between them do not fit into the "
            f"model's input of {part.input_length} bp; scan {settings.spacings[1] + slack} bp at most"
        )
    of_a, of_b = _decoys(motifs, known, settings.spacing_decoys, seed)
    versions = (a.consensus, *of_a), (b.consensus, *of_b)
    places = counted(placements(a, b), f"scan {a.name} and {b.name}", "placements")
    found = np.stack([_placement(part, versions, place, backgrounds, settings) for place in places], axis=2)
    of_b_only, of_a_only = np.split(found[:, 1:].mean(axis=0), 2)
    return Scan(found[:, 0], (of_b_only, of_a_only))


def _decoys(motifs: tuple[Motif, Motif], known: Mapping[str, Motif], number: int, seed: int) -> list[list[str]]:
    """Letters of as many decoys of a as of b; a motif with itself has other ones in either place."""
    if motifs[0].name == motifs[1].name:
        letters = [decoy.consensus for decoy in draw_decoys(motifs[0], known, 2 * number, seed)]
        found = [letters[::2], letters[1::2]]
    else:
        found = [[decoy.consensus for decoy in draw_decoys(motif, known, number, seed)] for motif in motifs]
    return [letters[: min(map(len, found))] for letters in found]


def _placement(
    part: Part,
    versions: tuple[Sequence[str], Sequence[str]],
    place: Placement,
    backgrounds: NDArray[np.uint8],
    settings: Ablation,
) -> Interactions:
    """Interactions of one placement, `(backgrounds, pairs, distances, heads)`.

    Pairs are the two motifs, a with each decoy of b, and each decoy of a with b; versions hold each motif first. a
    stays where it is, so that it is put in by itself once.
    """
    first, second = versions
    gaps, widths = distances(settings), (len(first[0]), len(second[0]))
    slack = part.input_length - sum(widths) - gaps[-1]
    start = slack // 2 + (0 if place.after else widths[1] + gaps[-1])
    ones = [(motif_codes(letters), start) for letters in first]
    others = [
        [(motif_codes(place.letters(letters)), start + place.offset(*widths, gap)) for letters in second]
        for gap in gaps
    ]
    put_in: list[list[Placed]] = [[one] for one in ones]
    for at in others:
        put_in += [[other] for other in at]
        put_in += [[ones[0], other] for other in at] + [[one, at[0]] for one in ones[1:]]
    gain = _gains(part, backgrounds, put_in, min(PHASES, slack // 2 + 1), settings)  # (backgrounds, versions, heads)
    alone, many = gain[:, None, : len(ones)], len(second)
    rest = gain[:, len(ones) :].reshape(len(gain), len(gaps), 2 * many + len(ones) - 1, -1)
    of_b, joint = rest[:, :, :many], rest[:, :, many:]
    with_b = joint[:, :, :many] - alone[:, :, :1] - of_b
    with_a = joint[:, :, many:] - alone[:, :, 1:] - of_b[:, :, :1]
    return np.concatenate([with_b, with_a], axis=2).swapaxes(1, 2)


def _gains(
    part: Part, backgrounds: NDArray[np.uint8], versions: Sequence[Sequence[Placed]], phases: int, settings: Ablation
) -> Interactions:
    """Ln counts with what is put in minus without, `(backgrounds, versions, heads)`; mean over strands if asked for.

    Every `phases`-th background has all of it as many bp farther right.
    """
    counts, length = LogCounts(part.model, len(part.heads)), backgrounds.shape[1]
    gains = np.zeros((len(backgrounds), len(versions), len(part.heads)))
    for phase in counted(range(min(phases, len(backgrounds))), f"scan on {settings.device}", "phases"):
        moved = [[(motif, at + phase) for motif, at in version] for version in versions]
        turned = [[(other_strand(motif), length - at - len(motif)) for motif, at in version] for version in moved]
        mine = backgrounds[phase::phases]
        strands = [(mine, moved)] + ([(other_strand(mine), turned)] if settings.both_strands else [])
        for codes, put_in in strands:
            X = one_hot(torch.from_numpy(codes))
            y = placed(counts, X, put_in, batch_size=settings.batch_size, device=settings.device)
            gains[phase::phases] += (y.y_after.double() - y.y_before.double()[:, None]).numpy() / len(strands)
    return gains


def _tested(scan: Scan, motifs: tuple[Motif, Motif], h: int, settings: Ablation) -> pd.DataFrame:
    """One head of a pair: a row per placement and distance, with its test."""
    a, b = motifs
    gaps, where = distances(settings), placements(a, b)
    pair = scan.pair[..., h]  # (backgrounds, placements, distances)
    mean, error, low, high = mean_interval(pair)
    test = scan_test(mean, [null[..., h] for null in scan.nulls], alike(a, b, where, gaps))
    q = benjamini_hochberg(np.where(test.image < 0, test.p, np.nan).reshape(-1)).reshape(test.p.shape)
    contrast = contrasts(pair)
    beside, _, beside_low, beside_high = mean_interval(contrast)
    outward = np.sign(mean - np.where(np.isfinite(test.centre), test.centre, 0.0))
    called = np.nan_to_num(q, nan=1.0) < settings.significance
    columns = {
        "strands": np.repeat([place.strands for place in where], len(gaps)),
        "offset": np.array([place.offset(a.width, b.width, g) for place in where for g in gaps]),
        "gap": np.tile(gaps, len(where)),
    }
    names = np.array([f"{at.strands} {at.offset(a.width, b.width, g)}" for at in where for g in gaps])
    made = {
        "interaction": mean,
        "interaction_se": error,
        "interaction_low": low,
        "interaction_high": high,
        "contrast": beside,
        "contrast_low": beside_low,
        "contrast_high": beside_high,
        "null": np.where(np.isfinite(test.p), np.array(NULLS)[test.own.astype(int)], ""),
        "null_draws": np.full(mean.shape, test.scans),
        "null_mean": test.centre,
        "null_low": test.low,
        "null_high": test.high,
        "p_value": test.p,
        "q_value": q,
        "peak": called & _above_0(outward * contrast, settings.significance),
        "image_of": np.where(test.image < 0, "", names[test.image]),
    }
    return pd.DataFrame({**columns, **{name: values.reshape(-1) for name, values in made.items()}})


def contrasts(x: Interactions) -> Interactions:
    """Values along the last axis minus the mean of their neighbours (at an end, the only one); nan without any."""
    padded = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(1, 1)], constant_values=np.nan)
    beside = np.stack([padded[..., :-2], padded[..., 2:]])
    known = np.isfinite(beside).sum(axis=0)
    return np.where(known, x - np.nansum(beside, axis=0) / np.maximum(known, 1), np.nan)


def _above_0(x: Interactions, level: float) -> NDArray[np.bool_]:
    """Whether the mean over backgrounds of `(backgrounds, ...)` is above 0: one-sided t at a level."""
    many = len(x)
    if many < 2:
        return np.zeros(x.shape[1:], dtype=bool)
    error = np.maximum(x.std(axis=0, ddof=1) / np.sqrt(many), RESOLUTION)
    return student_tail(x.mean(axis=0) / error, many - 1) < level

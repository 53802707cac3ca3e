"""Patterns: seqlets that look alike, laid on each other and averaged. Nothing is drawn: same seqlets, same patterns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cisgrammar.discover.alignment import (
    PLACED_SHIFT,
    PLACED_TURNED,
    REACH,
    Stretches,
    align,
    all_pairs,
    cut,
    placements,
    turn,
)
from cisgrammar.discover.letters import placed_by_letters, words_of
from cisgrammar.discover.seqlets import Seqlets

Sign = Literal["+", "-"]
ALIKE = 0.6
"""Least mean cosine of the seqlets of two clusters that are joined. On the demo and on synthetic sites of similar
factors 0.6 and 0.7 gave the planted motifs with 48 to 1,440 windows, 0.5 merged two, 0.4 all (judgement)."""
SAME = 0.85
"""Least mean cosine of patterns that are one motif: halves of the data gave 0.998, other factors at most 0.52; real
families lie above 0.6 (judgement)."""
_ASSIGNED = 0.5
_FEWEST = 5
_ROUNDS = 3
_AT_ONCE = 4096
_TRIM = 0.3
_LEAST_BITS = 0.25
_NARROWEST = 4


@dataclass(frozen=True, eq=False)
class Pattern:
    """Seqlets that are laid on each other. Matrices are `(width, 4)`, columns A C G T, `width` 51 bp.

    Attributes
    ----------
    sign
        Of the sums of their contributions.
    row, centre, turned
        `(seqlets,)` window, middle of the pattern in it, and whether the reverse strand holds it.
    shares
        Base shares of the sequences.
    contributions
        Mean contributions of the bases that are there (MoDISco's CWM).
    hypothetical
        Mean hypothetical contributions.
    """

    sign: Sign
    row: NDArray[np.int64]
    centre: NDArray[np.int64]
    turned: NDArray[np.bool_]
    shares: NDArray[np.float64]
    contributions: NDArray[np.float64]
    hypothetical: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def strength(self) -> float:
        """Sum of the sizes of the contributions over the trimmed span."""
        first, last = self.span
        return float(np.abs(self.contributions[first:last].sum(axis=1)).sum())

    @property
    def span(self) -> tuple[int, int]:
        """The part that matters, 0-based half-open."""
        return trimmed(self.contributions, self.shares)


def trimmed(contributions: NDArray[np.float64], shares: NDArray[np.float64]) -> tuple[int, int]:
    """From the first to the last position that contributes 0.3 of the largest, and neighbours of at least 0.25 bits.

    Positions of fewer bits are no ends, if others contribute as much: second sites at several distances contribute
    where no base is more frequent than others, and are no part of the word.
    """
    size = np.abs(contributions.sum(axis=1))
    if not size.any():
        return (0, len(size))
    bits = 2 + (shares * np.log2(np.maximum(shares, 1e-12))).sum(axis=1)
    strong = size >= _TRIM * size.max()
    clear = strong & (bits >= _LEAST_BITS)
    above = np.flatnonzero(clear if clear.any() else strong)
    first, last = int(above[0]), int(above[-1]) + 1
    while first > 0 and bits[first - 1] >= _LEAST_BITS:
        first -= 1
    while last < len(size) and bits[last] >= _LEAST_BITS:
        last += 1
    return first, last


def find_patterns(
    values: NDArray[np.float16], codes: NDArray[np.uint8], seqlets: Seqlets, sign: Sign, limits: tuple[int, int]
) -> list[Pattern]:
    """Patterns of the seqlets of one sign, those of most seqlets first.

    Parameters
    ----------
    values
        `(windows, 4, length)` hypothetical contributions.
    codes
        `(windows, length)`.
    seqlets
        Of the sign, the largest first.
    sign
        Negative contributions are turned round before they are compared.
    limits
        Fewest seqlets of a pattern, and most that are compared pairwise; the others are laid on what those give.
    """
    fewest, most = limits
    if len(seqlets) < fewest:
        return []
    factor = np.float32(1.0 if sign == "+" else -1.0)
    wide = factor * cut(values, seqlets.row, seqlets.centre, REACH)  # (seqlets, 51, 4)
    compared = np.unique(np.linspace(0, len(seqlets) - 1, min(most, len(seqlets))).astype(np.int64))
    templates = [_template(wide[members], middle) for members, middle in _clusters(wide, compared)]
    templates = _merged(templates)
    if not templates:
        return []
    found: list[Pattern] = []
    for row, centre, turned in _assigned(wide, codes, seqlets, templates):
        if len(row) >= fewest:
            found += _of_words(average(values, codes, row, centre, turned, sign), values, codes, fewest)
    wide_enough = [pattern for pattern in found if pattern.span[1] - pattern.span[0] >= _NARROWEST]
    return sorted(wide_enough, key=lambda pattern: (-len(pattern), -pattern.strength))


def _clusters(wide: Stretches, compared: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Members of each cluster of those that are compared, and which of them is most like the others."""
    alike = all_pairs(wide[compared])
    for members in linked(alike, ALIKE):
        if len(members) >= _FEWEST:
            yield compared[members], int(alike[np.ix_(members, members)].mean(axis=1).argmax())


def linked(alike: Stretches, least: float) -> list[NDArray[np.int64]]:
    """Groups by average linkage, as long as the mean cosine is at least so much; the largest first."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(alike) < 2:
        return [np.arange(len(alike))] if len(alike) else []
    far = np.clip(1 - alike.astype(np.float64), 0, 2)
    np.fill_diagonal(far, 0)
    labels = fcluster(linkage(squareform(far, checks=False), "average"), 1 - least, "distance")
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return sorted(groups, key=lambda group: (-len(group), int(group[0])))


def _template(wide: Stretches, middle: int) -> Stretches:
    """Mean of stretches `(seqlets, 51, 4)` that are laid on one of them, and then on their mean, `(51, 4)`."""
    template = wide[middle]
    for _ in range(_ROUNDS):
        template = _laid(wide, template).mean(axis=0)
    return template


def _laid(wide: Stretches, template: Stretches) -> Stretches:
    """Stretches moved and turned as they lie best on a template, 0 where they end."""
    lain = align(wide, template[REACH - 15 : REACH + 16])
    out = np.zeros_like(wide)
    for i, (shift, turned) in enumerate(zip(lain.shift.tolist(), lain.turned.tolist(), strict=True)):
        own = turn(wide[i]) if turned else wide[i]
        first, last = max(0, shift), min(len(own), len(own) + shift)
        out[i, first - shift : last - shift] = own[first:last]
    return out


def _merged(templates: Sequence[Stretches]) -> list[Stretches]:
    """Templates that are one motif become one, as often as that joins any."""
    if len(templates) < 2:
        return list(templates)
    every = np.stack(templates)
    groups = linked(all_pairs(every), SAME)
    if len(groups) == len(templates):
        return list(templates)
    return _merged([_template(every[group], 0) for group in groups])


def _assigned(
    wide: Stretches, codes: NDArray[np.uint8], seqlets: Seqlets, templates: Sequence[Stretches]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]]:
    """Of each template the seqlets that are most like it, once a place: window, middle and strand."""
    cosine = np.stack([placements(wide, template[REACH - 15 : REACH + 16]) for template in templates])
    best = cosine.max(axis=2).argmax(axis=0)  # (seqlets,), of (templates, seqlets, placements)
    for number, table in enumerate(cosine):
        members: NDArray[np.int64] = np.flatnonzero((best == number) & (table.max(axis=1) >= _ASSIGNED))
        row, centre = seqlets.row[members], seqlets.centre[members]
        letters = sequences(codes, row, centre)
        placed = placed_by_letters(letters, table[members], PLACED_SHIFT, PLACED_TURNED)
        turned = PLACED_TURNED[placed]
        centre = (centre + np.where(turned, -1, 1) * PLACED_SHIFT[placed]).astype(np.int64)
        # Two maxima of one site end at the same place.
        _, once = np.unique(np.stack([row, centre]), axis=1, return_index=True)
        once.sort()
        yield row[once], centre[once], turned[once]


def _of_words(
    pattern: Pattern, values: NDArray[np.float16], codes: NDArray[np.uint8], fewest: int
) -> Iterator[Pattern]:
    """The pattern, or one for each word that it holds."""
    first, last = pattern.span
    sequence = sequences(codes, pattern.row, pattern.centre)
    sequence = np.where(pattern.turned[:, None, None], turn(sequence), sequence)[:, first:last]
    letters = np.where(sequence.any(axis=2), sequence.argmax(axis=2), 4)  # (seqlets, columns)
    for rows in words_of(letters, fewest):
        place = pattern.row[rows], pattern.centre[rows], pattern.turned[rows]
        yield pattern if len(rows) == len(pattern) else average(values, codes, *place, pattern.sign)


def like_patterns(
    values: NDArray[np.float16],
    row: NDArray[np.int64],
    centre: NDArray[np.int64],
    patterns: Sequence[Pattern],
    sign: Sign,
) -> NDArray[np.bool_]:
    """Which places are as much like a pattern as its seqlets are, `(places,)`; arguments as of `find_patterns`."""
    factor = np.float32(1.0 if sign == "+" else -1.0)
    found = np.zeros(len(row), dtype=bool)
    for first in range(0, len(row), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        wide = factor * cut(values, row[part], centre[part], REACH)
        for pattern in patterns:
            template = factor * pattern.hypothetical[REACH - 15 : REACH + 16].astype(np.float32)
            found[part] |= placements(wide, template).max(axis=1) >= _ASSIGNED
    return found


def average(
    values: NDArray[np.float16],
    codes: NDArray[np.uint8],
    row: NDArray[np.int64],
    centre: NDArray[np.int64],
    turned: NDArray[np.bool_],
    sign: Sign,
) -> Pattern:
    """The pattern of given places; arguments as of `find_patterns` and `Pattern`."""
    hypothetical = cut(values, row, centre, REACH)
    sequence = sequences(codes, row, centre)
    hypothetical, sequence = (np.where(turned[:, None, None], turn(part), part) for part in (hypothetical, sequence))
    counts = sequence.sum(axis=0, dtype=np.float64) + 1e-6
    return Pattern(
        sign,
        row,
        centre,
        turned,
        counts / counts.sum(axis=1, keepdims=True),
        (hypothetical * sequence).mean(axis=0, dtype=np.float64),
        hypothetical.mean(axis=0, dtype=np.float64),
    )


def sequences(codes: NDArray[np.uint8], row: NDArray[np.int64], centre: NDArray[np.int64]) -> Stretches:
    """One-hot sequences of 51 bp around places, `(places, 51, 4)`; zero at N and beyond a window."""
    place = centre[:, None] + np.arange(-REACH, REACH + 1)
    inside = (place >= 0) & (place < codes.shape[1])
    found = codes[row[:, None], np.clip(place, 0, codes.shape[1] - 1)]  # (places, 51)
    return ((found[..., None] == np.arange(4)) & inside[..., None]).astype(np.float32)

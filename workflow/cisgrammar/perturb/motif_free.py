"""Shuffles of a region that neither keep nor make a motif: arrangements that hold one are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cisgrammar.motifs.motif import Motif
from cisgrammar.sequence.shuffle import Draw, Kind, Shuffler, TooFew, arrange, count_arrangements, list_arrangements

Codes = NDArray[np.uint8]
_LISTED = 32
_ROUNDS = 8
_WIDENED = 5
"""At most so many bp at each side: a control keeps 5 bp off every site, so that it is never widened over one."""
_ONE_OFF = 6
"""An exact motif of so many letters is lost with two of them: one mismatch in 6 leaves a weaker site (judgement)."""


@dataclass(frozen=True, eq=False)
class Guard:
    """A motif that no arrangement may hold.

    Attributes
    ----------
    scores
        `(width, 5)`: scores of A, C, G, T and N.
    bar
        A stretch that scores as much, on either strand, holds the motif.
    """

    scores: NDArray[np.float64]
    bar: float

    def best(self, codes: Codes) -> NDArray[np.float64]:
        """Best score of each sequence `(n, length)` over its places and both strands; -inf if it is too short."""
        width = len(self.scores)
        if codes.shape[1] < width:
            return np.full(len(codes), -np.inf)
        windows = sliding_window_view(codes, width, axis=1)  # (n, places, width)
        turned = self.scores[::-1, [3, 2, 1, 0, 4]]
        at = np.arange(width)
        return np.maximum(self.scores[at, windows].sum(2), turned[at, windows].sum(2)).max(axis=1)


def guard(motif: Motif, sites: Sequence[Codes]) -> Guard:
    """What a motif's sites may not be shuffled into.

    Of a matrix: whatever scores as much as its sites do, all but the worst twentieth of them, which in a file of sites
    may be anything. Of an exact motif: a match, and from 6 letters on also one with a single mismatch.

    Parameters
    ----------
    motif
        Its matrix.
    sites
        Letters of its sites, on any strand.
    """
    if motif.exact:
        misses = np.where(np.isneginf(motif.scores), -1.0, 0.0)  # (width, 4)
        letters = int((misses < 0).any(axis=1).sum())
        return Guard(_with_n(misses), -1.0 if letters >= _ONE_OFF else 0.0)
    one = Guard(_with_n(motif.scores), 0.0)
    scores = [float(one.best(site[None])[0]) for site in sites if len(site) >= motif.width]
    return Guard(one.scores, float(np.quantile(scores, 0.05)) - 1e-6 if scores else 0.0)


def _with_n(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([scores, scores.min(axis=1)])


class _Rung(NamedTuple):
    """A way to shuffle a region."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class MotifFreeShuffle:
    """A shuffle function for `ablate_annotations` that refuses arrangements with a motif in them.

    Ways are tried in turn until one leaves enough arrangements: keep the dinucleotides; keep the letters; lengthen the
    region, a base at each side at a time, by at most 5. The last way tried is taken as it is.

    Attributes
    ----------
    shuffler
        `kind` is the first way. `too_few`: `plain`, all ways; `widen`, lengthen at once; `report`, the first way only.
        `minimum`: arrangements that are enough, the sequence itself among them.
    guards
        For each region in turn, what its arrangements may not hold, in the region or over its edges.
    """

    shuffler: Shuffler
    guards: Sequence[Sequence[Guard]]

    def draw(self, sequence: Codes, region: tuple[int, int], n: int, rng: np.random.Generator, number: int) -> Draw:
        """Shuffle `region` (start, end) of `(length,)`, the `number`-th one, `n` times; its own letters are left out.

        `allowed` of the result is how many arrangements are left: all of them if there are at most 32 or `n`, else
        estimated by the share of those drawn.
        """
        found = None
        for rung in self._ways(len(sequence), *region):
            found = _draw(sequence, rung, n, rng, self.guards[number])
            if found.allowed and found.allowed + 1 >= self.shuffler.minimum:
                return found
        assert found is not None
        return found

    def _ways(self, length: int, start: int, end: int) -> Iterator[_Rung]:
        kind, too_few = self.shuffler.kind, self.shuffler.too_few
        yield _Rung(kind, start, end)
        if too_few == "plain" and kind == "dinucleotide":
            kind = "plain"
            yield _Rung(kind, start, end)
        for by in range(1, _WIDENED + 1) if too_few != "report" else ():
            yield _Rung(kind, max(0, start - by), min(length, end + by))


def motif_free(kind: Kind, too_few: TooFew, minimum: int, guards: Sequence[Sequence[Guard]]) -> MotifFreeShuffle:
    """A `MotifFreeShuffle` of plain settings."""
    return MotifFreeShuffle(Shuffler(kind, too_few, minimum), guards)


def _draw(sequence: Codes, rung: _Rung, n: int, rng: np.random.Generator, guards: Sequence[Guard]) -> Draw:
    kind, start, end = rung
    inside = sequence[start:end]
    count = count_arrangements(inside, kind)
    if count <= max(n, _LISTED):
        every = list_arrangements(inside, kind)
        kept = every[_free(every, sequence, start, guards)]
        order = rng.permutation(len(kept))
        codes = kept[np.resize(order, n)] if len(kept) else np.repeat(inside[None], n, axis=0)
        return Draw(start, codes, count, "listed" if len(kept) <= n else "drawn", kind, len(kept))
    kept, drawn = np.zeros((0, len(inside)), dtype=np.uint8), 0
    while len(kept) < n and drawn < _ROUNDS * 2 * n:
        some = arrange(inside, kind, 2 * n, rng)
        drawn += len(some)
        kept = np.concatenate([kept, some[_free(some, sequence, start, guards)]])
    allowed = min(count - 1, round(count * len(kept) / drawn))
    codes = kept[np.arange(n) % len(kept)] if len(kept) else np.repeat(inside[None], n, axis=0)
    return Draw(start, codes, count, "drawn", kind, allowed)


def _free(codes: Codes, sequence: Codes, start: int, guards: Sequence[Guard]) -> NDArray[np.bool_]:
    """Which arrangements `(n, width)` of the stretch at `start` differ from it and hold no motif, `(n,)`."""
    end = start + codes.shape[1]
    free = (codes != sequence[start:end]).any(axis=1)
    for one in guards:
        reach = len(one.scores) - 1
        left, right = sequence[max(0, start - reach) : start], sequence[end : end + reach]
        beside = [np.broadcast_to(part, (len(codes), len(part))) for part in (left, right)]
        free &= one.best(np.concatenate([beside[0], codes, beside[1]], axis=1)) < one.bar
    return free

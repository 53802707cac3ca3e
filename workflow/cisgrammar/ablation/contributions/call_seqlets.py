"""Seqlets of many windows in bounded memory: tangermeme's recursive caller, its null and thresholds from blocks.

Its null is a histogram of all contributions, the number of calls at a threshold a sum over windows, and a window's
calls follow from null and threshold: each is made block by block, and the numbers are those of
`tangermeme.seqlet.recursive_seqlets` with `X_control` on all windows at once.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)
Values = NDArray[np.float32]
Blocks = Callable[[Literal["bases", "control"]], Iterator[Values]]
"""Contributions of peaks or of their shuffles, `(windows, length)` a block; they are read several times."""
_SHORTEST, _LONGEST, _BINS = 4, 25, 1000
_FEW = 2_000_000
"""Contributions for which compiling takes longer than calling: about 2,000 windows of 1,000 bp, shuffles included."""
_THRESHOLDS = np.ascontiguousarray(np.sort(np.logspace(-1, -30, 117))[::-1])


@dataclass(frozen=True, eq=False)
class Calls:
    """Seqlets, the least p-value first.

    Attributes
    ----------
    row, start, end
        `(seqlets,)` window, and place in it, 0-based, half-open.
    contribution
        `(seqlets,)` sum over the bases, with its sign.
    p
        `(seqlets,)` tangermeme's p-value, which ranks and is no error rate.
    """

    row: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    contribution: NDArray[np.float64]
    p: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    def take(self, index: NDArray[np.integer]) -> Calls:
        """The seqlets that an index picks."""
        return Calls(*(getattr(self, column.name)[index] for column in fields(self)))


_NO_PLACE, _NO_VALUE = np.zeros(0, dtype=np.int64), np.zeros(0)
NONE = Calls(_NO_PLACE, _NO_PLACE, _NO_PLACE, _NO_VALUE, _NO_VALUE)


def call_seqlets(blocks: Blocks, fdr: float) -> dict[str, Calls]:
    """Call the seqlets of either sign.

    Parameters
    ----------
    blocks
        Contributions of the bases of peaks, and of those of shuffled peaks.
    fdr
        Share of false ones among them, judged by the shuffled peaks.

    Returns
    -------
    dict
        `+` and `-` -> their seqlets.
    """
    ranges = [_range(blocks(kind)) for kind in ("bases", "control")]
    # A histogram of no values at all: a model that says the same of every sequence has no seqlets.
    if not all(low < high for low, high, _ in ranges):
        return {"+": NONE, "-": NONE}
    (low, high, number), (_, _, control) = ranges
    parts = _parts(number + control)
    if parts is None:
        return {sign: _whole(blocks, factor, fdr) for sign, factor in (("+", 1), ("-", -1))}
    nulls = [_Null(low, high, 1), _Null(-high, -low, -1)]
    for values in blocks("bases"):
        for null in nulls:
            null.count(values)
    tables = [null.table(number) for null in nulls]
    calls, false = ([np.zeros(len(_THRESHOLDS), dtype=np.int64) for _ in nulls] for _ in range(2))
    for kind, counts in (("bases", calls), ("control", false)):
        for values in blocks(kind):  # type: ignore[arg-type]
            for null, table, count in zip(nulls, tables, counts, strict=True):
                count += parts.count(null.sign * values, table, *null.bins, _THRESHOLDS, _SHORTEST, _LONGEST, _BINS)
    thresholds = [_threshold(*counts, number / control, fdr) for counts in zip(calls, false, strict=True)]
    found = _decoded(blocks, nulls, tables, thresholds, parts.decode)
    return dict(zip("+-", found, strict=True))


@dataclass(frozen=True)
class _Parts:
    """Two steps of tangermeme's caller: seqlets of windows at many thresholds, and the seqlets at one."""

    count: Callable[..., NDArray[np.int64]]
    decode: Callable[..., tuple[NDArray, ...]]


def _parts(values: int) -> _Parts | None:
    """None in a version of tangermeme that is not made of these steps.

    For few values its dense forms: the same calls, compiled in 5 s of CPU instead of 12, and slower at each window.
    """
    from tangermeme import seqlet

    try:
        if values < _FEW:
            return _Parts(seqlet._recursive_seqlet_counts_dense, seqlet._recursive_seqlet_decode_dense)
        return _Parts(seqlet._recursive_seqlet_counts, seqlet._recursive_seqlet_decode_fields)
    except AttributeError:
        log.warning("this version of tangermeme calls seqlets of all windows at once, which needs memory for them")
        return None


def _range(blocks: Iterator[Values]) -> tuple[np.float32, np.float32, int]:
    """Least and greatest value, and how many there are."""
    low, high, number = np.float32(np.inf), np.float32(-np.inf), 0
    for values in blocks:
        if values.size:
            low, high, number = min(low, values.min()), max(high, values.max()), number + values.size
    return low, high, number


class _Null:
    """The null of sums of independent bases: a histogram of all contributions, times a sign."""

    def __init__(self, low: np.float32, high: np.float32, sign: int) -> None:
        self.sign = np.float32(sign)
        self.bins = low, float(high - low) / (_BINS - 1)
        self.counts = np.zeros(_BINS, dtype=np.int64)

    def count(self, values: Values) -> None:
        low, width = self.bins
        place = np.floor((self.sign * values - low).astype(np.float64) / width).astype(np.int64)
        self.counts += np.bincount(np.clip(place, 0, _BINS - 1).ravel(), minlength=_BINS)

    def table(self, number: int) -> NDArray[np.float64]:
        """Chance that so many bases add up to so many bins or more, `(lengths, bins)`."""
        share = self.counts / number
        filled = np.flatnonzero(share)[::-1].tolist()
        table = np.zeros((_LONGEST + 1, _BINS * _LONGEST + 1))
        chance = share
        for length in range(1, _LONGEST + 1):
            if length > 1:
                longer = np.zeros(_BINS * length)
                # In this order the sums are rounded as tangermeme's are.
                for place in filled:
                    longer[place : place + len(chance)] += chance * share[place]
                chance = longer
            table[length, : len(chance)] = np.cumsum(chance[::-1])[::-1]
        return table


def _threshold(calls: NDArray[np.int64], false: NDArray[np.int64], scale: float, fdr: float) -> float | None:
    """The largest threshold whose false ones, one more than were called in shuffles, are few enough; None: none is."""
    with np.errstate(divide="ignore"):
        share = (false + 1) * scale / calls
    passing = np.flatnonzero((calls > 0) & (share <= fdr))
    return float(_THRESHOLDS[passing[0]]) if len(passing) else None


def _decoded(
    blocks: Blocks,
    nulls: list[_Null],
    tables: list[NDArray[np.float64]],
    thresholds: list[float | None],
    decode: Callable[..., tuple[NDArray, ...]],
) -> Iterator[Calls]:
    found: list[list[Calls]] = [[NONE] for _ in nulls]
    first = 0
    for values in blocks("bases"):
        for null, table, threshold, calls in zip(nulls, tables, thresholds, found, strict=True):
            if threshold is None or not len(values):
                continue
            given = (null.sign * values, table, *null.bins, threshold, _SHORTEST, _LONGEST, 0, _BINS)
            row, start, end, _, p = decode(*given)
            calls.append(Calls(first + row, start, end, _sums(values, row, start, end), p))
        first += len(values)
    for calls in found:
        every = Calls(*(np.concatenate([getattr(c, column.name) for c in calls]) for column in fields(Calls)))
        yield every.take(_by_p(every.p))


def _by_p(p: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order that `sort_values` of pandas gives, ties too."""
    import pandas as pd

    return pd.Series(p).sort_values().index.to_numpy()


def _sums(
    values: Values, row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.float64]:
    places = zip(row.tolist(), start.tolist(), end.tolist(), strict=True)
    return np.array([float(values[r, s:e].sum()) for r, s, e in places], dtype=np.float64)


def _whole(blocks: Blocks, factor: int, fdr: float) -> Calls:
    """The same by tangermeme alone, with all windows in memory."""
    import torch
    from tangermeme.seqlet import recursive_seqlets

    values, control = (np.concatenate(list(blocks(kind))) for kind in ("bases", "control"))
    given: list[Any] = [torch.from_numpy(np.float32(factor) * part) for part in (values, control)]
    with warnings.catch_warnings():
        # No seqlets at all is an answer.
        warnings.filterwarnings("ignore", message="No threshold reaches")
        called = recursive_seqlets(given[0], X_control=given[1], target_fdr=fdr)
    row, start, end = (called[name].to_numpy(dtype=np.int64) for name in ("example_idx", "start", "end"))
    return Calls(row, start, end, _sums(values, row, start, end), called["p-value"].to_numpy(dtype=np.float64))

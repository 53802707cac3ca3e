"""The loops over reads: compiled when they are first called, and kept on disk where numba can write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Integers = NDArray[np.int64]
Codes = NDArray[np.uint8]
# Unsigned: numba asks of each signed index whether it counts from the end.
Kmers = NDArray[np.uint16]


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function; the result is kept on disk if there is a place for it."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        # numba finds no folder that it may write to.
        return numba.njit(nogil=True)(function)


@compiled
def _fill(table: Floats, singles: Floats, pairs: Floats, at: int, number: int, cut: tuple[Any, ...]) -> None:
    """Fill a table `(k-mers,)` of one strand with products; its first entry holds a factor on all of them."""
    letters, owner, first, second, pair_owner = cut[0], cut[2], cut[3], cut[4], cut[5]
    size = 1
    for position in range(at, at + letters):
        own = owner[position] == number
        for kmer in range(size - 1, -1, -1):
            value = table[kmer]
            for letter in range(4):
                table[4 * kmer + letter] = value * singles[letter, position] if own else value
        size *= 4
    for pair in range(len(first)):
        if pair_owner[pair] == number:
            left, right = 2 * (at + letters - 1 - first[pair]), 2 * (at + letters - 1 - second[pair])
            for kmer in range(size):
                table[kmer] *= pairs[4 * ((kmer >> left) & 3) + ((kmer >> right) & 3), pair]


@compiled
def _relative(scores: Floats, out: Floats) -> float:
    """Exponentials of scores `(letters, places)` relative to the greatest of each place; returns the sum of those."""
    total = 0.0
    for place in range(scores.shape[1]):
        top = np.float64(scores[0, place])
        for letter in range(1, scores.shape[0]):
            top = max(top, np.float64(scores[letter, place]))
        for letter in range(scores.shape[0]):
            out[letter, place] = np.exp(np.float64(scores[letter, place]) - top)
        total += top
    return total


@compiled
def _filled(singles: Floats, pairs: Floats, cut: tuple[Any, ...], log_top: float) -> tuple[Floats, float]:
    """Tables `(tables, k-mers, 2)`, each of entries up to exp(log_top); and the logarithm to add to a product's.

    That a second strand is not scored makes its entries zero.
    """
    starts, strands = cut[1], singles.shape[0]
    out = np.zeros((len(starts), 4 ** cut[0], 2), singles.dtype)
    table = np.empty(4 ** cut[0], singles.dtype)
    one, two = np.empty(singles.shape, np.float64), np.empty(pairs.shape, np.float64)
    tops = np.empty(strands)
    for strand in range(strands):
        tops[strand] = _relative(singles[strand], one[strand]) + _relative(pairs[strand], two[strand])
    greatest = max(tops[0], tops[-1])
    for strand in range(strands):
        for number in range(len(starts)):
            table[0] = np.exp(log_top + (tops[strand] - greatest if number == 0 else 0.0))
            _fill(table, one[strand], two[strand], starts[number], number, cut)
            for kmer in range(len(table)):
                out[number, kmer, strand] = table[kmer]
    return out, greatest - log_top * len(starts)


@compiled
def _weights(bias: Floats, log_top: float) -> tuple[Floats, float]:
    """Exponentials of a bias, up to exp(log_top), and the logarithm to add to theirs; nothing for no bias."""
    out, top = np.empty_like(bias), -np.inf
    if not len(bias):
        return out, 0.0
    for index in np.ndindex(bias.shape):
        top = max(top, np.float64(bias[index]))
    top = top if top > -np.inf else 0.0
    for index in np.ndindex(bias.shape):
        out[index] = np.exp(np.float64(bias[index]) - top + log_top)
    return out, top - log_top


@compiled
def _read_kmers(read: Codes, letters: int, kmers: Kmers) -> bool:
    """K-mers of a read by their first position; whether there was a pad, whose k-mers mean nothing."""
    number, mask, seen = np.int64(0), 4**letters - 1, np.int64(0)
    for position in range(len(read)):
        code = np.int64(read[position])
        seen |= code
        number = ((number << 2) | (code & 3)) & mask
        if position >= letters - 1:
            kmers[position - letters + 1] = number
    return bool(seen > 3)


@compiled
def _products(kmers: Kmers, tables: Floats, starts: Integers, row: Floats) -> float:
    """Products over tables, `row` is `(2, windows)`, and their sum."""
    zero = row.dtype.type(0)
    total, other = zero, zero
    second = starts[min(1, len(starts) - 1)]
    for window in range(row.shape[1]):
        kmer = kmers[window]
        forward, reverse = tables[0, kmer, 0], tables[0, kmer, 1]
        if len(starts) > 1:
            kmer = kmers[window + second]
            forward *= tables[1, kmer, 0]
            reverse *= tables[1, kmer, 1]
            for number in range(2, len(starts)):
                kmer = kmers[window + starts[number]]
                forward *= tables[number, kmer, 0]
                reverse *= tables[number, kmer, 1]
        row[0, window] = forward
        row[1, window] = reverse
        total += forward
        other += reverse
    return np.float64(total) + np.float64(other)


@compiled
def _clear_pads(read: Codes, span: int, row: Floats, value: float) -> None:
    """Set windows that touch a pad to a value."""
    clean = 0
    for position in range(len(read)):
        clean = clean + 1 if read[position] <= 3 else 0
        if position >= span - 1 and clean < span:
            row[0, position - span + 1] = value
            row[1, position - span + 1] = value


@compiled
def _log_scores(read: Codes, singles: Floats, pairs: Floats, cut: tuple[Any, ...], row: Floats) -> None:
    """Scores of a read's windows themselves, position by position: for reads whose products are too small."""
    first, second = cut[3], cut[4]
    row[:] = -np.inf
    for strand in range(singles.shape[0]):
        for window in range(row.shape[1]):
            total = 0.0
            for position in range(singles.shape[2]):
                total += singles[strand, read[window + position] & 3, position]
            for pair in range(len(first)):
                left, right = read[window + first[pair]] & 3, read[window + second[pair]] & 3
                total += pairs[strand, 4 * left + right, pair]
            row[strand, window] = total


@compiled
def _exponentiate(row: Floats) -> float:
    """Scores to exponentials relative to the greatest, which is returned (-inf: all are zero then)."""
    top = -np.inf
    for strand in range(2):
        for window in range(row.shape[1]):
            top = max(top, np.float64(row[strand, window]))
    for strand in range(2):
        for window in range(row.shape[1]):
            row[strand, window] = np.exp(np.float64(row[strand, window]) - top) if top > -np.inf else 0.0
    return top


@compiled
def _sum(row: Floats) -> float:
    total = 0.0
    for strand in range(2):
        for window in range(row.shape[1]):
            total += row[strand, window]
    return total


@compiled
def _scale(row: Floats, by: float) -> None:
    factor = row.dtype.type(by)
    for strand in range(2):
        for window in range(row.shape[1]):
            row[strand, window] *= factor


@compiled
def score(
    codes: Codes, filters: tuple[Floats, Floats], cut: tuple[Any, ...], bias: tuple[Floats, Integers], limits: Floats
) -> tuple[Floats, Floats]:
    """Share of each window in a read's sum of exp(score), and the logarithm of that sum.

    Parameters
    ----------
    codes
        Reads `(reads, length)`: 0 to 3, or 4 for a pad.
    filters
        Scores of letters `(strands, 4, positions)` and of pairs of letters `(strands, 16, pairs)`; one strand or two.
    cut
        The tables, see `Tables.arrays`.
    bias
        `(rows, 2, windows)`, no rows for no bias, and each read's row `(reads,)`, none if all have the first.
    limits
        Logarithm of the greatest entry of a table, and the sum of products below which what underflow has lost could
        matter.

    Returns
    -------
    tuple
        Shares `(reads, 2, windows)`, zero where a window touches a pad and for a strand that is not scored, and log
        sums `(reads,)`; of a read without a window they are zero and -inf.
    """
    singles, pairs = filters
    values, rows = bias
    letters, starts, span = cut[0], cut[1], singles.shape[2]
    tables, shift = _filled(singles, pairs, cut, limits[0])
    weights, more = _weights(values, limits[0])
    shares = np.empty((len(codes), 2, codes.shape[1] - span + 1), singles.dtype)
    log_sums = np.empty(len(codes), singles.dtype)
    kmers = np.empty(codes.shape[1], np.uint16)
    for read in range(len(codes)):
        row, at = shares[read], rows[read] if len(rows) else 0
        padded = _read_kmers(codes[read], letters, kmers)
        total, offset = _products(kmers, tables, starts, row), shift + more
        if len(values):
            for strand in range(2):
                for window in range(row.shape[1]):
                    row[strand, window] *= weights[at, strand, window]
        if padded:
            _clear_pads(codes[read], span, row, 0.0)
        if padded or len(values):
            total = _sum(row)
        if not total > limits[1]:
            _log_scores(codes[read], singles, pairs, cut, row)
            if len(values):
                for strand in range(2):
                    for window in range(row.shape[1]):
                        row[strand, window] += values[at, strand, window]
            if padded:
                _clear_pads(codes[read], span, row, -np.inf)
            offset = _exponentiate(row)
            total = _sum(row)
        log_sums[read] = np.log(total) + offset
        if total != 0.0:
            _scale(row, 1.0 / total)
    return shares, log_sums


@compiled
def _fold(table: Floats, singles: Floats, pairs: Floats, at: int, number: int, cut: tuple[Any, ...]) -> None:
    """Add the slopes of a table `(k-mers,)`, which is used up, to those of the scores that it was filled with."""
    letters, owner, first, second, pair_owner = cut[0], cut[2], cut[3], cut[4], cut[5]
    size = len(table)
    for pair in range(len(first)):
        if pair_owner[pair] == number:
            left, right = 2 * (at + letters - 1 - first[pair]), 2 * (at + letters - 1 - second[pair])
            for kmer in range(size):
                pairs[4 * ((kmer >> left) & 3) + ((kmer >> right) & 3), pair] += table[kmer]
    for position in range(at + letters - 1, at - 1, -1):
        own = owner[position] == number
        size //= 4
        for kmer in range(size):
            total = 0.0
            for letter in range(4):
                value = table[4 * kmer + letter]
                total += value
                if own:
                    singles[letter, position] += value
            table[kmer] = total


@compiled
def _scatter(kmers: Kmers, by_tables: Floats, starts: Integers, row: Floats) -> None:
    """Add slopes by windows, `row` is `(2, windows)`, to those by the entries that each was the product of."""
    second = starts[min(1, len(starts) - 1)]
    for window in range(row.shape[1]):
        forward, reverse = row[0, window], row[1, window]
        kmer = kmers[window]
        by_tables[0, kmer, 0] += forward
        by_tables[0, kmer, 1] += reverse
        if len(starts) > 1:
            kmer = kmers[window + second]
            by_tables[1, kmer, 0] += forward
            by_tables[1, kmer, 1] += reverse
            for number in range(2, len(starts)):
                kmer = kmers[window + starts[number]]
                by_tables[number, kmer, 0] += forward
                by_tables[number, kmer, 1] += reverse


@compiled
def _slopes_of_windows(shares: Floats, by_shares: Floats, by_sum: float, row: Floats) -> None:
    """Slopes by the scores of one read's windows; `by_shares` has no strands where nothing came by the shares."""
    extra = row.dtype.type(by_sum)
    for strand in range(2):
        for window in range(row.shape[1]):
            if len(by_shares):
                row[strand, window] = shares[strand, window] * (by_shares[strand, window] + extra)
            else:
                row[strand, window] = shares[strand, window] * extra


@compiled
def slopes(
    codes: Codes,
    cut: tuple[Any, ...],
    found: tuple[Floats, Floats],
    given: tuple[Floats, Floats],
    rows: Integers,
    shapes: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]],
) -> tuple[Floats, Floats, Floats]:
    """Slopes by the scores of letters, of pairs and by the bias, float64, in the shapes that `score` takes them in.

    Parameters
    ----------
    codes, cut, rows
        As for `score`.
    found
        What `score` returned.
    given
        Slopes by the shares, as exponentials of scores less a constant (no strands for none), and by the log sums.
    shapes
        Of the three results.
    """
    shares, log_sums = found
    by_shares, by_sums = given
    letters, starts = cut[0], cut[1]
    by_tables = np.zeros((len(starts), 4**letters, 2), shares.dtype)
    by_singles, by_pairs, by_bias = np.zeros(shapes[0]), np.zeros(shapes[1]), np.zeros(shapes[2])
    kmers = np.empty(codes.shape[1], np.uint16)
    row = np.empty((2, shares.shape[2]), shares.dtype)
    for read in range(len(codes)):
        if log_sums[read] == -np.inf:
            continue
        _read_kmers(codes[read], letters, kmers)
        _slopes_of_windows(shares[read], by_shares[read], by_sums[read], row)
        _scatter(kmers, by_tables, starts, row)
        if len(by_bias):
            at = rows[read] if len(rows) else 0
            for strand in range(2):
                for window in range(row.shape[1]):
                    by_bias[at, strand, window] += row[strand, window]
    table = np.empty(4**letters)
    for strand in range(len(by_singles)):
        for number in range(len(starts)):
            for kmer in range(len(table)):
                table[kmer] = by_tables[number, kmer, strand]
            _fold(table, by_singles[strand], by_pairs[strand], starts[number], number, cut)
    return by_singles, by_pairs, by_bias

"""The loops over reads that look k-mers up: shares of windows, and their slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.kernels.blocks import READS, Floats, Integers, compiled, copy, inlined, scale, sums
from cisgrammar.binding.kernels.filling import filled, fold, laid_out, scaled, weights

Codes = NDArray[np.uint8]
# Unsigned: numba asks of each signed index whether it counts from the end.
Kmers = NDArray[np.uint16]
PAD = 4


@compiled
def _block_kmers(codes: Codes, letters: int, kmers: Kmers) -> int:
    """K-mers of some reads `(reads, length)` by their first position; returns the greatest code.

    Those of a pad, and those that run over a read's end, mean nothing. Letter by letter, not position by position: a
    processor then adds a letter to many k-mers at once.
    """
    flat, out = codes.reshape(-1), kmers[: len(codes)].reshape(-1)
    greatest, number = np.uint8(0), len(flat) - letters + 1
    for position in range(len(flat)):
        greatest = max(greatest, flat[position])
        out[position] = 0
    for letter in range(letters):
        tail = flat[letter : letter + number]
        for position in range(number):
            out[position] = np.uint16(out[position] << np.uint16(2)) | np.uint16(tail[position] & np.uint8(3))
    return int(greatest)


@inlined
def _products(kmers: Kmers, tables: Floats, starts: Integers, rows: Floats) -> None:
    """Products over tables for all windows of a block of reads; `rows` is `(2, windows, READS)`."""
    one, two = tables[0], tables[min(1, len(tables) - 1)]
    here, later = kmers, kmers[:, starts[min(1, len(tables) - 1)] :]
    for window in range(rows.shape[1]):
        forward, reverse = rows[0, window], rows[1, window]
        if len(tables) == 1:
            for at in range(READS):
                kmer = here[at, window]
                forward[at], reverse[at] = one[kmer, 0], one[kmer, 1]
        else:
            for at in range(READS):
                kmer, other = here[at, window], later[at, window]
                forward[at] = one[kmer, 0] * two[other, 0]
                reverse[at] = one[kmer, 1] * two[other, 1]
        for number in range(2, len(tables)):
            table, later_still = tables[number], kmers[:, starts[number] :]
            for at in range(READS):
                kmer = later_still[at, window]
                forward[at] *= table[kmer, 0]
                reverse[at] *= table[kmer, 1]


@inlined
def _clear_pads(read: Codes, span: int, row: Floats, value: float) -> None:
    """Set windows that touch a pad to a value; `row` is one read's, `(2, windows)`."""
    clean = 0
    for position in range(len(read)):
        clean = clean + 1 if read[position] <= 3 else 0
        if position >= span - 1 and clean < span:
            row[0, position - span + 1] = value
            row[1, position - span + 1] = value


@inlined
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


@inlined
def _exponentiate(row: Floats) -> tuple[float, float]:
    """Scores to exponentials relative to the greatest; their sum, and the greatest (-inf: all are zero then)."""
    top, total = -np.inf, 0.0
    for strand in range(2):
        for window in range(row.shape[1]):
            top = max(top, np.float64(row[strand, window]))
    for strand in range(2):
        for window in range(row.shape[1]):
            value = np.exp(np.float64(row[strand, window]) - top) if top > -np.inf else 0.0
            row[strand, window] = value
            total += value
    return total, top


@inlined
def _weigh(reads: Codes, padded: bool, span: int, bias: tuple[Floats, Integers], rows: Floats) -> None:
    """Multiply windows `(2, windows, READS)` by exponentials of a bias; clear those with a pad or without a read."""
    factors, lines = bias
    for at in range(len(reads) if padded or len(factors) else 0):
        line = lines[at] if len(lines) else 0
        for strand in range(2 if len(factors) else 0):
            for window in range(rows.shape[1]):
                rows[strand, window, at] *= factors[line, strand, window]
        if padded:
            _clear_pads(reads[at], span, rows[:, :, at], 0.0)
    if len(reads) < READS:
        rows[:, :, len(reads) :] = 0.0


@compiled
def score(
    codes: Codes,
    terms: tuple[tuple[Floats, Integers], float, Floats, float],
    cut: tuple[Any, ...],
    bias: tuple[Floats, Integers],
    limits: Floats,
    out: tuple[Floats, Floats],
) -> bool:
    """Share of each window in a read's sum of exp(score), and the logarithm of that sum.

    Parameters
    ----------
    codes
        Reads `(reads, length)`: 0 to 3, or 4 for a pad.
    terms
        Values and, for each strand, letter and position, `(strands, 4, positions)`, the number of its value; what is
        added to every window; scores of pairs of letters `(strands, 16, pairs)`; what all scores are multiplied by, the
        bias too. One strand or two.
    cut
        The tables, see `Tables.arrays`.
    bias
        `(rows, 2, windows)`, no rows for no bias, and each read's row `(reads,)`, none if all have the first.
    limits
        Logarithm of the greatest entry of a table, and the sum of products below which what underflow has lost could
        matter.
    out
        What is filled: shares `(blocks, 2, windows, READS)`, read after read, zero where a window touches a pad, for a
        strand that is not scored and after the last read; and log sums `(reads,)`. Of a read without a window they are
        zero and -inf.

    Returns
    -------
    bool
        Whether all codes are letters or pads; what is filled means nothing otherwise.
    """
    (shares, log_sums), (values, rows), factor = out, bias, terms[3]
    filters, values = (laid_out(terms[0], terms[1], factor), terms[2] * factor), values * factor
    tables = np.empty((len(cut[1]), 4 ** cut[0], 2), shares.dtype)
    shift = filled(filters[0], filters[1], cut, limits[0], tables)
    factors, more = weights(values, limits[0])
    kmers = np.zeros((READS, codes.shape[1]), np.uint16)
    for block in range(len(shares)):
        row, first = shares[block], block * READS
        here = codes[first : first + READS]
        greatest = _block_kmers(here, cut[0], kmers)
        if greatest > PAD:
            return False
        _products(kmers, tables, cut[1], row)
        lines = rows[first : first + READS]
        _weigh(here, greatest == PAD, filters[0].shape[2], (factors, lines), row)
        out_here = row, log_sums[first : first + READS]
        _divide(here, filters, cut, (values, lines), (limits[1], shift + more), out_here)
    return True


@inlined
def _divide(
    reads: Codes,
    filters: tuple[Floats, Floats],
    cut: tuple[Any, ...],
    bias: tuple[Floats, Integers],
    limits: tuple[float, float],
    out: tuple[Floats, Floats],
) -> None:
    """Divide a block's windows by each read's sum, whose logarithm it takes; small sums are done again in log space.

    `limits` are the least sum that will do, and the logarithm to add to it.
    """
    row, log_sums = out
    totals = np.empty(READS, row.dtype)
    sums(row, totals)
    for at in range(len(reads)):
        shift = limits[1]
        if not totals[at] > limits[0]:
            line = bias[1][at] if len(bias[1]) else 0
            totals[at], shift = _sum_of_logs(reads[at], filters, cut, bias[0][line : line + 1], row[:, :, at])
        log_sums[at] = np.log(totals[at]) + shift
    for at in range(READS):
        totals[at] = 1.0 / totals[at] if totals[at] != 0.0 else 0.0
    scale(row, totals)


@inlined
def _sum_of_logs(
    read: Codes, filters: tuple[Floats, Floats], cut: tuple[Any, ...], bias: Floats, row: Floats
) -> tuple[float, float]:
    """Score one read's windows in log space; sum of what is then in `row` `(2, windows)`, and the logarithm to add."""
    _log_scores(read, filters[0], filters[1], cut, row)
    for strand in range(2 if len(bias) else 0):
        for window in range(row.shape[1]):
            row[strand, window] += bias[0, strand, window]
    _clear_pads(read, filters[0].shape[2], row, -np.inf)
    return _exponentiate(row)


@inlined
def _scatter(kmers: Kmers, by_tables: Floats, starts: Integers, rows: Floats) -> None:
    """Add slopes by the windows of a block of reads, `(2, windows, READS)`, to those by the tables' entries."""
    for window in range(rows.shape[1]):
        forward, reverse = rows[0, window], rows[1, window]
        for number in range(0, len(starts) - 1, 2):
            one, two = by_tables[number], by_tables[number + 1]
            here, later = kmers[:, starts[number] :], kmers[:, starts[number + 1] :]
            for at in range(READS):
                kmer, other, plus, minus = here[at, window], later[at, window], forward[at], reverse[at]
                one[kmer, 0] += plus
                one[kmer, 1] += minus
                two[other, 0] += plus
                two[other, 1] += minus
        if len(starts) % 2:
            one, here = by_tables[-1], kmers[:, starts[-1] :]
            for at in range(READS):
                kmer = here[at, window]
                one[kmer, 0] += forward[at]
                one[kmer, 1] += reverse[at]


@inlined
def _slopes_of_windows(shares: Floats, by_shares: Floats, by_sums: Floats, rows: Floats) -> None:
    """Slopes by the scores of a block's windows, all `(2, windows, READS)`; `by_shares` is empty for none."""
    own, to = shares.reshape(-1), rows.reshape(-1)
    copy(own, to)
    scale(rows, by_sums)
    if len(by_shares):
        given = by_shares.reshape(-1)
        for index in range(len(to)):
            to[index] += own[index] * given[index]


@inlined
def _by_windows(
    codes: Codes,
    cut: tuple[Any, ...],
    found: tuple[Floats, Floats],
    given: tuple[Floats, Floats],
    bias: tuple[Floats, Integers],
) -> Floats:
    """Slopes by the tables' entries, of the type of the shares; those by the bias are added to `bias[0]`."""
    shares, log_sums = found
    by_shares, by_sums = given
    letters, starts = cut[0], cut[1]
    by_tables = np.zeros((len(starts), 4**letters, 2), shares.dtype)
    kmers = np.zeros((READS, codes.shape[1]), np.uint16)
    row, extra = np.empty(shares.shape[1:], shares.dtype), np.empty(READS, shares.dtype)
    for block in range(len(shares)):
        first = block * READS
        number = min(READS, len(codes) - first)
        _block_kmers(codes[first : first + number], letters, kmers)
        extra[:] = 0.0
        for at in range(number):
            extra[at] = 0.0 if log_sums[first + at] == -np.inf else by_sums[first + at]
        _slopes_of_windows(shares[block], by_shares[block : block + 1], extra, row)
        _scatter(kmers, by_tables, starts, row)
        if len(bias[0]):
            for at in range(number):
                line = bias[1][first + at] if len(bias[1]) else 0
                for strand in range(2):
                    for window in range(shares.shape[2]):
                        bias[0][line, strand, window] += row[strand, window, at]
    return by_tables


@compiled
def slopes(
    codes: Codes,
    terms: tuple[tuple[Floats, Integers], float, Floats, float],
    cut: tuple[Any, ...],
    bias: tuple[Floats, Integers],
    found: tuple[Floats, Floats],
    given: tuple[Floats, Floats],
) -> tuple[Floats, float, Floats, Floats, float]:
    """Slopes by the values, by what is added to each window, by pairs, by the bias and by the factor, in float64.

    Parameters
    ----------
    codes, terms, cut, bias
        As for `score`.
    found
        What `score` filled.
    given
        Slopes by the shares, as exponentials of scores less a constant (no blocks for none), and by the log sums.
    """
    (values, places), offset, pairs, factor = terms
    by_values, by_letters, by_pairs = np.zeros(values.shape), np.zeros(places.shape), np.zeros(pairs.shape)
    by_bias = np.zeros(bias[0].shape)
    by_tables = _by_windows(codes, cut, found, given, (by_bias, bias[1]))
    table = np.empty(by_tables.shape[1])
    for strand in range(len(by_letters)):
        for number in range(len(by_tables)):
            for kmer in range(len(table)):
                table[kmer] = by_tables[number, kmer, strand]
            fold(table, by_letters[strand], by_pairs[strand], cut[1][number], number, cut)
    by_factor = scaled(by_letters, laid_out(terms[0], offset, 1.0), factor)
    by_factor += scaled(by_pairs, pairs, factor) + scaled(by_bias, bias[0], factor)
    flat, to = places.reshape(-1), by_letters.reshape(-1)
    for at in range(len(flat)):
        by_values[flat[at]] += to[at]
    return by_values, by_letters[:, :, 0].sum(), by_pairs, by_bias, by_factor

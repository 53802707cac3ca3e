"""The loops over pairs of windows, by diagonal: a cooperativity belongs to an offset, not to a pair of windows."""

from __future__ import annotations

import functools

import numpy as np

from cisgrammar.binding.kernels.blocks import READS, Floats, Integers, compiled, copy, inlined, scale

# Neighbouring diagonals that are summed in one pass: each window that is read then serves so many.
TAPS = 3
# Sums may be taken in any order, and a product may be added without rounding in between.
_summed = functools.partial(compiled, fastmath={"reassoc", "contract"})


@compiled
def _aligned(rows: int, size: int, like: Floats) -> Floats:
    """Zeros `(rows, size)` whose first lies at a multiple of 64 bytes: others are read at half the speed."""
    raw = np.zeros(rows * size + 64 // like.itemsize, like.dtype)
    skip = (64 - raw.ctypes.data % 64) % 64 // like.itemsize
    return raw[skip : skip + rows * size].reshape((rows, size))


@inlined
def _weights(values: Floats, source: Integers, factor: float, like: Floats) -> tuple[Floats, float]:
    """Exponentials `(strands a, strands b, groups, TAPS)` of values relative to the greatest, which is returned."""
    strands, diagonals = source.shape[0], source.shape[2]
    out = np.zeros((strands, strands, -(-diagonals // TAPS), TAPS), like.dtype)
    top = -np.inf
    for number in source.reshape(-1):
        if number >= 0:
            top = max(top, factor * values[number])
    top = top if top > -np.inf else 0.0
    for a in range(strands):
        for b in range(strands):
            for diagonal in range(diagonals):
                if source[a, b, diagonal] >= 0:
                    value = factor * values[source[a, b, diagonal]]
                    out[a, b, diagonal // TAPS, diagonal % TAPS] = np.exp(value - top)
    return out, top


@inlined
def _any(weights: Floats) -> bool:
    return bool(weights[0] != 0 or weights[1] != 0 or weights[2] != 0)


@inlined
def _add(out: Floats, windows: Floats, weights: Floats) -> None:
    """Add a group of diagonals: each window of `out` gets TAPS windows in a row, each by its weight."""
    one, two, three = weights[0], weights[1], weights[2]
    for at in range(len(out)):
        out[at] += one * windows[at] + two * windows[at + READS] + three * windows[at + 2 * READS]


@inlined
def _add_and_dot(out: Floats, own: Floats, windows: Floats, weights: Floats, dots: Floats) -> None:
    """As `_add`; and add the sum of products with `own` over each diagonal of the group to `dots`."""
    one, two, three = weights[0], weights[1], weights[2]
    zero = own.dtype.type(0)
    first, second, third = zero, zero, zero
    for at in range(len(out)):
        value, a, b, c = own[at], windows[at], windows[at + READS], windows[at + 2 * READS]
        out[at] += one * a + two * b + three * c
        first += value * a
        second += value * b
        third += value * c
    dots[0] += first
    dots[1] += second
    dots[2] += third


@inlined
def _lay(block: Floats, out: Floats) -> None:
    """Windows `(2, windows, READS)` between zeros, where a group of diagonals runs over the end of a read."""
    edge = (TAPS - 1) * READS
    for strand in range(len(out)):
        copy(block[strand].reshape(-1), out[strand, edge : out.shape[1] - edge])


@inlined
def _span(group: int, windows: tuple[int, int]) -> tuple[int, int, int]:
    """First and last (not included) window of a that a group of diagonals has, and their first partner, laid out."""
    shift = group * TAPS - (windows[0] - 1)
    low = max(0, -shift - TAPS + 1)
    return low, min(windows[0], windows[1] - shift), low + shift + TAPS - 1


@_summed
def _partners(laid: Floats, weights: Floats, windows: tuple[int, int], out: Floats) -> None:
    """What b's windows add up to for each window of a: `laid` is of b, `out` `(strands, windows a * READS)`."""
    out[:] = 0.0
    for a in range(len(weights)):
        for b in range(len(weights)):
            for group in range(weights.shape[2]):
                if _any(weights[a, b, group]):
                    low, high, near = _span(group, windows)
                    others = laid[b, near * READS : (near + high - low + TAPS - 1) * READS]
                    _add(out[a, low * READS : high * READS], others, weights[a, b, group])


@_summed
def _partners_and_products(
    laid: tuple[Floats, Floats], weights: Floats, windows: tuple[int, int], out: Floats, by_weights: Floats
) -> None:
    """As `_partners`; and add the sums over diagonals of a's windows times b's, where there is a weight."""
    out[:] = 0.0
    for a in range(len(weights)):
        for b in range(len(weights)):
            for group in range(weights.shape[2]):
                if _any(weights[a, b, group]):
                    low, high, near = _span(group, windows)
                    own = laid[0][a, (low + TAPS - 1) * READS : (high + TAPS - 1) * READS]
                    others = laid[1][b, near * READS : (near + high - low + TAPS - 1) * READS]
                    found = out[a, low * READS : high * READS]
                    _add_and_dot(found, own, others, weights[a, b, group], by_weights[a, b, group])


@_summed
def _dot(block: Floats, partners: Floats, totals: Floats) -> None:
    """Sum over windows of products, read by read, two windows at once."""
    totals[:] = 0.0
    for strand in range(len(partners)):
        own, other = block[strand].reshape(-1), partners[strand]
        even = len(own) // (2 * READS) * 2 * READS
        for start in range(0, even, 2 * READS):
            one, two = own[start : start + 2 * READS], other[start : start + 2 * READS]
            for at in range(READS):
                totals[at] += one[at] * two[at] + one[at + READS] * two[at + READS]
        if even < len(own):
            for at in range(READS):
                totals[at] += own[even + at] * other[even + at]


@compiled
def pair_sums(
    blocks: tuple[Floats, Floats],
    log_sums: tuple[Floats, Floats],
    spacing: tuple[Floats, Integers, float],
    least: float,
    out: tuple[Floats, Floats],
) -> int:
    """Logarithm of each read's sum over pairs of windows of a * b * exp(factor * value of their diagonal).

    Parameters
    ----------
    blocks
        Shares of a and of b, `(blocks, 2, windows, READS)`.
    log_sums
        Their logarithms, `(reads,)` each, that are added.
    spacing
        Values; for strands of a, of b and the offset from 1 - windows of a on, `(strands, strands, windows a +
        windows b - 1)`, the number of its value, -1 for none; and the factor.
    least
        Sum below which what underflow has lost could matter.
    out
        What is filled: the sums `(reads,)`, zero where they are below `least`, and their logarithms, -inf there.

    Returns
    -------
    int
        How many sums are below `least`.
    """
    shares_a, shares_b = blocks
    totals, logs = out
    windows = shares_a.shape[2], shares_b.shape[2]
    weights, top = _weights(spacing[0], spacing[1], spacing[2], shares_a)
    laid = _aligned(len(weights), (windows[1] + 2 * TAPS - 2) * READS, shares_b)
    partners = _aligned(len(weights), windows[0] * READS, shares_a)
    sums, lost = np.empty(READS, shares_a.dtype), 0
    for block in range(len(shares_a)):
        _lay(shares_b[block], laid)
        _partners(laid, weights, windows, partners)
        _dot(shares_a[block], partners, sums)
        first = block * READS
        for at in range(min(READS, len(totals) - first)):
            read, small = first + at, sums[at] <= least
            lost += small
            totals[read] = 0.0 if small else sums[at]
            logs[read] = -np.inf if small else np.log(sums[at]) + top + log_sums[0][read] + log_sums[1][read]
    return lost


@compiled
def pair_slopes(
    blocks: tuple[Floats, Floats],
    spacing: tuple[Floats, Integers, Integers, float],
    found: Floats,
    given: Floats,
    out: tuple[Floats, Floats],
) -> tuple[Floats, float]:
    """Slopes by the shares, as numbers of their own, in `out`; by the values and by the factor, in float64.

    Parameters
    ----------
    blocks, spacing
        As for `pair_sums`; after the numbers of the values come those from where b is, offsets the other way round.
    found
        The sums, zero for those that were too small.
    given
        Slopes by their logarithms, `(reads,)`.
    out
        What is filled, as large as `blocks`; no blocks where none are wanted.
    """
    (shares_a, shares_b), (by_a, by_b) = blocks, out
    windows = shares_a.shape[2], shares_b.shape[2]
    values, source, turned, factor = spacing
    weights, _ = _weights(values, source, factor, shares_a)
    weights_turned, _ = _weights(values, turned, factor, shares_a)
    by_weights = np.zeros(weights.shape)
    laid_a = _aligned(len(weights), (windows[0] + 2 * TAPS - 2) * READS, shares_a)
    laid_b = _aligned(len(weights), (windows[1] + 2 * TAPS - 2) * READS, shares_b)
    factors, scaled = np.zeros(READS, shares_a.dtype), np.empty(shares_a.shape[1:], shares_a.dtype)
    for block in range(len(shares_a)):
        first = block * READS
        number = min(READS, len(found) - first)
        factors[number:] = 0.0
        for at in range(number):
            factors[at] = given[first + at] / found[first + at] if found[first + at] != 0.0 else 0.0
        copy(shares_a[block].reshape(-1), scaled.reshape(-1))
        scale(scaled, factors)
        _lay(scaled, laid_a)
        _lay(shares_b[block], laid_b)
        row = by_a[block] if len(by_a) else scaled
        _partners_and_products((laid_a, laid_b), weights, windows, row.reshape((2, -1)), by_weights)
        scale(row, factors)
        if len(by_b):
            _partners(laid_a, weights_turned, (windows[1], windows[0]), by_b[block].reshape((2, -1)))
    return _by_values(values, source, factor, weights, by_weights)


@inlined
def _by_values(
    values: Floats, source: Integers, factor: float, weights: Floats, by_weights: Floats
) -> tuple[Floats, float]:
    by_values, by_factor = np.zeros(len(values)), 0.0
    for a in range(source.shape[0]):
        for b in range(source.shape[1]):
            for diagonal in range(source.shape[2]):
                weight, entry = weights[a, b, diagonal // TAPS, diagonal % TAPS], source[a, b, diagonal]
                if weight != 0.0:
                    slope = weight * by_weights[a, b, diagonal // TAPS, diagonal % TAPS]
                    by_values[entry] += factor * slope
                    by_factor += values[entry] * slope
    return by_values, by_factor

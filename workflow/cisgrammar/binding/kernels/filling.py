"""Tables of k-mers from the scores of letters and pairs, and the way back from slopes by their entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from cisgrammar.binding.kernels.blocks import Floats, Integers, compiled, inlined


@inlined
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


@inlined
def laid_out(letters: tuple[Floats, Integers], offset: float, factor: float) -> Floats:
    """Scores of letters by strand and position, `(strands, 4, positions)`: each window has the first position once."""
    values, places = letters
    out = np.empty(places.shape)
    for strand in range(places.shape[0]):
        for letter in range(places.shape[1]):
            for position in range(places.shape[2]):
                value = values[places[strand, letter, position]]
                out[strand, letter, position] = factor * (value + (offset if position == 0 else 0.0))
    return out


@inlined
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


@inlined
def filled(singles: Floats, pairs: Floats, cut: tuple[Any, ...], log_top: float, out: Floats) -> float:
    """Fill tables `(tables, k-mers, 2)`, each with entries up to exp(log_top); the logarithm to add to a product's.

    That a second strand is not scored makes its entries zero.
    """
    starts, strands = cut[1], singles.shape[0]
    table = np.empty(4 ** cut[0])
    one, two = np.empty(singles.shape), np.empty(pairs.shape)
    tops = np.empty(strands)
    for strand in range(strands):
        tops[strand] = _relative(singles[strand], one[strand]) + _relative(pairs[strand], two[strand])
    greatest = max(tops[0], tops[-1])
    if strands == 1:
        out[:] = 0.0
    for strand in range(strands):
        for number in range(len(starts)):
            table[0] = np.exp(log_top + (tops[strand] - greatest if number == 0 else 0.0))
            _fill(table, one[strand], two[strand], starts[number], number, cut)
            for kmer in range(len(table)):
                out[number, kmer, strand] = table[kmer]
    return greatest - log_top * len(starts)


@inlined
def weights(bias: Floats, log_top: float) -> tuple[Floats, float]:
    """Exponentials of a bias, up to exp(log_top), and the logarithm to add to theirs; nothing for no bias."""
    out, top = np.empty_like(bias), -np.inf
    if not len(bias):
        return out, 0.0
    flat, to = bias.reshape(-1), out.reshape(-1)
    for value in flat:
        top = max(top, value)
    top = top if top > -np.inf else 0.0
    for index in range(len(flat)):
        to[index] = np.exp(flat[index] - top + log_top)
    return out, top - log_top


@inlined
def fold(table: Floats, singles: Floats, pairs: Floats, at: int, number: int, cut: tuple[Any, ...]) -> None:
    """Add the slopes of a table `(k-mers,)`, which is used up, to those of the scores that it was filled with."""
    letters, owner, first, second, pair_owner = cut[0], cut[2], cut[3], cut[4], cut[5]
    size = len(table)
    for pair in range(len(first)):
        if pair_owner[pair] == number:
            left, right = 2 * (at + letters - 1 - first[pair]), 2 * (at + letters - 1 - second[pair])
            for kmer in range(size):
                pairs[4 * ((kmer >> left) & 3) + ((kmer >> right) & 3), pair] += table[kmer]
    for position in range(at + letters - 1, at - 1, -1):
        size //= 4
        first, second, third, fourth = 0.0, 0.0, 0.0, 0.0
        for kmer in range(size):
            one, two, three, four = table[4 * kmer], table[4 * kmer + 1], table[4 * kmer + 2], table[4 * kmer + 3]
            table[kmer] = (one + two) + (three + four)
            first, second, third, fourth = first + one, second + two, third + three, fourth + four
        if owner[position] == number:
            singles[0, position] += first
            singles[1, position] += second
            singles[2, position] += third
            singles[3, position] += fourth


@compiled
def scaled(slopes: Floats, scores: Floats, factor: float) -> float:
    """Multiply slopes by the scores' factor; their slope by that."""
    total, flat, given = 0.0, slopes.reshape(-1), scores.reshape(-1)
    for index in range(len(flat)):
        if flat[index] != 0.0:
            total += flat[index] * given[index]
            flat[index] *= factor
    return total

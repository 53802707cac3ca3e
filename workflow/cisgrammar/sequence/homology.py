"""Sequence that windows share with other windows: the share of their 31-mers that occur there, on either strand.

A window's share is its containment (Broder 1997): of its distinct canonical k-mers, those that a set of other windows
has too. A k-mer and its reverse complement are one; a k-mer that holds an N is none. Each k-mer counts once, so a
tandem repeat weighs as much as its unit and not as its length; a window that is nothing but a repeat is shared if
any other window holds that repeat.

With k = 31 two unrelated windows share nothing by chance (4^31 is 5e18), and of a copy with independent substitutions
at a rate d about (1 - d)^31 is left: a tenth at d = 7.2 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.mapped import release
from cisgrammar.files.progress import Progress
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.intervals import merge

# Odd, so that no k-mer is its own reverse complement; the longest odd one that fits into 64 bits.
K = 31
# From 1-mers: how far the second of two joined k-mers begins after the first, and the type that holds the result.
_JOINS = ((1, np.uint8), (2, np.uint8), (4, np.uint16), (8, np.uint32), (15, np.uint64))
_NO_KMER = np.uint64(2**64 - 1)
# Odd multipliers of SplitMix64 (Steele 2014): the upper bits of a product are mixed.
_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))
_BITS_PER_KMER = 16
_MOST_BITS = 33
# Bases at once, windows' k-mers at once in the first and in the exact look: a few tens and hundreds of MB.
_BLOCK = 2**20
_BATCH = 2**25

Spans = tuple[NDArray[np.int64], NDArray[np.int64]]


def canonical_kmers(codes: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Spell k-mers as numbers, the same for a k-mer and its reverse complement.

    Parameters
    ----------
    codes
        `(..., bases)` A 0, C 1, G 2, T 3, N 4.

    Returns
    -------
    kmers, known
        `(..., bases - 30)` the lesser of both strands' numbers in base 4, first base first; and which hold no N.
        No k-mers, `(..., 0)`, of fewer than 31 bases.
    """
    if codes.shape[-1] < K:
        nothing = (*codes.shape[:-1], 0)
        return np.zeros(nothing, dtype=np.uint64), np.zeros(nothing, dtype=bool)
    known = codes < N_CODE
    forward = codes & np.uint8(3)
    reverse = np.uint8(3) - forward
    for step, kind in _JOINS:
        # joined k-mers may overlap: the bases that both have are the same bits
        shift = kind(2 * step)
        forward, reverse = forward.astype(kind), reverse.astype(kind)
        forward = (forward[..., :-step] << shift) | forward[..., step:]
        reverse = (reverse[..., step:] << shift) | reverse[..., :-step]
        known = known[..., :-step] & known[..., step:]
    return np.minimum(forward, reverse), known


class KmerFilter:
    """A Bloom filter (Bloom 1970) of k-mers: it has all that were added, and some others.

    Two bits are set for each k-mer in a table of 16 to 32 bits a k-mer, at most 2^33 bits (1 GiB). Others are taken for
    added in `(1 - exp(-2 n / bits))^2` of cases: at most 1.4 %, and 9 % of 1.5 billion k-mers.

    Parameters
    ----------
    expected
        k-mers that will be added, at most.
    """

    def __init__(self, expected: int) -> None:
        bits = min(max(math.ceil(math.log2(_BITS_PER_KMER * max(expected, 1))), 16), _MOST_BITS)
        self._shift = np.uint64(64 - bits)
        self._table = np.zeros(1 << (bits - 3), dtype=np.uint8)

    def _places(self, kmers: NDArray[np.uint64]) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.uint8]]]:
        """Yield byte and bit of each k-mer, for one hash after the other."""
        folded = kmers ^ (kmers >> np.uint64(29))
        for multiplier in _MULTIPLIERS:
            place = (folded * multiplier) >> self._shift
            yield place >> np.uint64(3), (place & np.uint64(7)).astype(np.uint8)

    def add(self, kmers: NDArray[np.uint64]) -> None:
        """Add k-mers `(n,)`."""
        for byte, bit in self._places(kmers):
            # of a byte's bits one at a time: then equal places write equal values
            for value in range(8):
                here = byte[bit == value]
                self._table[here] |= np.uint8(1 << value)

    def may_hold(self, kmers: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Tell of each k-mer whether it may have been added; where False, it was not."""
        held = np.ones(kmers.shape, dtype=bool)
        for byte, bit in self._places(kmers):
            held &= ((self._table[byte] >> bit) & np.uint8(1)).astype(bool)
        return held


def _spelled(codes: NDArray[np.uint8], spans: Spans) -> Iterator[NDArray[np.uint64]]:
    """Yield the k-mers of spans of first bases, `(n,)`, a block at a time."""
    parts: list[NDArray[np.uint8]] = []
    held = 0
    apart = np.full(1, N_CODE, dtype=np.uint8)
    for first, last in zip(spans[0].tolist(), spans[1].tolist(), strict=True):
        for low in range(first, last, _BLOCK):
            high = min(low + _BLOCK, last) + K - 1
            parts += [codes[low:high], apart]
            held += high - low
            if held >= _BLOCK:
                yield _known_kmers(parts)
                parts, held = [], 0
                release(codes)
    if parts:
        yield _known_kmers(parts)


def _known_kmers(parts: list[NDArray[np.uint8]]) -> NDArray[np.uint64]:
    kmers, known = canonical_kmers(np.concatenate(parts))
    return kmers[known]


def _of_windows(
    codes: NDArray[np.uint8], start: NDArray[np.int64], length: int
) -> Iterator[tuple[slice, NDArray[np.uint64], NDArray[np.bool_]]]:
    """Yield rows of windows, their k-mers in order `(windows, k-mers)`, and where each stands first in its row."""
    at_once = max(_BLOCK // length, 1)
    bases = np.arange(length)
    for low in range(0, len(start), at_once):
        rows = slice(low, min(low + at_once, len(start)))
        kmers, known = canonical_kmers(codes[start[rows, None] + bases])
        kmers[~known] = _NO_KMER
        kmers.sort(axis=1)
        first = kmers != _NO_KMER
        first[:, 1:] &= kmers[:, 1:] != kmers[:, :-1]
        yield rows, kmers, first


def _share(held: NDArray[np.bool_], first: NDArray[np.bool_]) -> NDArray[np.float64]:
    return (held & first).sum(axis=1) / np.maximum(first.sum(axis=1), 1)


def _exact(codes: NDArray[np.uint8], start: NDArray[np.int64], length: int, spans: Spans) -> NDArray[np.float64]:
    """Return the share of each of some windows: their k-mers, sorted, are looked for in all spans once."""
    wanted = np.concatenate([kmers[first] for _, kmers, first in _of_windows(codes, start, length)])
    wanted = np.unique(wanted)
    seen = np.zeros(len(wanted), dtype=bool)
    near = KmerFilter(len(wanted))
    near.add(wanted)
    for kmers in _spelled(codes, spans):
        kmers = kmers[near.may_hold(kmers)]
        place = np.minimum(np.searchsorted(wanted, kmers), len(wanted) - 1)
        seen[place[wanted[place] == kmers]] = True
    shares = np.zeros(len(start))
    for rows, kmers, first in _of_windows(codes, start, length):
        place = np.minimum(np.searchsorted(wanted, kmers), len(wanted) - 1)
        shares[rows] = _share(seen[place], first)
    return shares


def _most_shared(
    codes: NDArray[np.uint8], start: NDArray[np.int64], length: int, filled: KmerFilter
) -> NDArray[np.float64]:
    """Return of windows in order the share of k-mers that may be in a filter; a base is looked at once, not per window.

    Whether a k-mer is held is written behind its last base, so that it goes with it as each window's k-mers are sorted.
    """
    low, high = int(start[0]), int(start[-1]) + length
    if high - low > len(start) * length:
        found = _of_windows(codes, start, length)
        return np.concatenate([_share(filled.may_hold(kmers), first) for _, kmers, first in found])
    kmers, known = canonical_kmers(codes[low:high])
    marked = (kmers << np.uint64(1)) | filled.may_hold(kmers).astype(np.uint64)
    marked[~known] = _NO_KMER
    windows = marked[(start - low)[:, None] + np.arange(length - K + 1)]
    windows.sort(axis=1)
    first = windows != _NO_KMER
    first[:, 1:] &= windows[:, 1:] != windows[:, :-1]
    return _share((windows & np.uint64(1)).astype(bool), first)


def shared_kmers(
    codes: NDArray[np.uint8],
    start: NDArray[np.int64],
    length: int,
    others: Spans,
    above: float = 0.0,
) -> NDArray[np.float64]:
    """Return the share of each window's distinct canonical 31-mers that occur in any of the other windows.

    The others' k-mers are put into a Bloom filter, which bounds each window's share from above; the windows whose bound
    is too high are then counted exactly. Beside the genome it takes at most the filter's 1 GiB and, later, a few times
    256 MiB; time is two walks through the others and one through the windows. 250,000 windows of 1 kb against a million
    others took 303 s of one core and 1.2 GB.

    Parameters
    ----------
    codes
        `(bases,)` the genome's codes; may be a memory map.
    start, length
        `(windows,)` first bases as indices into `codes`, and bp of every window.
    others
        Starts and ends `(others,)` of the other windows, of any length, in any order; they may overlap.
    above
        Shares above it are exact; of windows at or below it, an upper bound that is at or below it too.

    Returns
    -------
    shares
        `(windows,)` 0 to 1; 0 for a window that has no k-mer: shorter than 31 bp, or N in all of them.
    """
    shares = np.zeros(len(start))
    long_enough = others[1] - others[0] >= K
    if length < K or not long_enough.any():
        return shares
    # merged by first bases of k-mers: where windows only touch, no k-mer that neither has comes in
    spans = merge(others[0][long_enough], others[1][long_enough] - (K - 1))
    filled = KmerFilter(int((spans[1] - spans[0]).sum()))
    for kmers in _spelled(codes, spans):
        filled.add(kmers)
    progress = Progress("held-out windows beside training windows", len(start))
    order = np.argsort(start, kind="stable")
    at_once = max(_BLOCK // length, 1)
    for low in range(0, len(start), at_once):
        rows = order[low : low + at_once]
        shares[rows] = _most_shared(codes, start[rows], length, filled)
        progress.to(low + len(rows))
        release(codes)
    del filled
    doubtful = np.flatnonzero(shares > above)
    at_once = max(_BATCH // length, 1)
    for low in range(0, len(doubtful), at_once):
        some = doubtful[low : low + at_once]
        shares[some] = _exact(codes, start[some], length, spans)
    return shares

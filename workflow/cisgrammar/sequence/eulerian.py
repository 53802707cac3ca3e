"""Arrangements of a sequence that keep its dinucleotides: counted, listed, and drawn uniformly.

A sequence is an Eulerian trail of the multigraph whose vertices are its letters and whose edges are its
dinucleotides. All trails of one graph that begin with the same letter also end with the same letter. Their number
follows from the BEST theorem (van Aardenne-Ehrenfest, de Bruijn, Smith, Tutte). A trail is uniformly random if its
last exits form a uniformly random tree towards the last letter, and if the other exits of each letter are in random
order (Kandel, Matias, Unger and Winkler 1996). Trees on up to five letters are listed; for larger alphabets they are
drawn by Wilson's algorithm.
"""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
from numpy.typing import NDArray

MOST = np.iinfo(np.int64).max
_EXACT = 40.0
_SHORT = 64
_FEW_LETTERS = 5
_FEW_DRAWS = 20
"""Up to here draws are walked one by one: a step of all side by side takes as long as some 25 steps of lists."""


def transitions(codes: NDArray[np.uint8], letters: int) -> NDArray[np.int64]:
    """Count the dinucleotides of `codes` `(width,)`: `(letters, letters)`, first letter by second."""
    pairs = codes[:-1].astype(np.int64) * letters + codes[1:]
    return np.bincount(pairs, minlength=letters * letters).reshape(letters, letters)


def log_arrangements(codes: NDArray[np.uint8], letters: int = 5) -> float:
    """Return the natural logarithm of the number of arrangements; see `count_arrangements`."""
    if len(codes) < 3:
        return 0.0
    laplacian, out_degree, pairs = _closed_graph(codes, letters)
    log_trees = float(np.linalg.slogdet(laplacian.astype(np.float64))[1]) if len(laplacian) else 0.0
    exits = sum(math.lgamma(degree) for degree in out_degree.tolist())
    return log_trees + exits - sum(math.lgamma(count + 1) for count in pairs.tolist())


def count_arrangements(codes: NDArray[np.uint8], letters: int = 5) -> int:
    """Count the different sequences with the dinucleotides, the first and the last letter of `codes`.

    The sequence itself counts too, so the answer is at least 1. BEST theorem: trees towards the last letter, times
    `(out-degree - 1)!` of each letter after closing the trail, divided by the orders of equal dinucleotides.

    Parameters
    ----------
    codes
        `(width,)` letters as integers below `letters`.
    letters
        Size of the alphabet; 5 is A C G T N, with N a letter like the others.

    Returns
    -------
    int
        Exact, or rounded above about 10^17 for more than 64 letters; at most `2^63 - 1`.
    """
    if len(codes) < 3:
        return 1
    if len(codes) > _SHORT:
        log_count = log_arrangements(codes, letters)
        if log_count > _EXACT:
            return int(min(math.exp(min(log_count, 100.0)), MOST))
    laplacian, out_degree, pairs = _closed_graph(codes, letters)
    trails = _determinant(laplacian.tolist()) * math.prod(math.factorial(d - 1) for d in out_degree.tolist())
    return min(trails // math.prod(math.factorial(count) for count in pairs.tolist()), MOST)


def _closed_graph(
    codes: NDArray[np.uint8], letters: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Laplacian without the last letter, out-degrees, and dinucleotide counts of the trail closed to a circuit."""
    counts = transitions(codes, letters)
    closed = counts.copy()
    closed[codes[-1], codes[0]] += 1
    used = np.flatnonzero(closed.sum(axis=1))
    out_degree = closed.sum(axis=1)
    others = used[used != codes[-1]]
    laplacian = np.diag(out_degree[others]) - closed[np.ix_(others, others)]
    return laplacian, out_degree[used], counts[counts > 1]


def _determinant(matrix: list[list[int]]) -> int:
    """Exact determinant of a matrix of whole numbers (Bareiss); the pivots of a Laplacian minor are never 0."""
    size, previous = len(matrix), 1
    for k in range(size - 1):
        for i in range(k + 1, size):
            for j in range(k + 1, size):
                matrix[i][j] = (matrix[i][j] * matrix[k][k] - matrix[i][k] * matrix[k][j]) // previous
        previous = matrix[k][k]
    return matrix[-1][-1] if size else 1


def enumerate_arrangements(codes: NDArray[np.uint8], letters: int = 5) -> NDArray[np.uint8]:
    """List every arrangement once, `(arrangements, width)`, in alphabetical order; `codes` is one of them.

    Only for few arrangements: check `count_arrangements` first.
    """
    left = transitions(codes, letters).tolist()
    # The letters so far, and for each of them the next one to try behind it: a window is deeper than Python may recur.
    path, following = [int(codes[0])], [0]
    found: list[list[int]] = []
    while path:
        here, letter = path[-1], following[-1]
        whole = len(path) == len(codes)
        if whole:
            found.append(list(path))
        if whole or letter == letters:
            path.pop()
            following.pop()
            if path:
                left[path[-1]][here] += 1
            continue
        following[-1] += 1
        if not left[here][letter]:
            continue
        left[here][letter] -= 1
        if _all_reachable(letter, left):
            path.append(letter)
            following.append(0)
        else:
            left[here][letter] += 1
    return np.array(found, dtype=np.uint8).reshape(len(found), len(codes))


def _all_reachable(start: int, left: list[list[int]]) -> bool:
    """Whether every dinucleotide that is left can be reached: then, the degrees being balanced, a trail exists."""
    reached, queue = {start}, [start]
    while queue:
        for letter, count in enumerate(left[queue.pop()]):
            if count and letter not in reached:
                reached.add(letter)
                queue.append(letter)
    return all(letter in reached for letter, row in enumerate(left) if any(row))


def sample_arrangements(
    codes: NDArray[np.uint8], n: int, rng: np.random.Generator, letters: int = 5
) -> NDArray[np.uint8]:
    """Draw `n` arrangements independently, each of all arrangements with the same probability.

    Parameters
    ----------
    codes
        `(width,)` letters as integers below `letters`.
    n
        Number of draws, with replacement; `codes` itself is among the possible outcomes.
    rng
        Source of the draws.
    letters
        Size of the alphabet.

    Returns
    -------
    numpy.ndarray
        `(n, width)` uint8.
    """
    width = len(codes)
    if width < 4 or n == 0:
        return np.repeat(codes[None], n, axis=0)  # (n, width)
    order = np.argsort(codes[:-1], kind="stable")
    group = codes[:-1][order].astype(np.int64)
    exits = codes[1:][order].astype(np.int64)
    sizes = np.bincount(group, minlength=letters)
    first = np.cumsum(sizes) - sizes
    last = _last_exits(transitions(codes, letters), int(codes[-1]), n, rng)  # (n, letters)
    # Of equal exits the first in the list stands for all, so that the order of the others owes nothing to the choice.
    rank = np.where(exits == last[:, group], np.arange(width - 1, 0, -1), 0)  # (n, width - 1)
    best = np.maximum.reduceat(rank, first[sizes > 0], axis=1)
    chosen = (rank > 0) & (rank == np.repeat(best, sizes[sizes > 0], axis=1))
    keys = np.where(chosen, 1.0, rng.random((n, width - 1))) + group
    pool = exits[np.argsort(keys, axis=1, kind="stable")]  # (n, width - 1)
    return _walk(pool, first, int(codes[0]), width)


def _last_exits(counts: NDArray[np.int64], root: int, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `n` random trees towards `root`, each edge as often as it occurs: the exit of each letter, -1 for none."""
    used = np.flatnonzero(counts.sum(axis=1) + counts.sum(axis=0))
    if len(used) > _FEW_LETTERS:
        return _wilson(counts, root, n, rng)
    others = used[used != root]
    trees = used[_trees(len(used), int(np.flatnonzero(used == root)[0]))]  # (trees, letters other than the root)
    cumulative = np.cumsum(counts[others, trees].prod(axis=1))
    tree = np.searchsorted(cumulative, rng.random(n) * cumulative[-1], side="right")
    exits = np.full((n, len(counts)), -1, dtype=np.int64)
    exits[:, others] = trees[tree]
    return exits


@functools.cache
def _trees(size: int, root: int) -> NDArray[np.int64]:
    """All trees towards `root` on a few vertices: where each other vertex leads, `(size^(size - 2), size - 1)`."""
    others = [vertex for vertex in range(size) if vertex != root]
    found = []
    for parents in itertools.product(range(size), repeat=len(others)):
        leads = dict(zip(others, parents, strict=True))
        at = list(others)
        for _ in others:
            at = [leads.get(vertex, root) for vertex in at]
        if set(at) <= {root}:
            found.append(parents)
    return np.array(found, dtype=np.int64).reshape(len(found), len(others))


def _wilson(counts: NDArray[np.int64], root: int, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """As `_last_exits`, for any number of letters, by Wilson's algorithm.

    From each letter in turn a walk goes on until it meets the tree; the last exits that it took, which leave out its
    loops, join the tree. All draws walk side by side.
    """
    letters, rows = len(counts), np.arange(n)
    totals = counts.sum(axis=1)
    steps = np.zeros((letters, max(1, totals.max())), dtype=np.int64)
    for letter in range(letters):
        steps[letter, : totals[letter]] = np.repeat(np.arange(letters), counts[letter])
    exits = np.full((n, letters), -1, dtype=np.int64)
    in_tree = np.zeros((n, letters), dtype=bool)
    in_tree[:, root] = True
    for start in np.flatnonzero(totals).tolist():
        out = rows[~in_tree[:, start]]
        at = np.full(len(out), start)
        while len(out):
            step = steps[at, (rng.random(len(out)) * totals[at]).astype(np.int64)]
            exits[out, at] = step
            walking = ~in_tree[out, step]
            out, at = out[walking], step[walking]
        out = rows[~in_tree[:, start]]
        at = np.full(len(out), start)
        while len(out):
            in_tree[out, at] = True
            at = exits[out, at]
            walking = ~in_tree[out, at]
            out, at = out[walking], at[walking]
    exits[:, root] = -1
    return exits


def _walk(pool: NDArray[np.int64], first: NDArray[np.int64], start: int, width: int) -> NDArray[np.uint8]:
    """Follow the exits of each letter in their order: `(n, width)`."""
    n = len(pool)
    if n <= _FEW_DRAWS:
        bounds = [*first.tolist(), pool.shape[1]]
        rows = [_walk_alone(row, bounds, start) for row in pool.tolist()]
        return np.array(rows, dtype=np.uint8)  # (n, width)
    flat, base = pool.ravel(), np.arange(n) * pool.shape[1]
    cursor = (first[None, :] + base[:, None]).ravel()  # (n * letters,)
    shift = np.arange(n) * len(first)
    at = np.full(n, start, dtype=np.int64)
    walked = np.empty((width, n), dtype=np.uint8)
    walked[0] = start
    for position in range(1, width):
        slot = shift + at
        step = cursor[slot]
        cursor[slot] = step + 1
        at = flat[step]
        walked[position] = at
    return walked.T.copy()  # (n, width)


def _walk_alone(pool: list[int], bounds: list[int], start: int) -> list[int]:
    """`_walk` for one draw; the exits of letter i are `pool[bounds[i] : bounds[i + 1]]`."""
    exits = [iter(pool[begin:end]).__next__ for begin, end in itertools.pairwise(bounds)]
    at = start
    return [start] + [at := exits[at]() for _ in pool]

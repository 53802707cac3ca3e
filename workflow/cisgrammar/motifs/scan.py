"""Sites of motifs: scores as rare as a P-value in a genome, exact matches, and a sorted BED file of them."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_path
from cisgrammar.files.progress import counted
from cisgrammar.motifs.motif import Motif
from cisgrammar.motifs.pattern import UNIT, Pattern
from cisgrammar.motifs.score_distribution import score_distribution
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome

HEADER = "#chrom\tstart\tend\tname\tscore\tstrand\tlog_affinity\tp_value\n"
_BLOCK = 4
_CHUNK = 1 << 20
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Hits:
    """Sites of one pattern, in the order of the genome.

    Attributes
    ----------
    position
        `(sites,)` int64: start as an index into the genome's codes.
    reverse
        `(sites,)` bool: on the reverse strand.
    log_affinity
        `(sites,)`, in nats relative to the best sequence, at most 0.
    p_value
        `(sites,)`: chance that a random window on one strand scores as much.
    span
        Bases.
    """

    position: NDArray[np.int64]
    reverse: NDArray[np.bool_]
    log_affinity: NDArray[np.float64]
    p_value: NDArray[np.float64]
    span: int


def background_of(genome: Genome) -> NDArray[np.float64]:
    """Shares of A, C, G and T over both strands, `(4,)`; even if the genome holds nothing else than N."""
    counts = np.zeros(N_CODE + 1)
    for start in range(0, genome.size, _CHUNK):
        counts += np.bincount(genome.codes[start : start + _CHUNK], minlength=N_CODE + 1)[: N_CODE + 1]
    both = counts[:4] + counts[3::-1]
    return both / both.sum() if both.sum() else np.full(4, 0.25)


def _tables(one: Pattern) -> list[NDArray[np.int32]]:
    """For each block of four positions, the score of every four letters, `(256,)`."""
    padded = np.zeros((-(-one.span // _BLOCK) * _BLOCK, 4), dtype=np.int64)
    padded[: one.span] = one.monomers
    tables = []
    for start in range(0, len(padded), _BLOCK):
        total = padded[start]
        for row in padded[start + 1 : start + _BLOCK]:
            total = np.add.outer(total, row)
        tables.append(total.ravel().astype(np.int32))  # (4 ** block,)
    return tables


def _scores(letters: NDArray[np.uint8], words: NDArray[np.uint8], one: Pattern, windows: int) -> NDArray[np.int32]:
    """Score of each window, `(windows,)`, in units; `words[i]` is the number of the four letters from i on."""
    total = np.full(windows, one.offset, dtype=np.int32)
    for number, table in enumerate(_tables(one)):
        total += table[words[number * _BLOCK : number * _BLOCK + windows]]
    for (i, j), block in one.pairs.items():
        total += block.astype(np.int32).ravel()[4 * letters[i : i + windows] + letters[j : j + windows]]
    return total


def window_scores(codes: NDArray[np.uint8], one: Pattern) -> NDArray[np.float64]:
    """Score of each window of a sequence on its forward strand, in nats relative to the best sequence.

    Parameters
    ----------
    codes
        `(length,)` uint8.
    one
        The pattern.

    Returns
    -------
    NDArray
        `(length - span + 1,)`, at most 0; -inf for a window with an N. Empty if the sequence is shorter than the span.
    """
    windows = len(codes) - one.span + 1
    if windows < 1:
        return np.zeros(0)
    known = codes < N_CODE
    letters = np.where(known, codes, 0).astype(np.int64)
    total = np.full(windows, one.offset, dtype=np.int64)
    for position, row in enumerate(one.monomers):
        total += row[letters[position : position + windows]]
    for (i, j), block in one.pairs.items():
        total += block[letters[i : i + windows], letters[j : j + windows]]
    unknown = np.concatenate([[0], np.cumsum(~known)])
    return np.where(unknown[one.span :] == unknown[:windows], total * UNIT, -np.inf)


def _pieces(genome: Genome, span: int) -> Iterator[tuple[int, int]]:
    """Start and number of windows of stretches that lie within one chromosome."""
    for offset, length in zip(genome.offsets.tolist(), genome.lengths.tolist(), strict=True):
        windows = length - span + 1
        for start in range(0, windows, _CHUNK):
            yield offset + start, min(_CHUNK, windows - start)


def scan(genome: Genome, one: Pattern, p_value: float, background: NDArray[np.float64] | None = None) -> Hits:
    """Find all windows of a genome that score as random sequence does with at most a given chance.

    Both strands are scored and the better one of a window is kept (the forward one of equals, as of a palindrome).
    Windows with an N are left out. Memory does not grow with the genome but for the sites themselves.

    Parameters
    ----------
    genome
        The genome.
    one
        The pattern.
    p_value
        Greatest chance; of one window on one strand.
    background
        `(4,)` chances of the bases; None for those of the genome.
    """
    if not 0 < p_value < 1:
        raise ValueError(f"the p-value of sites must be between 0 and 1, got {p_value}")
    chances = score_distribution(one, background_of(genome) if background is None else background)
    least, turned = chances.threshold(p_value), one.reversed()
    found: list[tuple[NDArray, NDArray, NDArray]] = []
    pieces = list(_pieces(genome, one.span))
    for start, windows in counted(pieces, "scan for a motif on cpu", "bases", lambda piece: piece[1]):
        codes = np.asarray(genome.codes[start : start + windows + one.span - 1])
        letters = np.where(codes < N_CODE, codes, 0).astype(np.uint8)
        padded = np.concatenate([letters, np.zeros(2 * _BLOCK, dtype=np.uint8)])
        words = np.zeros(len(padded) - _BLOCK + 1, dtype=np.uint8)
        for i in range(_BLOCK):
            words = 4 * words + padded[i : i + len(words)]
        forward, backward = (_scores(padded, words, p, windows) for p in (one, turned))
        best = np.maximum(forward, backward)
        unknown = np.concatenate([[0], np.cumsum(codes >= N_CODE)])
        kept = np.flatnonzero((best >= least) & (unknown[one.span :] == unknown[:windows]))
        found.append((start + kept, backward[kept] > forward[kept], best[kept]))
    columns = [np.concatenate(column) for column in zip(*found, strict=True)] if found else [np.zeros(0)] * 3
    score = columns[2].astype(np.int64)
    position, reverse = columns[0].astype(np.int64), columns[1].astype(bool)
    return Hits(position, reverse, score.astype(np.float64) * UNIT, chances.p_value(score), one.span)


def find_matches(codes: NDArray[np.uint8], motif: Motif) -> tuple[Rows, Rows, NDArray[np.bool_]]:
    """Find where sequences `(sequences, length)` hold letters that a motif allows, those with a finite score.

    Returns
    -------
    row, offset, reverse
        `(matches,)`: sequence, first base, and whether only the reverse strand matches. An N never matches.
    """
    allowed = np.isfinite(motif.scores)
    forward, reverse = (_match(codes, table) for table in (allowed, allowed[::-1, ::-1]))
    row, offset = np.nonzero(forward | reverse)
    return row, offset, ~forward[row, offset]


def _match(codes: NDArray[np.uint8], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where each sequence matches a table of allowed letters `(width, 4)`, `(sequences, starts)`; N never does."""
    starts = max(0, codes.shape[1] - len(allowed) + 1)
    table = np.column_stack([allowed, np.zeros(len(allowed), dtype=bool)])  # (width, 5)
    found = np.ones((len(codes), starts), dtype=bool)
    for position, letters in enumerate(table):
        found &= letters[np.minimum(codes[:, position : position + starts], N_CODE)]
    return found


def write_hits(path: str | Path, genome: Genome, patterns: Mapping[str, Pattern], p_value: float) -> dict[str, int]:
    """Scan a genome for patterns and write a gzip BED sorted by chromosome (in the genome's order) and start.

    Columns: chrom, start, end (0-based, half-open), name, score (1000 * affinity relative to the best), strand,
    log_affinity, p_value. The same genome and patterns give the same bytes.

    Returns
    -------
    dict
        Pattern -> number of sites.
    """
    background = background_of(genome)
    scanned = counted(patterns.items(), "scan the genome on cpu", "motifs")
    hits = {name: scan(genome, one, p_value, background) for name, one in scanned}
    with (
        atomic_path(path) as partial,
        open(partial, "wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="ascii", newline="\n") as text,
    ):
        text.write(HEADER)
        for lines in _lines(genome, hits):
            text.write(lines)
    return {name: len(found.position) for name, found in hits.items()}


def _lines(genome: Genome, hits: Mapping[str, Hits]) -> Iterator[str]:
    names = np.array(list(hits), dtype=object)
    position = np.concatenate([h.position for h in hits.values()]) if hits else np.zeros(0, dtype=np.int64)
    owner = np.repeat(np.arange(len(hits)), [len(h.position) for h in hits.values()])
    span = np.array([h.span for h in hits.values()], dtype=np.int64)
    columns = [
        np.concatenate([getattr(h, field) for h in hits.values()]) if hits else np.zeros(0)
        for field in ("reverse", "log_affinity", "p_value")
    ]
    order = np.lexsort((owner, position))
    for part in np.array_split(order, max(1, len(order) // 50_000)):
        chrom = np.searchsorted(genome.offsets, position[part], side="right") - 1
        start = position[part] - genome.offsets[chrom]
        reverse, affinity, p = (column[part] for column in columns)
        rows = zip(chrom, start, start + span[owner[part]], names[owner[part]], reverse, affinity, p, strict=True)
        yield "".join(
            f"{genome.names[c]}\t{s}\t{e}\t{n}\t{round(1000 * np.exp(a))}\t{'-' if r else '+'}\t{a:.3f}\t{v:.3g}\n"
            for c, s, e, n, r, a, v in rows
        )

"""Count tables: a read a row, a round a column, with the constant flanks that are scored along; read and written."""

from __future__ import annotations

import gzip
import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.alphabet import DNA, Alphabet
from cisgrammar.binding.reads.table_text import READ_LETTERS, is_comment, table_blocks
from cisgrammar.files.atomic import atomic_path
from cisgrammar.files.text import BLOCK

log = logging.getLogger(__name__)
# Rows written at a time.
_ROWS_WRITTEN = 1 << 16
_PEEKED = 1 << 23
_TO_DNA = str.maketrans("UuRYSWKMBDHVryswkmbdhv", "Tt" + "N" * 20)


@dataclass(frozen=True)
class Flanks:
    """Constant sequence beside the variable region.

    Parameters
    ----------
    left, right
        The known sequence on each side; what is scored beyond it is any letter.
    left_length, right_length
        How many bases of each side are scored; None for all that is known.
    """

    left: str = ""
    right: str = ""
    left_length: int | None = None
    right_length: int | None = None

    def scored(self, alphabet: Alphabet) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Codes of the flanks as they are scored."""
        left = len(self.left) if self.left_length is None else self.left_length
        right = len(self.right) if self.right_length is None else self.right_length
        if min(left, right) < 0:
            raise ValueError(f"flank lengths must be >= 0, got {left} and {right}")
        before = ("*" * left + self.left)[len(self.left) :] if left else ""
        after = (self.right + "*" * right)[:right]
        return alphabet.encode(before), alphabet.encode(after)


@dataclass(frozen=True)
class CountTable:
    """Reads with their counts by round.

    Attributes
    ----------
    variable
        Codes of the variable regions `(reads, longest)` uint8, pads on the right.
    counts
        `(reads, rounds)` float64.
    flanks
        What is written beside each variable region when it is scored.
    dropped
        Why and how many reads were left out when the table was read.
    """

    variable: NDArray[np.uint8]
    counts: NDArray[np.float64]
    flanks: Flanks = Flanks()
    alphabet: Alphabet = DNA
    dropped: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.variable.ndim != 2 or self.counts.ndim != 2 or len(self.variable) != len(self.counts):
            raise ValueError(
                f"wanted (reads, length) and (reads, rounds), got {self.variable.shape} and {self.counts.shape}"
            )
        if len(self.counts) == 0:
            raise ValueError("a count table needs at least one read with counts, got none")
        if not np.isfinite(self.counts).all() or self.counts.min() < 0:
            raise ValueError("counts must be finite and >= 0; correct the table")

    @classmethod
    def from_strings(
        cls,
        sequences: Sequence[str],
        counts: NDArray[np.floating],
        flanks: Flanks | None = None,
        alphabet: Alphabet = DNA,
    ) -> Self:
        """Encode variable regions of any lengths."""
        width = max((len(s) for s in sequences), default=0)
        text = "".join(s.ljust(width) for s in sequences)
        variable = alphabet.encode(text).reshape(len(sequences), width)  # (reads, longest)
        return cls(variable, np.asarray(counts, dtype=np.float64), flanks or Flanks(), alphabet)

    @property
    def n_rounds(self) -> int:
        """Rounds."""
        return self.counts.shape[1]

    @property
    def variable_lengths(self) -> NDArray[np.int64]:
        """Length of each variable region."""
        return (self.variable != self.alphabet.pad).sum(1)

    def codes(self) -> NDArray[np.uint8]:
        """Codes of the reads with their scored flanks, `(reads, input_shape)` uint8.

        The right flank follows a short variable region at once; pads are behind it.
        """
        left, right = self.flanks.scored(self.alphabet)
        n, width = self.variable.shape
        out = np.full((n, len(left) + width + len(right)), self.alphabet.pad, dtype=np.uint8)
        out[:, : len(left)] = left
        out[:, len(left) : len(left) + width] = self.variable
        lengths = self.variable_lengths
        for length in np.unique(lengths):
            out[lengths == length, len(left) + length : len(left) + length + len(right)] = right
        return out

    @property
    def input_shape(self) -> int:
        """Width of the codes."""
        left, right = self.flanks.scored(self.alphabet)
        return len(left) + self.variable.shape[1] + len(right)

    @property
    def max_read_length(self) -> int:
        """Longest read with its scored flanks."""
        return self.input_shape - self.variable.shape[1] + int(self._read_lengths().max())

    @property
    def min_read_length(self) -> int:
        """Shortest read with its scored flanks."""
        return self.input_shape - self.variable.shape[1] + int(self._read_lengths().min())

    def _read_lengths(self) -> NDArray[np.int64]:
        return self.variable_lengths

    def with_flank_lengths(self, left: int, right: int) -> Self:
        """The same reads with other lengths of flank scored."""
        return replace(self, flanks=replace(self.flanks, left_length=left, right_length=right))

    def with_more_flank(self) -> Self:
        """The same reads with one more base of flank scored on each side."""
        left, right = self.flanks.scored(self.alphabet)
        return self.with_flank_lengths(len(left) + 1, len(right) + 1)

    def subset(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Self:
        """Some of the reads."""
        return replace(self, variable=self.variable[rows], counts=self.counts[rows])

    def split(self, held_out: float, seed: int) -> tuple[Self, Self]:
        """Split rows at random into training and held-out reads; the share `held_out` is of rows."""
        if not 0 < held_out < 1:
            raise ValueError(f"the held-out share must be between 0 and 1, got {held_out}")
        n = len(self.counts)
        taken = np.random.default_rng(seed).permutation(n)[: max(1, round(held_out * n))]
        mask = np.zeros(n, dtype=bool)
        mask[taken] = True
        return self.subset(~mask), self.subset(mask)


def read_count_table(path: str | Path, flanks: Flanks | None = None, rounds: int | None = None) -> CountTable:
    """Read a count table: the read first, then one count a round, separated by tabs; plain or compressed.

    Commas, semicolons or blanks may stand for tabs; quotes, comments and a header are left out: see `table_text`.

    Parameters
    ----------
    path
        The file.
    flanks
        Constant sequence beside the variable region.
    rounds
        How many count columns there must be; None takes the first line's.

    Returns
    -------
    CountTable
        A read given twice, in capitals or not, has its counts added; rows without counts are left out and counted
        in `dropped`. U is T, and IUPAC's letters for several bases are N.

    Raises
    ------
    ValueError
        With path and line for a wrong number of columns, a letter that is not of the alphabet, or a count that is
        not a number >= 0; and if no row is left.
    """
    reads: list[str] = []
    blocks: list[NDArray[np.float64]] = []
    for parsed in _parsed_blocks(path, rounds):
        reads += map(str.upper, parsed[0])
        blocks.append(parsed[1])
    if not reads or not any(block.any() for block in blocks):
        raise ValueError(f"{path}: no read with counts; wanted lines of read, tab, counts")
    return _merged(reads, np.concatenate(blocks), flanks)


def peek_count_table(path: str | Path) -> None:
    """Check how a count table begins, its first 8 MB; ValueError as `read_count_table`, which takes the whole."""
    reads, counts = next(_parsed_blocks(path, None, _PEEKED), ([], np.zeros((0, 0))))
    if not reads:
        raise ValueError(f"{path}: no read with counts; wanted lines of read, tab, counts")
    if counts.shape[1] < 2:
        raise ValueError(f"{path}: one column of counts, wanted at least 2 rounds; enrichment compares rounds")


def _parsed_blocks(
    path: str | Path, rounds: int | None, size: int = BLOCK
) -> Iterator[tuple[list[str], NDArray[np.float64]]]:
    """Yield reads and counts of the blocks of a count table; `rounds` None takes the first line's."""
    for number, block in table_blocks(path, size):
        rounds = rounds or block.split(b"\n", 1)[0].count(b"\t")
        yield _parse_block(block, rounds) or _parse_lines(block, rounds, f"{path}", number)


def _merged(reads: list[str], counts: NDArray[np.float64], flanks: Flanks | None) -> CountTable:
    """Add the counts of repeated reads, in the order of first sight, and leave rows without counts out."""
    given = np.asarray(counts.any(axis=1))
    dropped = {"no counts": int((~given).sum())}
    reads = [read for read, keep in zip(reads, given, strict=True) if keep]
    counts = counts[given]
    rows: dict[str, int] = {}
    target = np.fromiter((rows.setdefault(read, len(rows)) for read in reads), dtype=np.int64, count=len(reads))
    dropped["repeated reads merged"] = len(reads) - len(rows)
    if len(rows) < len(reads):
        total = np.zeros((len(rows), counts.shape[1]))
        np.add.at(total, target, counts)
        reads, counts = list(rows), total
    return replace(CountTable.from_strings(reads, counts, flanks), dropped=dropped)


def _parse_block(block: bytes, rounds: int) -> tuple[list[str], NDArray[np.float64]] | None:
    """Parse whole lines at once; None if anything is not as it should be."""
    text = np.frombuffer(block if block.endswith(b"\n") else block + b"\n", dtype=np.uint8)
    ends = np.flatnonzero(text == ord("\n"))
    tabs = np.cumsum(text == ord("\t"))[ends]
    if rounds < 1 or (np.diff(tabs, prepend=0) != rounds).any():
        return None
    fields = block.decode("latin-1").rstrip("\n").replace("\n", "\t").split("\t")
    reads = fields[:: rounds + 1]
    try:
        columns = [np.array(fields[i :: rounds + 1], dtype=np.float64) for i in range(1, rounds + 1)]
    except ValueError:
        return None
    counts = np.stack(columns, axis=1)  # (reads, rounds)
    if not (np.isfinite(counts).all() and counts.min() >= 0 and all(reads)):
        return None
    if not READ_LETTERS.issuperset("".join(reads)):
        reads = [_plain(read) for read in reads]
    return (reads, counts) if READ_LETTERS.issuperset("".join(reads)) else None


def _parse_lines(block: bytes, rounds: int, path: str, before: int) -> tuple[list[str], NDArray[np.float64]]:
    """Parse line by line; ValueError names the first bad line (`before` lines precede the block)."""
    reads, counts = [], []
    for number, line in enumerate(block.decode("latin-1").splitlines(), start=before + 1):
        if is_comment(line):
            continue
        fields, where = [part.strip() for part in line.split("\t")], f"{path}:{number}"
        if len(fields) != rounds + 1 or rounds < 1:
            raise ValueError(
                f"{where}: {len(fields)} columns, wanted {max(rounds, 1) + 1}: a read and one count a round, "
                "separated by tabs"
            )
        reads.append(_plain(fields[0]))
        _check_letters(reads[-1], where)
        counts.append(_parse_counts(fields[1:], where))
    return reads, np.array(counts).reshape(-1, rounds)


def _parse_counts(fields: list[str], where: str) -> list[float]:
    values = []
    for column, text in enumerate(fields, start=1):
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value < np.inf:
            raise ValueError(f"{where}: count {text!r} in round column {column}; wanted a number >= 0")
        values.append(value)
    return values


def _plain(read: str) -> str:
    """A read of DNA: U is T, a letter that stands for several bases is N."""
    return read.translate(_TO_DNA)


def _check_letters(read: str, where: str) -> None:
    if not read or not READ_LETTERS.issuperset(read):
        bad = next((letter for letter in read if letter not in READ_LETTERS), "")
        raise ValueError(f"{where}: {bad!r} in read {read!r}; wanted only A, C, G, T and N")


def write_count_table(path: str | Path, table: CountTable) -> None:
    """Write all rounds of a table, gzipped if the name ends in .gz; the same table gives the same bytes.

    Reads are written without flanks, in the table's order, N for any letter; counts that are whole as integers.
    """
    with atomic_path(path) as partial, open(partial, "wb") as raw:
        if Path(path).suffix != ".gz":
            _write_rows(raw, table)
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=4) as packed:
            _write_rows(packed, table)


def _write_rows(handle: gzip.GzipFile | io.BufferedWriter, table: CountTable) -> None:
    letters = np.frombuffer(table.alphabet.symbols.replace("*", "N").encode("ascii"), dtype=np.uint8)
    for start in range(0, len(table.counts), _ROWS_WRITTEN):
        text = letters[table.variable[start : start + _ROWS_WRITTEN]]  # (reads, longest)
        reads = [row.tobytes().rstrip() for row in text]
        fields = _fields(table.counts[start : start + _ROWS_WRITTEN])
        handle.write(b"".join(map(b"%b%b\n".__mod__, zip(reads, fields, strict=True))))


def _fields(counts: NDArray[np.float64]) -> list[bytes]:
    """Each row's counts as text, a tab before each; most rows are alike and are written once."""
    rows = [*map(tuple, counts.tolist())]
    said = {row: "".join(f"\t{count:.17g}" for count in row).encode("ascii") for row in set(rows)}
    return [said[row] for row in rows]

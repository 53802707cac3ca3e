"""Read FASTQ in blocks: many reads at once as codes, with their starts and lengths."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.plain_reads import as_fastq
from cisgrammar.files.text import BLOCK, read_blocks
from cisgrammar.sequence.alphabet import ENCODING, INVALID, N_CODE

log = logging.getLogger(__name__)
# Names begin with @; some programs repeat the + of the third line.
_NAMES = (ord("@"), ord("+"))
# Share of records with a quality of another length than their read from which qualities are taken to be dummies.
_DUMMIES = 0.5
_NEWLINE, _RETURN = ord("\n"), ord("\r")
# Line ends are not letters, but no fault either; `.` is how old sequencers wrote N.
_LETTERS = np.frombuffer(ENCODING, dtype=np.uint8).copy()
_LETTERS[[_NEWLINE, _RETURN]] = 5
_LETTERS[ord(".")] = N_CODE
COMPLEMENT = np.arange(256, dtype=np.uint8)
COMPLEMENT[:N_CODE] = COMPLEMENT[:N_CODE][::-1]
"""Code of a base -> that of its partner on the other strand; all others stay."""


@dataclass(frozen=True)
class Reads:
    """Some reads of a file.

    Attributes
    ----------
    codes
        Codes of the whole text, letters of the reads 0-3 and N 4.
    starts, lengths
        Where each read starts in `codes`, and its length in bases, `(reads,)`.
    """

    codes: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    def reverse_complement(self) -> Reads:
        """The same reads, in the same order, each read from its other strand."""
        starts = len(self.codes) - self.starts - self.lengths
        return Reads(COMPLEMENT[self.codes[::-1]], starts, self.lengths)

    def head(self, most: int) -> Reads:
        """The first `most` reads."""
        return Reads(self.codes, self.starts[:most], self.lengths[:most])

    def window(self, first: int, width: int, rows: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Codes of `width` bases from base `first` of some of the reads, which must be that long: `(reads, width)`."""
        starts = self.starts[rows] + first
        if not (width and len(starts)):
            return np.zeros((len(starts), width), dtype=np.uint8)
        return np.lib.stride_tricks.sliding_window_view(self.codes, width)[starts]  # (reads, width)

    def matches(self, constant: NDArray[np.uint8], first: int) -> NDArray[np.bool_]:
        """Whether each read has the bases `constant` from base `first` on, `(reads,)`."""
        found = self.lengths >= first + len(constant)
        found[found] = (self.window(first, len(constant), found) == constant).all(1)
        return found


def read_fastq(path: str | Path, size: int = BLOCK) -> Iterator[Reads]:
    """Yield the reads of a FASTQ file, plain or compressed, in blocks of about `size` bytes.

    A FASTA file and a list with a read on each line are read too, told by how they begin.

    Raises
    ------
    ValueError
        With path and line for a record that is cut short or not FASTQ, a quality of another length than its read,
        or a letter that is not IUPAC's; and if the file is missing or its compressed stream is damaged.
    """
    carry, line, dummies = b"", 1, None
    for block in as_fastq(path, read_blocks(path, size)):
        text = carry + (block if block.endswith(b"\n") else block + b"\n")
        ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _NEWLINE)
        whole = len(ends) // 4 * 4
        cut = int(ends[whole - 1]) + 1 if whole else 0
        carry = text[cut:]
        if whole:
            if dummies is None:
                dummies = _has_dummies(ends[:whole])
                if dummies:
                    log.info("%s: qualities are not as long as reads, and are not used", path)
            yield _parse(text[:cut], ends[:whole], f"{path}", line, dummies)
        line += whole
    if carry.strip():
        raise ValueError(f"{path}:{line}: the last record is cut short, wanted four lines; copy or make the file again")


def _parse(text: bytes, ends: NDArray[np.int64], path: str, line: int, dummies: np.bool) -> Reads:
    """Take whole records apart; `line` is the number of the first. Qualities that are dummies have any length."""
    letters = np.frombuffer(text, dtype=np.uint8)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts - ((letters[ends - 1] == _RETURN) & (ends > starts))
    begins = letters[starts].reshape(-1, 4)  # (records, 4)
    lengths = lengths.reshape(-1, 4)  # (records, 4)
    codes = _LETTERS[letters]
    # A lone * is how quality is written where there is none.
    starred = (lengths[:, 3] == 1) & (begins[:, 3] == ord("*"))
    odd = np.maximum.reduceat(codes, starts).reshape(-1, 4)[:, 1] == INVALID  # (records,)
    checks = (
        (~np.isin(begins[:, 0], _NAMES), 0, "the first line of a record begins with @"),
        (begins[:, 2] != ord("+"), 2, "the third line of a record begins with +; write each read on one line"),
        ((lengths[:, 1] != lengths[:, 3]) & ~starred & ~dummies, 3, "the quality is as long as the read, or *"),
        (odd, 1, "a read has only the letters A, C, G, T and N"),
    )
    faults = [(int(bad.argmax()), offset, wanted) for bad, offset, wanted in checks if bad.any()]
    if faults:
        record, offset, wanted = min(faults)
        at = 4 * record + offset
        got = text[starts[at] : ends[at]].decode("latin-1").strip()[:60]
        raise ValueError(f"{path}:{line + at}: got {got!r}, wanted FASTQ, where {wanted}; correct the file")
    return Reads(codes, starts[1::4], lengths[:, 1])


def _has_dummies(ends: NDArray[np.int64]) -> np.bool:
    """Whether qualities are dummies: of another length than the read in most records of the first block, all alike.

    Programs that have read a table write them (one letter, or none), and nothing here uses qualities. A damaged file
    has few records whose quality is cut.
    """
    lengths = np.diff(ends, prepend=-1).reshape(-1, 4)  # (records, 4)
    quality = lengths[:, 3]
    return ((lengths[:, 1] != quality).mean() > _DUMMIES) & (quality == quality[0]).all()

"""Count the variable regions of one round's FASTQ."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.constant_region import Design, Layout, locate
from cisgrammar.binding.reads.fastq import Reads, read_fastq
from cisgrammar.binding.reads.packed import ReadCounter
from cisgrammar.sequence.alphabet import N_CODE, encode

log = logging.getLogger(__name__)
# Share of dropped reads above which the log warns.
MANY = 0.2
REASONS = ("no_barcode", "wrong_length", "no_constant", "with_n")


@dataclass
class RoundCounts:
    """The distinct variable regions of a round.

    Attributes
    ----------
    words, counts
        The regions, packed and sorted, `(unique, words)`, and how often each was seen, `(unique,)`.
    layout
        Where they were in the reads.
    reads
        Reads in the file.
    dropped
        Reads left out by reason, each of `REASONS`.
    """

    words: NDArray[np.uint64]
    counts: NDArray[np.int64]
    layout: Layout
    reads: int
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        """Reads that were counted."""
        return self.reads - sum(self.dropped.values())


def count_reads(path: str | Path, design: Design, sample: NDArray[np.uint8]) -> RoundCounts:
    """Count the variable regions of a FASTQ file, each distinct one once in memory.

    Parameters
    ----------
    path
        FASTQ, plain or gzip.
    design
        Barcode, constant regions and length; the length must be known.
    sample
        Some reads of the file, from `layout.sample_reads`, by which the variable region is located.

    Raises
    ------
    ValueError
        Naming the file, if the variable region cannot be located or no read is left.
    """
    try:
        layout = locate(sample, design)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    counter, total, dropped = ReadCounter(layout.length), 0, dict.fromkeys(REASONS, 0)
    for reads in read_fastq(path):
        variable, left_out = take_variable(reads, layout, design.barcode)
        counter.add(variable)
        total += len(reads)
        dropped = {reason: dropped[reason] + left_out[reason] for reason in REASONS}
    words, counts = counter.result()
    found = RoundCounts(words, counts, layout, total, dropped)
    said = ", ".join(f"{count} {reason}" for reason, count in dropped.items() if count) or "none"
    if not found.kept:
        raise ValueError(f"{path}: none of {total} reads is left ({said}); check barcode, left, right and length")
    message = "%s: %d of %d reads counted, %d distinct; dropped: %s"
    level = logging.WARNING if found.kept < (1 - MANY) * total else logging.INFO
    log.log(level, message, path, found.kept, total, len(counts), said)
    return found


def take_variable(reads: Reads, layout: Layout, barcode: str) -> tuple[NDArray[np.uint8], dict[str, int]]:
    """Take the variable regions of the reads that are as the layout says.

    Returns
    -------
    tuple
        Codes 0-3 `(kept, length)`, and how many reads were left out and why, in the order in which that is looked at:
        `no_barcode`; `wrong_length` (too short for the variable region and the constant bases beside it; where the
        variable region ends the read, any other length); `no_constant`; `with_n` in the variable region.
    """
    barcoded = reads.matches(encode(barcode), 0)
    if layout.end == layout.read_length:
        fits = reads.lengths == layout.read_length
    else:
        fits = reads.lengths >= layout.end + len(layout.right)
    constant = reads.matches(encode(layout.left), layout.start - len(layout.left))
    constant &= reads.matches(encode(layout.right), layout.end)
    kept = barcoded & fits & constant
    variable = reads.window(layout.start, layout.length, kept)  # (reads, length)
    clean = (variable < N_CODE).all(1)
    dropped = {
        "no_barcode": int((~barcoded).sum()),
        "wrong_length": int((barcoded & ~fits).sum()),
        "no_constant": int((barcoded & fits & ~constant).sum()),
        "with_n": int((~clean).sum()),
    }
    return variable[clean], dropped

"""Count the variable regions of one round's FASTQ."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.constant_region import Design, Layout, fits_design, locate
from cisgrammar.binding.reads.fastq import COMPLEMENT, Reads, read_fastq
from cisgrammar.binding.reads.packed import ReadCounter
from cisgrammar.binding.reads.placement import Placement, barcoded, find_placements, fits, long_enough
from cisgrammar.sequence.alphabet import N_CODE

log = logging.getLogger(__name__)
# Share of dropped reads above which the log warns.
MANY = 0.2
REASONS = ("no_barcode", "wrong_length", "no_constant", "with_n")
PLACES = ("shifted", "reversed")


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
    placed
        Reads that were counted though they begin sooner or later than most (`shifted`) or are of the other strand
        (`reversed`), each of `PLACES`.
    """

    words: NDArray[np.uint64]
    counts: NDArray[np.int64]
    layout: Layout
    reads: int
    dropped: dict[str, int] = field(default_factory=dict)
    placed: dict[str, int] = field(default_factory=dict)

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
    turned = turned_to_fit(sample, design)
    other_strand = turned is not sample
    try:
        layout = locate(turned, design)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    counter, total, places = ReadCounter(layout.length), 0, None
    numbers = dict.fromkeys((*REASONS, *PLACES), 0)
    for given in read_fastq(path):
        reads = given.reverse_complement() if other_strand else given
        places = places or find_placements(reads, layout, design.barcode)
        variable, seen = take_variable(reads, layout, design.barcode, places)
        counter.add(variable)
        total += len(reads)
        numbers = {name: numbers[name] + seen[name] for name in numbers}
    if other_strand:
        elsewhere = sum(numbers[name] for name in ("no_barcode", "wrong_length", "no_constant", "reversed"))
        numbers["reversed"] = total - elsewhere
    words, counts = counter.result()
    dropped, placed = ({name: numbers[name] for name in names} for names in (REASONS, PLACES))
    found = RoundCounts(words, counts, layout, total, dropped, placed)
    said = ", ".join(f"{count} {reason}" for reason, count in dropped.items() if count) or "none"
    if not found.kept:
        raise ValueError(f"{path}: none of {total} reads is left ({said}); check barcode, left, right and length")
    message = "%s: %d of %d reads counted, %d distinct; dropped: %s"
    level = logging.WARNING if found.kept < (1 - MANY) * total else logging.INFO
    log.log(level, message, path, found.kept, total, len(counts), said)
    if any(placed.values()):
        message = "%s: of the reads counted, %d begin sooner or later than most, and %d are of the other strand"
        log.info(message, path, placed["shifted"], placed["reversed"])
    return found


def turned_to_fit(sample: NDArray[np.uint8], design: Design) -> NDArray[np.uint8]:
    """The reverse complement of a sample if a design of known length has a place in that alone; else the sample.

    A file may be all of the other strand: of the second reads of pairs.
    """
    if fits_design(sample, design):
        return sample
    turned = COMPLEMENT[sample[:, ::-1]]
    return turned if fits_design(turned, design) else sample


def take_variable(
    reads: Reads, layout: Layout, barcode: str, places: Sequence[Placement] = (Placement(),)
) -> tuple[NDArray[np.uint8], dict[str, int]]:
    """Take the variable regions of the reads that are as the layout says at one of the places.

    Returns
    -------
    tuple
        Codes 0-3 `(kept, length)`, in the order of the places, and two kinds of numbers. How many reads were left out
        and why, at the first place, in the order in which that is looked at: `no_barcode`; `wrong_length` (too short
        for the variable region and its constant bases; where the variable region ends the read, any other
        length); `no_constant`; `with_n` in the variable region. And how many are not at the first place: `shifted`,
        `reversed`.
    """
    turned = reads.reverse_complement() if any(place.reverse for place in places) else reads
    free, parts = np.ones(len(reads), dtype=bool), []
    taken = dict.fromkeys(PLACES, 0)
    for place in places:
        strand = turned if place.reverse else reads
        hit = free & fits(strand, layout, barcode, place)
        parts.append(strand.window(layout.start + place.shift, layout.length, hit))
        free &= ~hit
        taken["shifted"] += int(hit.sum()) * (place.shift != 0)
        taken["reversed"] += int(hit.sum()) * place.reverse
    variable = np.concatenate(parts)  # (reads, length)
    clean = (variable < N_CODE).all(1)
    right_start, right_length = barcoded(reads, barcode, places[0]), long_enough(reads, layout, places[0])
    dropped = {
        "no_barcode": int((free & ~right_start).sum()),
        "wrong_length": int((free & right_start & ~right_length).sum()),
        "no_constant": int((free & right_start & right_length).sum()),
        "with_n": int((~clean).sum()),
    }
    return variable[clean], dropped | taken

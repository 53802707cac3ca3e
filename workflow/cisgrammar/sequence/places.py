"""Chromosomes and parts of them, as a config names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.fasta import Genome, name_hint
from cisgrammar.sequence.intervals import merge

_REGION = re.compile(r"(.+):([\d,]+)-([\d,]+)")


class Place(NamedTuple):
    """A part of a chromosome, 0-based half-open."""

    chrom: str
    start: int
    end: int


def chromosome_of(text: str, names: Sequence[str]) -> str:
    """The chromosome of `chrom` or `chrom:start-end`, in the FASTA or not; a name of the FASTA is taken whole."""
    match = None if text in names else _REGION.fullmatch(text)
    return match[1] if match else text


def read_place(genome: Genome, text: str, key: str) -> Place:
    """Read `chrom` or `chrom:start-end`, 0-based half-open; ValueError names the config's `key`."""
    chrom = chromosome_of(text, genome.names)
    if chrom not in genome.names:
        hint = name_hint(chrom, genome.names)
        names = ", ".join(genome.names[:5]) + (", ..." if genome.names[5:] else "")
        raise ValueError(
            f"{key}: chromosome {chrom!r} is not in the FASTA; "
            + (f"did you mean {hint!r}?" if hint else f"it has {names}")
        )
    length = genome.length(chrom)
    match = None if text == chrom else _REGION.fullmatch(text)
    start, end = (int(number.replace(",", "")) for number in match.groups()[1:]) if match else (0, length)
    if not start < end <= length:
        raise ValueError(f"{key}: {text!r} is no part of {chrom} ({length} bp); wanted start < end within it")
    return Place(chrom, start, end)


def overlapping(ones: Iterable[Place], others: Sequence[Place]) -> tuple[Place, Place] | None:
    """The first of some places, and of others, that share a base; None if none do."""
    for a in ones:
        for b in others:
            if a.chrom == b.chrom and a.start < b.end and b.start < a.end:
                return a, b
    return None


def spans(genome: Genome, places: Sequence[Place]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and ends of places as indices into the genome's codes, sorted and disjoint."""
    chroms = [place.chrom for place in places]
    start = genome.positions(chroms, np.array([place.start for place in places], dtype=np.int64))
    end = genome.positions(chroms, np.array([place.end for place in places], dtype=np.int64))
    return merge(start, end)

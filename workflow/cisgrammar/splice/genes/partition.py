"""Which genes train, validate and test: by chromosome, or by parts of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cisgrammar.sequence.annotation import Transcript
from cisgrammar.sequence.fasta import Genome, name_hint
from cisgrammar.splice.genes.gene_set import SPLITS

_REGION = re.compile(r"(.+):([\d,]+)-([\d,]+)")
STRADDLES = ""


class Place(NamedTuple):
    """A part of a chromosome, 0-based half-open."""

    chrom: str
    start: int
    end: int


def read_place(genome: Genome, text: str, key: str) -> Place:
    """Read `chrom` or `chrom:start-end`, 0-based half-open; ValueError names the config's `key`."""
    match = None if text in genome.names else _REGION.fullmatch(text)
    chrom = match[1] if match else text
    if chrom not in genome.names:
        hint = name_hint(chrom, genome.names)
        names = ", ".join(genome.names[:5]) + (", ..." if genome.names[5:] else "")
        raise ValueError(
            f"{key}: chromosome {chrom!r} is not in the FASTA; "
            + (f"did you mean {hint!r}?" if hint else f"it has {names}")
        )
    length = genome.length(chrom)
    start, end = (int(number.replace(",", "")) for number in match.groups()[1:]) if match else (0, length)
    if not start < end <= length:
        raise ValueError(f"{key}: {text!r} is no part of {chrom} ({length} bp); wanted start < end within it")
    return Place(chrom, start, end)


def assign_splits(
    genome: Genome, transcripts: Sequence[Transcript], test: Sequence[str], validation: Sequence[str]
) -> list[str]:
    """Return the split of each transcript: the held-out place that it lies in, else `train`.

    One that lies only partly in a held-out place belongs to none (an empty text), so that no base is both trained on
    and tested.
    """
    held_out = {
        split: [read_place(genome, text, f"splice.genes.{split}") for text in texts]
        for split, texts in (("test", test), ("validation", validation))
    }
    _check_apart(held_out["test"], held_out["validation"])
    return [_split_of(transcript, held_out) for transcript in transcripts]


def _check_apart(test: Sequence[Place], validation: Sequence[Place]) -> None:
    for a in test:
        for b in validation:
            if a.chrom == b.chrom and a.start < b.end and b.start < a.end:
                raise ValueError(
                    f"splice.genes: test {a.chrom}:{a.start}-{a.end} overlaps validation {b.chrom}:{b.start}-{b.end}; "
                    "a base may be in one only"
                )


def _split_of(transcript: Transcript, held_out: dict[str, list[Place]]) -> str:
    for split, places in held_out.items():
        for place in places:
            if transcript.chrom == place.chrom and transcript.start < place.end and place.start < transcript.end:
                inside = place.start <= transcript.start and transcript.end <= place.end
                return split if inside else STRADDLES
    return SPLITS[0]

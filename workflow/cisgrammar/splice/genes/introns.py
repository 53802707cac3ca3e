"""The dinucleotides at the ends of introns: a test of whether an annotation and a FASTA belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import decode, reverse_complement
from cisgrammar.sequence.annotation import Transcript
from cisgrammar.sequence.fasta import Genome

KNOWN = ("GT-AG", "GC-AG", "AT-AC")
_CANONICAL = KNOWN[:2]
_SHORTEST = 4


@dataclass(frozen=True, eq=False)
class Introns:
    """Introns of transcripts, one row per transcript and intron; `start` and `end` are indices into genome codes."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    reverse: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)

    def unique(self) -> Introns:
        """Return each intron once, sorted, in how many transcripts it may be."""
        rows = np.unique(np.stack([self.start, self.end, self.reverse], axis=1), axis=0)  # (introns, 3)
        return Introns(rows[:, 0], rows[:, 1], rows[:, 2].astype(bool))


def introns_of(genome: Genome, transcripts: Sequence[Transcript]) -> Introns:
    """Collect all introns that are long enough to have two ends (4 bp)."""
    offsets = dict(zip(genome.names, genome.offsets.tolist(), strict=True))
    rows = [
        (offsets[transcript.chrom] + start, offsets[transcript.chrom] + end, transcript.strand == "-")
        for transcript in transcripts
        for start, end in transcript.introns
        if end - start >= _SHORTEST
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)  # (introns, 3)
    return Introns(table[:, 0], table[:, 1], table[:, 2].astype(bool))


def intron_ends(genome: Genome, introns: Introns) -> NDArray[np.uint8]:
    """Return the first two and the last two bases of every intron, on its strand, `(introns, 4)` codes."""
    inside = np.array([0, 1]), np.array([-2, -1])
    first = introns.start[:, None] + inside[0]
    last = introns.end[:, None] + inside[1]
    ends = genome.codes[np.concatenate([first, last], axis=1)]  # (introns, 4)
    ends[introns.reverse] = reverse_complement(ends[introns.reverse])
    return ends


def count_motifs(genome: Genome, introns: Introns) -> dict[str, Any]:
    """Count introns by their ends.

    Returns
    -------
    dict
        `total`, `GT-AG`, `GC-AG`, `AT-AC`, `other`, and `others`: motif -> number, most frequent first.
    """
    motifs, numbers = np.unique(intron_ends(genome, introns), axis=0, return_counts=True)
    texts = [decode(motif) for motif in motifs]
    counts = {f"{text[:2]}-{text[2:]}": int(number) for text, number in zip(texts, numbers, strict=True)}
    others = {motif: number for motif, number in counts.items() if motif not in KNOWN}
    ranked = dict(sorted(others.items(), key=lambda item: (-item[1], item[0])))
    known = {motif: counts.get(motif, 0) for motif in KNOWN}
    return {"total": len(introns), **known, "other": sum(others.values()), "others": ranked}


def canonical_share(genome: Genome, introns: Introns) -> float:
    """Return the share of introns that are GT-AG or GC-AG; nan if there are no introns."""
    if not len(introns):
        return float("nan")
    counts = count_motifs(genome, introns)
    return sum(counts[motif] for motif in _CANONICAL) / len(introns)


def check_assembly(genome: Genome, introns: Introns, least: float) -> float:
    """Return the share of GT-AG and GC-AG among the unique introns; ValueError if it is below `least`.

    By chance it is below 1 %; in real annotations it is above 97 %. If the introns fit better when their ends are
    moved by one base, the message says so: then the file counts from another number than its format does.
    """
    introns = introns.unique()
    share = canonical_share(genome, introns)
    if not share < least:
        return share
    steps = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)]
    moved = {step: canonical_share(genome, _moved(genome, introns, *step)) for step in steps}
    best = max(moved, key=lambda step: moved[step])
    hint = "give the FASTA of the assembly that the annotation was made on"
    if moved[best] >= max(least, 0.5):
        hint = (
            f"{100 * moved[best]:.1f} % do with intron starts moved by {best[0]} and ends by {best[1]}: the file does "
            "not count from 1 with the end included, as GTF and GFF3 do; make it again"
        )
    raise ValueError(
        f"only {100 * share:.1f} % of {len(introns)} introns are GT-AG or GC-AG, wanted {100 * least:g} % or more "
        f"(splice.genes.min_canonical): {hint}"
    )


def _moved(genome: Genome, introns: Introns, start: int, end: int) -> Introns:
    """The introns with their ends moved on the chromosome, as far as the genome goes."""
    starts = np.clip(introns.start + start, 0, genome.size - 2)
    return Introns(starts, np.clip(introns.end + end, 2, genome.size), introns.reverse)

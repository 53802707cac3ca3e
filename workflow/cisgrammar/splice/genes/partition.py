"""Which genes train, validate and test: by chromosome, or by parts of one.

A held-out gene that resembles a training gene, by the k-mers of their exons that they share, belongs to no split.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.splice import Genes
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.annotation import Transcript
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.places import Place, overlapping, read_place
from cisgrammar.splice.genes.coordinates import spliced
from cisgrammar.splice.genes.gene_set import SPLITS
from cisgrammar.splice.genes.gene_table import PARALOGUE

STRADDLES = ""
_LONGEST_KMER = 31
_TRAIN = SPLITS[0]


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
    if shared := overlapping(test, validation):
        (a, *at), (b, *bt) = shared
        raise ValueError(
            f"splice.genes: test {a}:{at[0]}-{at[1]} overlaps validation {b}:{bt[0]}-{bt[1]}; a base may be in one only"
        )


def _split_of(transcript: Transcript, held_out: dict[str, list[Place]]) -> str:
    for split, places in held_out.items():
        for place in places:
            if transcript.chrom == place.chrom and transcript.start < place.end and place.start < transcript.end:
                inside = place.start <= transcript.start and transcript.end <= place.end
                return split if inside else STRADDLES
    return _TRAIN


def without_paralogues(
    genome: Genome, transcripts: Sequence[Transcript], splits: Sequence[str], settings: Genes
) -> list[str]:
    """The splits, with the reason in place of the split of a straddling gene or a held-out paralogue."""
    found = [split if split != STRADDLES else "straddles a held-out part" for split in splits]
    if settings.paralogues == "keep":
        return found
    training = [spliced(genome, t) for t, split in zip(transcripts, found, strict=True) if split == _TRAIN]
    held_out = [i for i, split in enumerate(found) if split in SPLITS[1:]]
    codes = [spliced(genome, transcripts[i]) for i in held_out]
    shares = shared_fraction(codes, training, settings.paralogue_kmer)
    for index, share in zip(held_out, shares.tolist(), strict=True):
        if share > settings.paralogue_share or PARALOGUE in transcripts[index].tags:
            found[index] = f"paralogue of a training gene ({found[index]})"
    return found


def kmers(codes: NDArray[np.uint8], k: int) -> NDArray[np.uint64]:
    """Return the distinct k-mers of a sequence as sorted numbers of 2 bits per base; those with an N are left out."""
    if not 1 <= k <= _LONGEST_KMER:
        raise ValueError(f"k-mers of {k} bp: wanted 1 to {_LONGEST_KMER}, which fit into 64 bits")
    number = len(codes) - k + 1
    if number < 1:
        return np.zeros(0, dtype=np.uint64)
    words = np.zeros(number, dtype=np.uint64)
    for place in range(k):
        words = words << np.uint64(2) | (codes[place : place + number] & 3).astype(np.uint64)
    unknown = np.concatenate([[0], np.cumsum(codes == N_CODE)])
    return np.unique(words[unknown[k:] == unknown[:-k]])


def shared_fraction(
    held_out: Sequence[NDArray[np.uint8]], training: Sequence[NDArray[np.uint8]], k: int
) -> NDArray[np.float64]:
    """Return for each held-out sequence which share of its distinct k-mers the training sequences have.

    Containment, on the given strand only. At 20 bp a gene of 86 % identity over its whole length shares 5 %
    (0.86 to the 20th), unrelated ones share next to nothing, so a small share already marks relatives;
    more distant ones it does not see.

    Returns
    -------
    NDArray
        `(held-out sequences,)` from 0 to 1; 0 for a sequence without k-mers.
    """
    known = [kmers(codes, k) for codes in training]
    pool = np.unique(np.concatenate(known)) if known else np.zeros(0, dtype=np.uint64)
    return np.array([_share(kmers(codes, k), pool) for codes in held_out], dtype=np.float64)


def _share(words: NDArray[np.uint64], pool: NDArray[np.uint64]) -> float:
    if not len(words) or not len(pool):
        return 0.0
    place = np.minimum(np.searchsorted(pool, words), len(pool) - 1)
    return float((pool[place] == words).mean())

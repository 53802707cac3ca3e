"""Nulls of variant effects: what the same models give for changes that mean nothing.

A p-value is (1 + draws at least as large) / (1 + draws) (Davison and Hinkley 1997, section 4.2). It is valid where the
variant could as well be one of the draws: a random substitution of its peak, or a variant in sequence that is no more
than its dinucleotides. Scores are means over folds, and so are those of the draws, which are the same in all folds: so
the p-value is one of the ensemble, and no p-values of dependent folds have to be joined.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.iupac import BASES
from cisgrammar.sequence.alphabet import N_CODE, encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.shuffle import Shuffler
from cisgrammar.sequence.windows import window_starts
from cisgrammar.variants.alleles import Item
from cisgrammar.variants.place import Placed, Placer, alternate, why_not
from cisgrammar.variants.variant import Variant


def generator(seed: int, *key: object) -> np.random.Generator:
    """Random numbers that depend on the seed and a key, and on nothing else."""
    digest = hashlib.blake2b("\t".join(map(str, key)).encode(), digest_size=16).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest, dtype=np.uint64).tolist()])


def substitutions(placer: Placer, chrom: str, placed: Placed, n: int, seed: int) -> list[Variant]:
    """Random substitutions that are scored as a variant here is: one more than a variant is compared with.

    They are drawn without repeats among all changes of a known base of the region, that is placed in the same region
    (and window, where windows are shared), to one of the other three.

    Parameters
    ----------
    placer
        Gives the places.
    chrom, placed
        The place of the variant.
    n
        Number that a variant is compared with; 0 for no draws.
    seed
        The draws follow from it and the place alone.

    Returns
    -------
    list
        `n + 1` of them, or all that there are.
    """
    start, end = placed.region
    codes = np.asarray(placer.genome.chromosome(chrom)[start:end])
    known = np.flatnonzero(codes < N_CODE).tolist()
    if not placer.alike(chrom, placed):
        others = [placer.place(Variant(chrom, start + at, "A", "C")) for at in known]
        same = [
            other.region == placed.region and (placer.mode == "variant" or other.centre == placed.centre)
            for other in others
        ]
        known = list(itertools.compress(known, same))
    if not known or not n:
        return []
    rng = generator(seed, "substitutions", chrom, start, end, placed.centre if placer.mode == "peak" else "")
    changes = rng.choice(3 * len(known), min(n + 1, 3 * len(known)), replace=False)  # (draws,)
    positions = np.array(known)[changes // 3]
    olds = codes[positions]
    news = (olds + 1 + changes % 3) % 4
    return [
        Variant(chrom, start + at, BASES[old], BASES[new])
        for at, old, new in zip(positions.tolist(), olds.tolist(), news.tolist(), strict=True)
    ]


Change = tuple[int, str]
"""A substitution: its base on the chromosome, and the new one."""


def substitution_of(variant: Variant) -> Change | None:
    """The substitution that a variant is, whatever its alleles repeat of the genome; None if it is another change."""
    if variant.kind != "SNV":
        return None
    first = min(variant.shared[0], len(variant.ref) - 1)
    return variant.start + first, variant.alt[first]


def compared_with(variant: Variant, draws: Sequence[Change]) -> NDArray[np.int64]:
    """Which draws a variant is compared with: all but itself, or all but the last if it is none of them.

    So it is compared with the same number of others in both cases, and its rank among them is uniform if it is a random
    substitution itself.
    """
    own = substitution_of(variant)
    left_out = draws.index(own) if own in draws else len(draws) - 1
    return np.delete(np.arange(len(draws)), left_out) if draws else np.zeros(0, dtype=np.int64)


def shuffled_items(
    variants: Sequence[Variant], placer: Placer, length: int, seed: int, flank: int | None = None
) -> list[Item]:
    """Each variant in the window that it is scored in, dinucleotide-shuffled around it, with both alleles written in.

    Those whose window leaves the chromosome are left out. What a change does to the logarithm of counts depends on how
    many there are: where all of the window is shuffled, no site is left in it, counts are few, and chance makes larger
    changes than in a peak.

    Parameters
    ----------
    variants
        The variants.
    placer, length
        Windows: their places, and bp.
    seed
        Of the shuffles.
    flank
        bp on each side of a variant that are shuffled; None for all of the window.
    """
    shuffler = Shuffler("dinucleotide")
    items = []
    for number, variant in enumerate(variants):
        window = window_starts(placer.place(variant).centre, length)
        if why_not(variant, window, length, placer.genome.length(variant.chrom)):
            continue
        more = max(0, len(variant.ref) - len(variant.alt))
        codes = np.array(placer.genome.chromosome(variant.chrom)[window : window + length + more])
        at, end = variant.start - window, variant.end - window
        low, high = (0, len(codes)) if flank is None else (max(0, at - flank), min(len(codes), end + flank))
        rng = generator(seed, "shuffled", number, variant.name)
        around = codes[low:high]
        codes[low:high] = shuffler.draw(around, (0, len(around)), 1, rng).codes[0]
        codes[at:end] = encode(variant.ref)
        moved = Variant(variant.chrom, at, variant.ref, variant.alt)
        items.append(Item(("shuffled", number), codes[:length], alternate(codes, moved, 0, length)))
    return items


def drawn(numbers: int, total: int, seed: int) -> NDArray[np.int64]:
    """Which of `total` variants of a kind its shuffled null is made of, with repeats, sorted; none of none."""
    if not total:
        return np.zeros(0, dtype=np.int64)
    return np.sort(generator(seed, "drawn").integers(0, total, numbers))


def genome_item(genome: Genome, variant: Variant, window: int, length: int) -> Item:
    """A variant in its window of the genome; the caller has asked `why_not`."""
    chromosome = genome.chromosome(variant.chrom)
    codes = np.asarray(chromosome[window : window + length])
    return Item((variant.chrom, window), codes, alternate(chromosome, variant, window, length))

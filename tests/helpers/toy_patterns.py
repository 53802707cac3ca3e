"""Patterns with random scores, their score of one word, and a random genome that they are looked for in."""

import numpy as np

from cisgrammar.motifs.pattern import Pattern, rounded
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.fasta import Genome

BACKGROUND = np.array([0.3, 0.2, 0.2, 0.3])


def toy_pattern(consensus: str = "TGACC", seed: int = 1, distance: int = 0) -> Pattern:
    """A pattern that likes `consensus`; pairs up to `distance` positions apart have scores of their own."""
    rng = np.random.default_rng(seed)
    span = len(consensus)
    monomers = rng.normal(0, 0.2, (span, 4))
    monomers[np.arange(span), encode(consensus)] += 2
    places = [(i, i + step) for step in range(1, distance + 1) for i in range(span - step)]
    return rounded(monomers, {place: rng.normal(0, 0.5, (4, 4)) for place in places})


def word_score(one: Pattern, word) -> int:
    """Score of a word of codes in units, summed by hand."""
    total = one.offset + sum(one.monomers[i, x] for i, x in enumerate(word))
    return int(total + sum(block[word[i], word[j]] for (i, j), block in one.pairs.items()))


def toy_genome(seed: int = 0, length: int = 30_000) -> Genome:
    """Two chromosomes of random bases, the second half as long as the first."""
    rng = np.random.default_rng(seed)
    chroms = {name: rng.integers(0, 4, n).astype(np.uint8) for name, n in (("chrI", length), ("chrII", length // 2))}
    return Genome.from_chromosomes(chroms)

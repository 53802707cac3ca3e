"""Variants of a genome by their alleles, and small untrained profile models that score them."""

import numpy as np

from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.alphabet import decode
from cisgrammar.variants.variant import Variant
from toy_profile import network

HEADS = (Head("a", 2), Head("b", 1))


def toy_models(number=2):
    """Untrained models with counts that depend on the sequence."""
    return [SoloModel(network(16, 2, 5, 5), 60, HEADS, seed=seed).eval() for seed in range(1, number + 1)]


def at(genome, chrom, start, width=1):
    """The reference allele of a place."""
    return decode(genome.chromosome(chrom)[start : start + width])


def other(base, step=1):
    """Another base than this."""
    return "ACGT"[("ACGT".index(base) + step) % 4]


def snv(genome, chrom, start, step=1):
    """A substitution of what the genome has."""
    ref = at(genome, chrom, start)
    return Variant(chrom, start, ref, other(ref, step))


def of_all_kinds(genome, chrom, number, seed, low=100, high=600):
    """Random variants: substitutions, MNVs, insertions, deletions and both at once."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < number:
        start, kind = int(rng.integers(low, high)), len(found) % 5
        ref = at(genome, chrom, start, (1, 3, 1, 1 + int(rng.integers(1, 9)), 4)[kind])
        if "N" in ref:
            continue
        more = "".join("ACGT"[i] for i in rng.integers(0, 4, 1 + int(rng.integers(8))))
        turned = "".join(map(other, ref))
        alt = (turned, turned, ref + more, ref[0], other(ref[0]) + more[:2])[kind]
        found.append(Variant(chrom, start, ref, alt))
    return found

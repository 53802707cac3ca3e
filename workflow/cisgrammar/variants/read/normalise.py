"""One name for each variant: alleles cut to what differs and moved as far left as they go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import decode
from cisgrammar.variants.variant import Variant

_BLOCK = 64


def left_aligned(variant: Variant, chromosome: NDArray[np.uint8]) -> Variant:
    """The same change with the fewest bases, as far left as possible.

    Tan, Abecasis and Kang 2015: bases that both alleles share at their end are taken off, with one more base on the
    left where an allele would become empty; then those that they share at their beginning, but one.

    Parameters
    ----------
    variant
        Any variant whose reference allele is that of the chromosome.
    chromosome
        `(length,)` codes.
    """
    start, ref, alt = variant.start, variant.ref, variant.alt
    before = ""
    while ref[-1:] == alt[-1:] and ((len(ref) > 1 and len(alt) > 1) or start > 0):
        if len(ref) == 1 or len(alt) == 1:
            if not before:
                before = decode(chromosome[max(0, start - _BLOCK) : start])
            start, base, before = start - 1, before[-1], before[:-1]
            ref, alt = base + ref, base + alt
        ref, alt = ref[:-1], alt[:-1]
    shared = next((i for i, (a, b) in enumerate(zip(ref, alt, strict=False)) if a != b), min(len(ref), len(alt)))
    shared = min(shared, len(ref) - 1, len(alt) - 1)
    return Variant(variant.chrom, start + shared, ref[shared:], alt[shared:], variant.id, variant.line)

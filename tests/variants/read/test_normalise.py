"""Left-alignment gives every form of one change the same name, and the same sequence."""

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.variants.read.normalise import left_aligned
from cisgrammar.variants.variant import Variant


def changed(text, variant):
    return text[: variant.start] + variant.alt + text[variant.end :]


@pytest.mark.parametrize(
    ("text", "start", "ref", "alt", "expected"),
    [
        ("GGCACACATT", 5, "ACA", "A", (1, "GCA", "G")),
        ("GGTTTTTC", 6, "TC", "TTC", (1, "G", "GT")),
        ("ACGT", 1, "CG", "CT", (2, "G", "T")),
        ("ACGT", 1, "CGT", "CG", (2, "GT", "G")),
        ("TTTTG", 2, "TT", "T", (0, "TT", "T")),
        ("ACGTA", 1, "CG", "TA", (1, "CG", "TA")),
    ],
)
def test_known_cases(text, start, ref, alt, expected):
    found = left_aligned(Variant("c", start, ref, alt), encode(text))
    assert (found.start, found.ref, found.alt) == expected


def test_it_says_the_same_change_and_cannot_go_further():
    rng = np.random.default_rng(2)
    for _ in range(300):
        codes = rng.integers(0, 2, 200).astype(np.uint8)  # two letters: many repeats
        text, start, long = decode(codes), int(rng.integers(100, 150)), int(rng.integers(1, 5))
        ref = text[start : start + long]
        alt = ref[0] + "".join("AC"[i] for i in rng.integers(0, 2, rng.integers(0, 5)))
        if ref == alt:
            continue
        variant = Variant("c", start, ref, alt)
        found = left_aligned(variant, codes)
        assert changed(text, found) == changed(text, variant)
        assert text[found.start : found.end] == found.ref
        assert found.start <= start or variant.shared[0]
        again = left_aligned(found, codes)
        assert (again.start, again.ref, again.alt) == (found.start, found.ref, found.alt)

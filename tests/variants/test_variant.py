"""A variant: its name, what its alleles share, its kind, and what it refuses."""

import pytest

from cisgrammar.variants.variant import Variant


@pytest.mark.parametrize(
    ("ref", "alt", "kind", "shared"),
    [
        ("A", "G", "SNV", (0, 0)),
        ("CAT", "CGT", "SNV", (1, 1)),
        ("AC", "GT", "MNV", (0, 0)),
        ("A", "AT", "insertion", (1, 0)),
        ("AT", "A", "deletion", (1, 0)),
        ("AAA", "AA", "deletion", (2, 0)),
        ("AC", "TGG", "delins", (0, 0)),
        ("ACT", "AGGT", "delins", (1, 1)),
    ],
)
def test_a_kind_is_that_of_the_bases_that_differ(ref: str, alt: str, kind: str, shared: tuple[int, int]) -> None:
    variant = Variant("chr1", 100, ref, alt)
    assert (variant.kind, variant.shared) == (kind, shared)


def test_a_name_has_the_position_of_a_vcf() -> None:
    variant = Variant("chr1", 100, "AC", "G", "rs1", 7)
    assert (variant.name, variant.end, variant.id, variant.line) == ("chr1:101:AC>G", 102, "rs1", 7)


@pytest.mark.parametrize(
    ("start", "ref", "alt", "said"),
    [(-1, "A", "G", "starts at -1"), (0, "a", "G", "ref"), (0, "A", "", "alt"), (0, "A", "<DEL>", "alt")],
)
def test_what_is_no_variant_is_refused(start: int, ref: str, alt: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Variant("chr1", start, ref, alt)

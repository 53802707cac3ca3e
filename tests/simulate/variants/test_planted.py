"""Files of planted variants, and alleles as a VCF has them."""

import math

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import encode
from cisgrammar.simulate.variants.planted import (
    PlantedVariant,
    deleted,
    inserted,
    last_third,
    substituted,
    write_planted,
)
from cisgrammar.tables.contracts.simulate import PLANTED_VARIANTS

CODES = encode("ACGTACGT")


def test_alleles_give_the_changed_sequence():
    for alleles, wanted in (
        (substituted(CODES, "c", 2, 0), "ACATACGT"),
        (deleted(CODES, "c", 2, 4), "ACACGT"),
        (inserted(CODES, "c", 2, encode("TT")), "ACTTGTACGT"),
    ):
        _, start, ref, alt = alleles
        text = "ACGTACGT"
        assert text[start : start + len(ref)] == ref
        assert text[:start] + alt + text[start + len(ref) :] == wanted


@pytest.mark.parametrize(("number", "held"), [(6, [4, 5]), (3, [2]), (4, [3]), (9, [6, 7, 8])])
def test_the_last_third_holds_variants(number, held):
    assert last_third(number) == held


def test_vcf_and_truth_are_sorted_and_agree(tmp_path):
    variants = [
        PlantedVariant("chr10", 4, "A", "C", "neutral"),
        PlantedVariant("chr2", 9, "AC", "A", "broken", "REB1", -0.5),
        PlantedVariant("chr2", 1, "C", "G", "lost", "donor", math.nan),
    ]
    vcf, table = tmp_path / "v.vcf", tmp_path / "t.tsv"
    write_planted(vcf, table, variants, {"chr2": 20, "chr10": 30})
    lines = vcf.read_text().splitlines()
    assert lines[:3] == ["##fileformat=VCFv4.2", "##contig=<ID=chr2,length=20>", "##contig=<ID=chr10,length=30>"]
    assert [line.split("\t")[:5] for line in lines[4:]] == [
        ["chr2", "2", "lost_1", "C", "G"],
        ["chr2", "10", "broken_2", "AC", "A"],
        ["chr10", "5", "neutral_3", "A", "C"],
    ]
    truth = PLANTED_VARIANTS.read(table)
    assert truth["id"].tolist() == ["lost_1", "broken_2", "neutral_3"]
    assert np.isnan(truth["effect"][0])
    assert truth["effect"].tolist()[1:] == [-0.5, 0.0]

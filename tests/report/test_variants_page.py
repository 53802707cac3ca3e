"""The page of variants: what it counts, its rows and cards, and that it is the same each time."""

import numpy as np
import pandas as pd

from cisgrammar.report.variants_page import variants_page
from cisgrammar.tables.contracts.variants import SIGNS
from cisgrammar.variants.cards import Card
from cisgrammar.variants.table import Counts


def rows():
    plain = {"line": "3", "allele": "1", "chrom": "chr1", "pos": "431", "kind": "SNV", "reason": "", "detail": ""}
    scores = {
        "x.logfc": "-1.5",
        "x.jsd": "0.2",
        "x.peak": "p<1>",
        "x.logfc_q_substitutions": "0.01",
        "splice.ds_max": "0.5",
    }
    one = {"number": "0", **plain, "id": "rs<b>1", "ref": "A", "alt": "G", "genes": "ADE2:5", **scores}
    return [one, {**one, "number": "1", "id": ".", "alt": "A" * 40, "x.logfc": "nan"}]


def card(number=0):
    rng = np.random.default_rng(1)
    profile = np.log(rng.dirichlet(np.ones(600), 2)).reshape(2, 1, 600).astype(np.float32)
    values = rng.normal(size=(2, 700)).astype(np.float32)
    codes = rng.integers(0, 5, (2, 700)).astype(np.uint8)
    return Card(number, "chr1", 80, codes, {"h": profile}, {"h": np.array([5.0, 4.0])}, {"h": values})


def signs(number):
    row = ["x", "REB1", "a<b", 40, 31, 0.775, 0.62, 0.88, 0.52, 1e-3]
    return pd.DataFrame([row] * number, columns=list(SIGNS.names))


def page(cards):
    return variants_page("Variants: v.vcf", "v.vcf", rows(), Counts(7, 5, {"symbolic allele": 2}), cards, signs(1))


def test_agreement_of_signs_is_shown_beside_chance():
    text = page([])
    assert "affinity in vitro and accessibility" in text
    for value in ("a&lt;b", "0.775", "0.52"):
        assert value in text


def test_it_counts_what_is_scored_and_what_is_not():
    text = page([])
    assert "7 alternate alleles of v.vcf: 5 scored, 2 not" in " ".join(text.split())
    assert "symbolic allele" in text
    assert "rs&lt;b&gt;1" in text
    assert "p&lt;1&gt;" in text
    assert 'data-value="-1.5"' in text
    assert "AAAAAAAAA...(40)" in text


def test_a_card_has_both_alleles_profiles_and_letters():
    text = page([card(), card(5)])
    assert text.count('class="card"') == 1  # number 5 is not among the rows
    assert text.count("contributions to ln counts of h") >= 2
    assert text.count('href="#base-') > 40
    assert "x.logfc -1.5" in text
    assert text == page([card(), card(5)])


def test_contributions_that_do_not_add_up_are_not_drawn():
    one = card()
    one.contributions["h"][:] = np.nan
    assert "contributions to ln counts" not in page([one])


def test_a_file_without_a_scored_variant():
    text = variants_page("t", "v.vcf", [], Counts(2, 0, {"breakend": 2}), [], signs(0))
    assert "affinity in vitro" not in text
    assert "2 alternate alleles of v.vcf: 0 scored" in " ".join(text.split())

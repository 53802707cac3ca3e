"""Variants as one word."""

import pytest

from cisgrammar.variants.read.identifiers import column_of_variants, variant_of
from cisgrammar.variants.read.records import read_records


@pytest.mark.parametrize(
    ("word", "variant"),
    [
        ("chr1-100-A-C", ("chr1", "100", "A", "C")),
        ("1:100:AT:A", ("1", "100", "AT", "A")),
        ("chr1_100_A_C_b38", ("chr1", "100", "A", "C")),
        ("chrUn_KI270742v1_100_A_C", ("chrUn_KI270742v1", "100", "A", "C")),
        ("chr1:100:A>C", ("chr1", "100", "A", "C")),
        ("chrX:g.100A>C", ("chrX", "100", "A", "C")),
        ("NC_000001.11:g.100A>C", ("NC_000001.11", "100", "A", "C")),
        ("NC_000001.11-100-A-C", ("NC_000001.11", "100", "A", "C")),
        ("NC_000001.11:99:A:C", None),
        ("rs123", None),
        ("chr1:100-200", None),
        ("chr1-100-A-<DEL>", None),
    ],
)
def test_a_word_is_a_variant_or_none(word, variant):
    assert variant_of(word) == variant


def test_the_column_is_found_below_a_line_of_names():
    assert column_of_variants([["gene", "id"], ["g", "1:5:A:C"], ["h", "1:6:A:C"]]) == 1
    assert column_of_variants([["1:5:A:C"], ["1:6:A:C"]]) == 0
    assert column_of_variants([["1:5:A:C"], ["x"]]) is None
    assert column_of_variants([["id"]]) is None


@pytest.mark.parametrize(
    "text",
    [
        "chr1-100-A-C\nchr1-200-G-TT\n",
        "variant_id\tslope\nchr1_100_A_C_b38\t0.5\nchr1_200_G_TT_b38\t0.1\n",
        "gene,variant,p\ng,chr1:100:A:C,1\nh,chr1:200:G:TT,1\n",
    ],
)
def test_a_list_of_words_is_a_table(tmp_path, text):
    (tmp_path / "v.txt").write_text(text)
    found = [(r.chrom, r.position, r.ref, r.alts, r.fault) for r in read_records(tmp_path / "v.txt")]
    assert found == [("chr1", "100", "A", ("C",), ""), ("chr1", "200", "G", ("TT",), "")]


def test_a_word_far_below_that_is_none_is_a_record_with_a_fault(tmp_path):
    (tmp_path / "v.txt").write_text("chr1-100-A-C\n" * 120 + "rs5\n")
    *_, last = read_records(tmp_path / "v.txt")
    assert (last.id, last.line, last.fault) == ("rs5", 121, "no chromosome, position and alleles in the identifier")

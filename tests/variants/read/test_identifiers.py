"""Variants as one word."""

import pytest

from cisgrammar.variants.read.identifiers import OF_TRANSCRIPT, UNREADABLE, column_of_variants, variant_of
from cisgrammar.variants.read.raw import SETTLED, Doubt
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
        ("chr1:g.100_101AC>GT", ("chr1", "100", "AC", "GT")),
        ("chrM:m.100A>C", ("chrM", "100", "A", "C")),
        ("NC_000001.11(GRCh38):g.100delA", ("NC_000001.11", "100", "A", "-")),
        ("chr1:g.100_101insTT", ("chr1", "101", "-", "TT")),
        ("chr1:g.100_101delACinsT", ("chr1", "100", "AC", "T")),
        ("NC_000001.11:99::C", ("NC_000001.11", "100", "-", "C")),
        ("NC_000001.11:99:A:", ("NC_000001.11", "100", "A", "-")),
        ("chr1:g.100insTT", None),
        ("chr1:g.100_102insTT", None),
        ("chr1:g.100_101delA", None),
        ("chr1:g.100_101A>C", None),
        ("chr1:g.101_100del", None),
        ("chr1:g.100=", None),
        ("NM_000059.3:c.100A>C", None),
        ("NC_000001.11:99::", None),
        ("NC_000001.11:99:0:", None),
        ("chr1:100-99/-", None),
        ("rs123", None),
        ("chr1:100-200", None),
        ("chr1-100-A-<DEL>", None),
    ],
)
def test_a_word_is_a_variant_or_none(word, variant):
    found = variant_of(word)
    assert (found and found[:4]) == variant


@pytest.mark.parametrize(
    ("word", "position", "doubt"),
    [
        ("NC_000001.11:99:A:C", "99", Doubt(base=True, from_zero=True)),
        ("1:99:A:C", "99", Doubt(base=True)),
        ("1:99:A>C", "99", SETTLED),
        ("NC_000001.11:99:2:C", "100", Doubt(span=2)),
        ("NC_000001.11:99:0:C", "100", Doubt(span=0)),
        ("chr1:g.100_102del", "100", Doubt(span=3)),
        ("chr1:g.100_102delinsT", "100", Doubt(span=3)),
        ("chr1:g.100dup", "100", Doubt(span=1, change="dup")),
        ("chr1:g.100_103inv", "100", Doubt(span=4, change="inv")),
        ("chr1:100-101:1/C", "100", Doubt(span=2)),
        ("chr1:101-100/C", "101", Doubt(span=0)),
    ],
)
def test_what_a_word_leaves_open(word, position, doubt):
    found = variant_of(word)
    assert (found.position, found.doubt) == (position, doubt)


def test_the_column_is_found_below_a_line_of_names():
    assert column_of_variants([["gene", "id"], ["g", "1:5:A:C"], ["h", "1:6:A:C"]]) == 1
    assert column_of_variants([["1:5:A:C"], ["1:6:A:C"]]) == 0
    assert column_of_variants([["1:5:A:C"], ["x"]]) is None
    assert column_of_variants([["1:5:A:C"], ["x"], ["1:6:A:C"]]) == 0
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
    assert (last.id, last.line, last.fault) == ("rs5", 121, UNREADABLE)


def test_a_few_words_of_transcripts_do_not_keep_the_others_from_being_read(tmp_path):
    (tmp_path / "v.txt").write_text("chr1-100-A-C\nNM_000059.3:c.100A>C\nNP_000050.2:p.Arg97Cys\n" + "chr1-5-A-C\n" * 3)
    assert [r.fault for r in read_records(tmp_path / "v.txt")] == ["", OF_TRANSCRIPT, OF_TRANSCRIPT, "", "", ""]

"""SpliceAI's tables of genes, and their bad rows."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.splice.genes.coordinates import splice_labels
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR
from cisgrammar.splice.genes.gene_table import is_spliceai_table, read_gene_table
from fuzz import result_or_line


def test_splice_ai_tables_say_the_same_as_exons(tmp_path):
    canonical = tmp_path / "canonical_dataset.txt"
    canonical.write_text("A\t1\tchr1\t-\t101\t600\t200,400,\t301,501,\n")
    shipped = tmp_path / "grch38.txt"
    shipped.write_text(
        "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\nA\tchr1\t-\t100\t600\t100,300,500,\t200,400,600,\n"
    )
    (one,), (other,) = read_gene_table(canonical), read_gene_table(shipped)
    assert one.exons == other.exons == ((100, 200), (300, 400), (500, 600))
    assert one.strand == "-"
    assert one.tags == {"paralogue"}
    # On the - strand base 600 is the first; 501 starts the intron's left neighbour, so it is a donor.
    labels = splice_labels(one)
    assert np.flatnonzero(labels == DONOR).tolist() == [600 - 501, 600 - 301]
    assert np.flatnonzero(labels == ACCEPTOR).tolist() == [600 - 400, 600 - 200]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A\t0\tchr1\t+\t1\t90\t20", "7 tab-separated columns, wanted 8: NAME, PARALOG"),
        ("A\t0\tchr1\t+\t1\t90\t20,x\t40,50", "JN_START 'x'; wanted whole numbers"),
        ("A\t0\tchr1\t+\t1\t90\t20,30\t40", "2 numbers in JN_START, 1 in JN_END"),
        ("A\t0\tchr1\t+\t1\t90\t20,30\t40,50", "are not in order, or overlap"),
        ("A\t0\tchr1\t+\t50\t90\t20\t60", "are not in order, or overlap"),
        ("A\t0\tchr1\t+\t1,2\t90\t20\t40", "TX_START '1,2'; wanted one whole number"),
    ],
)
def test_bad_rows_of_a_splice_ai_table(tmp_path, row, message):
    path = tmp_path / "table.txt"
    path.write_text(f"B\t0\tchr1\t+\t1\t90\t20\t40\n{row}\n")
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        read_gene_table(path)
    assert f"{path}:2: " in str(error.value)


def test_genes_without_strand_and_excluded_ones_are_left_out(tmp_path, caplog):
    path = tmp_path / "table.txt"
    row = "{}\t0\tchr1\t{}\t1\t90\t20\t40\n"
    path.write_text(row.format("A", "*") + row.format("B", "+") + row.format("C", "-") + row.format("D", "."))
    left_out = []
    assert [t.id for t in read_gene_table(path, ["C", "D", "E"], left_out)] == ["B"]
    assert [(item.transcript, item.where, item.reason) for item in left_out] == [
        ("A", f"{path}:1", "no strand"),
        ("C", f"{path}:3", "named in exclude"),
        ("D", f"{path}:4", "named in exclude"),
    ]
    assert "1 left out: no strand" in caplog.text
    assert f"splice.genes.exclude: E is not in {path}" in caplog.text
    with pytest.raises(ValueError, match=r"table\.txt: no genes \(3 named in exclude, 1 no strand\)"):
        read_gene_table(path, ["B", "C", "D"])


@pytest.mark.parametrize("words", [("1", "-1"), ("plus", "minus"), ("forward", "reverse"), ("F", "R")])
def test_words_for_strands_are_taken_as_the_signs(tmp_path, words):
    path = tmp_path / "table.txt"
    path.write_text(
        "".join(f"{name}\t0\tchr1\t{word}\t1\t90\t20\t40\n" for name, word in zip("AB", words, strict=True))
    )
    assert [t.strand for t in read_gene_table(path)] == ["+", "-"]


FIELDS = st.one_of(
    st.sampled_from(["A", "chr1", "+", "-", ".", "0", "1", "1,20", "30,40", "90", "", "x", "NAME", "#NAME"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t"), max_size=3),
)


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.lists(FIELDS, min_size=7, max_size=8).map("\t".join), max_size=5))
def test_any_text_gives_genes_or_one_line_that_names_the_file(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("fuzz") / "table.txt"
    path.write_text("".join(f"{row}\n" for row in ["B\t0\tchr1\t+\t1\t90\t20\t40", *rows]), encoding="utf-8")
    for transcript in result_or_line(path, lambda: read_gene_table(path)) or ():
        edges = [edge for exon in transcript.exons for edge in exon]
        assert edges == sorted(set(edges))


def test_an_empty_table_and_a_foreign_header(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("")
    with pytest.raises(ValueError, match="no genes"):
        read_gene_table(path)
    path.write_text("#NAME\tCHROM\tWHAT\n")
    with pytest.raises(ValueError, match="header NAME, CHROM, WHAT; wanted"):
        read_gene_table(path)


def test_which_table_a_file_is_goes_by_its_content(tmp_path):
    tables = {
        "A\t1\tchr1\t-\t101\t600\t200,400,\t301,501,\n": True,
        "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\nA\tchr1\t-\t1\t6\t1,\t6,\n": True,
        "chr1\t100\t600\tt1\t0\t-\t100\t600\t0\t2\t100,100,\t0,400,\n": False,
        "#name\tchrom\tstrand\texonStarts\texonEnds\nt1\tchr1\t-\t100,500,\t200,600,\n": False,
        'chr1\tx\texon\t1\t9\t.\t+\t.\ttranscript_id "t";\n': False,
    }
    for text, ours in tables.items():
        (tmp_path / "t.txt").write_text(text)
        assert is_spliceai_table(tmp_path / "t.txt") is ours, text


def test_tables_of_genes_of_others_are_told_where_they_are_read(tmp_path):
    path = tmp_path / "genes.txt"
    path.write_text("t1\tchr1\t-\t100\t600\t100\t600\t2\t100,500,\t200,600,\n")
    with pytest.raises(ValueError, match=r"genes\.txt:1: 10 .* as `annotation`"):
        read_gene_table(path)

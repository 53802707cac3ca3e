"""SpliceAI's tables of genes, and their bad rows."""

import re

import numpy as np
import pytest

from cisgrammar.splice.genes.coordinates import splice_labels
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR
from cisgrammar.splice.genes.gene_table import read_gene_table


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
        ("A\t0\tchr1\t*\t1\t90\t20\t40", "strand '*'"),
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


def test_an_empty_table_and_a_foreign_header(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("")
    with pytest.raises(ValueError, match="no genes"):
        read_gene_table(path)
    path.write_text("#NAME\tCHROM\tWHAT\n")
    with pytest.raises(ValueError, match="header NAME, CHROM, WHAT; wanted"):
        read_gene_table(path)

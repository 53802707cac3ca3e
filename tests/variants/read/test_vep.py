"""Rows of VEP's own format, and rows of a position and two alleles."""

import pytest

from cisgrammar.variants.read.records import read_records
from cisgrammar.variants.read.vep import SPAN, fits_pair, fits_vep, vep_record


@pytest.mark.parametrize(
    ("row", "record"),
    [
        ("1 881907 881906 -/C +", ("1", "881907", "-", ("C",), "")),
        ("2 946507 946507 G/C + rs5", ("2", "946507", "G", ("C",), "")),
        ("5 140532 140532 T/- +", ("5", "140532", "T", ("-",), "")),
        ("14 19584687 19584687 C/T -1", ("14", "19584687", "G", ("A",), "")),
        ("14 19584687 19584688 AC/T/- -", ("14", "19584687", "GT", ("A", "-"), "")),
        ("1 10 12 A/C +", ("1", "10", "A", ("C",), SPAN)),
        ("1 160283 471362 DUP", ("1", "160283", "", ("<DUP>",), "")),
        ("1 10 11 A +", ("", "", "", ("",), "columns are not those of the rows before")),
    ],
)
def test_a_row_of_veps(row, record):
    found = vep_record(row.split(), 3)
    assert (found.chrom, found.position, found.ref, found.alts, found.fault) == record
    assert found.line == 3


def test_a_file_of_veps_input_with_the_words_of_its_manual(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("# mine\n1\t5\t5\tA/C\t+\trs1\n1\t6\t6\tG/T\t-\n1\t9\t20\tDEL\t+\n")
    found = list(read_records(path))
    assert [r.alts for r in found] == [("C",), ("A",), ("<DEL>",)]
    assert [r.id for r in found] == ["rs1", ".", "."]


def test_two_alleles_in_a_column_may_have_no_order(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("chr1\t5\tA/C\nchr1\t6\tG/T\trs6\n")
    assert [(r.ref, r.alts, r.doubt.order, r.id) for r in read_records(path)] == [
        *(("A", ("C",), True, "."), ("G", ("T",), True, "rs6"))
    ]
    path.write_text("chr1\t5\tA>C\n")
    assert [r.doubt.order for r in read_records(path)] == [False]
    path.write_text("chr1\t4\t5\tA/C\t2\t1,1\nchr1\t5\t7\tGG>T\tx\n")
    found = [(r.position, r.ref, r.alts, r.doubt.order) for r in read_records(path)]
    assert found == [("5", "A", ("C",), True), ("6", "GG", ("T",), False)]
    assert not fits_pair(["chr1", "5", "A"])
    assert not fits_vep(["chr1", "5", "6", "A"])

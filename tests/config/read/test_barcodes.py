"""The table of barcodes, as people have it."""

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.barcodes import file_of_group, plain_name, read_barcodes


@pytest.mark.parametrize(
    "text",
    [
        "A-1\tCD4 T\nB-1\tB\nC-1\tCD4 T\n",
        "barcode\tgroup\nA-1\tCD4 T\nB-1\tB\nC-1\tCD4 T\n",
        "n,Group,x,Barcode\n1,CD4 T,7,A-1\n2,B,7,B-1\n3,CD4 T,7,C-1\n4,,7,D-1\n",
        "# made by hand\n\nA-1;CD4 T\nB-1;B\nC-1;CD4 T\nC-1;CD4 T\n",
        "cell\tcell_type\nA-1\tCD4 T\nB-1\tB\nC-1\tCD4 T\n",
        "Barcode,UMAP_1,Cluster\nA-1,0.5,CD4 T\nB-1,1.5,B\nC-1,2,CD4 T\nD-1,2,NA\nE-1,2,nan\n",
        ",leiden\nA-1,CD4 T\nB-1,B\nC-1,CD4 T\n",
        '"ident"\n"A-1" "CD4 T"\n"B-1" "B"\n"C-1" "CD4 T"\n',
        "A-1 CD4 T\nB-1 B\nC-1   CD4 T\n",
    ],
)
def test_tables_of_several_kinds_hold_the_same(tmp_path, text):
    (tmp_path / "t").write_text(text)
    assert read_barcodes(tmp_path / "t") == {"A-1": "CD4 T", "B-1": "B", "C-1": "CD4 T"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "barcodes: no file"),
        ("A-1\nB-1\n", "row 1 has 1 cells; wanted barcode and group"),
        ("A\tx\nA\ty\n", "row 2: A is in x and in y"),
        ("barcode\tgroup\n", "no barcode has a group"),
        ("", "no barcode has a group"),
        ('A-1\t"CD4\nB-1\tB\n', "not a table .* close every quote"),
        ('A-1\t"CD4\n' + "B-1\tB\n" * 30_000, "not a table .* close every quote"),
        ("barcode\tgroup\tgroup\nA-1\tx\ty\n", "two columns are called group"),
        ("cell,UMAP_1,kind\nACGTACGT-1,0.5,B\n", "which column has the groups.* cell, umap_1, kind"),
    ],
)
def test_tables_that_tell_no_groups_are_refused(tmp_path, text, said):
    if text is not None:
        (tmp_path / "t").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_barcodes(tmp_path / "t")


def test_commas_in_a_group_separate_nothing_beside_tabs(tmp_path):
    (tmp_path / "t").write_text("A-1\tT, CD4, naive\nB-1\tB\n")
    assert read_barcodes(tmp_path / "t") == {"A-1": "T, CD4, naive", "B-1": "B"}


def test_a_first_line_of_other_names_is_told_from_barcodes(tmp_path):
    (tmp_path / "t").write_text("cell\tkind\nACGTACGT-1\tT\nACGTACGA-1\tB\n")
    assert read_barcodes(tmp_path / "t") == {"ACGTACGT-1": "T", "ACGTACGA-1": "B"}


def test_names_of_groups_become_names_of_files():
    assert [plain_name(name) for name in ("CD4+ T", "B", "0", "/", "a.b-c")] == ["CD4_T", "B", "0", "group", "a.b-c"]
    assert file_of_group("CD4+ T") == "CD4_T.tsv.gz"

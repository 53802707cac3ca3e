"""Names of columns as programs of summary statistics write them, and places of insertions."""

import pytest

from cisgrammar.variants.read.layouts import LAYOUTS, fits_layout, gap_position, header_of
from cisgrammar.variants.read.records import read_records


@pytest.mark.parametrize(
    ("names", "places", "order"),
    [
        ("chromosome base_pair_location effect_allele other_allele beta p_value rsid", (0, 1, 3, 2), True),
        ("CHR BP SNP A1 A2 BETA P", (0, 1, 3, 4), True),
        ("CHR POS SNPID Allele1 Allele2 AC_Allele2", (0, 1, 3, 4), True),
        ("CHROM GENPOS ID ALLELE0 ALLELE1 A1FREQ", (0, 1, 3, 4), True),
        ("hm_chrom hm_pos hm_other_allele hm_effect_allele", (0, 1, 2, 3), True),
        ("SNP CHR BP EA NEA", (1, 2, 4, 3), True),
        ("chr pos reference_allele other_allele beta", None, None),
        ("#CHROM POS ID REF ALT A1 BETA", (0, 1, 3, 4), False),
        ("chr pos ref alt effect_allele", (0, 1, 2, 3), False),
        ("chr pos effect_allele beta", None, None),
    ],
)
def test_alleles_by_their_names(names, places, order):
    _, found = header_of([(1, names.replace(" ", "\t"))])
    if places is None:
        assert found is None
    else:
        assert (found[:4], found.order) == (places, order)


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [("5", "6", "6"), ("5", "5", "6"), ("6", "5", "6"), ("5", "8", ""), ("5", "", ""), ("x", "5", "")],
)
def test_the_place_of_an_insertion(start, end, before):
    assert gap_position(start, end) == before


def test_gaps_fit_the_layouts():
    assert fits_layout(["chr1", "4", "4", "-", "AC"], LAYOUTS["bed"])
    assert fits_layout(["chr1", "4", "5", "A", "-"], LAYOUTS["bed"])
    assert not fits_layout(["chr1", "4", "6", "A", "-"], LAYOUTS["bed"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rs123\nrs456\n", "identifiers of dbSNP without a place"),
        ("snp\nrs123\n", "identifiers of dbSNP without a place"),
        ("NM_000059.3:c.100A>C\nNP_000050.2:p.R97C\n", "HGVS of a transcript or protein"),
        ("# rsid\tchromosome\tposition\tgenotype\nrs1\t1\t101\tTC\n", "columns are those of no layout"),
        ("chr1 5\n", "columns are those of no layout"),
    ],
)
def test_what_has_no_place_or_no_alleles_is_told(tmp_path, text, said):
    (tmp_path / "v.txt").write_text(text)
    with pytest.raises(ValueError, match=said):
        list(read_records(tmp_path / "v.txt"))


def test_an_insertion_without_its_end_has_no_place(tmp_path):
    (tmp_path / "v.txt").write_text("chrom\tpos\tref\talt\nchr1\t5\t-\tA\nchr1\t6\tC\t-\n")
    assert [(r.ref, r.alts) for r in read_records(tmp_path / "v.txt")] == [("", ("A",)), ("C", ("-",))]

"""Splice scores beside every variant: the gene in which most changes, and SpliceAI's strings of all genes."""

from cisgrammar.tables.contracts.variants_splice import VARIANT_SPLICE
from cisgrammar.tables.io import rows_of
from cisgrammar.variants.splice import Settings
from cisgrammar.variants.splice_table import COLUMNS, SpliceScores, write_splice_scores
from cisgrammar.variants.table import write_variants
from toy_splice_variants import motif_model, toy_genes, toy_genome, variant

GENOME = toy_genome()


def test_every_variant_finds_its_rows(tmp_path):
    broken, inside = variant(GENOME, 890, 1, "C"), variant(GENOME, 2990, 1, "C")
    lines = [
        f"chr1\t{broken.start + 1}\t.\t{broken.ref}\tC,<DEL>\t.\t.\t.",
        f"chr1\t{broken.start + 1}\t.\t{broken.ref}\tC,C\t.\t.\t.",
        f"chr1\t{inside.start + 1}\t.\t{inside.ref}\t{'C' if inside.ref != 'C' else 'G'}\t.\t.\t.",
    ]
    (tmp_path / "v.vcf").write_text("##fileformat=VCFv4.2\n" + "\n".join(lines) + "\n")
    write_variants(tmp_path / "v.tsv", tmp_path / "v.vcf", "auto", GENOME, 50)
    path = tmp_path / "s.tsv"
    write_splice_scores(path, tmp_path / "v.tsv", GENOME, toy_genes(), motif_model(), Settings())
    table = VARIANT_SPLICE.read(path)
    assert table["donor_verdict"].fillna("")[0] == "lost"
    scores = SpliceScores(path)
    found = [scores.of(row) for row in rows_of(tmp_path / "v.tsv")]
    assert [set(one) for one in found] == [set(COLUMNS)] * 5
    first, symbolic, second, third, last = found
    assert first["gene"] == "gene+"
    assert first["donor_verdict"] == "lost"
    assert float(first["ds_max"]) > 0.9
    assert first["SpliceAI"].startswith("C|gene+|")
    assert set(symbolic.values()) == {""}
    assert first == second == third
    assert last["reason"] == "no gene"
    assert (last["ds_max"], last["SpliceAI"]) == ("nan", "")

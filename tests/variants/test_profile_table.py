"""The table of profile scores: the same bytes whatever the batch, a row for each allele and head."""

import numpy as np

from cisgrammar.config.variants import ProfileScores
from cisgrammar.statistics.p_values import benjamini_hochberg
from cisgrammar.tables.contracts.variants import PROFILE
from cisgrammar.variants.profile import ProfileScorer
from cisgrammar.variants.profile_table import null_variants, write_profile_scores
from cisgrammar.variants.table import write_variants
from toy_variants import of_all_kinds, snv, toy_models


def test_every_allele_has_its_rows_and_batches_do_not_matter(genome, peaks, tmp_path):
    variants = of_all_kinds(genome, "chr1", 30, 4)
    lines = [f"{v.chrom}\t{v.start + 1}\t.\t{v.ref}\t{v.alt}\t.\t.\t." for v in variants]
    lines[5] = "chr7\t5\t.\tA\tC\t.\t.\t."
    (tmp_path / "v.vcf").write_text("##fileformat=VCFv4.2\n" + "\n".join(lines) + "\n")
    write_variants(tmp_path / "v.tsv", tmp_path / "v.vcf", "auto", genome, 50)
    tables = []
    for batch in (4, 64):
        settings = ProfileScores(shuffled=20, substitutions=9, batch_size=batch)
        scorer = ProfileScorer(toy_models(2), genome, peaks, settings, 3)
        write_profile_scores(tmp_path / f"{batch}.tsv", tmp_path / "v.tsv", scorer)
        tables.append(PROFILE.read(tmp_path / f"{batch}.tsv"))
    one, other = tables
    assert one["number"].tolist() == [i for i in range(30) for _ in range(2)]
    assert one["head"].tolist() == ["a", "b"] * 30
    assert one["note"].fillna("")[10] == "not read"
    assert np.isnan(one["logfc"][10])
    for name in one.columns[3:-2]:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-4, atol=2e-6)
    of_a = one[one["head"] == "a"]
    for null in ("shuffled", "substitutions"):
        expected = benjamini_hochberg(of_a[f"jsd_p_{null}"])
        np.testing.assert_allclose(of_a[f"jsd_q_{null}"], expected, rtol=1e-4)
        assert of_a[f"jsd_p_{null}"].min() >= 1 / 21 - 1e-6


def test_the_null_holds_as_many_variants_in_peaks_as_outside(genome, peaks, tmp_path):
    variants = [snv(genome, "chr1", at) for at in (*range(100, 300, 10), 410, 470)]
    lines = [f"{v.chrom}\t{v.start + 1}\t.\t{v.ref}\t{v.alt}\t.\t.\t." for v in variants]
    for name, chosen in (("both", lines), ("outside", lines[:20])):
        (tmp_path / f"{name}.vcf").write_text("##fileformat=VCFv4.2\n" + "\n".join(chosen) + "\n")
        write_variants(tmp_path / f"{name}.tsv", tmp_path / f"{name}.vcf", "auto", genome, 50)
    scorer = ProfileScorer(toy_models(1), genome, peaks, ProfileScores(shuffled=30), 3)
    both = null_variants(tmp_path / "both.tsv", scorer)
    assert [sum(v.start < 400 for v in both), sum(v.start >= 400 for v in both)] == [30, 30]
    assert {v.start for v in both if v.start >= 400} == {410, 470}
    assert len({v.start for v in both}) > 12
    assert len(null_variants(tmp_path / "outside.tsv", scorer)) == 30
    none = ProfileScorer(toy_models(1), genome, peaks, ProfileScores(shuffled=0), 3)
    assert null_variants(tmp_path / "both.tsv", none) == []

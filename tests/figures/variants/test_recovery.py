"""Truth beside estimate: counts and splice sites, each in a panel."""

import pandas as pd

from cisgrammar.simulate.variants.recovery import recovered_variants
from cisgrammar.tables.contracts.simulate import RECOVERED_VARIANTS
from toy_variant_truth import profile_scores, profile_truth, splice_scores, splice_truth
from variant_figures import drawn


def test_a_panel_for_each_source(tmp_path):
    truth, genes = profile_truth(), splice_truth()
    parts = [recovered_variants(truth, profile_scores(truth)), recovered_variants(genes, splice_scores(genes))]
    RECOVERED_VARIANTS.write(tmp_path / "t.tsv", pd.concat(parts, ignore_index=True))
    found = drawn("variants_recovery", {"truth": str(tmp_path / "t.tsv")})
    titles = [axis.get_title() for axis in found.figure.axes]
    assert titles[0].startswith("s: r = 1.00 (1.00 to 1.00), slope 1.00\n(45 variants at sites, ")
    assert titles[1] == "splicing: calls by what was done"
    bars = [patch.get_height() for patch in found.figure.axes[1].patches]
    assert bars[:3] == [1.0, 0.0, 0.0]


def test_a_model_that_shrinks_effects_has_their_slope(tmp_path):
    truth = profile_truth()
    table = recovered_variants(truth, profile_scores(truth))
    RECOVERED_VARIANTS.write(tmp_path / "t.tsv", table.assign(estimate=table["estimate"] / 4 + 0.1))
    title = drawn("variants_recovery", {"truth": str(tmp_path / "t.tsv")}).figure.axes[0].get_title()
    assert title.startswith("s: r = 1.00 (1.00 to 1.00), slope 0.25")


def test_no_scores_give_an_empty_figure(tmp_path):
    names = [column.name for column in RECOVERED_VARIANTS.columns]
    RECOVERED_VARIANTS.write(tmp_path / "t.tsv", pd.DataFrame(columns=names))
    found = drawn("variants_recovery", {"truth": str(tmp_path / "t.tsv")})
    assert found.figure.axes[0].texts[0].get_text() == "no simulated variant was scored"

"""Scores beside truth, by hand; gates that pass and fail where they must."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.simulate.variants.recovery import recovered_variants, variant_gates
from cisgrammar.tables.contracts.simulate import RECOVERED_VARIANTS
from toy_variant_truth import profile_scores, profile_truth, splice_scores, splice_truth


def verdicts(truth, scores):
    return {gate.name: gate.verdict for gate in variant_gates(recovered_variants(truth, scores))}


def test_estimates_are_natural_logarithms_in_the_order_of_the_truth(tmp_path):
    truth = profile_truth()
    scores = profile_scores(truth).iloc[::-1]
    found = recovered_variants(truth, scores)
    assert found["id"].tolist() == truth["id"].tolist()
    np.testing.assert_allclose(found["estimate"], found["true"], atol=1e-9)
    RECOVERED_VARIANTS.write(tmp_path / "t.tsv", found)
    assert RECOVERED_VARIANTS.read(tmp_path / "t.tsv")["source"].unique().tolist() == ["s"]


def test_scores_that_are_right_pass():
    truth = profile_truth()
    assert set(verdicts(truth, profile_scores(truth)).values()) == {"pass", "n/a"}
    genes = splice_truth()
    found = variant_gates(recovered_variants(genes, splice_scores(genes)))
    assert [gate.verdict for gate in found] == ["pass", "n/a", "n/a"]
    assert [gate.value for gate in found] == [1.0, 0.0, 0.0]


def test_wrong_signs_no_correlation_and_null_p_values_that_are_not_fail():
    truth = profile_truth()
    turned = profile_scores(truth, scale=-1.0)
    assert verdicts(truth, turned)["variants.truth.sign"] == "fail"
    assert verdicts(truth, turned)["variants.truth.r"] == "fail"
    for share, verdict in ((0.2, "fail"), (0.0, "fail"), (0.08, "warn"), (0.06, "pass")):
        assert verdicts(truth, profile_scores(truth, small=share))["variants.truth.null"] == verdict


def test_passengers_do_not_count_for_signs():
    truth = profile_truth()
    scores = profile_scores(truth)
    idle = truth["effect"].eq(0) & truth["kind"].eq("broken")
    assert idle.any()
    scores.loc[idle.to_numpy(), "s.logfc"] = 5.0
    assert verdicts(truth, scores)["variants.truth.sign"] == "pass"


def test_sites_that_are_not_called_lost_fail_and_the_other_kind_of_site_does_not_count():
    genes = splice_truth()
    scores = splice_scores(genes, lost=0.5)
    assert verdicts(genes, scores)["variants.truth.lost"] == "fail"
    swapped = scores.rename(
        columns={
            "splice.donor_verdict": "splice.acceptor_verdict",
            "splice.acceptor_verdict": "splice.donor_verdict",
        }
    )
    assert verdicts(genes, swapped)["variants.truth.lost"] == "fail"


def test_a_truth_of_another_file_is_refused():
    truth = profile_truth()
    with pytest.raises(ValueError, match=r"1 of \d+ variants are not in the scores, as broken_0; give"):
        recovered_variants(truth, profile_scores(truth).iloc[1:])


def test_a_source_without_p_values_has_no_null_gate():
    truth = profile_truth()
    scores = profile_scores(truth).drop(columns="s.logfc_p_shuffled")
    assert "variants.truth.null" not in verdicts(truth, scores)
    assert pd.isna(recovered_variants(truth, scores)["p_value"]).all()

"""Enrichment: expected counts add up, bins and k-mers hold what they say, and the truth is calibrated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, strategies

from cisgrammar.binding.evaluate import enrichment
from cisgrammar.binding.evaluate.enrichment import (
    agreement_of,
    bins_of,
    canonical_kmers,
    enrichment_summary,
    enrichment_table,
)
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.reads.count_table import CountTable
from toy_binding import WIDTH, drawn, factors_of, monomer


def oracle(rounds: int = 2, n: int = 8000) -> Fitted:
    """The truth, its depths set so that shares are those of equally deep rounds."""
    model = monomer(rounds=rounds)
    model.log_activity.data[:] = model.log_activity.data[:, :1]
    table = drawn(model, n, WIDTH, 0, 60_000)
    with torch.no_grad():
        pool = torch.from_numpy(np.random.default_rng(0).integers(0, 4, (60_000, WIDTH)).astype(np.uint8))
        sums = model.log_enrichments(model.log_aggregate(pool))
        model.log_depth.copy_(torch.stack([-torch.logsumexp(s, 0) for s in sums]) + np.log(60_000))
    return Fitted({"library": model}, factors_of(model), {"library": table}, {"library": table})


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return enrichment_table(oracle(), k=4)


def test_the_truth_is_calibrated(table: pd.DataFrame) -> None:
    assert list(table.columns) == enrichment.COLUMNS
    for row in enrichment_summary(table).to_dict("records"):
        assert row["slope"] == pytest.approx(1.0, abs=0.1)
        assert row["r2"] > 0.8
        assert row["r2_explainable"] > 0.95
        assert row["chi2"] < 2.0


def test_a_wrong_model_is_not_calibrated() -> None:
    found = oracle(n=3000)
    with torch.no_grad():
        found.factors["a"].betas *= 2.5
    summary = enrichment_summary(enrichment_table(found)).set_index("unit")
    assert summary.loc["bin", "slope"] < 0.8
    assert summary.loc["bin", "chi2"] > 5


def test_a_site_of_the_factor_is_enriched_and_named_once(table: pd.DataFrame) -> None:
    kmers = table[table["unit"] == "kmer"].set_index("name")
    assert kmers["observed"].idxmax() == "GTCA"
    assert "TGAC" not in kmers.index
    assert len(kmers) <= 136


def test_bins_hold_about_equally_many_reads(table: pd.DataFrame) -> None:
    bins = table[table["unit"] == "bin"]
    total = bins["reads_from"] + bins["reads_to"]
    assert total.max() / total.min() < 1.05
    assert bins["predicted"].is_monotonic_increasing
    assert total.sum() == 16_000


def test_three_rounds_are_compared_in_a_row_and_end_to_end() -> None:
    table = enrichment_table(oracle(3, 1500), k=3)
    pairs = list(dict.fromkeys(zip(table["from_round"], table["to_round"], strict=True)))
    assert pairs == [(0, 1), (1, 2), (0, 2)]
    slopes = enrichment_summary(table).set_index(["from_round", "to_round", "unit"])["slope"]
    assert slopes[0, 2, "bin"] == pytest.approx(1.0, abs=0.15)


def test_units_that_are_expected_too_rarely_are_left_out() -> None:
    found = oracle(n=1000)
    table = enrichment_table(found, k=4, min_count=40.0)
    few = enrichment_table(found, k=4, min_count=10.0)
    assert 0 < len(table) < len(few)


@given(strategies.integers(1, 4))
def test_canonical_kmers_are_all_kmers_once(k: int) -> None:
    numbers, weight, names = canonical_kmers(k)
    complement = str.maketrans("ACGT", "TGCA")
    turned = [name.translate(complement)[::-1] for name in names]
    assert len({min(a, b) for a, b in zip(names, turned, strict=True)}) == len(names)
    assert len(set(names) | set(turned)) == 4**k
    assert all(name <= other for name, other in zip(names, turned, strict=True))
    assert [w == 0.5 for w in weight] == [a == b for a, b in zip(names, turned, strict=True)]
    assert len(numbers) == len(names)


def test_a_palindrome_counts_once_an_occurrence() -> None:
    model = monomer()
    variable = np.array([[0, 1, 2, 3, 0, 0, 0, 0, 0, 0]], dtype=np.uint8)
    reads = CountTable(variable, np.array([[30.0, 20.0]]))
    found = Fitted({"library": model}, factors_of(model), {"library": reads})
    table = enrichment_table(found, k=4, min_count=0.0).set_index("name")
    assert table.loc["ACGT", ["reads_from", "reads_to"]].tolist() == [30.0, 20.0]
    assert table.loc["AAAA", ["reads_from", "reads_to"]].tolist() == [90.0, 60.0]


def test_expected_counts_keep_each_reads_total() -> None:
    rng = np.random.default_rng(0)
    log_share, counts = rng.normal(size=(5, 2)), rng.integers(0, 9, (5, 2)).astype(float)
    expected = enrichment.expected_counts(log_share, counts)
    np.testing.assert_allclose(expected.sum(1), counts.sum(1))
    np.testing.assert_allclose(np.diff(np.log(expected), axis=1), np.diff(log_share, axis=1))


def test_bins_follow_the_prediction() -> None:
    prediction = np.array([3.0, 1.0, 2.0, 0.0])
    assert bins_of(prediction, np.ones((4, 2)), 2).tolist() == [1, 0, 1, 0]
    # A read with most of the counts fills bins of its own.
    assert bins_of(prediction, np.array([[1.0, 0], [1, 0], [97, 0], [1, 0]]), 4).tolist() == [3, 0, 2, 0]


def test_agreement_by_hand() -> None:
    table = pd.DataFrame({"observed": [0.0, 1.0, 2.0], "predicted": [0.0, 2.0, 4.0], "standard_error": [0.1] * 3})
    found = agreement_of(table)
    assert found["slope"] == pytest.approx(0.5)
    assert found["r2"] == pytest.approx(1 - 5 / 2)
    assert found["chi2"] == pytest.approx(5 / 3 / 0.01)
    assert found["slope_error"] == pytest.approx(0.1 / np.sqrt(8))
    assert np.isnan(agreement_of(table.iloc[:2])["r2"])

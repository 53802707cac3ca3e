"""Accuracies and their intervals: against plain numpy on all positions, with and without ties."""

import json

import numpy as np
import pytest

from cisgrammar.splice.calibration import tables
from cisgrammar.splice.calibration.calibrate import calibrate
from cisgrammar.splice.compat.models import calibration_accuracy_and_thresholds
from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.statistics.bootstrap import Bootstrap
from toy_calibration import CONTEXT, FEW, Motifs, plain, plain_average_precision, toy_genes


def test_the_whole_result_against_plain_numpy():
    genes = toy_genes()
    scores, truth = plain(Motifs(), genes)
    found = calibrate(ModelToAnalyze(Motifs(), CONTEXT, CONTEXT), genes, bootstrap=FEW)
    for c, channel in enumerate(found.fitted.channels):
        order = np.argsort(-scores[:, c], kind="stable")
        k = truth[:, c].sum()
        assert (channel.positions, channel.sites, channel.called, channel.tied) == (len(scores), k, k, 0)
        assert channel.base_rate == k / len(scores)
        assert channel.recall.value == channel.precision.value == channel.top_k[1.0].value
        for factor, got in channel.top_k.items():
            top = order[: int(factor * k)]
            assert got.value == pytest.approx(truth[top, c].sum() / min(len(top), k), abs=1e-12)
        assert channel.pr_auc.value == pytest.approx(plain_average_precision(scores[:, c], truth[:, c]), abs=1e-9)
        for estimate in (channel.threshold, channel.recall, channel.pr_auc, *channel.top_k.values()):
            assert estimate.lower <= estimate.value <= estimate.upper
            assert estimate.lower < estimate.upper
        recall, precision, score = channel.curve
        assert recall[-1] == 1
        for r, p, s in zip(recall, precision, score, strict=True):
            above = scores[:, c] >= s * (1 - 1e-5)
            assert r == pytest.approx((truth[:, c] & above).sum() / k)
            assert p == pytest.approx((truth[:, c] & above).sum() / above.sum(), rel=2e-3)
    assert found.held_out is None
    assert found.temperature.value > 0


def test_intervals_are_over_genes_and_not_over_positions():
    # Every gene ten times over: as many genes again say nothing new, so an interval over positions would shrink.
    genes = toy_genes(12)
    tenfold = gene_set([(np.tile(codes, 10), np.tile(labels, 10)) for codes, labels in genes])
    model = ModelToAnalyze(Motifs(), CONTEXT, CONTEXT)
    draws = Bootstrap(200, seed=1)
    few, many = (calibrate(model, g, bootstrap=draws).fitted.channels[0].recall for g in (genes, tenfold))
    assert many.upper - many.lower > 0.7 * (few.upper - few.lower) > 0.05


def test_held_out_genes_are_measured_at_the_others_threshold():
    first, second = toy_genes(seed=1), toy_genes(seed=2)
    model = ModelToAnalyze(Motifs(), CONTEXT, CONTEXT)
    found = calibrate(model, first, second, FEW)
    scores, truth = plain(Motifs(), second)
    for c, channel in enumerate(found.held_out.channels):
        called = scores[:, c] > found.thresholds[c]
        assert channel.called == called.sum()
        assert channel.recall.value == pytest.approx((called & truth[:, c]).sum() / truth[:, c].sum())
        assert channel.precision.value == pytest.approx((called & truth[:, c]).sum() / called.sum())
        assert channel.threshold == found.fitted.channels[c].threshold
    again = calibrate(model, first, second, FEW)
    assert json.dumps(tables.as_json(again)) == json.dumps(tables.as_json(found))


def test_ties_are_told_and_shared_out(caplog):
    genes = toy_genes()
    found = calibrate(ModelToAnalyze(Motifs(noise=0.0), CONTEXT, CONTEXT), genes, bootstrap=FEW)
    for channel in found.fitted.channels:
        assert channel.tied > 0
        assert channel.called < channel.sites
        assert channel.recall.value <= channel.top_k[1.0].value
    assert "share the score at the threshold" in caplog.text


def test_a_constant_model_calls_nothing_and_says_so(caplog):
    genes = toy_genes(5)
    found = calibrate(ModelToAnalyze(Motifs(noise=0.0, scale=0.0), CONTEXT, CONTEXT), genes, bootstrap=FEW)
    (channel, _), bases = found.fitted.channels, len(genes.codes)
    assert (channel.called, channel.tied) == (0, bases)
    assert channel.threshold.value == pytest.approx(1 / 3)
    assert channel.recall.value == 0
    assert np.isnan(channel.precision.value)
    assert channel.top_k[1.0].value == pytest.approx(channel.base_rate)
    assert channel.pr_auc.value == pytest.approx(channel.base_rate)
    assert f"{bases} bases share the score" in caplog.text


def test_a_kind_of_site_that_is_missing_is_not_available(caplog):
    genes = toy_genes(6)
    without = gene_set([(codes, np.where(labels == 2, 0, labels)) for codes, labels in genes])
    model = ModelToAnalyze(Motifs(), CONTEXT, CONTEXT)
    found = calibrate(model, without, without, FEW)
    assert np.isnan(found.thresholds[1])
    assert np.isfinite(found.thresholds[0])
    for role in (found.fitted, found.held_out):
        donor = role.channels[1]
        assert (donor.sites, donor.called) == (0, 0)
        assert np.isnan([donor.recall.value, donor.pr_auc.value, *(e.value for e in donor.top_k.values())]).all()
    assert "without any donor" in caplog.text
    assert tables.as_json(found)["thresholds"]["donor"] is None
    accuracy, thresholds = calibration_accuracy_and_thresholds(Motifs(), CONTEXT, genes=without)
    assert np.isnan([accuracy[1], thresholds[1]]).all()

"""Thresholds, accuracies and their intervals: against plain numpy on all positions, with and without ties."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cisgrammar.files.atomic import write_json, write_table
from cisgrammar.gates import judge
from cisgrammar.splice.calibration import tables
from cisgrammar.splice.calibration.calibrate import calibrate
from cisgrammar.splice.calibration.ranking import Collector
from cisgrammar.splice.calibration.thresholds import tied, top_k_threshold
from cisgrammar.splice.compat.models import calibration_accuracy_and_thresholds
from cisgrammar.splice.genes.gene_set import gene_set, write_gene_set
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.models.position_weights import fit_position_weights
from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.tables.io import read_table

FEW = Bootstrap(40, seed=3)


CONTEXT = 20
MOTIFS = {1: (-4, "TCAGG"), 2: (0, "GGTAA")}


class Motifs(nn.Module):
    """Logit of a site from a motif of five bases, with noise from all bases around that breaks ties."""

    def __init__(self, noise=1.0, scale=1.0):
        super().__init__()
        torch.manual_seed(5)
        # Multiples of 1/64: their sums are exact, so that every kernel of every processor gives the same logits.
        kernel = (noise * torch.randn(3, 4, CONTEXT + 1) / 3 * 64).round() / 64
        for label, (first, motif) in MOTIFS.items():
            for i, base in enumerate(motif):
                kernel[label, "ACGT".index(base), CONTEXT // 2 + first + i] += 2
        self.kernel, self.bias = nn.Parameter(scale * kernel), nn.Parameter(scale * torch.tensor([8.0, 0.0, 0.0]))

    def forward(self, x):
        return nn.functional.conv1d(x.transpose(1, 2).to(self.kernel), self.kernel, self.bias).transpose(1, 2)


def toy_genes(number=30, seed=0, length=400, sites=4):
    """Genes with the motif at most of their sites."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        n = int(rng.integers(length // 2, length))
        codes, labels = rng.integers(0, 4, n).astype(np.uint8), np.zeros(n, np.uint8)
        places = rng.choice(np.arange(10, n - 10, 12), sites, replace=False)
        for place, label in zip(places, np.tile([1, 2], sites // 2), strict=True):
            labels[place] = label
            first, motif = MOTIFS[label]
            if rng.random() < 0.7:
                codes[place + first : place + first + 5] = ["ACGT".index(base) for base in motif]
        found.append((codes, labels))
    return gene_set(found)


def plain(model, genes):
    """Scores `(bases, 2)` and labels of all positions, whole genes at once."""
    scores = []
    for codes, _ in genes:
        padded = torch.from_numpy(np.pad(codes, CONTEXT // 2, constant_values=4))
        with torch.no_grad():
            scores.append(model((padded[None, :, None] == torch.arange(4)).float()).softmax(-1)[0, :, 1:])
    return torch.cat(scores).numpy(), np.stack([genes.labels == 1, genes.labels == 2], 1)


def plain_average_precision(scores, truth):
    found, before = 0.0, 0
    for score in np.unique(scores)[::-1]:
        right = (truth & (scores >= score)).sum()
        found += (right - before) * right / (scores >= score).sum()
        before = right
    return found / truth.sum()


def test_thresholds_are_quantiles_at_the_base_rate_and_accuracy_the_recall_there(tmp_path):
    genes = toy_genes()
    scores, truth = plain(Motifs(), genes)
    wanted = [np.quantile(scores[:, c].astype(float), 1 - truth[:, c].mean()) for c in (0, 1)]
    model = Motifs().train()
    accuracy, thresholds = calibration_accuracy_and_thresholds(model, CONTEXT, genes=genes)
    assert model.training
    np.testing.assert_allclose(thresholds, wanted, rtol=0, atol=1e-7)
    assert accuracy.tolist() == [(truth & (scores > wanted))[:, c].sum() / truth[:, c].sum() for c in (0, 1)]
    assert (accuracy > 0.1).all()
    write_gene_set(tmp_path / "genes.h5", genes)
    again = calibration_accuracy_and_thresholds(Motifs(), CONTEXT, genes=tmp_path / "genes.h5")
    assert [a.tolist() for a in again] == [accuracy.tolist(), thresholds.tolist()]


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


@settings(max_examples=60)
@given(data=st.data(), levels=st.sampled_from([2, 7, 10_000]), small=st.booleans())
def test_rankings_equal_plain_numpy_with_any_ties(data, levels, small):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**31)))
    sizes = rng.integers(1, 80, data.draw(st.integers(1, 8)))
    scores = [((rng.integers(0, levels, n) + 1) / (levels + 1)).astype(np.float32) for n in sizes]
    truth = [rng.random(n) < 0.1 for n in sizes]
    k = int(sum(t.sum() for t in truth))
    collector = Collector(len(sizes), k, *((4 * k + 2, 4 * k + 2) if small else ()))
    for gene, (s, t) in enumerate(zip(scores, truth, strict=True)):
        collector.add(gene, s, t)
    bounds = rng.random(3)
    ranking = collector.ranking(bounds)
    s, t = np.concatenate(scores), np.concatenate(truth)
    curve = ranking.curve()
    assert (curve.positions[-1], curve.sites[-1]) == (len(s), k)
    for bound in bounds:
        assert curve.above(bound) == ((s > bound).sum(), (t & (s > bound)).sum())
    if not k:
        assert np.isnan([top_k_threshold(curve), curve.top(1), curve.average_precision()]).all()
        return
    threshold = np.quantile(s.astype(float), 1 - t.mean())
    assert top_k_threshold(curve) == pytest.approx(threshold, abs=1e-9)
    kth = np.sort(s)[::-1][k - 1]
    assert tied(curve) == ((s == kth).sum() if (s >= kth).sum() > k else 0)
    assert curve.average_precision() == pytest.approx(plain_average_precision(s, t), rel=1e-4)
    expected = (t & (s > kth)).sum() + (k - (s > kth).sum()) * t[s == kth].mean()
    assert curve.top(1) == pytest.approx(expected / k)


def test_genes_drawn_twice_count_twice():
    rng = np.random.default_rng(0)
    parts = [(rng.random(50).astype(np.float32), rng.random(50) < 0.2) for _ in range(5)]
    weights = np.array([2, 0, 1, 0, 2])
    once, drawn = Collector(5, 50), Collector(5, 50)
    for gene, part in enumerate(parts):
        once.add(gene, *part)
        for _ in range(weights[gene]):
            drawn.add(gene, *part)
    got, wanted = once.ranking().curve(weights), drawn.ranking().curve()
    assert top_k_threshold(got) == pytest.approx(top_k_threshold(wanted), abs=1e-12)
    for factor in (0.5, 1, 2, 4):
        assert got.top(factor) == pytest.approx(wanted.top(factor), abs=1e-12)
    assert got.average_precision() == pytest.approx(wanted.average_precision(), abs=1e-12)


def test_intervals_are_over_genes_and_not_over_positions():
    # Every gene ten times over: as many genes again say nothing new, so an interval over positions would shrink.
    genes = toy_genes(12)
    tenfold = gene_set([(np.tile(codes, 10), np.tile(labels, 10)) for codes, labels in genes])
    model = ModelToAnalyze(Motifs(), CONTEXT, CONTEXT)
    draws = Bootstrap(200, seed=1)
    few, many = (calibrate(model, g, bootstrap=draws).fitted.channels[0].recall for g in (genes, tenfold))
    assert many.upper - many.lower > 0.7 * (few.upper - few.lower) > 0.05


def test_the_interval_of_a_mean_is_that_of_its_formula():
    rng = np.random.default_rng(0)
    values = rng.normal(size=400)
    draws = Bootstrap(2000, seed=1)
    found = draws.estimate(values.mean(), [w @ values / 400 for w in draws.weights(400)])
    half = 1.96 * values.std() / 20
    assert (found.upper - found.lower) / 2 == pytest.approx(half, rel=0.08)


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


@pytest.mark.parametrize(
    ("model", "context", "limit", "message"),
    [
        (Motifs(), 22, None, "2 less|more than stated|cl_model_clipped"),
        (Motifs(), 19, None, "even"),
        (Motifs(), CONTEXT, 0, "at least 1 gene"),
        (Motifs(), CONTEXT, -5, "at least 1 gene"),
        (Motifs(scale=float("nan")), CONTEXT, None, "no distribution"),
        (nn.Sequential(Motifs(), nn.Softmax(-1)), CONTEXT, None, "FromProbabilities"),
    ],
)
def test_wrong_calls_are_one_clear_error(model, context, limit, message):
    with pytest.raises(ValueError, match=message):
        calibration_accuracy_and_thresholds(model, context, genes=toy_genes(3), limit=limit)


def test_genes_without_any_site_are_refused_before_any_work():
    genes = gene_set([(np.zeros(50, np.uint8), np.zeros(50, np.uint8))])
    with pytest.raises(ValueError, match="none of its 1 genes has a splice site"):
        calibration_accuracy_and_thresholds(Motifs(), CONTEXT, genes=genes)


def test_position_weights_know_the_motifs_and_not_the_future():
    train, test = toy_genes(60, seed=1), toy_genes(60, seed=2)
    found = calibrate(fit_position_weights(train), test, bootstrap=Bootstrap(0)).fitted
    for channel in found.channels:
        assert channel.top_k[1.0].value > 20 * channel.base_rate
        assert np.isnan(channel.recall.lower)
    kernel = fit_position_weights(train).model.kernel
    assert int(kernel[2, :, 21].argmax()) == 2, "G after the last base of an exon"
    assert int(kernel[1, :, 19].argmax()) == 2, "G before the first one"
    assert not kernel[0].any()


def test_tables_json_and_gates_say_the_same(tmp_path):
    genes, other = toy_genes(seed=1), toy_genes(seed=2)
    found = calibrate(ModelToAnalyze(Motifs(), CONTEXT, CONTEXT), genes, other, FEW)
    simple = calibrate(fit_position_weights(genes), genes, other, FEW)
    accuracy = tables.accuracy_table({"model": found, "position_weights": simple})
    key = ["role", "model", "channel", "metric"]
    assert not accuracy.duplicated(key).any()
    value = accuracy.set_index(key)["value"]
    assert value["held_out", "model", "donor", "top_k_0.5"] == found.held_out.channels[1].top_k[0.5].value
    write_table(tmp_path / "thresholds.tsv", tables.thresholds_table(found))
    read = read_table(tmp_path / "thresholds.tsv", ["channel", "threshold", "lower", "upper", "sites", "tied"])
    assert read.threshold.tolist() == pytest.approx(found.thresholds.tolist(), rel=1e-5)
    reliability = tables.reliability_table(found)
    assert set(reliability.stage) == {"before", "after"}
    for (role, _, _), part in reliability.groupby(["role", "channel", "stage"]):
        assert part.n.sum() == pytest.approx(len((genes if role == "calibration" else other).codes))
    assert set(tables.pr_table({"model": found}).columns) >= {"channel", "recall", "precision"}
    write_json(tmp_path / "calibration.json", tables.as_json(found, genes="abc"))
    assert tables.read_thresholds(tmp_path / "calibration.json") == tuple(found.thresholds)
    gates = tables.gates(found, simple, "genes", "test")
    assert {(gate.stage, gate.sample, gate.fold) for gate in gates} == {("splice", "genes", "test")}
    graded = {gate.name: gate for gate in gates if gate.verdict != "n/a"}
    gate = graded["splice.held_out.donor.top_k_1"]
    assert gate.bar == simple.held_out.channels[1].top_k[1.0].value
    assert gate.verdict == ("pass" if gate.value > gate.bar else "fail")
    scaled = graded["splice.held_out.nll_after_scaling"]
    assert scaled.verdict == judge(found.held_out.nll["after"], found.held_out.nll["before"], "below")
    assert {gate.bar for gate in gates if gate.name.endswith(".tied")} == {None}


def test_unset_thresholds_are_not_read_as_numbers(tmp_path):
    write_json(tmp_path / "a.json", {"thresholds": {"acceptor": 0.5, "donor": None}})
    write_json(tmp_path / "b.json", {"other": 1})
    with pytest.raises(ValueError, match="no threshold for donor"):
        tables.read_thresholds(tmp_path / "a.json")
    with pytest.raises(ValueError, match=r"wanted a calibration\.json"):
        tables.read_thresholds(tmp_path / "b.json")


def test_a_constant_model_on_genes_without_a_kind_of_site_is_counted():
    # No site, and equal scores all left out together: no position is kept one by one.
    collector = Collector(1, 0, listed=10, exact=10)
    collector.add(0, np.full(40, 0.25, np.float32), np.zeros(40, bool))
    curve = collector.ranking().curve()
    assert (curve.positions[-1], curve.sites[-1]) == (40, 0)
    assert np.isnan(top_k_threshold(curve))

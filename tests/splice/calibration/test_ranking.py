"""Rankings equal plain numpy, with ties and with genes drawn twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.splice.calibration.ranking import Collector
from cisgrammar.splice.calibration.thresholds import tied, top_k_threshold
from toy_calibration import plain_average_precision


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


def test_a_constant_model_on_genes_without_a_kind_of_site_is_counted():
    # No site, and equal scores all left out together: no position is kept one by one.
    collector = Collector(1, 0, listed=10, exact=10)
    collector.add(0, np.full(40, 0.25, np.float32), np.zeros(40, bool))
    curve = collector.ranking().curve()
    assert (curve.positions[-1], curve.sites[-1]) == (40, 0)
    assert np.isnan(top_k_threshold(curve))

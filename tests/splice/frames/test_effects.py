"""Changes of calls and probabilities, summaries of them, and which exons are taken."""

import numpy as np
import pytest
from scipy.special import logit

from cisgrammar.splice.frames.edited_windows import SiteScores
from cisgrammar.splice.frames.effects import Quantity, as_models, change, draw_exons, log_strength, summary_table
from cisgrammar.splice.frames.statistics import FrameStatistics
from cisgrammar.statistics.bootstrap import Bootstrap
from toy_exons import make_genes


def test_strength_is_the_log_of_the_mean_probability():
    assert np.exp(log_strength(logit(0.2), logit(0.6))) == pytest.approx(0.4)
    assert np.isnan(log_strength(np.nan, 0.0))


FEW = FrameStatistics(Bootstrap(300, 1), 999)


def test_calls_are_strictly_above_the_threshold():
    chances = np.array([0.5, 0.6, 0.6]), np.array([0.6, 0.6, 0.4])
    before, after = (SiteScores(np.log(p), np.log(p / (1 - p))) for p in chances)
    assert change(before, after, np.array([0.5, 0.6, 0.5]), "called").tolist() == [100, 0, -100]
    assert change(before, after, None, "probability") == pytest.approx([10, 0, -20], abs=1e-4)
    assert np.isnan(change(before, before.each(lambda part: np.full(3, np.nan)), np.full(3, 0.5), "called")).all()
    with pytest.raises(ValueError, match="thresholds"):
        change(before, after, None, "called")


def test_a_summary_corrects_within_a_metric_and_pools_repeats():
    rng = np.random.default_rng(3)
    quantities = [
        Quantity("a", "called", rng.normal(3, 1, (1, 12, 2, 3))),
        Quantity("b", "called", np.zeros((1, 12))),
        Quantity("c", "probability", np.full((1, 12), np.nan)),
    ]
    table = summary_table("check", quantities, np.arange(12) // 2, FEW)
    assert table.value[0] == pytest.approx(quantities[0].effects.mean())
    assert table.q[0] == pytest.approx(2 * table.p[0])
    assert table.q[1] == 1
    assert np.isnan(table.q[2])
    assert table.n_exons.tolist() == [12, 12, 0]


def test_exons_are_drawn_the_same_each_time_and_left_in_order():
    _, exons = make_genes(3, exons=6)
    drawn = [draw_exons(exons, 7, seed=4) for _ in range(2)]
    assert drawn[0].start.tolist() == drawn[1].start.tolist()
    assert len(drawn[0]) == 7
    assert (np.diff(drawn[0].gene) >= 0).all()
    assert draw_exons(exons, None, 1) is exons
    with pytest.raises(ValueError, match="no model"):
        as_models([])

"""The loss against scipy's multinomial, and where reads are missing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial

from cisgrammar.config.profile import Loss
from cisgrammar.profile.fit.losses import ProfileLoss, counts_mse, multinomial_nll
from cisgrammar.profile.models.heads import Head


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(2, 12), st.integers(0, 1000))
def test_nll_is_that_of_one_multinomial_over_tasks_and_positions(batch, tasks, length, seed):
    random = np.random.default_rng(seed)
    logits, counts = (
        random.normal(size=(batch, tasks, length)),
        random.poisson(1.5, size=(batch, tasks, length)),
    )
    p = np.exp(logits.reshape(batch, -1))
    p /= p.sum(axis=1, keepdims=True)
    expected = [-multinomial.logpmf(y, y.sum(), q) for y, q in zip(counts.reshape(batch, -1), p, strict=True)]
    got = multinomial_nll(torch.tensor(logits), torch.tensor(counts))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_a_window_without_reads_adds_nothing_and_has_finite_gradients():
    logits = torch.randn(2, 1, 5, requires_grad=True)
    log_counts = torch.zeros(2, 1, requires_grad=True)
    counts = torch.tensor([[[0.0, 0, 0, 0, 0]], [[1.0, 0, 2, 0, 1]]])
    nll = multinomial_nll(logits, counts)
    assert nll[0].item() == 0
    error = counts_mse(log_counts, counts, pseudocount=0)
    assert error.item() == pytest.approx(np.log(4) ** 2, rel=1e-6)
    (nll.mean() + error).backward()
    assert torch.isfinite(logits.grad).all()
    assert log_counts.grad[0].item() == 0
    assert logits.grad[0].abs().sum() == 0


def test_no_reads_at_all_gives_zero_error():
    assert counts_mse(torch.ones(3, 1), torch.zeros(3, 1, 4), pseudocount=0).item() == 0


def test_pseudocount_is_added_to_the_total():
    assert counts_mse(torch.zeros(1, 1), torch.ones(1, 2, 3), 1.0).item() == pytest.approx(np.log(7) ** 2, rel=1e-6)


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ValueError, match="shapes must agree"):
        counts_mse(torch.zeros(3), torch.ones(3, 1, 4), 1.0)
    with pytest.raises(ValueError, match="shapes must agree"):
        multinomial_nll(torch.zeros(3, 1, 5), torch.zeros(3, 1, 4))


def test_total_weighs_heads_and_parts():
    heads = (Head("a", 1), Head("b", 1))
    settings_ = [Loss(profile_weight=2, counts_weight=3), Loss(profile_weight=0.5, counts_weight=7)]
    loss = ProfileLoss(heads, settings_, [3.0, 7.0])
    counts = tuple(torch.tensor([[[1.0, 2, 0]]]) for _ in heads)
    outputs = (torch.zeros(1, 1, 3), torch.ones(1, 1, 3), torch.zeros(1, 1), torch.ones(1, 1))
    parts = loss(outputs, counts)
    expected = 2 * parts.profile_nll[0] + 0.5 * parts.profile_nll[1] + 3 * parts.counts_mse[0] + 7 * parts.counts_mse[1]
    torch.testing.assert_close(parts.total, expected)

"""A splice model to analyze: what it says is proved before any work."""

import pytest
import torch
from torch import nn

from cisgrammar.splice.compat.adapters import ChannelsFirst, FromProbabilities
from cisgrammar.splice.models.model import Ensemble, ModelToAnalyze, called, log_probabilities
from toy_splice_models import CODES, Local, Net


def test_rows_are_softmaxed_logits_of_codes_and_of_one_hot_alike():
    m = ModelToAnalyze(Local(), 10, 10, [0.2, 0.4])
    one_hot = (CODES[:, :, None] == torch.arange(4)).float()
    with torch.no_grad():
        wanted = m.model(one_hot).softmax(-1)
    got = log_probabilities(m, CODES)
    assert got.shape == (3, 30, 3)
    torch.testing.assert_close(got.exp(), wanted)
    torch.testing.assert_close(log_probabilities(m, one_hot), got, rtol=0, atol=0)
    torch.testing.assert_close(log_probabilities(m, CODES.numpy(), batch_bases=1), got)
    assert torch.equal(called(m, got), wanted[..., 1:].double() > torch.tensor([0.2, 0.4]).double())


def test_a_score_equal_to_its_threshold_is_not_called():
    m = ModelToAnalyze(Local(), 10, 10, [0.25, 0.5])
    log_probs = torch.tensor([[0.25, 0.25, 0.5], [0.2, 0.26, 0.54]]).log()
    assert called(m, log_probs).tolist() == [[False, False], [True, True]]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((Local(), 11, 10), "model_cl must be even"),
        ((Local(), 10, 9), "cl_model_clipped must be even"),
        ((Local(), -2, -2), "not negative"),
        ((Local(), 10.0, 10), "whole number"),
        ((Local(), 8, 10), "more than model_cl"),
        ((Local(), 10, 8), "2 more than stated"),
        ((Local(31, padding=10), 10, 10), "model_cl 10 .* too small"),
        ((Net(Local()), 10, 10), "ChannelsFirst"),
        ((FromProbabilities(Local()), 10, 10), "no probabilities"),
        ((ChannelsFirst(Net(Local(), softmax=True)), 10, 10), "FromProbabilities"),
        ((Local(scale=float("nan")), 10, 10), "no distribution"),
        ((Local(scale=1e6).half(), 10, 10), "half precision"),
        ((lambda x: x, 10, 10), "torch.nn.Module"),
        ((Local(), 10, 10, [0.5]), r"shape \(2,\)"),
        ((Local(), 10, 10, [0.0, 0.5]), r"in \(0, 1\)"),
        ((Local(), 10, 10, [0.5, float("nan")]), r"in \(0, 1\)"),
        ((Local(), 10, 10, [0.5, 1.0]), r"in \(0, 1\)"),
    ],
)
def test_a_wrong_field_is_one_clear_error(fields, message):
    with pytest.raises(ValueError, match=message):
        ModelToAnalyze(*fields)


def test_thresholds_are_asked_for_only_where_they_are_needed():
    m = ModelToAnalyze(Local(), 10, 10)
    with pytest.raises(ValueError, match="calibrate"):
        called(m, log_probabilities(m, CODES))
    assert m.with_thresholds([0.1, 0.3]).known_thresholds().tolist() == [0.1, 0.3]


def test_sequences_that_are_too_short_or_no_codes_are_refused():
    m = ModelToAnalyze(Local(), 10, 10)
    with pytest.raises(ValueError, match="at least 11 bp"):
        log_probabilities(m, CODES[:, :10])
    with pytest.raises(ValueError, match="codes"):
        log_probabilities(m, torch.zeros(2, 4, 40))


def test_the_caller_s_model_is_left_as_it_was():
    model = nn.Sequential(Local(), nn.Dropout(0.5))
    model.train()
    model[1].eval()
    m = ModelToAnalyze(model, 10, 10)
    first, second = log_probabilities(m, CODES), log_probabilities(m, CODES)
    assert torch.equal(first, second)
    assert model.training
    assert model[0].training
    assert not model[1].training


def test_an_ensemble_averages_probabilities():
    members = [Local(), Local(scale=1.0)]
    apart = [log_probabilities(ModelToAnalyze(model, 10, 10), CODES).exp() for model in members]
    together = log_probabilities(ModelToAnalyze(Ensemble(members), 10, 10), CODES).exp()
    torch.testing.assert_close(together, (apart[0] + apart[1]) / 2)
    with pytest.raises(ValueError, match="at least one"):
        Ensemble([])

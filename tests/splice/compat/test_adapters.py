"""Adapters of other conventions change no number."""

import numpy as np
import pytest
import torch

from cisgrammar.splice.compat.adapters import ChannelsFirst, FromProbabilities, Tempered
from cisgrammar.splice.models.model import Ensemble, ModelToAnalyze, log_probabilities
from toy_splice_models import CODES, Local, Net


def test_adapters_give_the_same_probabilities():
    wanted = log_probabilities(ModelToAnalyze(Local(), 10, 10), CODES)
    for model in (
        ChannelsFirst(Net(Local())),
        FromProbabilities(ChannelsFirst(Net(Local(), softmax=True))),
        Tempered(Local(), 1.0),
        Ensemble([Local(), Local()]),
    ):
        torch.testing.assert_close(log_probabilities(ModelToAnalyze(model, 10, 10), CODES), wanted)
    torch.testing.assert_close(log_probabilities(ModelToAnalyze(Local().double(), 10, 10), CODES).float(), wanted)


def test_a_certain_model_s_zero_probability_stays_finite():
    m = ModelToAnalyze(FromProbabilities(ChannelsFirst(Net(Local(scale=1e5), softmax=True))), 10, 10)
    found = log_probabilities(m, CODES)
    assert torch.isfinite(found).all()
    assert float(found.min()) < -80


def test_a_temperature_flattens():
    wanted = log_probabilities(ModelToAnalyze(Local(scale=1.0), 10, 10), CODES)
    tempered = log_probabilities(ModelToAnalyze(Tempered(Local(), 4.0), 10, 10), CODES)
    torch.testing.assert_close(tempered.exp(), wanted.exp())
    for wrong in (0.0, -1.0, np.inf):
        with pytest.raises(ValueError, match="temperature"):
            Tempered(Local(), wrong)

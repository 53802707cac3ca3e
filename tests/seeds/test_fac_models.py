"""The models page of frame-alignment-checks, call by call as it is written there."""

import inspect

import numpy as np
import pytest
import torch
from torch import nn

import cisgrammar.splice.compat as fac
from cisgrammar.splice.compat.genes import validation_genes
from cisgrammar.splice.frames.edited_windows import Reading, edited_scores
from cisgrammar.splice.models.model import log_probabilities
from cisgrammar.splice.models.spliceai import SpliceAI

THRESHOLDS = np.array([0.3, 0.4])


class Small(nn.Module):
    """`(N, T, 4)` to logits `(N, T - 20, 3)`, of values that seldom tie."""

    def __init__(self, last=None):
        super().__init__()
        torch.manual_seed(4)
        self.conv, self.last = nn.Conv1d(4, 3, 21), last or nn.Identity()

    def forward(self, x):
        assert x.shape[2] == 4
        return self.last(6 * self.conv(x.transpose(1, 2)).transpose(1, 2))


class Wide(nn.Module):
    """Needs 60 bases of context and clips 20 of them, as models that pad for efficiency do."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(5)
        self.conv = nn.Conv1d(4, 3, 61, padding=20)

    def forward(self, x):
        return self.conv(x.transpose(1, 2)).transpose(1, 2)


def test_a_model_to_analyze_has_the_four_fields_of_the_page():
    model = Small()
    for m in (
        fac.ModelToAnalyze(model, 20, 20, THRESHOLDS),
        fac.ModelToAnalyze(model=model, model_cl=20, cl_model_clipped=20, thresholds=THRESHOLDS),
    ):
        assert (m.model, m.model_cl, m.cl_model_clipped) == (model, 20, 20)
        assert isinstance(m.thresholds, np.ndarray)
        assert m.thresholds.tolist() == THRESHOLDS.tolist()
    assert list(inspect.signature(fac.ModelToAnalyze).parameters) == [
        "model",
        "model_cl",
        "cl_model_clipped",
        "thresholds",
    ]


def test_spliceai_400_has_400_for_both_and_other_models_clip_less_than_they_need():
    x = torch.eye(4)[torch.randint(0, 4, (2, 450))]
    m = fac.ModelToAnalyze(SpliceAI(400, seed=0).eval(), 400, 400, THRESHOLDS)
    assert log_probabilities(m, x).shape == (2, 450 - 400, 3)
    wide = fac.ModelToAnalyze(Wide(), 60, 20, THRESHOLDS)
    assert log_probabilities(wide, x).shape == (2, 450 - 20, 3)
    for context, clipped in ((60, 60), (20, 20), (40, 20), (20, 60)):
        with pytest.raises(ValueError, match=r"model_cl|cl_model_clipped"):
            fac.ModelToAnalyze(Wide(), context, clipped, THRESHOLDS)


def test_outputs_are_logits_and_are_softmaxed_internally():
    x = torch.eye(4)[torch.randint(0, 4, (2, 60))]
    m = fac.ModelToAnalyze(Small(), 20, 20, THRESHOLDS)
    with torch.no_grad():
        wanted = m.model(x).softmax(-1)
    torch.testing.assert_close(log_probabilities(m, x).exp(), wanted)
    torch.testing.assert_close(
        log_probabilities(fac.ModelToAnalyze(Small(nn.LogSoftmax(-1)), 20, 20, THRESHOLDS), x).exp(), wanted
    )
    with pytest.raises(ValueError, match="probabilities"):
        fac.ModelToAnalyze(Small(nn.Softmax(-1)), 20, 20, THRESHOLDS)


def test_sequences_are_padded_by_half_of_the_context_on_either_side():
    genes = validation_genes().subset([0])
    m = fac.ModelToAnalyze(Small(), 20, 20, THRESHOLDS)
    padded = np.pad(genes.codes[:11], (10, 0), constant_values=4)
    with torch.no_grad():
        wanted = m.model((torch.from_numpy(padded)[None, :, None] == torch.arange(4)).float()).log_softmax(-1)[0, 0, 1]
    assert edited_scores(m, genes, [Reading(0, 0, 1, [])]).log_p[0, 0] == pytest.approx(float(wanted), abs=1e-6)


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        (np.array([0.1, 0.2, 0.3]), r"shape \(2,\)"),
        (np.array([0.0, 0.5]), r"in \(0, 1\)"),
        (np.array([0.5, 1.0]), r"in \(0, 1\)"),
        (np.array([-1.0, 2.0]), r"in \(0, 1\)"),
    ],
)
def test_thresholds_are_two_probabilities(thresholds, message):
    with pytest.raises(ValueError, match=message):
        fac.ModelToAnalyze(Small(), 20, 20, thresholds)


def test_thresholds_call_as_many_as_there_are_in_each_channel():
    accuracy, thresholds = fac.models.calibration_accuracy_and_thresholds(Small(), 20)
    assert accuracy.shape == thresholds.shape == (2,)
    genes, called = validation_genes(), np.zeros(2)
    model = Small().eval()
    for codes, _ in genes:
        x = torch.from_numpy(np.pad(codes, 10, constant_values=4))
        with torch.no_grad():
            scores = model((x[None, :, None] == torch.arange(4)).float()).softmax(-1)[0, :, 1:].numpy()
        called += (scores > thresholds).sum(axis=0)
    assert called.tolist() == [306, 306]
    m = fac.ModelToAnalyze(Small(), 20, 20, thresholds)
    assert m.thresholds.tolist() == thresholds.tolist()


def test_log_probabilities_give_the_same_and_limit_takes_the_first_genes():
    first = fac.models.calibration_accuracy_and_thresholds(m=Small(), mcl=20, limit=7)
    again = fac.models.calibration_accuracy_and_thresholds(Small(nn.LogSoftmax(-1)), 20, limit=7)
    named = fac.models.calibration_accuracy_and_thresholds(Small(), 20, genes=validation_genes().subset(range(7)))
    for accuracy, thresholds in (again, named):
        np.testing.assert_allclose(thresholds, first[1], rtol=0, atol=1e-6)
        assert accuracy.tolist() == first[0].tolist()
    every = fac.models.calibration_accuracy_and_thresholds(Small(), 20, limit=None)
    assert (every[1] != first[1]).all()
    with pytest.raises(TypeError):
        fac.models.calibration_accuracy_and_thresholds(Small(), 20, 7)
    with pytest.raises(ValueError, match="at least 1 gene"):
        fac.models.calibration_accuracy_and_thresholds(Small(), 20, limit=0)

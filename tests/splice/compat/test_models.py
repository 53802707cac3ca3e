"""Thresholds and accuracy as frame-alignment-checks defines them, on any genes."""

import numpy as np
import pytest
from torch import nn

from cisgrammar.splice.compat.models import calibration_accuracy_and_thresholds
from cisgrammar.splice.genes.gene_set import gene_set, write_gene_set
from toy_calibration import CONTEXT, Motifs, plain, toy_genes


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

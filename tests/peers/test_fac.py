"""Parity with frame-alignment-checks on its own genes, where that package is installed (it ships 25 MB of them)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.splice.calibration.calibrate import calibrate
from cisgrammar.splice.compat.models import calibration_accuracy_and_thresholds
from cisgrammar.splice.genes.gene_set import GeneSet, gene_set
from cisgrammar.splice.models.model import ModelToAnalyze

LIMIT = 5
CONTEXT = 24

try:
    import frame_alignment_checks as fac
    from frame_alignment_checks.load_data import load_long_canonical_internal_coding_exons, load_validation_gene
except ImportError as error:
    fac, REASON = None, f"frame-alignment-checks is not installed ({error}); pip install frame-alignment-checks==0.0.74"
else:
    REASON = ""

pytestmark = [pytest.mark.peers, pytest.mark.skipif(fac is None, reason=REASON)]


class Small(nn.Module):
    """Two convolutions, channels last; takes the integers that the reference feeds."""

    def __init__(self, coarse: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.last = nn.Conv1d(4, 12, 21), nn.Conv1d(12, 3, 5)
        self.coarse = coarse

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.last(torch.relu(self.conv(x.transpose(1, 2).float()))).transpose(1, 2)
        return (2 * y).round() if self.coarse else 4 * y


@pytest.fixture(scope="module")
def genes() -> GeneSet:
    exons = load_long_canonical_internal_coding_exons()
    chosen = sorted({int(exon.gene_idx) for exon in exons})[:LIMIT]
    found = []
    for index in chosen:
        x, y = load_validation_gene(index)
        found.append((np.where(x.any(1), x.argmax(1), 4).astype(np.uint8), y.argmax(1).astype(np.uint8)))
    return gene_set(found)


def reference(model: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    """The package's own numbers, past its cache, which takes two models of equal weights for one."""
    accuracy, thresholds = fac.models.calibration_accuracy_and_thresholds.function(model.eval(), CONTEXT, limit=LIMIT)
    return np.asarray(accuracy), np.asarray(thresholds)


def test_thresholds_and_accuracy_without_ties(genes: GeneSet) -> None:
    wanted_accuracy, wanted = reference(Small())
    accuracy, thresholds = calibration_accuracy_and_thresholds(Small().train(), CONTEXT, genes=genes)
    assert np.abs(thresholds - wanted).max() < 1e-7
    assert accuracy.tolist() == wanted_accuracy.tolist()
    found = calibrate(ModelToAnalyze(Small(), CONTEXT, CONTEXT), genes).fitted.channels
    assert [channel.tied for channel in found] == [0, 0]
    assert [channel.top_k[1.0].value for channel in found] == pytest.approx(wanted_accuracy.tolist(), abs=1e-12)


def test_a_tie_at_the_threshold_is_left_out_as_there_and_told(genes: GeneSet) -> None:
    wanted_accuracy, wanted = reference(Small(coarse=True))
    accuracy, thresholds = calibration_accuracy_and_thresholds(Small(coarse=True), CONTEXT, genes=genes)
    np.testing.assert_allclose(thresholds, wanted, rtol=0, atol=1e-7)
    assert accuracy.tolist() == wanted_accuracy.tolist()
    for channel in calibrate(ModelToAnalyze(Small(coarse=True), CONTEXT, CONTEXT), genes).fitted.channels:
        assert channel.tied > 0
        assert channel.called < channel.sites


def test_limit_takes_the_first_genes(genes: GeneSet) -> None:
    wanted = calibration_accuracy_and_thresholds(Small(), CONTEXT, genes=genes.subset([0, 1]))
    got = calibration_accuracy_and_thresholds(Small(), CONTEXT, genes=genes, limit=2)
    assert [a.tolist() for a in got] == [a.tolist() for a in wanted]

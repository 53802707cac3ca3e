"""Training: a small network learns, and a stopped run ends with the same bytes."""

import os
import signal

import numpy as np
import pytest
import torch

from cisgrammar.config.splice import SpliceTraining
from cisgrammar.splice.calibration.calibrate import calibrate
from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.models.blocks import Blocks
from cisgrammar.splice.models.model import ModelToAnalyze, log_probabilities
from cisgrammar.splice.models.saved import save_model
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.splice.models.train import SpliceObjective, train_splice
from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.training.checkpoint import Preempted
from toy_genes import genes_with_motifs

SHORT = SpliceTraining(epochs=2, batch_size=4, block=150, learning_rate=2e-3, average=0.9)


def test_shuffled_batches_hold_the_same_blocks_and_follow_from_the_epoch():
    blocks = Blocks(genes_with_motifs(10), 150, 80)
    objective = SpliceObjective(SpliceAI(80, 0), blocks, blocks, 4, 1)
    first, again, other = (torch.cat([b.codes for b in objective.batches(epoch)]) for epoch in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert sorted(map(bytes, first.numpy())) == sorted(map(bytes, other.numpy()))
    assert objective.steps() == len(list(objective.batches(0)))


def test_the_loss_is_the_cross_entropy_of_labelled_bases_in_nats_per_kb():
    genes = genes_with_motifs(5)
    model = SpliceAI(80, 0).eval()
    losses = []
    for codes, labels in genes:
        padded = np.pad(codes, 40, constant_values=4)[None]
        log_probs = log_probabilities(ModelToAnalyze(model, 80, 80), padded)[0]
        losses.append(-log_probs[torch.arange(len(labels)), torch.from_numpy(labels.astype(np.int64))])
    wanted = torch.cat(losses)
    # Blocks of 130 leave a last block of 40 labelled bases: what pads it must not count.
    objective = SpliceObjective(model, *[Blocks(genes, 130, 80)] * 2, 2, 1)
    with torch.inference_mode():
        found = objective.validate()
    assert found["cross_entropy"] == pytest.approx(1000 * float(wanted.mean()), rel=1e-5)
    assert objective.watched(found) == found["cross_entropy"]
    labels = np.concatenate([labels for _, labels in genes])
    assert found["donor"] == pytest.approx(float(wanted[labels == 2].mean()), rel=1e-5)
    (everything,) = Blocks(genes, 300, 80).batches(5)
    assert objective.loss(everything)["loss"].item() == pytest.approx(1000 * float(wanted.mean()), rel=1e-5)


def test_a_small_network_learns_the_motifs():
    genes = genes_with_motifs(50)
    torch.manual_seed(0)
    model, history = train_splice(genes, 80, SHORT.model_copy(update={"epochs": 6}), seed=1)
    assert history[0]["validation_loss"] > 2 * min(row["validation_loss"] for row in history)
    assert not model.training
    test = genes_with_motifs(30, seed=5)
    found = calibrate(ModelToAnalyze(model, 80, 80), test, bootstrap=Bootstrap(0)).fitted
    assert all(channel.top_k[1.0].value > 0.8 for channel in found.channels)


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    genes, checkpoint = genes_with_motifs(10), tmp_path / "checkpoint.pt"
    whole, history = train_splice(genes, 80, SHORT, seed=1)
    save_model(tmp_path / "whole.safetensors", whole)
    loss, calls = SpliceObjective.loss, []

    def killing(self, batch):
        calls.append(1)
        if len(calls) == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        return loss(self, batch)

    monkeypatch.setattr(SpliceObjective, "loss", killing)
    with pytest.raises(Preempted):
        train_splice(genes, 80, SHORT, 1, checkpoint)
    resumed, again = train_splice(genes, 80, SHORT, 1, checkpoint)
    assert len(calls) < 2 * 2 * 4 + 6
    save_model(tmp_path / "resumed.safetensors", resumed)
    assert (tmp_path / "resumed.safetensors").read_bytes() == (tmp_path / "whole.safetensors").read_bytes()
    assert again == history
    assert [list(row)[:2] for row in history] == [["epoch", "learning_rate"]] * 2


def test_running_means_belong_to_the_kept_weights():
    # The loop keeps averaged weights of the best epoch: its running means must be of that time, not of the last step.
    genes = genes_with_motifs(10)
    settings = SHORT.model_copy(update={"epochs": 3, "learning_rate": 0.03, "average": 0.0, "schedule": "plateau"})
    model, history = train_splice(genes, 80, settings, seed=1)
    kept = next(row for row in history if row["kept"])
    assert not history[-1]["kept"]
    blocks = Blocks(genes.subset("validation"), 150, 80)
    objective = SpliceObjective(model, blocks, blocks, 4, 1)
    with torch.inference_mode():
        assert objective.validate()["cross_entropy"] == pytest.approx(kept["validation_loss"], rel=1e-5)


def test_splits_without_genes_or_sites_are_refused_before_training():
    genes = genes_with_motifs(10)
    with pytest.raises(ValueError, match="no genes of split 'validation'"):
        train_splice(genes.subset("train"), 80, SHORT, seed=1)
    blank = gene_set([(np.zeros(200, np.uint8), np.zeros(200, np.uint8))] * 2, splits=["train", "validation"])
    with pytest.raises(ValueError, match="no splice site"):
        train_splice(blank, 80, SHORT, seed=1)

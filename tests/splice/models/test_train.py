"""Training: blocks hold every base once, a small network learns, and a stopped run ends with the same bytes."""

import os
import signal

import numpy as np
import pytest
import torch

from cisgrammar.config.splice import SpliceTraining
from cisgrammar.files.model_file import read_model_header
from cisgrammar.splice.calibration.calibrate import calibrate
from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.models.blocks import IGNORED, Blocks
from cisgrammar.splice.models.model import ModelToAnalyze, log_probabilities
from cisgrammar.splice.models.saved import FORMAT, load_model, load_models, save_model
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.splice.models.train import SpliceObjective, train_splice
from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.training.checkpoint import Preempted
from toy_genes import genes_with_motifs

SHORT = SpliceTraining(epochs=2, batch_size=4, block=150, learning_rate=2e-3, average=0.9)


@pytest.mark.parametrize(("block", "context"), [(7, 4), (100, 10), (1000, 80)])
def test_blocks_hold_every_base_once_with_its_context(block, context):
    rng = np.random.default_rng(0)
    genes = gene_set(
        [(rng.integers(0, 4, n).astype(np.uint8), rng.integers(0, 3, n).astype(np.uint8)) for n in (5, 230)]
    )
    blocks = Blocks(genes, block, context)
    batches = list(blocks.batches(3))
    assert sum(batch.size for batch in batches) == len(blocks)
    codes, labels = (torch.cat([getattr(batch, part) for batch in batches]).numpy() for part in ("codes", "labels"))
    known = labels != IGNORED
    half = context // 2
    assert labels[known].tolist() == genes.labels.tolist()
    assert codes[:, half : half + block][known].tolist() == genes.codes.tolist()
    assert (codes[:, half : half + block][~known] == 4).all()
    assert (codes[0, :half] == 4).all()
    if block == 7:
        row = -(-5 // 7) + 10
        assert codes[row].tolist() == genes.gene(1)[0][70 - 2 : 77 + 2].tolist()


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
    settings = SHORT.model_copy(update={"epochs": 3, "learning_rate": 5.0, "average": 0.0, "schedule": "plateau"})
    model, history = train_splice(genes, 80, settings, seed=1)
    kept = next(row for row in history if row["kept"])
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


def test_model_files_come_back_whole(tmp_path):
    model = SpliceAI(80, seed=3).eval()
    model.blocks[0].norm1.running_mean.fill_(0.3)
    save_model(tmp_path / "a.safetensors", model, genes="abc")
    save_model(tmp_path / "b.safetensors", SpliceAI(80, seed=4))
    save_model(tmp_path / "c.safetensors", SpliceAI(400, seed=4))
    codes = genes_with_motifs(5).codes[None, :200]
    wanted = log_probabilities(ModelToAnalyze(model, 80, 80), codes)
    assert torch.equal(log_probabilities(load_models([tmp_path / "a.safetensors"]), codes), wanted)
    assert read_model_header(tmp_path / "a.safetensors", FORMAT).provenance == {"genes": "abc"}
    other = log_probabilities(load_models([tmp_path / "b.safetensors"]), codes)
    both = load_models([tmp_path / "a.safetensors", tmp_path / "b.safetensors"], thresholds=[0.2, 0.3])
    torch.testing.assert_close(log_probabilities(both, codes).exp(), (wanted.exp() + other.exp()) / 2)
    assert both.known_thresholds().tolist() == [0.2, 0.3]
    with pytest.raises(ValueError, match=r"contexts \[80, 400\]"):
        load_models([tmp_path / "a.safetensors", tmp_path / "c.safetensors"])
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"bad\.safetensors: not a readable model file"):
        load_model(tmp_path / "bad.safetensors")

"""A control track beside a model: its terms by hand, on simulated ChIP, and in files."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cisgrammar.config.profile import Combined
from cisgrammar.perturb.insert import insert
from cisgrammar.profile.evaluate.fitted_baselines import FoldBaselines
from cisgrammar.profile.fit.train import train_plain
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.controlled import ControlledModel, ControlTerm, control_widths, has_bias, without_control
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.saved import load_model, save_model
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.predict import predict_parts
from cisgrammar.signal.store import cut_codes
from toy_chip import LENGTH, MOTIF, make_chip
from toy_profile import SIGNAL, network, random_dna, small_solo

SHAPE = {"filters": 12, "layers": 4, "input_filter_width": 25, "output_filter_width": 19}
TRAINING = {"epochs": 25, "learning_rate": 0.01, "batch_size": 16, "jitter": 40, "background_ratio": 0.5}


@pytest.fixture(scope="module")
def chip(tmp_path_factory):
    return make_chip(tmp_path_factory.mktemp("chip"))


@pytest.fixture(scope="module")
def models(chip):
    section = Combined(architecture=SHAPE, training=TRAINING)
    alone, _ = train_plain(replace(chip.data, control=None), section, LENGTH, seed=1)
    controlled, _ = train_plain(chip.data, section, LENGTH, seed=1)
    return alone, controlled


def _nll(model, chip, split="test"):
    """Nats per 5' end of peaks, and the parts' predictions."""
    starts = chip.data.windows(split, "peak").centres - LENGTH // 2
    parts = predict_parts(model, chip.data.genome.codes, starts, alone="combined", control=chip.data.control)
    observed = chip.data.signal.heads["chip"][0, starts[:, None] + np.arange(LENGTH)]
    log_p = parts["combined"].log_probabilities["chip"][:, 0]
    return -float((observed * log_p).sum() / observed.sum()), parts, starts


def test_terms_are_sums_of_the_control_around_each_base():
    term = ControlTerm(2, 2, (1, 5))
    control = torch.poisson(torch.full((3, 2, 14), 1.5), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        term.profile.copy_(torch.randn(2, 2, 2, generator=torch.Generator().manual_seed(2)))
        term.counts.fill_(0.5)
        term.mean.fill_(2.0)
        logits, counts = term(control)
    x = control.numpy()
    for task in range(2):
        for at in range(10):
            near = [np.log1p(x[0, c, at + 2 - h : at + 3 + h].sum()) for c in range(2) for h in (0, 2)]
            wanted = (term.profile[task].detach().numpy().ravel() * near).sum()
            assert float(logits[0, task, at]) == pytest.approx(wanted, abs=1e-5)
    assert float(counts[0, 0]) == pytest.approx(0.5 * (np.log1p(x[0, :, 2:12].sum()) - 2.0), abs=1e-5)


def test_widths_are_those_that_the_flank_holds():
    assert control_widths(0) == (1,)
    assert control_widths(50) == (1, 25, 101)
    assert control_widths(500) == (1, 25, 101, 301)


def test_without_a_control_it_is_the_inner_model():
    solo = small_solo(SIGNAL, seed=1)
    model = ControlledModel(solo, [1])
    x = random_dna(2, model.input_length)
    assert all(torch.equal(a, b) for a, b in zip(model(x), solo(x), strict=True))
    assert without_control(model) is solo is model.residual
    assert not has_bias(model)
    combined = CombinedModel(small_solo(SIGNAL, seed=2, layers=2), small_solo(SIGNAL, seed=1))
    assert has_bias(ControlledModel(combined, [1]))
    assert ControlledModel(combined, [1]).residual is combined.residual


def test_the_other_strand_sees_the_control_turned():
    """Tasks that mirror each other on both strands: the mean over strands is that of the turned input, turned."""
    head = Head("chip", 2)
    model = ControlledModel(SoloModel(network(4, 4, 25, 19), 40, [head], seed=3), [2])
    with torch.no_grad():
        model.terms[0].profile.normal_(generator=torch.Generator().manual_seed(1))
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, 600).astype(np.uint8)
    control = rng.poisson(0.5, (2, 600)).astype(np.uint16)

    class Fake:
        def __init__(self, counts):
            self.heads = {"chip": counts}

    start = np.array([300])
    turned = np.array([600 - 300 - 40])
    there = predict_parts(model, codes, start, control=Fake(control), alone="combined")["combined"]
    back = predict_parts(model, 3 - codes[::-1], turned, control=Fake(control[::-1, ::-1].copy()), alone="combined")
    np.testing.assert_allclose(
        there.log_probabilities["chip"], back["combined"].log_probabilities["chip"][:, ::-1, ::-1], atol=1e-5
    )
    np.testing.assert_allclose(there.log_counts["chip"], back["combined"].log_counts["chip"], atol=1e-5)


def test_it_explains_a_bias_that_no_sequence_does(chip, models):
    alone, controlled = models
    without, _, _ = _nll(alone, chip)
    beside, parts, starts = _nll(controlled, chip)
    rate = np.exp(chip.log_bias[starts[:, None] + np.arange(LENGTH)]) * chip.footprint
    observed = chip.data.signal.heads["chip"][0, starts[:, None] + np.arange(LENGTH)]
    perfect = -float((observed * np.log(rate / rate.sum(1, keepdims=True))).sum() / observed.sum())
    # Most of what the bias takes is regained.
    assert beside - perfect < 0.35 * (without - perfect)
    added = parts["combined"].log_probabilities["chip"] - parts["residual"].log_probabilities["chip"]
    bias = chip.log_bias[starts[:, None] + np.arange(LENGTH)]
    centred = [each - each.mean(1, keepdims=True) for each in (added[:, 0], bias)]
    assert np.corrcoef(*(each.ravel() for each in centred))[0, 1] > 0.85
    totals = [np.log1p(observed.sum(1)), *(parts[part].log_counts["chip"] for part in ("combined", "residual"))]
    errors = [np.square(totals[0] - predicted).mean() for predicted in totals[1:]]
    assert errors[0] < 0.6 * errors[1]


def test_the_residual_has_the_motifs_own_footprint(chip, models):
    _, controlled = models
    model = without_control(controlled)
    starts = chip.data.windows("test", "background").centres - model.input_length // 2
    codes = insert(cut_codes(chip.data.genome.codes, starts, model.input_length), MOTIF)
    at = (codes.shape[1] - LENGTH) // 2
    found = predict_parts(model, codes.ravel(), np.arange(len(codes)) * codes.shape[1] + at)["bias"]
    profile = np.exp(found.log_probabilities["chip"]).mean(axis=(0, 1))
    truth = chip.footprint / chip.footprint.sum()
    assert np.corrcoef(profile, truth)[0, 1] > 0.97
    assert np.abs(profile - truth).max() < 0.25 * truth.max()


def test_the_control_alone_is_a_baseline(chip):
    starts = chip.data.windows("test", "peak").centres - LENGTH // 2
    fitted = {one.name: one for one in FoldBaselines(chip.data, "chip", LENGTH).predict("peak", starts)}
    counts = fitted["control"].counts
    nats = {name: -float((counts * one.log_probabilities).sum() / counts.sum()) for name, one in fitted.items()}
    assert nats["control"] < nats["uniform"] - 0.05
    observed = np.log1p(counts.sum(axis=(1, 2)))
    assert np.corrcoef(observed, fitted["control"].log_counts)[0, 1] > 0.8
    without = FoldBaselines(replace(chip.data, control=None), "chip", LENGTH)
    assert "control" not in {one.name for one in without.predict("peak", starts)}


def test_it_reads_back(chip, models, tmp_path):
    _, controlled = models
    save_model(tmp_path / "m.safetensors", controlled)
    again = load_model(tmp_path / "m.safetensors")
    assert _nll(again, chip)[0] == _nll(controlled, chip)[0]
    assert float(again.terms[0].mean) > 1

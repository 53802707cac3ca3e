"""Thresholds, what counts as leakage, and which bias model is kept."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.config.profile import Bias
from cisgrammar.profile.data.thresholds import Kept
from cisgrammar.profile.evaluate import choose_bias
from cisgrammar.profile.evaluate.choose_bias import SweepJudge, SweepRow, choose, write_sweep
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.models.heads import Head
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.store import write_genome, write_signal
from toy_windows import windows_at

LENGTH = 400


SECTION = Bias(min_windows=3, min_window_counts=5, threshold_quantile=0.0)


def row(threshold, nll, gain=0.0, n=100, leakage=False, weights_nll=6.1):
    return SweepRow(threshold, 10.0, n, n, 0.87, nll, 0.9, weights_nll, 0.4, 0.4, gain, leakage)


def test_the_best_threshold_without_leakage_is_chosen():
    rows, verdict = choose([row(0.5, 6.0), row(1.0, 5.95), row(2.0, 5.9, 0.5, leakage=True)], SECTION)
    assert [r.chosen for r in rows] == [False, True, False]
    assert [r.verdict for r in rows] == ["bias learned", "bias learned", "motif leakage"]
    assert verdict["threshold"] == 1.0
    assert "5.950" in verdict["reason"]


@pytest.mark.parametrize(
    ("only", "verdict"),
    [
        (row(1, 6.0, 0.9, leakage=True), "motif leakage"),
        (row(1, 6.0, n=2), "too few regions"),
        (row(1, 6.2), "no bias found"),
    ],
)
def test_verdicts(only, verdict):
    assert choose([only], SECTION)[1]["verdict"] == verdict


class Toy(nn.Module):
    """The true preference (cuts before a T), with a chosen excess at the window's centre."""

    heads, input_length, output_length = (Head("a", 1),), LENGTH + 2, LENGTH

    def __init__(self, at_summit):
        super().__init__()
        self.at_summit = at_summit

    def forward(self, x):
        logits = 2.0 * (x[:, 3, 1:-1] + x[:, 0, 1:-1]).unsqueeze(1)
        logits[..., LENGTH // 2 - 100 : LENGTH // 2 + 100] += self.at_summit
        return logits, torch.logsumexp(logits, dim=2)


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    random = np.random.default_rng(0)
    genome = Genome.from_chromosomes({"a": random.integers(0, 4, 60_000).astype(np.uint8)})
    rate = 0.3 * np.exp(2.0 * np.isin(genome.codes, [0, 3]))
    write_genome(folder / "g.h5", genome)
    write_signal(
        folder / "s.h5", {"a": random.poisson(rate).astype(np.uint16)[None]}, {"genome_fingerprint": genome.fingerprint}
    )
    lines = ["chrom\tstart\tend\tname\tkind\tsplit\tcounts\tgc\tstrand"]
    for i in range(60):
        start = 500 + 900 * i
        kind, split = ("peak", "background")[i % 2], ("train", "validation")[i % 4 // 2]
        lines.append(f"a\t{start}\t{start + LENGTH}\tr{i}\t{kind}\t{split}\t50\t0.5\t.")
    (folder / "regions.tsv").write_text("\n".join(lines) + "\n")
    return SweepJudge(ProfileData.open(folder / "g.h5", folder / "s.h5", folder / "regions.tsv"), LENGTH, 20)


def test_a_model_of_the_preference_alone_does_not_leak(judge):
    found = judge.assess(Toy(0.0), 1.0, Kept(windows_at([9]), 10.0, 1, False))
    assert abs(found.summit_gain) < 0.03
    assert not found.leakage
    assert found.background_nll == pytest.approx(found.position_weight_nll, abs=0.05)


def test_a_model_that_knows_the_summits_leaks(judge):
    found = judge.assess(Toy(np.log(2.0)), 1.0, Kept(windows_at([9]), 10.0, 1, False))
    # Twice the weight on half of the window: from 1/2 to 2/3 of the profile.
    assert found.summit_gain == pytest.approx(1 / 3, abs=0.05)
    assert found.leakage


def test_a_model_that_ranks_peaks_by_counts_better_than_the_preference_leaks(judge, monkeypatch):
    kept = Kept(windows_at([9]), 10.0, 1, False)
    scores = judge.assess(Toy(0.0), 1.0, kept)
    assert scores.peak_counts_pearson > 0.6
    gain = scores.peak_counts_pearson - scores.position_weight_counts_pearson
    for bar, leaks in ((gain - 0.01, True), (gain + 0.01, False)):
        monkeypatch.setattr(choose_bias, "MOST_COUNTS_GAIN", bar)
        assert judge.assess(Toy(0.0), 1.0, kept).leakage == leaks


def test_the_table_has_a_row_per_threshold(tmp_path):
    rows = [replace(row(t, nll), verdict="bias learned") for t, nll in ((0.5, 6.0), (1.0, 5.95))]
    write_sweep(tmp_path / "sweep.tsv", rows)
    lines = (tmp_path / "sweep.tsv").read_text().splitlines()
    assert lines[0].split("\t")[:3] == ["threshold", "cutoff", "n_windows"]
    assert len(lines) == 3

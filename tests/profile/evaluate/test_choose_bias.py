"""Thresholds, what counts as leakage, and which bias model is kept."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.config.profile import Bias
from cisgrammar.profile.data.thresholds import Kept
from cisgrammar.profile.evaluate import choose_bias
from cisgrammar.profile.evaluate.choose_bias import (
    SweepJudge,
    SweepRow,
    WindowNats,
    choose,
    chosen_threshold,
    write_sweep,
)
from cisgrammar.profile.evaluate.gates import threshold_gate
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


def windows(rng, mean, spread=0.0, number=400):
    """Nats of windows of one head with 20 to 60 ends each: `mean` nats an end, with a window's own deviation."""
    ends = np.random.default_rng(0).integers(20, 60, (number, 1)).astype(float)
    return WindowNats((mean + rng.normal(0, spread, (number, 1))) * ends, ends)


def test_the_smallest_threshold_within_one_standard_error_of_the_best_is_chosen():
    """1.0 is the best by 0.01; whether 0.5 is told apart from it depends on the windows alone."""
    rows = [row(0.5, 6.01), row(1.0, 6.0), row(2.0, 6.3)]
    rng = np.random.default_rng(1)
    base = windows(rng, 6.0, 0.5)
    for spread, chosen in ((0.02, 1.0), (1.0, 0.5)):
        noise = rng.normal(0, spread, base.nats.shape)
        noise -= (noise * base.ends).sum() / base.ends.sum()
        nats = {
            0.5: WindowNats(base.nats + (0.01 + noise) * base.ends, base.ends),
            1.0: base,
            2.0: WindowNats(base.nats + 0.3 * base.ends, base.ends),
        }
        marked, verdict = choose(rows, SECTION, nats)
        assert verdict["threshold"] == chosen
        assert [r.chosen for r in marked] == [chosen == 0.5, chosen == 1.0, False]
        assert marked[0].above_best == pytest.approx(0.01)
        assert marked[0].above_best_se == pytest.approx(spread / 20, rel=0.25)
        assert (marked[1].above_best, marked[1].above_best_se) == (0, 0)
        assert verdict["at_edge"] == ""
    assert "within one standard error of 1, the best (0.0100 +- 0." in verdict["reason"]


def test_a_threshold_that_leaks_is_not_taken_however_alike():
    base = windows(np.random.default_rng(2), 6.0)
    rows = [row(0.5, 6.0, 0.9, leakage=True), row(1.0, 6.0), row(2.0, 6.0)]
    assert choose(rows, SECTION, dict.fromkeys((0.5, 1.0, 2.0), base))[1]["threshold"] == 1.0


def test_the_standard_error_is_that_of_the_difference_over_windows():
    """2,000 pairs of data sets: the spread of the difference is its standard error (4 SE of a deviation: 6 %)."""
    rng = np.random.default_rng(3)
    pairs = [windows(rng, 6.1, 0.3, 60).above(windows(rng, 6.0, 0.3, 60)) for _ in range(2000)]
    found, errors = np.array(pairs).T
    assert found.mean() == pytest.approx(0.1, abs=4 * found.std() / np.sqrt(2000))
    assert errors.mean() == pytest.approx(found.std(), rel=0.07)


@pytest.mark.parametrize(
    ("nlls", "edge"),
    [
        ((6.0, 6.1, 6.2), "smallest"),
        ((6.2, 6.1, 6.0), "largest"),
        ((6.1, 6.0, 6.1), ""),
        ((6.1, 6.0), "largest"),
        ((6.0,), ""),
    ],
)
def test_an_optimum_at_an_edge_of_the_sweep_is_flagged(nlls, edge):
    verdict = choose([row(0.5 * 2**i, nll) for i, nll in enumerate(nlls)], SECTION)[1]
    assert verdict["at_edge"] == edge
    assert ("add " in verdict["reason"]) == bool(edge)
    gate = threshold_gate("s", "f", verdict)
    assert (gate.name, gate.value) == ("bias.threshold", verdict["threshold"])
    assert gate.verdict == ("n/a" if len(nlls) == 1 else "warn" if edge else "pass")


def test_an_edge_beyond_which_the_windows_are_the_same_is_none():
    """The largest keeps 99 of 100 windows; the smallest was widened to `min_windows`, as any smaller one would be."""
    rows = [row(0.5, 6.1, n=50), row(1.0, 6.0, n=99)]
    assert choose(rows, SECTION, available=100)[1]["at_edge"] == ""
    assert choose(rows, SECTION, available=120)[1]["at_edge"] == "largest"
    rows = [replace(row(0.5, 6.0, n=3), below=1), row(1.0, 6.1)]
    assert choose(rows, SECTION)[1]["at_edge"] == ""


def test_a_flat_sweep_that_ends_at_the_best_is_no_edge():
    """The largest is the best, but the smallest cannot be told from it: a longer sweep would change nothing."""
    nats = {0.5: windows(np.random.default_rng(4), 6.001, 0.5), 1.0: windows(np.random.default_rng(5), 6.0, 0.5)}
    rows = [row(t, float(n.nats.sum() / n.ends.sum())) for t, n in nats.items()]
    rows = sorted(rows, key=lambda r: r.background_nll)
    best, other = rows
    rows = [replace(other, threshold=0.5), replace(best, threshold=1.0)]
    verdict = choose(rows, SECTION, {0.5: nats[other.threshold], 1.0: nats[best.threshold]})[1]
    assert (verdict["threshold"], verdict["at_edge"]) == (0.5, "")


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
    nats = judge.nats[1.0]
    assert nats.nats.sum() / nats.ends.sum() == pytest.approx(found.background_nll)


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


def test_another_folds_choice_is_read_from_its_verdict(tmp_path):
    (tmp_path / "verdict.json").write_text('{"threshold": 0.5}')
    assert chosen_threshold(tmp_path / "verdict.json") == 0.5

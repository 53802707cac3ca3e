"""Bias models that are given, shared by samples, or trained on reads of their own."""

import json

import pandas as pd
import torch

from cisgrammar.files.model_file import read_model_file
from cisgrammar.profile.prediction_file import read_predictions
from cisgrammar.signal.store import open_signal
from cisgrammar.tables.contracts.profile import SWEEP

READS = "results/simulate/fragments.tsv.gz\tresults/simulate/peaks.narrowPeak"


def test_a_given_model_gives_the_numbers_of_the_run_that_trained_it(flow, tiny, finished):
    given = finished.results / "bias/tiny/fold0/model.safetensors"
    flow.write_config({**tiny, "bias": {"model": str(given)}})
    done = flow.run("predict")
    assert done.returncode == 0, done.stdout
    assert "rule train_bias" not in done.stdout
    for file in ("transformation/tiny/fold0/model.safetensors", "combined/tiny/fold0/combined.safetensors"):
        (_, here), (_, there) = (read_model_file(each.results / file) for each in (flow, finished))
        assert all(torch.equal(here[name], there[name]) for name in there)
    (here, *_), (there, *_) = (
        read_predictions(each.results / "predict/tiny/fold0/predictions.h5") for each in (flow, finished)
    )
    for part in ("combined", "residual", "transformation", "bias"):
        assert (here[part].log_probabilities["signal"] == there[part].log_probabilities["signal"]).all()
        assert (here[part].log_counts["signal"] == there[part].log_counts["signal"]).all()
    verdict = json.loads((flow.results / "bias/tiny/fold0/verdict.json").read_text())
    swept = json.loads((finished.results / "bias/tiny/fold0/verdict.json").read_text())
    assert verdict["given"] == str(given)
    for name in ("background_nll", "summit_gain", "peak_counts_pearson", "leakage"):
        assert verdict[name] == swept[name]


def test_a_group_has_one_model_of_all_its_reads_and_the_report_says_whose(flow, tiny):
    rows = "".join(f"{sample}\t{READS}\t{group}\n" for sample, group in (("a", "x"), ("b", "x"), ("c", "y")))
    (flow.folder / "samples.tsv").write_text(f"sample\tsignal\tpeaks\tgroup\n{rows}")
    folds = {"k": 3}
    flow.write_config({**tiny, "folds": folds, "bias": {**tiny["bias"], "share": "group"}, "combined": None})
    done = flow.run("transformation", "report")
    assert done.returncode == 0, done.stdout
    a, x, y = (open_signal(flow.results / f"prepare/{name}/signal.h5") for name in ("a", "x", "y"))
    assert (x.heads["signal"][:] == 2 * a.heads["signal"][:]).all()
    assert (y.heads["signal"][:] == a.heads["signal"][:]).all()
    owners = sorted(path.parent.name for path in flow.results.glob("bias/*/fold1"))
    assert owners == ["x", "y"]
    trained = sorted(str(path.relative_to(flow.results)) for path in flow.results.glob("bias/x/*/threshold_*"))
    assert trained == [
        *(f"bias/x/fold0/threshold_{threshold}" for threshold in (1, 2)),
        *(f"bias/x/fold{fold}/threshold_chosen" for fold in (1, 2)),
    ]
    (_, of_a), (_, of_b), (_, of_x) = (
        read_model_file(flow.results / f"{path}/fold1/model.safetensors")
        for path in ("transformation/a", "transformation/b", "bias/x")
    )
    for name, weights in of_x.items():
        assert torch.equal(of_a[f"solo.{name}"], weights)
        assert torch.equal(of_b[f"solo.{name}"], weights)
    gates = pd.DataFrame(json.loads((flow.results / "summary.json").read_text()))
    assert set(gates[gates.name == "bias.summit_gain"]["sample"]) == {"x", "y"}
    assert "x fold1: " in (flow.results / "report.html").read_text()
    for sample in "abc":
        sweep = SWEEP.read(flow.results / f"bias/{'y' if sample == 'c' else 'x'}/fold0/sweep.tsv")
        drawn = pd.read_csv(flow.results / f"figures/{sample}/fold0/threshold_sweep.tsv", sep="\t")
        assert sorted(drawn.threshold.unique()) == sorted(sweep.threshold)


def test_reads_of_naked_dna_are_the_bias_and_get_no_model(flow, tiny):
    (flow.folder / "samples.tsv").write_text(f"sample\tsignal\tpeaks\ncells\t{READS}\nnaked\t{READS}\n")
    settings = {name: value for name, value in tiny["bias"].items() if name != "thresholds"}
    flow.write_config({**tiny, "bias": {**settings, "reads": ["naked"]}, "combined": None})
    done = flow.run("transformation")
    assert done.returncode == 0, done.stdout
    assert [path.name for path in (flow.results / "bias").iterdir() if path.is_dir()] == ["naked"]
    assert [path.name for path in (flow.results / "transformation").iterdir() if path.is_dir()] == ["cells"]
    sweep = SWEEP.read(flow.results / "bias/naked/fold0/sweep.tsv")
    regions = pd.read_csv(flow.results / "prepare/naked/fold0/regions.tsv", sep="\t")
    background = regions[(regions.kind == "background") & (regions.split == "train")]
    assert sweep.n_windows.tolist() == [(background.counts >= 1).sum()]

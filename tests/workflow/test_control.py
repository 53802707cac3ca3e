"""A run without bias, beside a control, that starts from the weights of another run."""

import json
import shutil

import numpy as np

from cisgrammar.profile.models.saved import load_model
from cisgrammar.profile.prediction_file import read_predictions
from cisgrammar.signal.store import open_signal
from cisgrammar.tables.contracts.profile import SUMMARY

READS = "results/simulate/fragments.tsv.gz"


def test_a_control_is_counted_learned_and_a_baseline(flow, tiny, finished):
    rows = f"sample\tsignal\tpeaks\tcontrol\nchip\t{READS}\tresults/simulate/peaks.narrowPeak\tinput.tsv.gz\n"
    # The same reads under another name: a control that is the signal itself is refused.
    shutil.copy(finished.folder / READS, flow.folder / "input.tsv.gz")
    (flow.folder / "samples.tsv").write_text(rows)
    start = finished.results / "combined/tiny/fold0/residual.safetensors"
    plain = {name: value for name, value in tiny.items() if name not in ("bias", "transformation")}
    flow.write_config({**plain, "combined": {**tiny["combined"], "start": str(start)}})
    done = flow.run()
    assert done.returncode == 0, done.stdout
    signal, control = (open_signal(flow.results / f"prepare/chip/{name}.h5") for name in ("signal", "control"))
    assert np.array_equal(signal.heads["signal"], control.heads["signal"])
    parts, *_ = read_predictions(flow.results / "predict/chip/fold0/predictions.h5")
    assert set(parts) == {"combined", "residual"}
    # The control is the signal itself here: there is no better prediction.
    summary = SUMMARY.read(flow.results / "evaluate/chip/fold0/summary.tsv")
    peaks = summary[summary.kind == "peak"].set_index("model")
    assert {"control", "combined", "residual"} <= set(peaks.index)
    assert peaks.nll_per_cut["combined"] < peaks.nll_per_cut["residual"]
    model = load_model(flow.results / "combined/chip/fold0/combined.safetensors")
    assert float(model.terms[0].profile.detach().abs().max()) > 0
    gates = {gate["name"] for gate in json.loads((flow.results / "summary.json").read_text())}
    assert "baseline.control.peaks.median_jsd" in gates
    assert not any(name.startswith(("bias.", "residual.footprint")) for name in gates)

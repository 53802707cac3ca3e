"""Gates of the profile models: bars from the same run, several heads, what is shown beside."""

import math
import subprocess
import sys

import pytest

from cisgrammar.gates import Gate
from cisgrammar.profile.evaluate.gates import bias_gate, profile_gates, residual_gain, verdict_gates


def _row(model, kind, jsd, pearson=0.5, counts=0.5, head="signal", error=0.3):
    return {
        "model": model,
        "head": head,
        "kind": kind,
        "median_jsd": jsd,
        "nll_per_cut": 10 * jsd,
        "profile_pearson": pearson,
        "log_counts_pearson": counts,
        "log_counts_mse": error,
    }


ROWS = [
    _row("combined", "peak", 0.66, 0.60, 0.62),
    _row("residual", "peak", 0.84, 0.2, 0.62),
    _row("transformation", "peak", 0.70, 0.45, 0.47),
    _row("bias", "peak", 0.69, 0.46, 0.48),
    _row("bias", "background", 0.88),
    _row("uniform", "peak", 0.86, math.nan, math.nan),
    _row("uniform", "background", 0.95, math.nan, math.nan),
    _row("position_weight", "peak", 0.75, 0.42, 0.63),
    _row("position_weight", "background", 0.90),
    _row("position_weight_profile", "peak", 0.72, 0.61, 0.63),
    _row("other_half", "peak", 0.6, 0.7, 0.97),
]


def _gates(rows=ROWS, footprints=(("residual", 0.002), ("bias", 0.02)), gain=0.1):
    return {g.name: g for g in profile_gates(rows, dict(footprints), 0.003, "yeast", "fold0", gain)}


def test_a_residual_that_learned_nothing_fails_its_footprint():
    """It has none to show: a flat residual has a footprint of 0.001."""
    flat = (("residual", 0.001),)
    for gain in (0.0, -0.01, None):
        gates = _gates(footprints=flat, gain=gain)
        assert gates["residual.footprint_max"].verdict == gates["residual.peaks.nll_gain"].verdict == "fail"
    gates = _gates(footprints=flat, gain=0.01)
    assert gates["residual.footprint_max"].verdict == gates["residual.peaks.nll_gain"].verdict == "pass"
    assert _gates(footprints=(("residual", 0.02),))["residual.footprint_max"].verdict == "fail"


def test_the_gain_of_the_residual_is_paired_over_windows():
    bias = [5.0, 6.0, 7.0, 8.0]
    assert residual_gain(bias, bias) == 0
    # Gains of 0.1, 0.2, 0.1, 0.2: 0.15 with a standard error of 0.0577 / 2.
    better = [4.9, 5.8, 6.9, 7.8]
    assert residual_gain(bias, better) == pytest.approx(0.15 - 1.96 * 0.057735 / 2, abs=1e-5)
    assert residual_gain(bias, [4.0, 7.0, 6.0, 9.0]) < 0
    assert residual_gain([bias[0], math.nan], [better[0], 1.0]) is None


def test_bars_are_the_best_of_the_simpler_explanations():
    gates = _gates()
    combined = gates["combined.peaks.median_jsd"]
    assert (combined.value, combined.bar, combined.verdict) == (0.66, 0.69, "pass")
    assert (combined.stage, combined.sample, combined.fold) == ("combined", "yeast", "fold0")
    pearson = gates["combined.peaks.profile_pearson"]
    assert (pearson.bar, pearson.verdict) == (0.61, "fail")
    counts = gates["combined.peaks.log_counts_pearson"]
    assert (counts.bar, counts.verdict) == (0.63, "fail")
    bias = gates["bias.background.median_jsd"]
    assert (bias.stage, bias.value, bias.bar, bias.verdict) == ("bias", 0.88, 0.90, "pass")
    footprint = gates["residual.footprint_max"]
    assert (footprint.value, footprint.bar, footprint.verdict) == (0.002, 0.003, "pass")


@pytest.mark.parametrize(
    ("order", "error", "verdicts"),
    [(0.60, 0.4, ["pass", "pass"]), (0.70, 0.4, ["fail", "pass"]), (0.60, 0.2, ["pass", "fail"])],
)
def test_a_linear_model_of_kmers_is_a_bar_of_order_and_of_error(order, error, verdicts):
    model = _row("combined", "peak", 0.66, 0.60, 0.62, error=0.25)
    rivals = [
        _row("kmer_ridge", "peak", 0.86, math.nan, order, error=error),
        _row("mean_profile", "peak", 0.8, error=0.5),
    ]
    gates = _gates([model, *rivals])
    found = [gates[f"combined.peaks.log_counts_{metric}"].verdict for metric in ("pearson", "mse")]
    assert found == verdicts
    assert gates["baseline.kmer_ridge.peaks.log_counts_pearson"].value == order
    assert gates["baseline.kmer_ridge.peaks.log_counts_mse"].value == error


def test_predictions_with_the_right_order_and_the_wrong_scale_fail_the_error():
    """What background in the loss did to yeast: the squared error was above the variance, and only order was judged."""
    model = _row("combined", "peak", 0.66, 0.60, 0.70, error=0.80)
    gates = _gates([model, _row("mean_profile", "peak", 0.8, math.nan, math.nan, error=0.43)])
    assert gates["combined.peaks.log_counts_mse"].verdict == "fail"


def test_baselines_references_and_footprints_before_correction_are_shown_without_verdict():
    gates = _gates()
    shown = {
        "baseline.uniform.peaks.median_jsd": 0.86,
        "baseline.position_weight.peaks.median_jsd": 0.75,
        "baseline.position_weight.background.nll_per_cut": 9.0,
        "reference.other_half.peaks.log_counts_pearson": 0.97,
        "residual.peaks.median_jsd": 0.84,
        "bias.footprint_max": 0.02,
    }
    for name, value in shown.items():
        assert gates[name].value == pytest.approx(value)
        assert (gates[name].bar, gates[name].verdict) == (None, "n/a")
    assert "baseline.uniform.peaks.profile_pearson" not in gates


def test_a_number_that_is_missing_fails_instead_of_vanishing():
    gates = _gates([row for row in ROWS if row["model"] != "combined"], footprints=(("residual", math.nan),))
    assert gates["combined.peaks.median_jsd"].value is None
    assert gates["combined.peaks.median_jsd"].verdict == "fail"
    assert gates["residual.footprint_max"].verdict == "fail"


def test_several_heads_are_averaged_and_shown_one_by_one():
    rows = [
        _row(model, "peak", jsd, head=head)
        for model, jsds in (("combined", (0.6, 0.8)), ("bias", (0.7, 0.75)))
        for head, jsd in zip("ab", jsds, strict=True)
    ]
    gates = _gates(rows)
    both = gates["combined.peaks.median_jsd"]
    assert (both.value, both.bar) == (pytest.approx(0.7), pytest.approx(0.725))
    assert both.verdict == "pass"
    assert gates["combined.peaks.median_jsd.a"].verdict == "pass"
    assert gates["combined.peaks.median_jsd.b"].verdict == "fail"


@pytest.mark.parametrize(
    ("said", "verdict"), [("bias learned", "pass"), ("motif leakage", "fail"), ("nothing learned", "warn")]
)
def test_the_bias_is_as_good_as_its_sweep_found(said, verdict):
    gate = bias_gate("s", "f", {"verdict": said, "summit_gain": 0.1, "most_summit_gain": math.nan})
    assert gate == Gate("bias", "s", "f", "bias.summit_gain", 0.1, None, verdict)


def test_gates_need_neither_numpy_nor_torch():
    code = (
        "import sys, cisgrammar.profile.evaluate.gates; sys.exit(bool({'numpy', 'torch', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_model_without_bias_is_judged_beside_the_baselines_alone():
    rows = [row for row in ROWS if row["model"] not in ("residual", "transformation", "bias")]
    gates = {g.name: g for g in profile_gates(rows, {}, 0.003, "yeast", "fold0", None, corrected=False)}
    graded = {name for name, gate in gates.items() if gate.verdict != "n/a"}
    assert graded == {name for name in _gates() if name.startswith("combined.peaks.")}
    assert (gates["combined.peaks.median_jsd"].bar, gates["combined.peaks.median_jsd"].verdict) == (0.72, "pass")
    # The same rows of a run with bias: what is missing is a failure there.
    assert _gates(rows, (), None)["residual.footprint_max"].verdict == "fail"


def test_a_given_bias_model_has_no_threshold():
    given = {"verdict": "motif leakage", "summit_gain": 0.3, "most_summit_gain": 0.1, "given": "m.h5"}
    (gate,) = verdict_gates("s", "f", given)
    assert (gate.name, gate.verdict) == ("bias.summit_gain", "fail")
    swept = {**given, "threshold": 1.0, "swept": [0.5, 1.0], "at_edge": ""}
    del swept["given"]
    assert [gate.name for gate in verdict_gates("s", "f", swept)] == ["bias.summit_gain", "bias.threshold"]

"""What a gate is, how it is judged, and the file that holds gates."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest

from cisgrammar.gates import (
    Gate,
    Place,
    judge,
    judge_level,
    judge_share,
    judge_sufficient,
    read_gates,
    worst,
    write_gates,
)

PLACE = Place("combined", "yeast", "fold0")


@pytest.mark.parametrize(
    ("value", "bar", "side", "verdict"),
    [
        (0.5, 0.6, "below", "pass"),
        (0.6, 0.6, "below", "warn"),
        (0.605, 0.6, "below", "warn"),
        (0.61, 0.6, "below", "fail"),
        (0.61, 0.6, "above", "pass"),
        (0.595, 0.6, "above", "warn"),
        (0.5, 0.6, "above", "fail"),
        (-0.2, -0.2001, "above", "pass"),
        (-0.2001, -0.2, "above", "warn"),
        (0.0, 0.0, "below", "warn"),
        (None, 0.6, "below", "fail"),
        (0.5, None, "below", "n/a"),
        (None, None, "above", "n/a"),
    ],
)
def test_verdicts(value, bar, side, verdict):
    assert judge(value, bar, side) == verdict


def test_a_share_within_a_standard_error_passes_and_one_within_the_interval_is_a_warning():
    assert [judge_share(hits, 100, 0.05) for hits in (5, 7, 8, 9, 10, 15)] == [
        *2 * ["pass"],
        *2 * ["warn"],
        *2 * ["fail"],
    ]
    assert judge_share(0, 0, 0.05) == "pass"
    assert [judge_share(10, 100, 0.05, controls) for controls in (None, 10_000, 100)] == ["fail", "fail", "warn"]
    assert judge_share(10, 100, 0.05, 0) == "pass", "without controls nothing is told"


def test_a_share_of_chance_alone_seldom_warns_and_hardly_ever_fails():
    """Binomial law of 300 tests at 0.05: at most the bar passes in 57 %, so that a plain rule would warn in 43 %."""
    law = [math.comb(300, k) * 0.05**k * 0.95 ** (300 - k) for k in range(301)]
    rates = dict.fromkeys(("pass", "warn", "fail"), 0.0)
    for hits, chance in enumerate(law):
        rates[judge_share(hits, 300, 0.05)] += chance
    assert 0.80 < rates["pass"] < 0.88
    assert rates["fail"] < 0.03


def test_a_share_is_held_to_its_level_from_both_sides_by_the_number_of_tests():
    band = (0.04, 0.06)
    told = [judge_level(hits, 450, 0.05, band) for hits in (5, 12, 15, 18, 22, 28, 34, 45)]
    assert told == ["fail", "warn", "warn", "pass", "pass", "pass", "warn", "fail"]
    assert judge_level(15, 450, 0.05, band, draws=100) == "pass", "100 draws say little"
    # 4.5 % of many tests is not 5 %, and near enough; 3.5 % is not.
    assert [judge_level(hits, 10_000, 0.05, band, draws=100_000) for hits in (450, 350, 650)] == [
        "warn",
        "fail",
        "fail",
    ]
    assert judge_level(0, 0, 0.05, band) == "pass"


def test_a_share_of_its_level_warns_in_a_sixth_of_runs_and_hardly_ever_fails():
    """As the demo has it: 450 tests, all ranked among 2,500 draws of the same distribution."""
    rng = np.random.default_rng(0)
    beyond = rng.beta(125, 2376, 4000)  # share of the distribution that lies beyond its 125th largest draw of 2,500
    told = [judge_level(hits, 450, 0.05, (0.04, 0.06), 2500) for hits in rng.binomial(450, beyond).tolist()]
    assert 0.13 < told.count("warn") / len(told) < 0.20
    assert told.count("fail") / len(told) < 0.02


def test_a_number_that_is_not_finite_is_missing_and_fails():
    assert PLACE.judged("a", math.nan, 0.5, "above") == Gate(*PLACE, "a", None, 0.5, "fail")
    assert PLACE.judged("a", 0.5, math.inf, "above") == Gate(*PLACE, "a", 0.5, None, "n/a")
    assert PLACE.graded("a", math.nan, 0.5, "warn") == Gate(*PLACE, "a", None, 0.5, "warn")
    assert PLACE.shown("a", -math.inf) == Gate(*PLACE, "a", None, None, "n/a")


def test_a_share_that_is_too_small_fails_unless_chance_gives_it():
    """Of 100, 0.75 wanted: the 95 % interval of 0.67 reaches 0.75, that of 0.65 does not."""
    assert [judge_sufficient(hits, 100, 0.75) for hits in (75, 74, 67, 65)] == ["pass", "warn", "warn", "fail"]


def test_the_worst_verdict_is_of_the_graded_ones():
    assert worst(["pass", "fail", "warn"]) == "fail"
    assert worst(["pass", "n/a", "warn"]) == "warn"
    assert worst(["n/a", "n/a"]) == "n/a"


def test_file_reads_back_and_holds_no_nan(tmp_path):
    path = tmp_path / "gates.json"
    gates = [PLACE.judged("combined.peaks.median_jsd", 0.1, 0.2, "below"), Place("splice").shown("x", math.nan)]
    write_gates(path, gates)
    assert read_gates(path) == gates
    text = path.read_text()
    assert text.startswith('[\n {\n  "stage": "combined",\n  "sample": "yeast",\n  "fold": "fold0",\n  "name": ')
    assert list(json.loads(text)[1].values()) == ["splice", "", "", "x", None, None, "n/a"]
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_gates(tmp_path / "bad.json", [Gate("a", "b", "c", "d", math.nan, None, "n/a")])
    assert not (tmp_path / "bad.json").exists()


@pytest.mark.parametrize("text", ["", "{}x", '[{"stage": "a"}]', "3", "[1]"])
def test_a_file_of_something_else_is_named(tmp_path, text):
    path = tmp_path / "gates.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"gates\.json: not a list of gates"):
        read_gates(path)


def test_gates_need_neither_numpy_nor_torch():
    code = "import sys, cisgrammar.gates; sys.exit(bool({'numpy', 'torch', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

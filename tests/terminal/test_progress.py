"""Lines of a run: names, times, what is left, and the gates that do not pass."""

import json

import pytest

from cisgrammar.terminal.progress import RunProgress, clock_time, gate_lines, rough_time


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_a_line_for_each_job_and_the_time_that_is_left():
    clock = Clock()
    progress = RunProgress({"slow": 90.0, "quick": 10.0}.__getitem__, clock)
    assert progress.plan({"slow": 1, "quick": 1}) == "2 jobs of 2 rules"
    progress.start(1, "quick", ["demo", "fold0"], [])
    clock.now += 20
    (line,) = progress.end(1)
    assert line.split() == ["1/2", "quick", "demo", "fold0", "20", "s", "about", "3", "min", "left"]
    progress.start(2, "slow", [], [])
    # half of the running job counts as done: 55 of 100 in 20 s
    assert progress.left() == "about 20 s left"
    clock.now += 180
    (line,) = progress.end(2)
    assert line.split() == ["2/2", "slow", "3:00"]


def test_a_finished_job_has_beside_it_what_runs_now():
    progress = RunProgress(lambda rule: 1.0, Clock())
    progress.plan({"a": 9})
    for job in range(4):
        progress.start(job, "train_bias", ["demo", f"fold{job}"], [])
    (line,) = progress.end(0)
    assert line.endswith("runs: train_bias demo fold1, train_bias demo fold2 and 1 more")
    assert progress.status().startswith("runs: train_bias demo fold1, train_bias demo fold2, train_bias demo fold3   ")
    for job in range(1, 4):
        progress.end(job)
    assert progress.status() == ""


def test_nothing_is_said_of_the_rest_before_a_tenth_is_done():
    clock = Clock()
    progress = RunProgress(lambda rule: 1.0, clock)
    progress.plan({"a": 100})
    for job in range(10):
        progress.start(job, "a", [], [])
        clock.now += 1
        (line,) = progress.end(job)
        assert ("left" in line) == (job >= 9)
    assert progress.end(1000) == []


def test_gates_that_do_not_pass_are_shown_as_they_come(tmp_path):
    gates = [
        {"name": "x", "value": 0.5, "bar": 0.25, "verdict": "fail"},
        {"name": "y", "value": None, "bar": 1, "verdict": "warn"},
        {"name": "z", "value": 1, "bar": 1, "verdict": "pass"},
    ]
    (tmp_path / "gates.json").write_text(json.dumps(gates))
    assert gate_lines(tmp_path / "gates.json") == ["    fail: x 0.5 (bar 0.25)", "    warn: y - (bar 1)"]
    progress = RunProgress(lambda rule: 1.0, Clock())
    progress.plan({"a": 1})
    progress.start(1, "a", [], [str(tmp_path / "gates.json"), "other.tsv"])
    assert len(progress.end(1)) == 3


@pytest.mark.parametrize("text", ["", "{", "3", '{"verdict": "fail"}', '[3, {"verdict": "fine"}]'])
def test_a_file_that_holds_no_gates_shows_none(text, tmp_path):
    (tmp_path / "gates.json").write_text(text)
    assert gate_lines(tmp_path / "gates.json") == []
    assert gate_lines(tmp_path / "none" / "gates.json") == []


def test_times_are_short():
    assert [clock_time(s) for s in (0.2, 59.4, 60, 3661)] == ["0 s", "59 s", "1:00", "1:01:01"]
    assert [rough_time(s) for s in (1, 34, 60, 600, 6000)] == ["10 s", "30 s", "1 min", "10 min", "1.7 h"]

"""Manifests of stages beside the run that reports them."""

import json
from pathlib import Path

import pytest

from cisgrammar.manifest import fingerprints, stage_manifest
from cisgrammar.provenance.record import read_records
from cisgrammar.provenance.stage import check_inputs, check_stages, jobs_of
from toy_job import run_job

SETTINGS = {"seed": 3, "bias": {"filters": 4, "thresholds": [0.5, 1.0]}}
CODE = {"train_bias": "a", "choose_bias": "b"}


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CISGRAMMAR_RESULTS", "res")
    Path("in.txt").write_text("in")


def manifest(stage, settings, jobs):
    path = Path("res", stage, "manifest.json")
    path.parent.mkdir(parents=True)
    given = {"files": {}, "inputs": {}, "upstream": {}}
    path.write_text(json.dumps(stage_manifest(settings, given, {"jobs": jobs})))
    return path


@pytest.fixture
def bias():
    return manifest("bias", SETTINGS, {rule: {"code": code, "threads": [1]} for rule, code in CODE.items()})


def wanted(settings=SETTINGS, **code):
    return {"bias": {"settings": settings, "code": {**CODE, **code}}}


def test_equal_stages_come_back(bias):
    plain = {**SETTINGS, "bias": {**SETTINGS["bias"], "thresholds": (0.5, 1.0)}}
    assert check_stages([bias], wanted(plain))["bias"]["config"] == SETTINGS


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({**SETTINGS, "seed": 99}, {}, r"bias \(seed\); .*--forcerun train_bias choose_bias"),
        ({"seed": 3, "bias": {"filters": 16}}, {}, r"bias \(bias\)"),
        ({**SETTINGS, "new": 1}, {}, r"bias \(new\)"),
        (SETTINGS, {"choose_bias": "c"}, r"bias \(code of choose_bias\); .*--forcerun choose_bias`"),
    ],
)
def test_another_config_or_code_stops_with_the_command_that_makes_it_again(bias, settings, code, said):
    with pytest.raises(ValueError, match=said) as error:
        check_stages([bias], wanted(settings, **code))
    assert "\n" not in str(error.value)


def test_jobs_have_their_code_and_all_numbers_of_threads():
    for name, threads in (("a", 2), ("b", 1), ("c", 2)):
        run_job("fit", {"in": "in.txt"}, {"out": f"res/{name}/out.txt"}, threads=threads)
    records = read_records("res")
    assert jobs_of(records) == {"fit": {"code": records[0].code, "threads": [1, 2]}}
    with open("scripts/fit.py", "a") as handle:
        handle.write("# new\n")
    run_job("fit", {"in": "in.txt"}, {"out": "res/d/out.txt"})
    with pytest.raises(ValueError, match=r"fit: its files were made with different versions of the code.*forcerun fit"):
        jobs_of(read_records("res"))


def test_an_input_that_is_not_what_a_job_read_is_named():
    run_job("fit", {"in": "in.txt"}, {"out": "res/out.txt"})
    check_inputs(read_records("res"), fingerprints(["in.txt"]))
    Path("in.txt").write_text("on")
    with pytest.raises(ValueError, match=r"in.txt: has changed since fit read it"):
        check_inputs(read_records("res"), fingerprints(["in.txt"]))

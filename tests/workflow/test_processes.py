"""One training in two processes, as the workflow starts it."""

import copy
import csv
import shutil

import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]
HISTORY = "results/combined/tiny/fold0/history.tsv"


def rows(path):
    with path.open() as handle:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(handle, delimiter="\t")]


def test_two_processes_train_as_one_and_a_change_of_their_number_trains_nothing_anew(finished, tiny, tmp_path):
    flow = type(finished)(tmp_path)
    shutil.copytree(finished.folder, flow.folder, dirs_exist_ok=True)
    before = rows(flow.folder / HISTORY)
    config = copy.deepcopy(tiny)
    config["combined"]["training"]["processes"] = 2
    flow.write_config(config)
    planned = flow.run(HISTORY, "--dry-run")
    assert "Nothing to be done" in planned.stdout, planned.stdout
    done = flow.run(HISTORY, "--forcerun", "train_combined", "--set-threads", "train_combined=2")
    assert done.returncode == 0, done.stdout
    for row, other in zip(before, rows(flow.folder / HISTORY), strict=True):
        assert other == pytest.approx(row, rel=1e-4, abs=1e-6)
    (log,) = flow.folder.rglob("train_combined.log")
    assert "in each of 2 processes" in log.read_text()
    assert log.read_text().count("epoch 1:") == 1

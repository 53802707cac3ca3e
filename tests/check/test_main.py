"""`make check`: the plan of a good config, and every fault of a bad one at once, with nothing written."""

import re

import pytest
import yaml

from cisgrammar.check.__main__ import main
from toy_check import CONFIG


def said(capsys):
    code, printed = main(["config.yaml"]), capsys.readouterr()
    return code, printed.out, printed.err


def test_a_good_config_gives_its_plan_and_leaves_nothing(good, capsys):
    before = sorted(good.rglob("*"))
    code, out, err = said(capsys)
    assert (code, err) == (0, "")
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "1 sample (s), 1 track" in lines["samples"]
    assert lines["bias"].split(None, 1)[1].startswith("3 trainings, up to 10 epochs on 2 threads, fp32")
    assert "1 model (m), 3 fits" in lines["binding"]
    assert sorted(good.rglob("*")) == before


CONFIGS = {
    "unknown key": ({"filters": 3}, "filters"),
    "wrong type": ({"combined": {"training": {"epochs": "many"}}}, r"combined\.training\.epochs"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_faults_of_the_config(good, capsys, name):
    change, wanted = CONFIGS[name]
    (good / "config.yaml").write_text(yaml.safe_dump({**CONFIG, **change}))
    code, _, err = said(capsys)
    assert code == 1
    assert re.search(wanted, err), err


def test_all_faults_are_told_at_once_below_the_plan(good, capsys):
    for path in ("reads.tsv", "r0.fastq.gz", "genes.gtf", "exclude.bed"):
        (good / path).unlink()
    code, out, err = said(capsys)
    assert code == 1
    assert "1 sample (s), 1 track" in out
    assert "nothing is wrong" not in out
    head, *lines = err.splitlines()
    assert head == "4 to mend before this can run:"
    assert [line.split(".")[0] for line in lines] == ["  1", "  2", "  3", "  4"]


def test_faults_of_keys_sheets_and_files_come_at_once(good, capsys):
    config = {
        **CONFIG,
        "sed": 1,
        "threads": True,
        "folds": {"splits": {"a": {"test": {"chr1": 1}, "validation": ["chr2"]}}},
    }
    (good / "config.yaml").write_text(yaml.safe_dump(config))
    (good / "samples.tsv").write_text("sample\tsignal\tpeaks\ns\tnone.tsv\tpeaks.bed\n")
    (good / "selex.tsv").write_text("model\tredas\nm\tr0.fastq.gz,r1.fastq.gz\n")
    code, out, err = said(capsys)
    assert (code, out) == (1, "")
    head, *lines = err.splitlines()
    assert head == "5 to mend before this can run:"
    wanted = ["folds.splits.a.test: wanted a list", "sed: unknown key", "threads: wanted a whole number, got true"]
    wanted += ["samples: sample s, signal: no file none.tsv", "selex.tsv: unknown column redas; did you mean reads?"]
    assert [line.split(". ", 1)[1][: len(start)] for line, start in zip(lines, wanted, strict=True)] == wanted


def test_a_section_with_nothing_after_its_colon_is_named_with_its_line(good, capsys):
    (good / "config.yaml").write_text("samples: samples.tsv\nbias:\ntransformation:\ncombined:\n")
    code, _, err = said(capsys)
    assert code == 1
    assert [line.split(": ")[:2] for line in err.splitlines()] == [
        [f"config.yaml:{line}", name] for line, name in ((2, "bias"), (3, "transformation"), (4, "combined"))
    ]


def test_a_sheet_that_cannot_be_read_is_a_fault_without_a_plan(good, capsys):
    (good / "selex.tsv").write_text("model\n")
    code, out, err = said(capsys)
    assert (code, out) == (1, "")
    assert err.startswith("1 to mend before this can run:\n  1. selex.tsv: no rows")


def test_without_a_config_the_use_is_told(capsys):
    assert main([]) == 2
    assert capsys.readouterr().err == "usage: python -m cisgrammar.check CONFIG.yaml\n"


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "nothing"])
def test_what_is_no_config_is_one_line(good, capsys, text):
    (good / "config.yaml").write_text(text)
    code, _, err = said(capsys)
    assert code == 1
    assert "config.yaml" in err
    assert len(err.strip().splitlines()) == 1

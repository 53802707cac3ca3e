"""Results beside the rules of a run: what is its own, what it would make otherwise, and what nobody recorded."""

import os
import re
from pathlib import Path

import pytest

from cisgrammar.provenance.record import read_records
from cisgrammar.provenance.settle import OUTDATED_NS
from cisgrammar.run.planning import Planning, settle_results
from toy_job import Named, run_job
from toy_run import toy_run

NAMES = {"sample": ["s", "t"], "fold": ["fold0"]}


class Rule:
    """A rule as Planning asks for it: strings with wildcards, and params that may be functions of them."""

    def __init__(self, inputs, outputs, params):
        self.input, self.output, self.params = inputs, list(outputs.values()), params
        self.named = outputs

    def expand_input(self, wildcards):
        return [path.format(**wildcards) for path in self.input.values()], None, None, None

    def expand_output(self, wildcards):
        return [re.sub(r",[^}]*", "", path).format(**wildcards) for path in self.output], None

    def expand_params(self, wildcards, inputs, outputs, job):
        return Named({name: v(wildcards) if callable(v) else v for name, v in self.params.items()}), None


RULES = {
    "count": Rule({"reads": "{sample}.bed"}, {"a": "res/{sample}/a.tsv"}, {"n": 3, "of": lambda w: w["sample"]}),
    "fit": Rule(
        {"a": "res/{sample}/a.tsv"}, {"m": r"res/{sample}/{fold,\w+}/m.txt", "tracks": "res/{sample}/{fold}/h"}, {}
    ),
}


@pytest.fixture(autouse=True)
def _made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CISGRAMMAR_RESULTS", "res")
    Path("workflow/cisgrammar").mkdir(parents=True)
    Path("workflow/cisgrammar/__init__.py").touch()
    for sample in NAMES["sample"]:
        Path(f"{sample}.bed").write_text(sample)
        wildcards = {"sample": sample, "fold": "fold0"}
        for name, rule in RULES.items():
            given = {key: path.format(**wildcards) for key, path in rule.input.items()}
            made = dict(zip(rule.named, rule.expand_output(wildcards)[0], strict=True))
            params = dict(rule.expand_params(wildcards, None, None, None)[0].items())
            used = {key: value for key, value in wildcards.items() if "fold" in rule.output[0] or key == "sample"}
            run_job(name, given, made, params, **used)
    for record in read_records("res"):
        # The toys' code is not the package's: scripts alone are compared.
        object.__setattr__(record, "code", planning().code([record.rule])[record.rule])
        record.write()


def planning(rules=RULES, names=NAMES, alone=True):
    return Planning(Path.cwd(), rules, names, lambda fromdict: fromdict, alone)


def changed(**params):
    return {**RULES, "count": Rule(RULES["count"].input, RULES["count"].named, {**RULES["count"].params, **params})}


def outdated():
    return sorted(str(p) for p in Path("res").rglob("*.t*") if os.lstat(p).st_mtime_ns == OUTDATED_NS)


def test_what_the_run_would_make_needs_no_word():
    assert settle_results(planning(), "res") == ""
    assert outdated() == []


def test_another_param_is_said_and_only_its_files_are_made_again():
    said = settle_results(planning(changed(n=4)), "res")
    assert said.splitlines() == [
        "res: 2 of 4 results were not made as this run would make them, and are made again (the reason):",
        "  count s: n",
        "  count t: n",
    ]
    assert outdated() == ["res/s/a.tsv", "res/t/a.tsv"]
    # Back to the first config: nothing is lost.
    assert settle_results(planning(), "res") == ""
    assert outdated() == []


def test_params_are_those_of_the_job_and_not_of_the_rule():
    said = settle_results(planning(changed(of=lambda w: w["sample"].replace("t", "u"))), "res")
    assert [line for line in said.splitlines() if line[0] == " "] == ["  count t: of"]


def test_rules_that_another_workflow_may_have_changed_are_compared_by_code_and_content():
    assert settle_results(planning(changed(n=4), alone=False), "res") == ""
    Path("s.bed").write_text("other")
    assert "  count s: s.bed" in settle_results(planning(alone=False), "res")


def test_samples_that_were_removed_are_left_alone():
    assert settle_results(planning(changed(n=4), {**NAMES, "sample": ["s"]}), "res").count("\n") == 1
    assert outdated() == ["res/s/a.tsv"]


def test_a_file_without_a_record_is_made_again_if_it_is_the_runs():
    Path("res/.made/s/.a.tsv.made").unlink()
    for name in ("res/u/a.tsv", "res/s/notes.tsv"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("")
    said = settle_results(planning(), "res")
    assert [line for line in said.splitlines() if line[0] == " "] == ["  res/s/a.tsv: no record of how it was made"]
    assert outdated() == ["res/s/a.tsv"]


def test_many_reasons_are_counted():
    names = {**NAMES, "sample": [f"s{number}" for number in range(12)]}
    for sample in names["sample"]:
        Path("res", sample).mkdir()
        Path("res", sample, "a.tsv").write_text("")
    lines = settle_results(planning(names=names), "res").splitlines()
    assert (len(lines), lines[-1]) == (10, "  and 4 more")


def test_results_that_are_not_there_are_nothing():
    assert settle_results(planning(), "none") == ""


def test_every_file_of_a_stage_is_known_before_it_is_there(tmp_path):
    run = toy_run(tmp_path)
    rules = {
        "count_selex": Rule({}, {"c": "res/binding/{model}/{library}/c.tsv"}, {}),
        "fit_cooperativity": Rule({}, {"m": r"res/binding/{model}/seed_{seed,\d+}/model.pt"}, {}),
        "other": Rule({}, {"m": "res/bindings.tsv"}, {}),
    }
    found = planning(rules).files_below("res/binding", run)
    assert found == [
        "res/binding/alpha/seed_1/model.pt",
        "res/binding/alpha/seed_2/model.pt",
        "res/binding/alpha/x/c.tsv",
        "res/binding/alpha/y/c.tsv",
        "res/binding/zeta/x/c.tsv",
    ]
    assert planning(rules).rules_below("res/binding") == ["count_selex", "fit_cooperativity"]


def test_a_file_that_is_ancient_is_only_waited_for():
    class Ancient(str):
        is_ancient = True

    class Waiting(Rule):
        def expand_input(self, wildcards):
            return [Ancient(path) for path in super().expand_input(wildcards)[0]], None, None, None

    rules = {**RULES, "count": Waiting(RULES["count"].input, RULES["count"].named, RULES["count"].params)}
    Path("s.bed").write_text("another")
    assert "count s" in settle_results(planning(), "res")
    assert settle_results(planning(rules), "res") == ""

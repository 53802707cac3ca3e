"""What is changed in Snakemake's process: the same answers, fewer questions."""

import importlib
from types import SimpleNamespace

import pytest
import snakemake.api  # its modules import each other, and this one comes first
import snakemake.io

from cisgrammar.run import speed


@pytest.mark.parametrize("mark", ["directory", "temp", "storage_object"])
def test_marks_are_those_that_snakemake_sees(mark):
    values = [
        "plain",
        snakemake.io.AnnotatedString("x"),
        snakemake.io.directory("folder"),
        snakemake.io.temp("gone"),
        snakemake.io.flag("y", "directory", False),
        None,
        ["a"],
        {"flags": 1},
    ]
    for value in values:
        assert speed.has_mark(value, mark) == snakemake.io.is_flagged(value, mark)


@pytest.mark.parametrize(("entry", "looks"), [("scripts/a.py", 2), ("scripts/{sample}.py", 3), (None, 3)])
def test_a_script_is_looked_for_once_a_rule(entry, looks):
    seen = []
    rules = [SimpleNamespace(script=entry), SimpleNamespace(script=entry)]

    class Processor:
        script_type = "script"

        @speed.once_a_rule
        def process_job(self, job):
            seen.append(job.rule)

    for rule in (rules[0], rules[0], rules[1]):
        Processor().process_job(SimpleNamespace(rule=_Hashable(rule)))
    assert len(seen) == looks


class _Hashable:
    """A rule that equals itself, as Snakemake's do."""

    def __init__(self, rule):
        self.rule = rule
        self.script = rule.script

    def __eq__(self, other):
        return self.rule is other.rule

    def __hash__(self):
        return id(self.rule)


QUIET = [(True, {"RULES"}), (True, {"ALL"})]
SAID = [(True, {"PROGRESS"}), (True, None), (False, {"RULES"})]


@pytest.mark.parametrize(
    ("dryrun", "quiet", "worded"), [*((*case, False) for case in QUIET), *((*case, True) for case in SAID)]
)
def test_lines_on_jobs_are_worded_where_they_are_shown(dryrun, quiet, worded):
    said = []
    settings = SimpleNamespace(quiet=quiet and [SimpleNamespace(name=name) for name in quiet])
    job = SimpleNamespace(dag=SimpleNamespace(workflow=SimpleNamespace(dryrun=dryrun, output_settings=settings)))
    speed.unless_quiet(lambda self, indent=False: said.append(indent))(job, indent=True)
    assert said == ([True] if worded else [])


def test_the_pinned_snakemake_has_every_name_that_is_changed():
    """A new Snakemake without one of them is only slower: this says so."""
    for place, name in [
        *speed._CACHED,
        *((f"snakemake.{place}", "is_flagged") for place in speed._MARKED),
        ("snakemake.dag", "ScriptProcessor.process_job"),
        ("snakemake.jobs", "Job.log_info"),
    ]:
        owner = importlib.import_module(place)
        for part in name.split("."):
            owner = getattr(owner, part)
        assert callable(owner)


def test_a_name_is_changed_once_and_a_missing_one_is_left_out(monkeypatch):
    place = SimpleNamespace(f=lambda: 1)
    monkeypatch.setattr(speed, "import_module", lambda name: place)
    for _ in range(2):
        speed._replace("x", "f", lambda f: lambda: f() + 1)
    speed._replace("x", "g", lambda f: 1 / 0)
    assert place.f() == 2

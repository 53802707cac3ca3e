"""What is changed in Snakemake's process: the same answers, fewer questions."""

import asyncio
import importlib
import inspect
import os
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest
import snakemake.api  # its modules import each other, and this one comes first
import snakemake.exceptions
import snakemake.iocontainers
from snakemake.dag import DAG

from cisgrammar.run import speed


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


def test_only_the_snakemake_of_the_lock_is_changed(monkeypatch, capsys):
    locked = (Path(__file__).parents[2] / "requirements.lock").read_text()
    assert f"\nsnakemake=={speed.SNAKEMAKE} " in locked
    changed = []
    monkeypatch.setattr(speed, "_replace", lambda *change: changed.append(change))
    monkeypatch.setattr(speed.gc, "set_threshold", lambda *numbers: None)
    speed.speed_up()
    assert len(changed) == len(speed.CHANGES)
    monkeypatch.setattr(speed, "version", lambda package: "9.28.0")
    for asked, told in ((None, False), ("1", True)):
        monkeypatch.delenv("CISGRAMMAR_FAST_DAG", raising=False)
        if asked is not None:
            monkeypatch.setenv("CISGRAMMAR_FAST_DAG", asked)
        speed.speed_up()
        assert len(changed) == len(speed.CHANGES)
        assert ("not 9.28.0" in capsys.readouterr().err) is told


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
    for place, name, _ in speed.CHANGES:
        owner = importlib.import_module(place)
        for part in name.split("."):
            owner = inspect.getattr_static(owner, part)
        assert callable(owner) or hasattr(owner, "__get__")


def test_a_name_is_changed_once_and_a_missing_one_is_left_out(monkeypatch):
    class Place:
        p = property(lambda self: 1)

        @staticmethod
        def f():
            return 1

    place = Place()
    monkeypatch.setattr(speed, "import_module", lambda name: SimpleNamespace(place=place, kind=Place))
    for _ in range(2):
        speed._replace("x", "place.f", lambda f: lambda: f() + 1)
        speed._replace("x", "kind.p", lambda p: property(lambda self: p.fget(self) + 1))
    speed._replace("x", "place.g", lambda f: 1 / 0)
    assert (place.f(), place.p) == (2, 2)


class _Rule:
    """A rule whose conda environment is computed, and which counts how often."""

    def __init__(self, conda):
        self._conda_env, self.asked = conda, []

    def expand_conda_env(self, wildcards, params=None, input=None):
        self.asked.append(params)
        return "env"


@pytest.mark.parametrize(("conda", "asked"), [("env.yaml", [None]), (len, ["params"])])
def test_a_conda_environment_takes_params_only_if_it_is_a_function_of_them(conda, asked):
    class Job:
        _conda_env_spec, wildcards_dict, input, params = None, {}, (), "params"

        def __init__(self, rule):
            self.rule = rule

        @property
        def spec(self):
            if self._conda_env_spec is None:
                self._conda_env_spec = self.rule.expand_conda_env(self.wildcards_dict, self.params, self.input)
            return self._conda_env_spec

    Job.spec = speed.without_params(Job.spec)
    rule = _Rule(conda)
    job = Job(rule)
    assert [job.spec, job.spec] == ["env", "env"]
    assert rule.asked == asked


@pytest.mark.parametrize(("dryrun", "freed"), [(True, ["a1", "b1", "group"]), (False, ["a1", "a2", "b1", "group"])])
def test_resources_of_a_dry_run_are_computed_once_a_rule(dryrun, freed):
    seen = []
    free = speed.freed_once_a_rule(lambda self, job: seen.append(job.name))
    jobs = [SimpleNamespace(rule=name[0], name=name) for name in ("a1", "a2", "b1")]
    for job in [*jobs, SimpleNamespace(name="group")]:
        free(SimpleNamespace(dryrun=dryrun), job)
    assert seen == freed


def test_a_job_that_is_in_the_graph_is_not_gone_through_again():
    asked = []

    async def update(self, jobs, file=None, visited=None, **named):
        asked.append(jobs)
        return "updated"

    graph = SimpleNamespace(_dependencies={"in": {}})
    find = speed.known_jobs(update)
    cases = [(["in"], set()), (["in"], {"in"}), (["out"], set()), (["in", "out"], set()), (["in"], None)]
    found = [asyncio.run(find(graph, jobs, file="f", visited=visited)) for jobs, visited in cases]
    assert found == ["in", *["updated"] * 4]
    assert asked == [jobs for jobs, _ in cases[1:]]


def test_the_files_between_two_jobs_are_one_set():
    graph = SimpleNamespace(
        _dependencies=defaultdict(lambda: defaultdict(set)), depending=defaultdict(lambda: defaultdict(set))
    )

    async def update(self, job):
        if job in self._dependencies:
            return
        for other, file in (("b", "x"), ("b", "y"), ("c", "z")):
            self._dependencies[job][other].add(file)
            self.depending[other][job].add(file)

    for _ in range(2):
        asyncio.run(speed.kept_once(update)(graph, "a"))
    assert graph._dependencies["a"] == {"b": {"x", "y"}, "c": {"z"}}
    assert graph.depending == {"b": {"a": {"x", "y"}}, "c": {"a": {"z"}}}
    assert graph.depending["b"]["a"] is graph._dependencies["a"]["b"]


def test_rules_that_make_a_file_are_looked_for_once():
    asked = []

    class Index:
        @speed.remembered
        def match_producers(self, targetfile):
            asked.append(targetfile)
            return {targetfile[0]}

    index = Index()
    assert [index.match_producers(name) for name in ("a1", "a1", "b1", "a2")] == [{"a"}, {"a"}, {"b"}, {"a"}]
    assert asked == ["a1", "b1", "a2"]
    Index().match_producers("a1")
    assert asked[-1] == "a1"


@pytest.mark.parametrize(
    ("log", "benchmark", "named", "checks"),
    [("l", "b", "b", 0), (None, "b", "b", 1), ("l", "b", None, 1), ("l", None, None, 0)],
)
def test_names_of_logs_are_checked_once(log, benchmark, named, checks):
    asked = []
    job = SimpleNamespace(_log=log, _benchmark=named, rule=SimpleNamespace(benchmark=benchmark))
    speed.checked_once(asked.append)(job)
    assert len(asked) == checks


@pytest.mark.parametrize(
    ("outputs", "clash"),
    [
        ([["a/b"], ["a/c"], ["ab"]], False),
        ([["a"], ["a/c/d"]], True),
        ([["a", "a/c"], ["b"]], False),
        ([["a/../b"], ["b/c"]], False),
    ],
)
def test_an_output_within_that_of_another_job_is_the_error_of_snakemake(outputs, clash, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    jobs = [_Ordered(number, output) for number, output in enumerate(outputs)]
    for check in (DAG.check_directory_outputs, speed.apart(DAG.check_directory_outputs)):
        if clash:
            with pytest.raises(snakemake.exceptions.ChildIOException):
                check(SimpleNamespace(jobs=jobs))
        else:
            check(SimpleNamespace(jobs=jobs))


class _Ordered:
    def __init__(self, number, output):
        self.number, self.output, self.rule = number, output, SimpleNamespace(lineno=1, snakefile="S")

    def __lt__(self, other):
        return self.number < other.number


@pytest.mark.parametrize(("temp", "group", "handled"), [((), False, 0), (("x",), False, 1), ((), True, 1)])
@pytest.mark.parametrize("own", [True, False])
def test_temporary_files_are_looked_for_where_there_are_some(temp, group, handled, own):
    asked = []

    async def handle(self, job):
        asked.append(job)

    other = _Temp(() if own else temp, False)
    job = _Temp(temp if own else (), group)
    asyncio.run(speed.unless_lasting(handle)(SimpleNamespace(_dependencies={job: {other: ()}}), job))
    assert len(asked) == handled


class _Temp:
    def __init__(self, temp, group):
        self.temp_output, self.is_group = temp, lambda: group


@pytest.mark.parametrize(("there", "checks"), [([False, False], 0), ([False, True], 1)])
def test_write_protection_is_looked_for_where_there_is_an_output(there, checks):
    asked = []

    async def check(self):
        asked.append(self)

    class File:
        def __init__(self, there):
            self.there = there

        async def exists(self):
            return self.there

    asyncio.run(speed.unless_missing(check)(SimpleNamespace(output=[File(one) for one in there])))
    assert len(asked) == checks


def test_sets_of_special_outputs_are_one_where_they_are_empty():
    class Job:
        @speed.without_empty_sets
        def __init__(self, temp):
            self.temp_output, self.protected_output = set(temp), set()
            self.touch_output, self.pipe_or_service_output = set(), set()

    some, none = Job(["a"]), Job([])
    assert some.temp_output == {"a"}
    assert none.temp_output is none.touch_output is some.pipe_or_service_output == frozenset()


def test_outputs_of_a_job_by_their_path():
    file = snakemake.io._IOFile("a/b", None)
    job = SimpleNamespace(output=[file])
    paths = speed.by_name(None).fget(job)
    assert paths.get("a/b", "other") == "a/b"
    assert paths.get("a", "other") == "other"


@pytest.mark.parametrize(("path", "asked"), [("scripts/a.py", 1), ("scripts/{wildcards.s}.py", 2)])
def test_the_place_of_a_script_is_computed_once_a_rule_and_without_params(path, asked):
    seen = []

    def place(self, path):
        seen.append(self.params)
        return os.path.join(self.rule, path)

    find = speed.same_for_a_rule(place)
    jobs = [SimpleNamespace(rule=rule, wildcards="w", params="p") for rule in ("r", "r", "q")]
    assert [find(job, path) for job in jobs] == [f"r/{path}", f"r/{path}", f"q/{path}"]
    assert len(seen) == asked + 1
    assert set(seen) == ({None} if asked == 1 else {"p"})


def test_one_guard_of_a_name_serves_all_lists():
    class Guard:
        __new__ = speed.one_a_name(None)

        def __init__(self, name):
            self.name = name

    assert Guard("sort") is Guard("sort")
    assert Guard("index").name == "index"
    assert Guard("sort").name == "sort"
    assert isinstance(Guard("sort"), Guard)

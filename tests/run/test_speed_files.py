"""What is asked of files in fewer steps: the answers are those of Snakemake's own functions."""

import asyncio
import copy
import pickle
from types import SimpleNamespace

import pytest
import snakemake.api  # its modules import each other, and this one comes first
import snakemake.io
import snakemake.rules
from snakemake.common.prefix_lookup import PrefixLookup
from snakemake.exceptions import WildcardError
from snakemake.io import IOCache, _IOFile
from snakemake.pathvars import Pathvars

from cisgrammar.run import speed_files

APPLY, EXISTS = _IOFile.apply_wildcards, _IOFile.exists


@pytest.fixture
def rule():
    workflow = SimpleNamespace(iocache=IOCache(60))
    return SimpleNamespace(workflow=workflow, pathvars=Pathvars.with_defaults(), name="r", lineno=1, snakefile="S")


def marked(rule, name, mark):
    file = _IOFile(snakemake.io.flag(name, mark), rule)
    return [file, _IOFile(file, rule)]


@pytest.mark.parametrize("mark", ["directory", "temp", "storage_object"])
def test_marks_are_those_that_snakemake_sees(mark, rule):
    values = [
        "plain",
        snakemake.io.AnnotatedString("x"),
        snakemake.io.directory("folder"),
        snakemake.io.temp("gone"),
        snakemake.io.flag("y", "directory", False),
        None,
        ["a"],
        {"flags": 1},
        _IOFile("plain", rule),
        *marked(rule, "gone", "temp"),
        *marked(rule, "folder", "directory"),
    ]
    for value in values:
        assert speed_files.has_mark(value, mark) == snakemake.io.is_flagged(value, mark)
        assert speed_files.value_of_mark(value, mark) == snakemake.io.get_flag_value(value, mark)


NAMES = [
    "",
    "./a",
    " a",
    "a ",
    "a\nb",
    "a//b",
    "//a",
    "s3://a",
    "{a b}",
    "{a-b}.txt",
    "x/{sample}.txt",
    "plain/a.b",
    "é",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_that_snakemake_has_a_word_on_is_shown_to_it(name, monkeypatch):
    words, asked = [], []
    monkeypatch.setattr(snakemake.io.logger, "warning", words.append)
    snakemake.io.check(name)
    speed_files.unless_plain(lambda name, rule=None: asked.append(name))(name, rule=None)
    assert asked or not words
    assert not asked or not name.isalnum()


@pytest.mark.parametrize(
    "pattern",
    [
        "{s}/a.tsv",
        "a%d/{s}%s/b",
        "{s}/{s}/{t}",
        r"x/{s,\d+}.h5",
        "genome.h5",
        "<results>/{s}.tsv",
        "{s}/",
        "a/{s}{{x}}",
    ],
)
@pytest.mark.parametrize("mark", [None, "directory"])
def test_a_pattern_is_filled_in_as_by_snakemake(pattern, mark, rule):
    fill = speed_files.filled_in(APPLY)
    file = _IOFile(snakemake.io.flag(pattern, mark) if mark else pattern, rule)
    for wildcards in ({"s": "1", "t": "b", "x": "c"}, {"s": "22", "t": "<logs>", "x": "c"}):
        try:
            wanted = APPLY(file, wildcards)
        except WildcardError as error:
            with pytest.raises(WildcardError, match=str(error)):
                fill(file, wildcards)
            continue
        made = fill(file, wildcards)
        assert (str(made), made._file, hash(made)) == (str(wanted), wanted._file, hash(wanted))
        assert made.flags == wanted.flags == ({mark: True} if mark else {})
        assert (made.rule, made.is_callable(), made.is_storage) == (rule, False, False)
        assert made.match(str(wanted))


def test_a_name_that_is_not_given_is_the_error_of_snakemake(rule):
    with pytest.raises(WildcardError, match="s"):
        speed_files.filled_in(APPLY)(_IOFile("{s}/{t}", rule), {"t": "a"})


def test_marks_of_one_file_are_not_those_of_another(rule):
    fill = speed_files.filled_in(APPLY)
    named = [fill(_IOFile("a/b", rule), {"s": "b"}) for _ in range(2)]
    named[0].flags["temp"] = True
    assert named[1].flags == {}
    patterned = fill(_IOFile("a/{s}", rule), {"s": "b"})
    assert patterned.flags == {}
    assert fill(_IOFile("a/{s}", rule), {"s": "b"})._file is patterned._file


def test_a_text_with_marks_is_copied_and_pickled(rule):
    text = speed_files.marked_text("a/b", {"temp": True})
    for other in (copy.copy(text), pickle.loads(pickle.dumps(text))):
        assert (str(other), other.flags, other.is_callable()) == ("a/b", {"temp": True}, False)
    assert isinstance(text, snakemake.io.AnnotatedString)


@pytest.mark.parametrize("looked", [True, False])
@pytest.mark.parametrize("active", [True, False])
def test_a_file_exists_where_snakemake_finds_it(looked, active, rule, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a").touch()
    names = ["there/a", "there/b", "away/c", "there", "d", "../e", str(tmp_path / "there/a"), str(tmp_path / "f")]
    files = [_IOFile(name, rule) for name in names]

    async def answers(ask):
        rule.workflow.iocache = IOCache(60)
        if looked:
            for file in files:
                await file.inventory()
        if not active:
            rule.workflow.iocache.deactivate()
        return [[await ask(file) for file in files] for _ in range(2)]

    wanted = asyncio.run(answers(EXISTS))
    assert asyncio.run(answers(speed_files.looked_up(EXISTS))) == wanted
    assert wanted[0] == [True, False, False, True, False, False, True, False]


def test_times_are_collected_once_a_file(rule):
    seen = []

    async def collect(self, jobs):
        seen.extend(
            file for job in jobs for file in [*job.input, *job.output, *([job.benchmark] if job.benchmark else [])]
        )

    jobs = [
        SimpleNamespace(input=["a", "b"], output=["c"], benchmark="d"),
        SimpleNamespace(input=["c", "a"], output=["e"], benchmark=None),
    ]
    asyncio.run(speed_files.once_a_file(collect)(None, iter(jobs)))
    assert sorted(seen) == ["a", "b", "c", "d", "e"]


def test_a_file_of_a_rule_is_not_made_again(rule):
    make = speed_files.same_file(snakemake.io.IOFile)
    file = make("a", rule)
    other = SimpleNamespace(**vars(rule))
    assert make(file, rule=rule) is file
    assert make(file, rule=other) is not file
    assert make(file, rule=other).rule is other
    assert make(lambda wildcards: "a", rule).is_callable()


def test_paths_without_a_name_in_brackets_are_left():
    applied = speed_files.unless_complete(Pathvars.apply)
    paths = Pathvars.with_defaults()
    assert [applied(paths, path) for path in ("a/b", "<results>/a", "a<b")] == ["a/b", "results/a", "a<b"]


def test_each_prefix_is_tried():
    entries = [("results/", 1), ("results/a/", 2), ("logs/", 3), ("results/", 4), ("", 5)]
    lookup = PrefixLookup(entries)
    tried = speed_files.tried(PrefixLookup.match_iter)
    for query in ("results/a/b", "results/b", "logs/x", "other", "r", "results/"):
        assert sorted(tried(lookup, query)) == sorted(lookup.match_iter(query))

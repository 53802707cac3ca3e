"""Every key of the config with every kind of wrong value: it is taken, or a line names the key.

No traceback, and no word of the library that validates. The keys are those of the schema, so a new one is tried too.
"""

import copy
import datetime
import re
import time
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cisgrammar.check.__main__ import main
from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.kinds import is_section, kinds, section_in
from cisgrammar.config.read.yaml_file import read_yaml
from cisgrammar.config.schema import Config, parse_config

# A config with every section, and an entry for every dictionary and list of sections.
WHOLE: dict[str, Any] = {
    "samples": "samples.tsv",
    "genome": {"fasta": "g.fa"},
    "folds": {"splits": {"a": {"test": ["chr1"], "validation": ["chr2"]}}},
    "bias": {},
    "transformation": {},
    "combined": {"heads": {"signal": {}}, "counts": {}},
    "binding": {
        "libraries": "selex.tsv",
        "models": {"m": {"motifs": {"x": {}}, "cooperativity": [{"a": "x", "b": "x"}]}},
    },
    "splice": {"genes": {"annotation": "a.gtf", "test": ["chr1"], "validation": ["chr2"]}, "checks": {}},
    "ablation": {"consensus": {"X": "TTACCCGG"}, "contributions": {"outputs": ["profile"]}},
    "figures": {"own": {"mine": {"script": "f.py", "tables": {"t": "evaluate/t.tsv"}, "title": "T"}}},
    "simulate": {},
    "simulate_selex": {},
    "simulate_genes": {},
}
WRONG: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 1, 7.5, 10**30, -(10**400), float("nan"), float("inf"), 1e308),
    *(
        "",
        " ",
        "text",
        "7",
        "1e-4",
        "nan",
        "yes",
        "a/b",
        "../x",
        "a b",
        "{x}",
        "~",
        "${NO_SUCH_VARIABLE}",
        "a\0b",
        "a\nb",
    ),
    *("é" * 200, "x" * 5000, "<img src=x>", "[key]", "\ufeffa", "\ud800"),
    *(
        [],
        [None],
        [True],
        ["a", "a"],
        [[]],
        [-1, 1],
        [1, 2, 3],
        {},
        {"a": 1},
        {None: None},
        {"": ""},
        {1: [1]},
        {"x y": {}},
    ),
    *(datetime.date(2024, 1, 31), datetime.datetime(2024, 1, 31, 1, 2), b"bytes", {1, 2}),
)
FOREIGN = re.compile(
    r"Input should|valid (string|dictionary|tuple|integer|number|boolean)|Field required|pydantic|Value error|"
    r"instance of|unhashable|Traceback|type=|\[key\]: |NoneType|literal\[|errors\.pydantic"
)


def keys(model: type, at: dict[str, Any], prefix: tuple = ()) -> Iterator[tuple]:
    """Every key of a section and of the sections in it, as a path into `WHOLE`."""
    for name, field in model.model_fields.items():
        yield (*prefix, name)
        value = at.get(name)
        inner = section_in(field.annotation)
        if inner:
            yield from keys(inner, value if isinstance(value, dict) else {}, (*prefix, name))
        for kind in kinds(field.annotation):
            of = [part for part in get_args(kind) if is_section(part)]
            if get_origin(kind) is dict:
                for entry in list(value or {}) if of else []:
                    yield (*prefix, name, entry)
                    yield from keys(of[0], value[entry], (*prefix, name, entry))
            elif of and value:
                yield from keys(of[0], value[0], (*prefix, name, 0))


KEYS = list(keys(Config, WHOLE))


def changed(path: tuple, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(WHOLE)
    at: Any = config
    for part in path[:-1]:
        at = at[part] if isinstance(part, int) else at.setdefault(part, {})
    at[path[-1]] = value
    return config


def refused(config: dict[str, Any]) -> list[str]:
    """The faults of a config, none if it is taken; each one line in our words."""
    try:
        parse_config(config)
    except ConfigError as error:
        head, *lines = str(error).split("\n")
        assert head == "bad config:"
        assert lines
        for line in lines:
            assert line.startswith("  ")
            assert not FOREIGN.search(line), line
            assert line.isprintable(), repr(line)
            assert len(line) < 500, line
        return [line.strip() for line in lines]
    return []


def test_the_whole_config_is_sound():
    assert refused(WHOLE) == []
    assert len(KEYS) > 300
    assert ("binding", "models", "m", "cooperativity", 0, "hill") in KEYS


@pytest.mark.parametrize("section", sorted({path[0] for path in KEYS}))
def test_every_key_with_every_wrong_value_is_taken_or_named(section):
    named = 0
    for path in (path for path in KEYS if path[0] == section):
        for value in WRONG:
            lines = refused(changed(path, value))
            # The key, or the section that it contradicts.
            spoken = [
                line for line in lines if path[0] in line or path[-1] in line or line.startswith("nothing to run")
            ]
            assert len(spoken) == len(lines), (path, value, lines)
            named += bool(lines)
    assert named


@pytest.mark.parametrize("path", KEYS, ids=lambda path: ".".join(map(str, path)))
def test_truth_values_are_no_numbers_and_numbers_no_truth_values(path):
    taken = {str(value): not refused(changed(path, value)) for value in (True, 1, 1.0)}
    assert not (taken["True"] and (taken["1"] or taken["1.0"]))


def test_an_unknown_key_in_any_section_is_named_with_the_nearest():
    entries = {path[:-1] for path in KEYS if path[-1] in ("a", "m", "x", "signal", "mine", 0)}
    sections = {path[:-1] for path in KEYS if isinstance(path[-1], str)} - entries
    assert len(sections) > 30
    for section in sections | {("binding", "models", "m", "cooperativity", 0)}:
        (line,) = refused(changed((*section, "epohcs"), 1))
        assert line.startswith(".".join(map(str, (*section, "epohcs"))) + ": unknown key")


def test_errors_of_many_sections_come_at_once():
    config = copy.deepcopy(WHOLE)
    config["sed"] = 1
    config["folds"]["splits"]["a"]["test"] = [True]
    config["bias"] = {"training": {"epochs": 0, "jiter": 1}}
    config["splice"]["genes"]["validation"] = ["chr1"]
    del config["transformation"]
    assert [line.split(": ")[0] for line in refused(config)] == [
        "folds.splits.a.test.0",
        "bias.training.jiter",
        "bias.training.epochs",
        "splice.genes",
        "sed",
        "combined needs the transformation section (use name",
    ]


plain = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates(), st.sampled_from(WRONG[:20])
)
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(KEYS), anything, min_size=1, max_size=4))
def test_several_keys_with_anything(values):
    config = copy.deepcopy(WHOLE)
    for path, value in values.items():
        at: Any = config
        for part in path[:-1]:
            if isinstance(at, dict) and not isinstance(part, int):
                at = at.setdefault(part, {})
            elif isinstance(at, list) and isinstance(part, int) and part < len(at):
                at = at[part]
            else:
                at = None
        if isinstance(at, dict):
            at[path[-1]] = copy.deepcopy(value)
    refused(config)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab:{}[]-,#&*!|>'\"%@`? \n\t0~\\"), max_size=40) | st.binary(max_size=40))
def test_any_text_as_a_file_is_read_or_one_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("fuzz") / "c.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        found = read_yaml(path)
    except ConfigError as error:
        found = {line: None for line in str(error).splitlines() if not line.startswith(str(path))}
        # No line without the file's name.
        found = [*found] or {}
    assert isinstance(found, dict)


@pytest.mark.parametrize("value", [None, True, -1, "text", [], {"a": 1}, "${NO_SUCH_VARIABLE}", "a\x00b"], ids=repr)
def test_the_check_of_a_file_ends_with_lines_for_every_top_key(good, capsys, value):
    began = time.process_time()
    for name in Config.model_fields:
        (good / "config.yaml").write_text(
            yaml.safe_dump({**yaml.safe_load((good / "config.yaml").read_text()), name: value})
        )
        code, printed = main(["config.yaml"]), capsys.readouterr()
        assert code in (0, 1)
        assert not FOREIGN.search(printed.err + printed.out), printed
        assert (code == 1) == bool(printed.err)
    assert time.process_time() - began < 60

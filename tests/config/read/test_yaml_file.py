"""Config files as text: what YAML would pass over, with its line; what is no config, in one line."""

import json

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.yaml_file import check_config_files, check_text, main, read_yaml
from places import ROOT


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(data):
        (tmp_path / "c.yaml").write_bytes(data if isinstance(data, bytes) else data.encode())
        return "c.yaml"

    return write


@pytest.mark.parametrize("name", ["config.yaml", "yeast.yaml"])
def test_the_committed_configs_are_read(name):
    assert "combined" in read_yaml(ROOT / "config" / name)


@pytest.mark.parametrize(
    "data",
    [
        "seed: 3\nbias: {}\n",
        "seed: 3\r\nbias: {}\r\n",
        "seed: 3 # größe\nbias: {}\n",
        "seed: 3\nbias: {}\n".encode("utf-8-sig"),
        '{"seed": 3, "bias": {}}',
        '{\n\t"seed": 3,\n\t"bias": {}\n}',
        "{seed: 3, bias: {}}",
    ],
)
def test_a_config_in_any_form_that_snakemake_reads(file, data):
    assert read_yaml(file(data)) == {"seed": 3, "bias": {}}


def test_null_is_nothing_and_a_blank_key_that_is_no_section_too(file):
    text = "bias: null\ncombined: ~\ngenome:\n  fasta: g.fa\n  exclude:\nsplice:\n  checks: null\n"
    assert read_yaml(file(text))["genome"] == {"fasta": "g.fa", "exclude": None}
    plain = {"bias": None, "seed": 1}
    assert read_yaml(file(json.dumps(plain))) == plain


EMPTY = "nothing is written after the colon, which would leave it out; write `{}: {{}}` for its defaults"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("seed: 1\nbias:\n", ["c.yaml:2: bias: " + EMPTY.format("bias")]),
        (
            "bias:\ntransformation: \ncombined: # as it is\n",
            [f"c.yaml:{i}: {name}: " for i, name in enumerate(["bias", "transformation", "combined"], start=1)],
        ),
        ("prepare:\n  peaks:\n", ["c.yaml:2: peaks: "]),
        ("combined:\n  counts:\n", ["c.yaml:2: counts: "]),
        ("splice:\n  checks:\n", ["c.yaml:2: checks: "]),
        ("bias:\narchitecture:\n  filters: 4\n", ["c.yaml:1: bias: "]),
        ("samples:\n", ["c.yaml:1: samples: nothing is written after the colon; name the file"]),
        (
            "combined: {architecture: {filters: 4}}\nseed: 1\ncombined: {training: {jitter: 10}}\nseed: 2\n",
            ["c.yaml:3: combined is given twice; that of line 1 would be dropped", "c.yaml:4: seed is given twice"],
        ),
        ("prepare:\n  peaks: {min_counts: 5, min_counts: 6}\n", ["c.yaml:2: min_counts is given twice"]),
        ("folds: {splits: {a: {test: [1]}, a: {test: [2]}}}\n", ["c.yaml:1: a is given twice"]),
        ('{"seed": 1, "seed": 2}', ["c.yaml: seed is given twice"]),
        ("x: [010]\n", ["c.yaml:1: YAML reads 010 as 8; write '010' in quotes if it is a name"]),
        ("x:\n- 1:30\n", ["c.yaml:2: YAML reads 1:30 as 90; write '1:30' in quotes"]),
        ("01: x\n", ["c.yaml:1: YAML reads 01 as 1"]),
        ("a:\n\tb: 1\n", ["c.yaml:2: not YAML: .*indent with blanks, not tabs"]),
        ("a: b: c\n", ["c.yaml:1: not YAML: mapping values are not allowed .*write a text that holds a colon"]),
        ("a: [\n", ["c.yaml:2: not YAML: "]),
        ("a: *b\n", ["c.yaml:1: not YAML: found undefined alias"]),
        ("? [a]\n: 1\n", ["c.yaml:1: not YAML: found unhashable key"]),
        ("a: !!python/object/apply:os.system [x]\n", ["c.yaml:1: not YAML: could not determine a constructor"]),
        ("a: 1\n---\nb: 1\n", ["c.yaml:2: not YAML: but found another document"]),
        ("a: 2024-13-45\n", ["c.yaml: not YAML: month must be in 1..12"]),
        ("a: " + "[" * 5000, ["c.yaml: not a config: lists or keys within each other, hundreds deep"]),
        ("[1, 2]", ["c.yaml: wanted keys and values, got list"]),
        ("", ["c.yaml: wanted keys and values, got nothing"]),
        ("seed: 1 # é\n".encode("latin-1"), ["c.yaml:1: not UTF-8 text"]),
        ("# é\nseed: 1\n".encode("latin-1"), ["c.yaml:1: a comment that is not UTF-8 text; save the file as UTF-8"]),
        ("seed: 1\n".encode("utf-16"), ["c.yaml: UTF-16 text; save the file as UTF-8"]),
        (b"\0\0\0\0", ["c.yaml:1: a NUL byte"]),
        (b"a: \x01\n", ["c.yaml: not YAML: "]),
    ],
)
def test_what_yaml_would_pass_over_is_told_with_its_line(file, data, said):
    with pytest.raises(ConfigError) as caught:
        read_yaml(file(data))
    lines = str(caught.value).splitlines()
    assert len(lines) == len(said)
    for line, words in zip(lines, said, strict=True):
        assert_matches(line, words)


def assert_matches(line, words):
    start, *rest = words.split(".*")
    assert line.startswith(start), line
    assert all(part in line for part in rest), line


def test_a_merge_and_an_anchor_are_no_doubles(file):
    text = "bias: &a {loss: {profile_weight: 1}}\ncombined: {<<: *a, use_bias_counts: true}\n"
    assert read_yaml(file(text))["combined"]["use_bias_counts"] is True


def test_many_anchors_take_no_time(file):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    assert len(read_yaml(file("\n".join(lines)))) == 9


def test_a_missing_file_and_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^no file none\.yaml; say CONFIG=config/mine.yaml$"):
        read_yaml("none.yaml")
    (tmp_path / "d.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"d\.yaml: a folder; wanted a file"):
        read_yaml("d.yaml")


def test_all_files_are_looked_at(file):
    good, bad = file("seed: 1\n"), ROOT / "config" / "config.yaml"
    check_config_files([good, bad])
    with pytest.raises(ConfigError) as caught:
        check_config_files([file("bias:\nseed: 1\nseed: 2\n"), bad, "none.yaml"])
    head, *lines = str(caught.value).splitlines()
    assert head == "bad config:"
    assert len(lines) == 3


def test_a_config_that_is_no_text_is_told_before_snakemake_reads_it(tmp_path):
    check_text(tmp_path / "absent.yaml")
    path = tmp_path / "c.yaml"
    path.write_text("bias:\nbias:\n")  # faults of keys are told later, of this workflow's own configs alone
    check_text(path)
    for encoding, said in (("latin-1", "c.yaml:1: not UTF-8 text"), ("utf-16", "c.yaml: UTF-16 text; save the file")):
        path.write_text("results: größe\n", encoding=encoding)
        with pytest.raises(ConfigError, match=said):
            check_text(path)


def test_the_command_ends_with_one_line(tmp_path, capsys):
    """As `make figures` calls it before Snakemake."""
    path = tmp_path / "c.yaml"
    path.write_text("results: größe\n", encoding="utf-8")
    assert main([str(path)]) == 0
    path.write_text("results: größe\n", encoding="latin-1")
    assert main([str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"bad config:\n  {path}:1: not UTF-8 text (byte 0xf6")

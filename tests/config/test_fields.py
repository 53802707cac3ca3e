"""Field types: paths with variables, windows with a centre, names; and one line for each fault."""

import re
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from cisgrammar.config.fields import (
    OUR_FILES,
    Even,
    FolderName,
    Fraction,
    Name,
    NonNegative,
    Odd,
    PathStr,
    Positive,
    Section,
    expand_path,
    expand_paths,
    path_fields,
    problems,
    replaced_default,
)
from places import ROOT
from toy_config import refusal


class Part(Section):
    table: PathStr = "t.tsv"
    title: str = ""


class Folder(Section):
    name: FolderName


class Whole(Section):
    fasta: PathStr | None = None
    more: tuple[PathStr, ...] = ()
    named: dict[Name, Part] = Field(default_factory=dict)
    part: Part = Part()
    note: str = "no path"
    width: Odd = 3
    length: Even = 4
    rate: Positive = 1.0
    weight: NonNegative = 0.0
    share: Fraction = 0.5


def test_paths_take_variables_and_defaults(monkeypatch):
    monkeypatch.setenv("DATA_HERE", "there")
    monkeypatch.delenv("DATA_GONE", raising=False)
    assert expand_path("${DATA_HERE}/x") == "there/x"
    assert expand_path("${DATA_HERE:-y}/${DATA_GONE:-../a b}") == "there/../a b"
    assert expand_path("${DATA_GONE:-}x") == "x"


def test_a_variable_that_is_empty_is_set(monkeypatch):
    monkeypatch.setenv("DATA_HERE", "")
    assert expand_path("${DATA_HERE:-y}/x") == "/x"


def test_semicolons_separate_paths_unless_a_file_is_called_so(tmp_path):
    assert expand_paths("a.bw; b.bw") == "a.bw,b.bw"
    assert expand_paths("a;b.bw,c.bw") == "a;b.bw,c.bw"
    (tmp_path / "a;b.bw").write_text("")
    assert expand_paths(f"{tmp_path}/a;b.bw") == f"{tmp_path}/a;b.bw"


def test_a_path_on_lines_of_its_own_has_no_line_end():
    assert expand_path("genome.fa\n") == "genome.fa"


@given(st.text(st.characters(exclude_characters="$~{}<>", exclude_categories=("Cc", "Cs")), max_size=60))
def test_a_path_without_variables_is_left_alone(path):
    assert expand_path(path) == path


def test_a_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/users/me")
    assert expand_path("~/r") == "/users/me/r"
    assert expand_path("a~/~") == "a~/~"
    assert expand_paths("~/a.bw, ~/b.bw,") == "/users/me/a.bw,/users/me/b.bw,"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("d{a}/x", r"\{ \} in a path is a wildcard of Snakemake; rename the file or folder, got 'd{a}/x'"),
        ("res<x>", "< > in a path is a wildcard"),
        ("a\0b", "a control character in the path"),
        ("a\nb", "a control character in the path"),
        ("a/" + "é" * 128, "256 of them in one name; file systems take 255 in a name"),
        ("abcd/" * 1000, "a path of 5000 characters"),
    ],
)
def test_a_path_that_no_run_can_use_is_refused(path, said):
    for expand in (expand_path, expand_paths):
        with pytest.raises(ValueError, match=said):
            expand(path)
    assert refusal(Whole, {"fasta": path}).startswith("fasta: ")


@pytest.mark.parametrize("path", ["my data/reads (1).bam", "it's;a&b$x", "-rf", "größe/λ", "a*?[1].fa", "#%@"])
def test_a_path_with_any_other_letters_is_taken(path):
    assert Whole(fasta=path).fasta == path


@pytest.mark.parametrize("name", ["genome.h5", "Manifest.JSON", "signal.h5", "all", "pfm"])
def test_a_folder_is_not_called_as_a_file_of_ours(name):
    assert re.search("of its own beside this one; take another name", refusal(Folder, {"name": name}))
    assert Folder(name=f"{name}x").name == f"{name}x"


def test_names_that_a_run_itself_has_beside_a_folder_are_reserved():
    """Every file that a rule puts beside folders of samples, folds, models or libraries."""
    text = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    stages = r"(?:prepare|bias|transformation|combined|predict|evaluate|ablation|binding)"
    beside = re.findall(rf"<results>/{stages}/(?:\{{+(?:sample|model)\}}+/)?([\w.]+)[\"/]", text)
    beside += re.findall(r"<results>/discover/([\w.]+)[\"/]", text)
    assert {"genome.h5", "signal.h5", "all", "pfm", "motifs.tsv"} <= set(beside)
    assert set(beside) <= set(OUR_FILES)
    assert {f"{name}.tsv" for name in re.findall(r'^ {20}"(\w+)",$', text, re.M)} <= set(OUR_FILES)


def test_a_name_is_not_too_long_for_a_file():
    assert refusal(Folder, {"name": "a" * 101}).startswith("name: has more than 100 characters, got 'aaa")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("widht", 3, "widht: unknown key; see config/README.md for the keys there are"),
        ("part", {"tabel": "x"}, "part.tabel: unknown key; see config/README.md for the keys there are"),
        ("width", 4, "width: must be odd so that a filter has a centre, got 4; use 5"),
        ("length", 5, "length: must be even so that a window has a centre, got 5; use 6"),
        ("length", 0, "length: must be >= 2, got 0"),
        ("rate", 0, "rate: must be > 0, got 0"),
        ("rate", float("inf"), "rate: must be a finite number, got inf"),
        ("weight", float("nan"), "weight: must be a finite number, got nan"),
        ("share", 1.01, "share: must be <= 1, got 1.01"),
        ("part", ["x"], "part: wanted keys and values"),
    ],
)
def test_a_fault_is_one_line_with_its_key(key, value, said):
    assert refusal(Whole, {key: value}) == said


def test_a_variable_that_is_not_set_is_named_with_what_to_write():
    said = refusal(Whole, {"more": ["a", "${NO_SUCH_VARIABLE_HERE}/b"]})
    assert said.startswith("more.1: environment variable NO_SUCH_VARIABLE_HERE is not set; set it or write ")
    assert "write ${NO_SUCH_VARIABLE_HERE:-default}, got '${NO_SUCH_VARIABLE_HERE}/b'" in said


def test_a_path_of_blanks_or_of_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("EMPTY_HERE", "")
    for path in ("", "  ", "${EMPTY_HERE}"):
        assert refusal(Whole, {"fasta": path}).startswith("fasta: ")
    assert Whole(fasta=" g.fa ").fasta == "g.fa"


@pytest.mark.parametrize("name", ["a b", "a/b", ".a", "-a", "", "ä"])
def test_a_name_can_be_a_file_s(name):
    assert "named" in refusal(Whole, {"named": {name: {}}})
    assert list(Whole(named={"a-1_b.C": Part()}).named) == ["a-1_b.C"]


def test_every_fault_has_a_line():
    with pytest.raises(ValidationError) as error:
        Whole.model_validate({"rate": -1, "width": 2, "wdth": 1})
    assert [line.split(":")[0] for line in problems(error.value)] == ["width", "rate", "wdth"]


def test_a_section_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Whole().rate = 2.0


def test_paths_are_found_in_lists_names_and_sections_but_other_text_is_not():
    whole = Whole(fasta="g.fa", more=("a", "b"), named={"x": Part(table="x.tsv", title="X")}, part=Part(title="P"))
    assert list(path_fields(whole)) == ["g.fa", "a", "b", "x.tsv", "t.tsv"]
    assert list(path_fields(Whole())) == ["t.tsv"]


def test_a_default_gives_way_to_what_is_given_instead_of_it():
    assert replaced_default({"b": 1}, "a", by="b") == {"b": 1, "a": None}
    assert replaced_default({"a": 2, "b": 1}, "a", by="b") == {"a": 2, "b": 1}
    assert replaced_default({"b": None}, "a", by="b") == {"b": None}
    assert replaced_default("text", "a", by="b") == "text"


def test_a_list_whose_entries_are_faulty_is_not_called_short_too():
    class Short(Section):
        values: tuple[Annotated[int, Field(gt=0)], ...] = Field(min_length=1)

    assert refusal(Short, {"values": [-1]}) == "values.0: must be > 0, got -1"
    assert refusal(Short, {"values": []}) == "values: wanted at least 1"


def test_urls_of_files_are_paths(monkeypatch):
    monkeypatch.setenv("DATA", "/data")
    assert expand_path("file:///a/b%20c.bed") == "/a/b c.bed"
    assert expand_path("file://localhost/a") == expand_path("file:/a") == "/a"
    assert expand_path("FILE://${DATA}/a") == "/data/a"
    assert expand_paths("file:///a.bw, /b%20.bw") == "/a.bw,/b%20.bw"
    assert expand_path("file:a") == "file:a"
    with pytest.raises(ValueError, match="file://data names a machine; write file:/// and the whole path"):
        expand_path("file://data/a.bed")

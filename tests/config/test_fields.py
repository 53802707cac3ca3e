"""Field types: paths with variables, windows with a centre, names; and one line for each fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from cisgrammar.config.fields import (
    Even,
    Fraction,
    Name,
    NonNegative,
    Odd,
    PathStr,
    Positive,
    Section,
    expand_path,
    path_fields,
    problems,
    replaced_default,
)
from toy_config import refusal


class Part(Section):
    table: PathStr = "t.tsv"
    title: str = ""


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


@given(st.text(alphabet=st.characters(exclude_characters="$")))
def test_a_path_without_variables_is_left_alone(path):
    assert expand_path(path) == path


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("widht", 3, "widht: unknown key; see config/README.md for the keys there are"),
        ("part", {"tabel": "x"}, "part.tabel: unknown key; see config/README.md for the keys there are"),
        ("width", 4, "width: must be odd so that a filter has a centre, got 4; use 5, got 4"),
        ("length", 5, "length: must be even so that a window has a centre, got 5; use 6, got 5"),
        ("length", 0, "length: Input should be greater than or equal to 2, got 0"),
        ("rate", 0, "rate: Input should be greater than 0, got 0"),
        ("rate", float("inf"), "rate: Input should be a finite number, got inf"),
        ("weight", float("nan"), "weight: Input should be a finite number, got nan"),
        ("share", 1.01, "share: Input should be less than or equal to 1, got 1.01"),
        ("part", ["x"], "part: Input should be a valid dictionary or instance of Part"),
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

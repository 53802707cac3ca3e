"""Kinds of values: what YAML gives for a key, what is taken as it is meant, and what is a fault."""

import datetime
import math
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import Field

from cisgrammar.config.fields import PathStr, Section
from cisgrammar.config.read.kinds import (
    Fault,
    is_section,
    kinds,
    nearest,
    paths_of,
    read_section,
    section_in,
    show,
    unknown_key,
    wanted,
)


class Inner(Section):
    width: int = 3
    epochs: Annotated[int, Field(ge=1)] = 3


class Toy(Section):
    number: float = 0.5
    whole: int | None = None
    flag: bool = False
    text: str = ""
    path: PathStr | None = None
    kind: Literal["plain", "simple"] = "plain"
    context: Literal[80, 400] = 80
    shift: Literal["auto"] | tuple[int, int] = "auto"
    names: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] | None = None
    numbers: tuple[float, ...] = ()
    kinds: tuple[Literal["plain", "simple"], ...] = ()
    inners: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}  # noqa: RUF012 - pydantic copies it
    motifs: dict[str, str] = {}  # noqa: RUF012
    inner: Inner = Inner()
    other: Inner | None = None


def given(text: str) -> tuple[dict[str, Any], list[str]]:
    """What is taken of a YAML text, and the faults as `key: message`."""
    faults: list[Fault] = []
    values = read_section(Toy, yaml.safe_load(text), (), faults, Toy)
    return values, [f"{'.'.join(map(str, fault.key))}: {fault.message}" for fault in faults]


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        # In YAML 1.1 numbers without a point before the exponent are text.
        ("number: 1e-4", 1e-4),
        ("number: 1.5e4", 1.5e4),
        ("number: 2E+3", 2000.0),
        ("number: -.5e1", -5.0),
        ("number: 3", 3),
        ("whole: 1e3", 1000),
        ("whole: 1.0e+3", 1000),
        ("whole: 4.0", 4),
        ("whole:", None),
        ("text: 4", "4"),
        ("path: 2024", "2024"),
        ("names: [4, X, 10]", ["4", "X", "10"]),
        ("pairs: [[1, a]]", [["1", "a"]]),
        ("names: chr4", ["chr4"]),
        ("names: 4", ["4"]),
        ("pairs: [1, a]", [["1", "a"]]),
        ("numbers: 0.5", [0.5]),
        ("numbers: 1e-4", [1e-4]),
        ("kinds: plain", ["plain"]),
        ("inners: {width: 1}", [{"width": 1}]),
        ("text: [a]", "a"),
        ("path: [a.fa]", "a.fa"),
        ("number: [0.5]", 0.5),
        ("motifs: {0: ACGT}", {"0": "ACGT"}),
        ("named: {0: {width: 1}}", {"0": {"width": 1}}),
        ("shift: [4, -4]", [4, -4]),
        ("shift: auto", "auto"),
        ("kind: 'simple '", "simple"),
        ("context: 400", 400),
        ("other: {}", {}),
        ("other: null", None),
    ],
)
def test_what_is_meant_is_taken(text, taken):
    values, faults = given(text)
    assert faults == []
    (value,) = values.values()
    assert value == taken
    assert type(value) is type(taken)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("whole: yes", "whole: wanted a whole number, got true (YAML's yes, no, on and off are true or false)"),
        ("number: true", "number: wanted a number, got true (YAML's yes, no, on and off are true or false)"),
        ("whole: '7'", "whole: wanted a whole number, got the text '7'; write it without quotes"),
        ("number: '0.5'", "number: wanted a number, got the text '0.5'; write it without quotes"),
        ("number: many", "number: wanted a number, got the text 'many'"),
        ("number: 0,5", "number: wanted a number, got the text '0,5'"),
        ("number: .nan", "number: wanted a number, got nan; it must be finite"),
        ("number: 1e999", "number: wanted a number, got inf; it must be finite"),
        ("whole: 2.5", "whole: wanted a whole number, got 2.5"),
        ("whole: 1e99", "whole: wanted a whole number, got 1e+99"),
        (f"whole: {10**30}", "whole: 1000000000000000000000000000000 is too large; wanted a whole number of at most"),
        (f"number: {10**400}", "number: 1000"),
        ("whole: 2024-01-31", "whole: wanted a whole number, got 2024-01-31"),
        ("flag: 1", "flag: wanted true or false, got 1"),
        ("flag: 'true'", "flag: wanted true or false, got 'true'"),
        ("flag:", "flag: nothing is written after the colon; wanted true or false, or no such key"),
        ("text: 1.10", "text: wanted text, got 1.1; write it in quotes if it is a name"),
        ("text: 2024-01-31", "text: wanted text, got 2024-01-31; write it in quotes if it is a name"),
        ("text: [a, b]", "text: wanted text, got a list"),
        ("text: [[a]]", "text: wanted text, got a list"),
        ('text: "a\\0b"', "text: a NUL character in 'a\\x00b'; take it out"),
        (
            "names: [NO]",
            "names.0: wanted text, got false, which YAML also reads for yes, no, on and off; write it in qu",
        ),
        ("names: [a, null]", "names.1: nothing is written after the colon; wanted text, or no such key"),
        ("names: chr4, chr5", "names: wanted a list, got 'chr4, chr5'; write [chr4, chr5]"),
        ("names: yes", "names: wanted a list ([...]), got true"),
        ("names:", "names: nothing is written after the colon"),
        ("numbers: many", "numbers: wanted a number, got the text 'many'"),
        ("kinds: smple", "kinds: wanted `plain` or `simple`, got 'smple'; did you mean simple?"),
        ("pairs: a", "pairs: wanted a list, got 'a'; write [a]"),
        ("names: {a: 1}", "names: wanted a list ([...]), got keys and values"),
        ("pairs: [[a]]", "pairs.0: wanted a list of 2, got one of 1"),
        ("kind: smple", "kind: wanted `plain` or `simple`, got 'smple'; did you mean simple?"),
        ("kind: fast", "kind: wanted `plain` or `simple`, got 'fast'"),
        ("kind: [plain]", "kind: wanted `plain` or `simple`, got a list"),
        ("context: '80'", "context: wanted `80` or `400`, got '80'"),
        ("shift: 4/-4", "shift: wanted `auto`, or a list of 2 ([...]), got '4/-4'"),
        ("shift: [4]", "shift: wanted `auto`, or a list of 2 ([...]), got a list"),
        ("inner:", "inner: nothing is written after the colon; write {} for its defaults, or take the key out"),
        ("named: {a: }", "named.a: nothing is written after the colon; write {} for its defaults"),
        ("inner: [1]", "inner: wanted keys and values, got a list"),
        ("inner: yes", "inner: wanted keys and values, got true"),
        ("named: [a]", "named: wanted names, each with its value, got a list"),
        ("named: {yes: {}}", "named.True: as a name: wanted text, got true"),
        ("motifs: {0: A, '0': C}", "motifs.0: given twice, with and without quotes; give each its own name"),
        ("nmber: 1", "nmber: unknown key; did you mean number?"),
        ("Number: 1", "Number: unknown key; did you mean number?"),
        ("inner: {widht: 1}", "inner.widht: unknown key; did you mean width?"),
        ("epochs: 1", "epochs: unknown key here; there is inner.epochs and other.epochs: indent it below its section"),
        ("5: 1", "5: unknown key; see config/README.md for the keys there are"),
    ],
)
def test_what_is_not_is_a_fault_of_one_line(text, said):
    values, faults = given(text)
    assert len(faults) == 1
    assert faults[0].startswith(said)
    assert "\n" not in faults[0]
    assert len(faults[0]) < 250
    assert math.nan not in values.values()


def test_every_fault_is_told_and_the_rest_is_taken():
    values, faults = given("{number: x, whole: 3, inner: {width: yes, epochs: 2}, names: [a, no], text: t}")
    assert [fault.split(":")[0] for fault in faults] == ["number", "inner.width", "names.1"]
    assert values == {"whole": 3, "inner": {"epochs": 2}, "text": "t"}


def test_a_section_is_taken_as_it_is():
    faults: list[Fault] = []
    assert read_section(Toy, {"inner": Inner(width=4)}, (), faults) == {"inner": Inner(width=4)}
    assert faults == []


def test_values_are_shown_short_and_on_one_line():
    shown = [show(v) for v in (None, True, 1.5, "a\nb", [1], (1,), {}, datetime.date(2024, 1, 31), "x" * 99)]
    assert shown[:-1] == ["nothing", "true", "1.5", r"'a\nb'", "a list", "a list", "keys and values", "2024-01-31"]
    assert shown[-1] == f"'{'x' * 56}..."


def test_kinds_of_a_type():
    assert kinds(Annotated[int, Field(ge=0)] | None) == [int, type(None)]
    assert section_in(Inner | None) is Inner
    assert section_in(dict[str, Inner]) is None
    assert is_section(Inner)
    assert not is_section(dict[str, Inner])
    assert wanted(Annotated[int, Field(ge=0)] | None) == "a whole number"


def test_the_nearest_name_is_found_whatever_its_capitals():
    assert nearest("VALID", ["train", "validation"]) == "validation"
    assert nearest("xyz", ["train", "validation"]) == ""
    assert nearest("fp16", ["fp32", "bf16"], alike=0.8) == ""
    assert list(paths_of(Toy, "width")) == ["inner.width", "other.width"]
    assert unknown_key("width", Toy, Toy).startswith("unknown key here; there is inner.width and other.width")

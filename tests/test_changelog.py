"""The changelog's sections, and the import paths that it names."""

import importlib
import re

import pytest

from places import ROOT

TEXT = (ROOT / "CHANGELOG.md").read_text()
SECTIONS = re.split(r"(?m)^## ", TEXT)[1:]


def moved():
    """Names and the module that has them now, of each row of the table that says where they were and are."""
    found = []
    rows = re.findall(r"(?m)^\| (`cisgrammar\..*) \| (`cisgrammar\..*) \|$", TEXT)
    for before, now in rows:
        names = re.findall(r"`(\w+)`", before)
        modules = re.findall(r"`(cisgrammar[\w.]+)`", now)
        assert len(modules) in (1, len(names)), before
        found += zip(names, modules if len(modules) > 1 else modules * len(names), strict=True)
    return found


def test_every_section_has_a_version_and_a_date_the_latest_first():
    heads = [re.match(r"\d+\.\d+\.\d+, (2\d{3}-\d\d-\d\d)(: .+)?\n", section) for section in SECTIONS]
    assert all(heads)
    dates = [head[1] for head in heads]
    assert dates == sorted(dates, reverse=True)
    for section in SECTIONS:
        parts = re.findall(r"(?m)^### (.+)$", section)
        assert len(set(parts)) == len(parts), "a part of a section stands once"
    assert [section.split("\n")[0] for section in SECTIONS if "\n### " not in section] == []


@pytest.mark.parametrize(("name", "module"), moved())
def test_names_that_moved_are_where_it_says(name, module):
    assert hasattr(importlib.import_module(module), name)


def test_the_table_of_moves_is_read():
    assert len(moved()) > 25

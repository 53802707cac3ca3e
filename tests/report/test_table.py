"""Tables of a page: cells, filters, and what they may be sorted by."""

import math
import re

import pytest
from markupsafe import Markup

from cisgrammar.report.data import DataSection
from cisgrammar.report.overview import Overview
from cisgrammar.report.render import render
from cisgrammar.report.table import Column, Table

COLUMNS = (
    Column("motif", "motif", "text", choice=True),
    Column("logo", "logo", "picture"),
    Column("q", "q", unit="a < b", bound="below"),
    Column("effect", "effect", bound="least"),
    Column("verdict", "verdict", "text", mark=True),
)
ROWS = (
    {"motif": "b", "logo": Markup("<svg></svg>"), "q": 0.012345, "effect": 1234567, "verdict": "fail"},
    {"motif": "a", "logo": Markup(), "q": math.nan, "effect": -math.inf, "verdict": "two words"},
    {"motif": "a", "logo": "<b>", "verdict": "a<b"},
)


def markup(table):
    """The table as a page shows it."""
    others = {**dict.fromkeys(("numbers", "motifs", "discovered")), "data": DataSection(), "overview": Overview()}
    others |= {"small": False, "methods": None}
    page = render(
        "report.html.j2",
        title="x",
        ran="x",
        counts={},
        gates=table,
        sections=[],
        config="",
        **others,
    )
    return re.search(r"<section.*</section>", page, re.S)[0]


def cells(table):
    body = re.search(r"<tbody>(.*)</tbody>", markup(table), re.S)[1]
    return [re.findall(r"<td[^>]*>.*?</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)]


def test_numbers_have_three_digits_and_sort_by_six():
    first, second, third = cells(Table("x", COLUMNS, ROWS))
    assert first[2:4] == [
        '<td class="number" data-value="0.012345">0.0123</td>',
        '<td class="number" data-value="1.23457e+06">1.23e+06</td>',
    ]
    dash = '<td class="number" data-value="">&ndash;</td>'
    assert [*second[2:4], *third[2:4]] == [dash] * 4


def test_a_text_where_a_number_belongs_is_an_error():
    with pytest.raises(TypeError):
        markup(Table("x", COLUMNS, [{**ROWS[0], "q": "0.1"}]))


def test_only_markup_is_taken_as_it_is():
    assert [row[1] for row in cells(Table("x", COLUMNS, ROWS))] == [
        "<td><svg></svg></td>",
        "<td></td>",
        "<td>&lt;b&gt;</td>",
    ]


def test_a_word_is_a_class_and_a_sentence_is_not():
    classes = [re.match(r'<td class="([^"]*)"', row[4])[1] for row in cells(Table("x", COLUMNS, ROWS))]
    assert classes == ["verdict fail", "verdict", "verdict"]


def test_filters_name_the_column_that_they_look_at():
    text = markup(Table("some rows", COLUMNS, ROWS))
    assert re.findall(r'data-filter="([^"]*)"', text) == ["text:", "is:0", "below:2", "least:3"]
    assert re.findall(r"<option[^>]*>([^<]*)</option>", text) == ["all", "a", "b"]
    assert 'id="some-rows-text"' in text
    # One value is nothing to choose from.
    assert "<select" not in markup(Table("x", COLUMNS, ROWS[1:]))


def test_headings_sort_but_those_of_pictures():
    heads = re.findall(r"<th .*?</th>", markup(Table("x", COLUMNS, ROWS)))
    assert [re.search(r'data-type="(\w+)"', head)[1] if "button" in head else None for head in heads] == [
        *("text", None, "number", "number", "text")
    ]
    assert 'title="a &lt; b"' in heads[2]


def test_an_empty_table_has_its_headings():
    text = markup(Table("x", COLUMNS, []))
    assert text.count("<th ") == len(COLUMNS)
    assert "<td" not in text

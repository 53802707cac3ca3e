"""Templates: text is escaped, markup is not, and a value that is missing is an error."""

import jinja2
import pytest
from markupsafe import Markup

from cisgrammar.report.data import DataSection
from cisgrammar.report.overview import Overview
from cisgrammar.report.render import TEMPLATES, render, shown

VALUES = {"width": 2, "height": 1, "label": "x", "before": "M0 0"}


def test_text_is_escaped_and_markup_is_not():
    assert '<path class="after" d="&lt;b&gt;"/>' in render("sparkline.svg.j2", after="<b>", **VALUES)
    assert '<path class="after" d="<b>"/>' in render("sparkline.svg.j2", after=Markup("<b>"), **VALUES)


def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="after"):
        render("sparkline.svg.j2", **VALUES)


def test_style_and_script_stand_in_a_page_as_they_are():
    nothing = {
        **dict.fromkeys(("gates", "numbers", "motifs", "discovered")),
        "data": DataSection(),
        "overview": Overview(),
    }
    nothing |= {"small": False, "methods": None}
    page = render("report.html.j2", title="x", ran="x", counts={}, sections=[], config="", **nothing)
    for name in ("page.css", "report.css", "tables.js"):
        assert (TEMPLATES / name).read_text() in page


@pytest.mark.parametrize(("value", "text"), [(None, ""), (float("nan"), ""), (1, "1"), ("", ""), (0.5, "0.5")])
def test_a_missing_value_has_no_text(value, text):
    assert shown(value) == text

"""A run of many samples: an overview first, a page for each sample, and all of it small."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from cisgrammar.figures.catalogue import CATALOGUE
from cisgrammar.report.pages import build_pages, write_report
from cisgrammar.report.pictures import Figure, thumbnail
from places import ROOT
from toy_report import GATES, content

OF_FOLDS = [figure.name for figure in CATALOGUE if figure.each == "fold"]
"""The demo has all of them."""


@pytest.fixture(scope="module")
def pictures():
    return [ROOT / "docs" / "gallery" / f"{name}.png" for name in OF_FOLDS]


@pytest.fixture(scope="module")
def written(tmp_path_factory, pictures):
    """The report of 3 samples and 2 folds."""
    results = tmp_path_factory.mktemp("run") / "results"
    given = content(results, 3, 2, pictures[:3])
    write_report(results / "report.html", given, results / "report")
    return results, given


def test_the_first_page_has_the_matrix_and_the_gates_that_do_not_pass(written):
    results, given = written
    page = (results / "report.html").read_text()
    assert page.index("First cause") < page.index('data-table="overview"') < page.index('data-table="gates"')
    assert re.findall(r'<a href="(report/[^"]*)">', page) == [f"report/sample_{n}.html" for n in range(3)]
    failed = sum(gate["verdict"] == "fail" for gate in given.gates)
    assert failed > 0
    assert page.count('<td class="verdict fail">') == failed
    assert '<td class="verdict pass">' not in page
    # the counts are those of the whole run, not of the rows below them
    assert f"{sum(gate['verdict'] == 'pass' for gate in given.gates)} pass" in page
    assert "<img" not in page
    assert "methods" in page


def test_the_page_of_a_sample_is_all_its_own(written):
    results, _ = written
    page = (results / "report" / "sample_1.html").read_text()
    assert "sample_0" not in page
    assert page.count("sample_1 fold0: bias learned.") == 1
    assert page.count('<td class="verdict') == 2 * (len(GATES) + 1)
    assert page.count("<img") == 2 * 3
    assert page.count("data:image/webp") == 2 * 3


def test_links_lead_to_files(written):
    results, _ = written
    pages = [results / "report.html", *(results / "report").glob("*.html")]
    assert len(pages) == 4
    for page in pages:
        links = re.findall(r'(?:href|src)="((?!data:)[^"]*)"', page.read_text())
        assert links
        assert [link for link in links if not (page.parent / link).is_file()] == []


@pytest.mark.parametrize("width", [380, 1400])
def test_a_browser_shows_the_pages(written, browser, width):
    results, _ = written
    for page in (results / "report.html", results / "report" / "sample_0.html"):
        browser.open(page, width)
        assert browser.overflow() <= 0
        assert browser.problems() == []


def test_fifty_samples_in_five_folds_stay_small_and_open_at_once(tmp_path, pictures, browser):
    results = tmp_path / "results"
    tiny = tmp_path / "tiny.png"
    matplotlib.image.imsave(tiny, np.ones((3, 5, 3)))
    pages = build_pages(content(results, 50, 5, [tiny]), results)
    # The figures of one fold stand for those of all, which would take minutes; 300 bytes are their markup.
    of_fold = [thumbnail(Figure("bias", "x", path), results) for path in pictures]
    whole = sum(len(text.encode()) for text in pages.values()) + 50 * 5 * sum(len(one.source) + 300 for one in of_fold)
    assert len(of_fold) == 14
    assert whole < 30e6
    assert len(pages) == 51
    path = tmp_path / "report.html"
    Path(path).write_text(pages["report.html"])
    before = browser.seconds()
    browser.open(path)
    assert browser.run("return document.querySelectorAll('section[data-table=overview] tbody tr').length") == 50
    # Of the clock on an idle machine (0.4 measured); a page may have a process of its own, which begins at 0.
    spent = browser.seconds()
    assert 0 < (spent - before if spent > before else spent) < 3


def test_a_run_of_few_figures_is_one_page(tmp_path, pictures):
    given = content(tmp_path, 1, 1, pictures[:1])
    write_report(tmp_path / "report.html", given, None)
    page = (tmp_path / "report.html").read_text()
    assert "data:image/png" in page
    assert 'data-table="overview"' not in page
    assert not (tmp_path / "report").exists()

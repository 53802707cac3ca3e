"""The HTML table: it needs nothing else, shows what the tables hold, and sorts and filters in a browser."""

import html.parser
import re

import numpy as np
import pandas as pd
import pytest
from selenium.webdriver.common.keys import Keys

from cisgrammar.ablation.tables.motif_table import motif_table
from cisgrammar.ablation.tables.site_table import site_table
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.report.ablation_page import Shown, ablation_page
from toy_site_tables import KeptProfiles, made_effects, made_sites, made_sufficiency

HOSTILE = 'm<script>alert("x")</script>'


def page(change=None):
    sites = made_sites()
    table = site_table(sites, made_effects(sites))
    table = table if change is None else change(table)
    motifs = {name: from_consensus(name, "TTACCCGG") for name in ("m", "k", "m.decoy1", "k.decoy1")}
    summary = motif_table(table, motifs, made_sufficiency(), pd.DataFrame(), pd.DataFrame())
    shown = sites.loc[sites["kind"] != "control", "site"].to_numpy()
    before = np.ones((len(shown), 200), dtype=np.float32)
    before[0, :3] = np.nan
    profiles = KeptProfiles(shown, before, before / 2)
    return "".join(ablation_page("Ablation: s", table, summary, Shown(motifs, profiles, "combined"), 0.05))


class Reader(html.parser.HTMLParser):
    """Collects tags and checks that they are closed in order."""

    VOID = frozenset(("meta", "input", "br"))

    def __init__(self):
        super().__init__()
        self.open, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(text):
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader.tags


def test_the_page_is_whole_and_needs_no_other_file():
    text = page()
    tags = read(text)
    assert not re.search(r"(?:src|href)=\"(?!#)|https?://|url\((?!\"data:)|@import|fetch\(", text)
    assert text == page()
    rows = sum(tag == "tr" for tag, _ in tags)
    # A head for each table, 2 motifs and 80 sites and decoys in 2 models; no control.
    assert rows == 2 + 2 * 2 + 80 * 2
    # Profiles are of the combined model: none stands beside a number of the bias model.
    assert sum(attrs.get("class") == "spark" for _, attrs in tags) == 82
    for row in re.findall(r"<tr>.*?</tr>", text, re.S)[1:]:
        assert ('class="spark"' in row) == ("<td>combined</td>" in row)
    # A logo's letters are in the page once, however many rows show it.
    shown = [attrs["class"] for _, attrs in tags if attrs.get("class", "").startswith("logo ")]
    assert len(shown) == 164
    assert [text.count(f".{name.split()[1]}::before {{ content: url(") for name in dict.fromkeys(shown)] == [1] * 4
    assert "<use" not in text
    assert all(attrs.get("aria-label") for tag, attrs in tags if attrs.get("role") == "img")
    buttons = [attrs for tag, attrs in tags if tag == "button"]
    assert all(attrs.get("type") == "button" for attrs in buttons)


def test_names_cannot_break_out_of_their_cells():
    text = page(lambda t: t.assign(name=t["name"].replace("m", HOSTILE)))
    assert HOSTILE not in text
    assert "m&lt;script&gt;" in text
    read(text)


def test_numbers_that_are_not_there_are_dashes_and_sort_last():
    text = page(lambda t: t.assign(score=np.nan))
    assert text.count('data-value="">&ndash;') >= 160


PROBE = """
<script>
const sites = document.querySelectorAll("section")[1];
const shown = () => Array.from(sites.querySelectorAll("tbody tr")).filter((row) => !row.hidden);
const column = (title) => Array.from(sites.querySelectorAll("th")).findIndex((th) => th.textContent === title);
const told = [];
const press = (title) => { const b = sites.querySelectorAll("th")[column(title)].querySelector("button"); b.focus();
  if (document.activeElement !== b) told.push("no focus"); b.click(); };
const values = (title) => shown().map((row) => Number(row.cells[column(title)].dataset.value));
const rising = (v) => v.every((x, i) => !i || v[i - 1] <= x), falling = (v) => rising([...v].reverse());
press("effect"); told.push(`up ${rising(values("effect"))}`);
press("effect"); told.push(`down ${falling(values("effect"))}`);
told.push(sites.querySelectorAll("th")[column("effect")].getAttribute("aria-sort"));
const set = (selector, value) => { const field = sites.querySelector(selector); field.value = value;
  field.dispatchEvent(new Event("input")); };
set(`[data-filter="is:${column("motif")}"]`, "k"); told.push(`motif ${shown().length}`);
set(`[data-filter="is:${column("model")}"]`, "combined"); told.push(`model ${shown().length}`);
set(`[data-filter="below:${column("q")}"]`, "1e-9"); told.push(`q ${shown().length}`);
told.push(sites.querySelector("output").textContent);
sites.querySelector("[data-clear]").click(); told.push(`all ${shown().length}`);
set('[data-filter="text:"]', "decoy"); told.push(`text ${shown().length}`);
document.title = told.join("; ");
</script>
"""


def test_a_browser_sorts_and_filters_the_page(tmp_path, browser):
    path = tmp_path / "page.html"
    path.write_text(page().replace("</body>", PROBE + "</body>"))
    browser.open(path)
    assert browser.driver.title.split("; ") == [
        *("up true", "down true", "descending", "motif 40", "model 20", "q 0", "0 of 160 rows", "all 160", "text 80")
    ]
    assert browser.problems() == []


@pytest.mark.parametrize("width", [380, 1400])
def test_the_page_is_as_wide_as_its_window(tmp_path, browser, width):
    path = tmp_path / "page.html"
    path.write_text(page())
    browser.open(path, width)
    assert browser.overflow() <= 0
    # The tables are wider: each scrolls in a box of its own.
    assert browser.run("return document.querySelector('.scroll').scrollWidth") > width or width == 1400
    assert browser.problems() == []


def test_headings_sort_by_the_keyboard_alone(tmp_path, browser):
    path = tmp_path / "page.html"
    path.write_text(page())
    browser.open(path)
    driver = browser.driver
    button = next(b for b in driver.find_elements("css selector", "th button") if b.text == "necessity")
    assert browser.tab_to(button)
    told = []
    for _ in range(2):
        button.send_keys(Keys.ENTER)
        told.append(button.find_element("xpath", "..").get_attribute("aria-sort"))
    assert told == ["ascending", "descending"]

"""The report holds everything it shows, and says what to do about a missed gate."""

import base64
import re

import pandas as pd
import pytest
from selenium.webdriver.common.keys import Keys

from cisgrammar.report import page as report_page
from cisgrammar.report.advice import advise
from cisgrammar.report.data import DataSection, reads_table
from cisgrammar.report.page import Content, Figure, motif_rows
from cisgrammar.report.remarks import Remark

GATES = [
    {
        "stage": "combined",
        "sample": "demo",
        "fold": "fold0",
        "name": "combined.peaks.median_jsd",
        "value": 0.65432,
        "bar": 0.67,
        "verdict": "pass",
    },
    {
        "stage": "evaluate",
        "sample": "<demo>",
        "fold": "fold0",
        "name": "residual.footprint_max",
        "value": 0.02,
        "bar": 0.003,
        "verdict": "fail",
    },
]


def build_page(*content, **more):
    return report_page.build_page(Content(*content, **more))


@pytest.fixture
def pictures(tmp_path):
    for name in ("late", "early"):
        (tmp_path / f"{name}.png").write_bytes(name.encode())
    return [
        Figure("evaluate", "Late", tmp_path / "late.png"),
        Figure("bias", "Early", tmp_path / "early.png", "a < b"),
    ]


def test_page_is_self_contained(pictures):
    page = build_page("run", GATES, pictures, "seed: 1")
    assert re.findall(r"""(?:src|href)=["'](?!data:)""", page) == []
    assert "http" not in page
    assert base64.b64encode(b"late").decode() in page


def test_names_cannot_break_out_of_their_places(tmp_path):
    """A sample, a stage's remark, a caption or a config that holds markup is shown as text."""
    (tmp_path / "x.png").write_bytes(b"")
    hostile = "<b>\"'&"
    gates = [{**gate, "sample": hostile, "name": f"{gate['name']}.{hostile}"} for gate in GATES]
    figures = [Figure("bias", hostile, tmp_path / "x.png", hostile)]
    motifs = [{"sample": hostile, "fold": hostile, "motif": hostile, "in_vitro_spacing": hostile}]
    page = build_page(hostile, gates, figures, hostile, [Remark("bias", hostile)], motifs)
    assert '<b>"' not in page
    shown = re.sub(r"<[^>]*>", "", page)
    assert shown.count("&lt;b&gt;&#34;&#39;&amp;") >= 10
    assert re.findall(r'alt="([^"]*)"', page) == ["&lt;b&gt;&#34;&#39;&amp;"]


def test_sections_follow_the_stages(pictures):
    page = build_page("run", GATES, pictures, "")
    assert re.findall(r'<h2 id="(\w+)">', page) == ["bias", "evaluate"]
    assert page.index("Early") < page.index("Late")


def test_gates_show_value_bar_verdict_and_escaped_names(pictures):
    page = build_page("run", GATES, pictures, "")
    assert "0.6543" in page
    assert "0.67" in page
    assert "&lt;demo&gt; fold0" in page
    assert "<demo>" not in page
    assert '<td class="verdict fail">fail</td>' in page
    assert "1 pass" in page
    assert "0 warn" in page


def test_the_data_stand_before_the_gates_and_the_first_cause_above_all():
    read = {"sample": "a", "heads": {"x": {"ends": 1234567, "files": [], "shift": [4, -4], "shift_from": "auto"}}}
    page = build_page("run", GATES, [], "", data=DataSection(reads_table([read]), None, "The data: <few> peaks."))
    assert "First cause. The data: &lt;few&gt; peaks." in page
    assert re.search(r"<h1>run</h1>\n<p[^>]*>First cause", page)
    assert page.index("First cause") < page.index('data-table="reads"') < page.index('data-table="gates"')
    assert '<td class="number" data-value="1234567">1,234,567</td>' in page
    assert "First cause" not in build_page("run", GATES, [], "")


def test_gates_that_fail_come_first():
    page = build_page("run", GATES, [], "").replace("<wbr>", "")
    assert page.index("residual.footprint_max") < page.index("combined.peaks.median_jsd")


def test_numbers_without_a_bar_stand_apart_and_missing_numbers_are_dashes():
    shown = {**GATES[0], "name": "baseline.uniform.peaks.median_jsd", "bar": None, "verdict": "n/a"}
    page = build_page("run", [{**GATES[1], "value": None}, shown], [], "")
    graded, beside, _ = page.replace("<wbr>", "").split("<details>")
    assert "&ndash;" in graded
    assert "baseline.uniform" not in graded
    assert "baseline.uniform" in beside
    assert "None" not in page


def test_equal_input_gives_equal_bytes(pictures):
    assert build_page("run", GATES, pictures, "x") == build_page("run", GATES, pictures, "x")


def test_motifs_are_those_of_the_first_model_and_head_of_each_table():
    table = pd.DataFrame(
        {
            "model": ["combined", "combined", "combined", "bias"],
            "head": ["a", "a", "b", "a"],
            "motif": ["x", "y", "x", "x"],
        }
    )
    rows = motif_rows([("s", "fold0"), ("s", "fold1")], [table, table.iloc[:0]])
    assert [(row["sample"], row["fold"], row["motif"]) for row in rows] == [("s", "fold0", "x"), ("s", "fold0", "y")]
    with pytest.raises(ValueError, match="zip"):
        motif_rows([("s", "fold0")], [])


def test_a_run_without_gates_says_so():
    assert "No gate" in build_page("run", [], [], "")


def test_unknown_stage_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="unknown stage splash"):
        build_page("run", [], [Figure("splash", "x", tmp_path / "x.png")], "")


def test_remarks_open_their_stage():
    page = build_page("run", GATES, [], "", [Remark("bias", "kept 1 < 2")])
    assert re.search(r'<h2 id="bias">bias</h2>\n<p>kept 1 &lt; 2</p>', page)
    with pytest.raises(ValueError, match="unknown stage lunch"):
        build_page("run", GATES, [], "", [Remark("lunch", "")])


@pytest.mark.parametrize("width", [380, 1400])
def test_a_browser_shows_it_whole_without_a_network(tmp_path, browser, width):
    wide = {**GATES[0], "name": "splice.oracle.open_frames.codon_replacement.stops_phase_0_minus_phases_1_2"}
    shown = {**GATES[0], "verdict": "n/a", "bar": None}
    path = tmp_path / "report.html"
    path.write_text(build_page("run", [*GATES, wide, shown], [], "seed: 1"))
    browser.open(path, width)
    assert browser.overflow() <= 0
    assert browser.problems() == []
    for verdict in ("pass", "fail"):
        cells = browser.driver.find_elements("css selector", f"td.verdict.{verdict}")
        assert [cell.text for cell in cells] == [verdict] * sum(g["verdict"] == verdict for g in [*GATES, wide])
    # A sentence is as wide as it takes to be read.
    assert browser.run("return document.querySelector('td.says').clientWidth") >= 230


MOTIFS = [
    {"sample": "demo", "fold": "fold0", "motif": "REB1", "sites": 120, "necessity": 0.8, "share_significant": 1.0},
    {"sample": "demo", "fold": "fold0", "motif": "CBF1", "sites": 90, "necessity": 0.3, "in_vitro_spacing": "a:same:9"},
    {"sample": "other", "fold": "fold0", "motif": "REB1", "sites": 7, "necessity": float("nan")},
]


def test_pictures_are_as_wide_as_they_are_beside_the_widest(tmp_path):
    for name, width in (("wide", 1440), ("narrow", 720)):
        (tmp_path / f"{name}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(8) + width.to_bytes(4, "big") + bytes(9))
    page = build_page("run", [], [Figure("bias", name, tmp_path / f"{name}.png") for name in ("wide", "narrow")], "")
    assert re.findall(r'alt="(\w+)" style="width: (\d+)%"', page) == [("wide", "100"), ("narrow", "50")]


def test_a_sentence_gives_no_classes(browser, tmp_path):
    gate = {**GATES[0], "name": "combined.peaks.log_counts_pearson"}
    assert "number" in advise(gate)
    path = tmp_path / "report.html"
    path.write_text(build_page("run", [gate], [], ""))
    browser.open(path)
    assert browser.run("return getComputedStyle(document.querySelector('td.says')).textAlign") != "right"


def test_the_first_page_says_what_was_run():
    page = build_page("run", GATES, [], "", [Remark("bias", "x")], MOTIFS)
    assert "This run: bias of 2 samples in 1 fold. Gates:" in page
    assert page.index("<h2>gates</h2>") < page.index("<h2>motifs</h2>") < page.index('<h2 id="bias">')
    assert "<h2>motifs</h2>" not in build_page("run", GATES, [], "")


@pytest.mark.parametrize("width", [380, 1400])
def test_tables_sort_by_the_keyboard_and_filter(tmp_path, browser, width):
    path = tmp_path / "report.html"
    path.write_text(build_page("run", GATES, [], "", (), MOTIFS))
    browser.open(path, width)
    driver = browser.driver
    table = driver.find_element("css selector", 'section[data-table="motifs"]')
    button = next(b for b in table.find_elements("css selector", "th button") if b.text == "necessity")
    assert browser.tab_to(button)

    def order():
        return [
            row.find_elements("css selector", "td")[2].text for row in table.find_elements("css selector", "tbody tr")
        ]

    button.send_keys(Keys.ENTER)
    assert order() == ["90", "120", "7"]
    button.send_keys(Keys.ENTER)
    assert order() == ["120", "90", "7"]
    field = table.find_element("css selector", 'input[type="search"]')
    field.send_keys("cbf1")
    assert table.find_element("css selector", "output").text == "1 of 3 rows"
    assert browser.overflow() <= 0
    assert browser.problems() == []

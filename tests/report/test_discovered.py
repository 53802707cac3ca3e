"""The table of discovered motifs: names only with a match, logos of both signs, links to files that there are."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from cisgrammar.report.discovered import discovered_rows, discovered_table
from cisgrammar.report.page import Content, build_page

ROW = {
    "motif": "motif_1",
    "sample": "s",
    "consensus": "ACGT",
    "match": "GATA",
    "match_q": 0.3,
    "hits": 12,
    "places": 12,
    "targets": 9,
}


def page(*rows):
    return build_page(Content("t", [], [], "", discovered=rows))


def test_motifs_have_a_name_only_if_they_match():
    shown = page({**ROW, "name": math.nan}, {**ROW, "name": "REB1", "match": "REB1"})
    assert "no match (best: GATA, q 0.3)" in shown
    assert ">REB1<" in shown
    assert "no match (best: REB1" not in shown
    nothing = {**ROW, "name": "", "match": math.nan}
    assert ">no match<" in page(nothing)
    assert ">not compared<" in page({**nothing, "targets": 0})
    assert discovered_table([]) is None


def test_a_binding_motif_stands_beside_with_its_q():
    row = {**ROW, "name": "", "in_vitro": math.nan, "in_vitro_match": math.nan, "in_vitro_q": math.nan}
    (plain,), (close,), (far,) = (
        discovered_table([each]).rows
        for each in (
            row,
            {**row, "in_vitro": "REB1", "in_vitro_match": "REB1", "in_vitro_q": 0.001},
            {**row, "in_vitro": "", "in_vitro_match": "REB1", "in_vitro_q": 0.4},
        )
    )
    assert plain["bound"] == ""
    assert close["bound"] == "REB1 (q 0.001)"
    assert far["bound"] == "no match (best: REB1, q 0.4)"


@pytest.fixture
def rows():
    """Two samples, the motif of the second negative."""
    table = pd.DataFrame([{**{k: v for k, v in ROW.items() if k != "sample"}, "name": "", "q": 1e-9}])
    position, base = np.indices((3, 4)).reshape(2, -1)
    logo = pd.DataFrame({"motif": "motif_1", "position": position, "base": np.array(list("ACGT"))[base]})
    share = np.where(position == base, 0.97, 0.01)
    up = logo.assign(share=share, contribution=share - 0.25)
    down = up.assign(contribution=-up["contribution"])
    return discovered_rows(["s", "b c"], [table, table], [up, down])


def test_logos_are_those_of_shares_and_contributions(rows):
    shown = page(*rows)
    assert [row["sample"] for row in rows] == ["s", "b c"]
    up, down = (str(row["logos"]) for row in rows)
    assert up.count("<svg") == down.count("<svg") == 2
    # Letters of contributions: A above the line in one, below it in the other.
    places = [
        [float(y) for y in re.findall(r'href="#base-A" x="0" y="([0-9.]+)"', text.split("<br>")[1])]
        for text in (up, down)
    ]
    lines = [float(re.search('"M0 ([0-9.]+)H', text.split("<br>")[1]).group(1)) for text in (up, down)]
    assert places[0][0] < lines[0]
    assert places[1][0] >= lines[1]
    assert shown.count("<svg class") == 4
    assert ".base-A { fill:" in shown
    assert ".base-A { fill:" not in page()


def test_links_lead_to_the_samples_files(rows):
    links = re.findall(r'href="(discover/[^"]+)"', page(*rows))
    assert links[:3] == ["discover/s/hits.bed.gz", "discover/s/motifs.meme", "discover/s/patterns.h5"]
    assert links[3] == "discover/b%20c/hits.bed.gz"
    assert page(*rows) == page(*rows)

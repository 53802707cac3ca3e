"""Logos of the motifs that were found: each with its hits, negative ones below zero, none where there is none."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from cisgrammar.discover.motif_table import logos
from cisgrammar.discover.pattern_files import Found
from cisgrammar.discover.patterns import Pattern
from cisgrammar.figures.draw import draw
from cisgrammar.tables.contracts.discover import LOGOS, MOTIFS
from figure_files import said, written


def found(name, consensus, sign="+"):
    shares, contributions = np.full((51, 4), 0.25), np.zeros((51, 4))
    place = 20 + np.arange(len(consensus)), ["ACGT".index(base) for base in consensus]
    shares[place[0]] = 0.02
    shares[place] = 0.94
    contributions[place] = 0.1 if sign == "+" else -0.1
    none = np.zeros(0, dtype=np.int64)
    return Found(name, "counts", (), Pattern(sign, none, none, none.astype(bool), shares, contributions, contributions))


def tables(folder, motifs):
    rows = []
    for number, each in enumerate(motifs):
        row = dict.fromkeys(MOTIFS.names, 0.5) | {"motif": each.name, "consensus": each.motif.consensus}
        row |= dict.fromkeys(("seqlets", "hits", "held_out_hits", "places", "targets"), 30 + number)
        row |= {"sign": each.pattern.sign, "output": "counts", "also_in": "", "tested_on": "all windows"}
        rows.append(row | {"name": "REB1" if number else "", "match": "REB1", "in_vitro": "", "in_vitro_match": ""})
    table = pd.DataFrame(rows, columns=list(MOTIFS.names))
    paths = {"motifs": folder / "motifs.tsv", "logos": folder / "logos.tsv"}
    MOTIFS.write(paths["motifs"], table)
    LOGOS.write(paths["logos"], logos(motifs))
    return {name: str(path) for name, path in paths.items()}


def test_every_motif_has_its_logo_and_hits(tmp_path):
    paths = tables(tmp_path, [found("motif_1", "GGTTACCC"), found("motif_2", "GATAAG", "-")])
    drawn = draw("discover_motifs", paths)
    titles = [axis.get_title(loc="left") for axis in drawn.figure.axes]
    assert titles == ["motif_2, REB1: 31 hits, 31 of them held out", "motif_1, no match: 30 hits, 30 of them held out"]
    assert len(drawn.table) == 4 * (8 + 6)
    assert set(drawn.table.loc[drawn.table["motif"] == "motif_2", "contribution"]) == {0.0, -0.1}
    plt.close(drawn.figure)


def test_a_motif_without_hits_has_its_places(tmp_path):
    paths = tables(tmp_path, [found("motif_1", "GGTTACCC")])
    table = MOTIFS.read(paths["motifs"])
    MOTIFS.write(paths["motifs"], table.assign(hits=0, held_out_hits=0, places=1234))
    drawn = draw("discover_motifs", paths)
    assert [axis.get_title(loc="left") for axis in drawn.figure.axes] == [
        "motif_1, no match: 0 hits, 1,234 places like it"
    ]
    plt.close(drawn.figure)


def test_the_same_bytes(tmp_path):
    paths = tables(tmp_path, [found("motif_1", "GGTTACCC")])
    digests = {written("discover_motifs", draw("discover_motifs", paths), tmp_path / turn) for turn in ("a", "b")}
    assert len(digests) == 1


def test_no_motif(tmp_path):
    drawn = draw("discover_motifs", tables(tmp_path, []))
    assert "no motif was found" in said(drawn)
    plt.close(drawn.figure)

"""The table of discovered motifs in the report: one row a motif, with its logos and links to its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup

from cisgrammar.iupac import BASES
from cisgrammar.motifs.logo import svg_contributions, svg_logo
from cisgrammar.motifs.motif import from_shares
from cisgrammar.report.table import Column, Table

_COLUMNS = (
    Column("motif", "motif", "text"),
    Column("sequence and contributions", "logos", "picture"),
    Column("sample", "sample", "text", choice=True),
    Column("consensus", "consensus", "text"),
    Column("name", "called", "text", mark=True),
    Column("in vitro", "bound", "text", mark=True, unit="the run's binding motif that it matches"),
    Column("sign", "sign", "text", choice=True),
    Column("of", "output", "text", choice=True),
    Column("seqlets", "seqlets", unit="that make the pattern; no measure of how common it is"),
    Column("hits", "hits", unit="at discover.hit_fdr, in all windows"),
    Column("held out", "held_out_hits", unit="hits in windows that the first fold's model has not seen"),
    Column("places", "places", unit="hits, or places like them where hits are too few"),
    Column("windows", "windows", unit="share of the held-out windows with such a place"),
    Column("shuffles", "shuffled", unit="share of their shuffles"),
    Column("q", "q", unit="of that difference, over the sample's patterns"),
    Column("contribution", "contribution", unit="mean over places: nats of ln counts, or logits"),
    Column("share", "share", unit="of the size of all contributions"),
    Column("from the centre", "from_centre", unit="median, bp"),
    Column("halves", "halves", unit="cosine of the patterns of halves of the windows"),
    Column("folds", "folds", unit="least cosine of two folds' contributions"),
    Column("files", "files", "picture"),
)
_FILES = (("hits", "hits.bed.gz"), ("matrix", "motifs.meme"), ("patterns", "patterns.h5"))


def discovered_rows(
    samples: Sequence[str], tables: Iterable[pd.DataFrame], logos: Iterable[pd.DataFrame]
) -> list[dict[str, Any]]:
    """Rows of the samples' tables `MOTIFS`, with `sample`, and of their tables `LOGOS` as `logos`."""
    rows = []
    for sample, table, drawn in zip(samples, tables, logos, strict=True):
        for row in table.to_dict("records"):
            mine = drawn[drawn["motif"] == row["motif"]]
            rows.append({**row, "sample": sample, "logos": _logos(str(row["motif"]), mine)})
    return rows


def _logos(name: str, rows: pd.DataFrame) -> Markup:
    """Base shares above, contributions below."""
    shares, contributions = (
        rows.pivot(index="position", columns="base", values=value)[list(BASES)].to_numpy()
        for value in ("share", "contribution")
    )
    return Markup(svg_logo(from_shares(name, shares)) + "<br>" + svg_contributions(name, contributions))


def discovered_table(rows: Sequence[dict[str, Any]]) -> Table | None:
    """The table, of rows as `discovered_rows` gives; None without rows."""
    if not rows:
        return None
    shown = [{**row, "called": _called(row), "bound": _bound(row), "files": _files(str(row["sample"]))} for row in rows]
    return Table("discovered", _COLUMNS, shown)


def _files(sample: str) -> Markup:
    """Links from the report to the files that hold a sample's hits, matrices and seqlets."""
    links = [f'<a href="discover/{quote(sample)}/{file}">{title}</a>' for title, file in _FILES]
    return Markup(" ".join(links))


def _known(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _called(row: dict[str, Any]) -> str:
    """The name of a motif, or the best match with its q: a name alone would claim too much."""
    if _known(row["name"]):
        return str(row["name"])
    if not row["targets"]:
        return "not compared"
    return f"no match (best: {row['match']}, q {row['match_q']:.2g})" if _known(row["match"]) else "no match"


def _bound(row: dict[str, Any]) -> str:
    """The motif of a binding model, with q, or that none matches; empty where there is none to compare with."""
    if _known(row.get("in_vitro")):
        return f"{row['in_vitro']} (q {row['in_vitro_q']:.2g})"
    match = row.get("in_vitro_match")
    return f"no match (best: {match}, q {row['in_vitro_q']:.2g})" if _known(match) else ""

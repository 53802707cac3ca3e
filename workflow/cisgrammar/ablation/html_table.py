"""The ablation table as one HTML page: sorts, filters, and shows a logo and the profile before and after per row."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.html_logo import letter_symbols, logos, sparkline
from cisgrammar.ablation.html_page import SCRIPT, STYLE
from cisgrammar.ablation.scan_motif import ScanMotif


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page shows beside the tables.

    Attributes
    ----------
    motifs
        Motifs and decoys by name.
    site, before, after
        As `ablate_shard.read_profiles` gives.
    model
        The part of the model that the profiles are of.
    """

    motifs: Mapping[str, ScanMotif]
    site: NDArray[np.int64]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    model: str


@dataclass(frozen=True)
class _Column:
    """Heading, how to fill a cell, and whether it sorts as a number; `unit` is told on hovering."""

    title: str
    name: str
    number: bool = True
    unit: str = ""


# They follow the first column.
_PICTURES = ("logo", "profile")
_MOTIF = (
    _Column("motif", "motif", False),
    _Column("model", "model", False),
    _Column("head", "head", False),
    _Column("source", "source", False),
    _Column("sites", "sites"),
    _Column("necessity", "necessity", unit="ln counts before minus after ablation, mean over sites"),
    _Column("95 % from", "necessity_low", unit="clustered by region"),
    _Column("to", "necessity_high", unit="clustered by region"),
    _Column("p of the mean", "p_mean", unit="chance that as many controls have as large a mean"),
    _Column("share significant", "share_significant", unit="of the sites, by counts"),
    _Column("share, profile", "share_profile", unit="of the sites, by the profile's distance"),
    _Column("decoys: necessity", "decoy_necessity", unit="ln counts"),
    _Column("decoys: share", "decoy_share_significant"),
    _Column("sufficiency", "sufficiency", unit="ln counts with minus without the motif, in background"),
    _Column("&plusmn;", "sufficiency_se", unit="standard error over backgrounds"),
    _Column("affinity", "log_affinity", unit="ln of the best sequence over random sequence, binding stage"),
    _Column("bits", "information"),
    _Column("attribution", "attribution", unit="sum over the site, ln counts"),
    _Column("strands r", "rc_pearson", unit="Pearson correlation with the effects on the other strand"),
    _Column("spacing in vitro", "in_vitro_spacing", False, "partner:strands:offset"),
    _Column("in silico", "in_silico_spacing", False, "partner:strands:offset"),
)
_SITE = (
    _Column("motif", "name", False),
    _Column("kind", "kind", False),
    _Column("model", "model", False),
    _Column("head", "head", False),
    _Column("place", "place", False, "chromosome:start-end, 0-based, half-open"),
    _Column("strand", "strand", False),
    _Column("score", "score", unit="nats below the best sequence, or the BED's"),
    _Column("effect", "delta_log_counts", unit="ln counts before minus after ablation"),
    _Column("&plusmn;", "delta_log_counts_se", unit="standard error over shuffles"),
    _Column("p", "p_value", unit="share of controls with as large an effect"),
    _Column("q", "q_value", unit="Benjamini and Hochberg, over sites, and over decoys"),
    _Column("profile", "profile_jsd", unit="Jensen-Shannon distance, base 2"),
    _Column("q, profile", "q_profile"),
    _Column("at the site", "local_log_ratio", unit="ln of the profile before over after"),
    _Column("distinct", "distinct", unit="shuffles that differ from each other and the site"),
    _Column("identical", "identical", unit="shuffles that are the site itself"),
)


def ablation_page(title: str, sites: pd.DataFrame, motifs: pd.DataFrame, shown: Shown, significance: float) -> str:
    """Build the page.

    Parameters
    ----------
    title
        Its heading.
    sites
        Of `site_table`; controls are left out.
    motifs
        Of `motif_table`.
    shown
        Logos and profiles. Profiles are of the first model and head; a motif's is the mean over its sites, turned
        onto its strand.
    significance
        What counts as significant, for the text.

    Returns
    -------
    str
        HTML that needs no other file and no network; equal input gives equal bytes.
    """
    name, drawn = html.escape(title), logos(shown.motifs)
    rows = sites[sites["kind"] != "control"]
    of_model = sites.loc[sites["model"] == shown.model, "head"]
    of_profiles = (shown.model, of_model.iloc[0] if len(of_model) else "")
    profiles = {int(s): (b, a) for s, b, a in zip(shown.site, shown.before, shown.after, strict=True)}
    intro = (
        "Each site of a motif was shuffled in the sequence that the model reads. Effects are ln counts before minus "
        "after; p-values come from control windows of like width and GC content in the same sequences, q-values from "
        "the sites of a model, and from its decoys as a family of their own. Sites count from "
        f"q &lt; {significance:g} on. In the small profiles the area is before ablation, the line after, the site in "
        "the middle of 200 bp. Click a heading to sort."
    )
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{name}</title>',
            '<meta name="viewport" content="width=device-width">',
            f"<style>{STYLE}</style></head><body>{letter_symbols()}",
            f"<h1>{name}</h1><p>{intro}</p>",
            _section("motifs", _MOTIF, motifs.to_dict("records"), _MotifPictures(drawn, of_profiles, rows, profiles)),
            _section("sites", _SITE, _placed(rows), _SitePictures(drawn, of_profiles, profiles)),
            f"<script>{SCRIPT}</script></body></html>",
            "",
        ]
    )


def _placed(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with their place, sites before decoys, the surest first."""
    models = {model: i for i, model in enumerate(dict.fromkeys(rows["model"]))}
    place = [f"{r.chrom}:{r.start}-{r.end}" for r in rows.itertuples()]
    ordered = rows.assign(place=place, _model=rows["model"].map(models), _decoy=rows["kind"] != "site")
    return ordered.sort_values(["_decoy", "_model", "head", "q_value", "site"], kind="stable").to_dict("records")


@dataclass(frozen=True, eq=False)
class _SitePictures:
    """Logo of a site and, in a row of the model and head that profiles are kept of, its profile."""

    drawn: Mapping[str, str]
    of_profiles: tuple[str, str]
    profiles: Mapping[int, tuple[NDArray, NDArray]]

    def __call__(self, row: Mapping[str, Any]) -> tuple[str, str]:
        one = self.profiles.get(int(row["site"])) if (row["model"], row["head"]) == self.of_profiles else None
        label = f"profile before and after ablation of {row['name']} at {row['place']}"
        return self.drawn.get(row["name"], ""), sparkline(*one, label) if one else ""


@dataclass(frozen=True, eq=False)
class _MotifPictures:
    """Logo of a motif and, in a row of the model and head that profiles are kept of, its sites' mean profile."""

    drawn: Mapping[str, str]
    of_profiles: tuple[str, str]
    rows: pd.DataFrame
    profiles: Mapping[int, tuple[NDArray, NDArray]]

    def __call__(self, row: Mapping[str, Any]) -> tuple[str, str]:
        if (row["model"], row["head"]) != self.of_profiles:
            return self.drawn.get(row["motif"], ""), ""
        mine = self.rows[(self.rows["name"] == row["motif"]) & (self.rows["kind"] == "site")]
        mine = mine.drop_duplicates("site")
        turned = [
            tuple(p[::-1] if strand == "-" else p for p in self.profiles[site])
            for site, strand in zip(mine["site"].tolist(), mine["strand"], strict=True)
            if site in self.profiles
        ]
        whole = [pair for pair in turned if np.isfinite(pair[0]).all()]
        if not whole:
            return self.drawn.get(row["motif"], ""), ""
        before, after = (np.mean(values, axis=0) for values in zip(*whole, strict=True))
        label = f"mean profile before and after ablation of {len(whole)} sites of {row['motif']}"
        return self.drawn.get(row["motif"], ""), sparkline(before, after, label)


def _section(name: str, columns: Sequence[_Column], rows: Sequence[Mapping[str, Any]], pictures: Any) -> str:
    titles = [
        f'<th scope="col" aria-sort="none" data-type="{"number" if c.number else "text"}">'
        f'<button type="button" title="{html.escape(c.unit)}">{c.title}</button></th>'
        for c in columns
    ]
    titles[1:1] = [f'<th scope="col">{picture}</th>' for picture in _PICTURES]
    body = "\n".join(_row(columns, row, pictures(row)) for row in rows)
    return (
        f'<section data-table="{name}"><h2>{name}</h2>{_filters(name, columns, rows)}'
        f'<div class="scroll" tabindex="0" role="region" aria-label="table of {name}"><table>'
        f"<thead><tr>{''.join(titles)}</tr></thead><tbody>\n{body}\n</tbody></table></div></section>"
    )


def _row(columns: Sequence[_Column], row: Mapping[str, Any], pictures: tuple[str, str]) -> str:
    cells = [_number(row.get(c.name)) if c.number else f"<td>{_text(row.get(c.name))}</td>" for c in columns]
    cells[1:1] = [f"<td>{picture}</td>" for picture in pictures]
    return f"<tr>{''.join(cells)}</tr>"


def _text(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else html.escape(str(value))


def _number(value: Any) -> str:
    if value is None or not math.isfinite(value):
        return '<td class="number" data-value="">&ndash;</td>'
    return f'<td class="number" data-value="{value:.6g}">{value:.3g}</td>'


def _filters(name: str, columns: Sequence[_Column], rows: Sequence[Mapping[str, Any]]) -> str:
    parts = [f'<label>contains <input type="search" data-filter="text:" id="{name}-text"></label>']
    for number, column in enumerate(columns):
        i = number + len(_PICTURES) if number else 0
        values = sorted({_text(row.get(column.name)) for row in rows})
        if column.title in ("motif", "kind", "model") and len(values) > 1:
            options = "".join(f"<option>{value}</option>" for value in values)
            select = f'<select data-filter="is:{i}"><option value="">all</option>{options}</select>'
            parts.append(f"<label>{column.title} {select}</label>")
        if column.name in ("q_value", "necessity"):
            how, word = ("below", "below") if column.name == "q_value" else ("least", "at least")
            field = f'<input type="number" step="any" data-filter="{how}:{i}">'
            parts.append(f"<label>{column.title} {word} {field}</label>")
    clear = '<button type="button" data-clear>clear</button> <output aria-live="polite"></output>'
    return f"<fieldset><legend>filter {name}</legend>{''.join(parts)}{clear}</fieldset>"

"""The ablation table as one HTML page: sorts, filters, and shows a logo and the profile before and after per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from cisgrammar.motifs.logo import LETTER_COLOURS, letter_symbols, svg_logos
from cisgrammar.motifs.motif import Motif
from cisgrammar.report.render import render
from cisgrammar.report.sparkline import sparkline
from cisgrammar.report.table import Column, Table


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

    motifs: Mapping[str, Motif]
    site: NDArray[np.int64]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    model: str


_PICTURES = (Column("logo", "logo", "picture"), Column("profile", "profile", "picture"))
_Pictures = Callable[[Mapping[str, Any]], tuple[Markup, Markup]]
MOTIF_COLUMNS = (
    Column("motif", "motif", "text", choice=True),
    Column("model", "model", "text", choice=True),
    Column("head", "head", "text"),
    Column("source", "source", "text"),
    Column("sites", "sites"),
    Column("necessity", "necessity", unit="ln counts before minus after ablation, mean over sites", bound="least"),
    Column("95 % from", "necessity_low", unit="clustered by region"),
    Column("to", "necessity_high", unit="clustered by region"),
    Column("p of the mean", "p_mean", unit="chance that like controls have another mean by as much"),
    Column("p, profile", "p_mean_profile", unit="likewise of the profile's distance"),
    Column("share significant", "share_significant", unit="of the sites, by counts"),
    Column("share, profile", "share_profile", unit="of the sites, by the profile's distance"),
    Column("share, footprint", "share_footprint", unit="of the sites, by the profile at the site"),
    Column("decoys: necessity", "decoy_necessity", unit="ln counts"),
    Column("decoys: share", "decoy_share_significant"),
    Column("sufficiency", "sufficiency", unit="ln counts with minus without the motif, in background"),
    Column("±", "sufficiency_se", unit="standard error over backgrounds"),
    Column("affinity", "log_affinity", unit="ln of the best sequence over random sequence, binding stage"),
    Column("bits", "information"),
    Column("attribution", "attribution", unit="sum over the site, ln counts"),
    Column("strands r", "rc_pearson", unit="Pearson correlation with the effects on the other strand"),
    Column("spacing in vitro", "in_vitro_spacing", "text", "partner:strands:offset"),
    Column("in silico", "in_silico_spacing", "text", "partner:strands:offset"),
)
_SITE = (
    Column("motif", "name", "text", choice=True),
    Column("kind", "kind", "text", choice=True),
    Column("model", "model", "text", choice=True),
    Column("head", "head", "text"),
    Column("place", "place", "text", "chromosome:start-end, 0-based, half-open"),
    Column("strand", "strand", "text"),
    Column("score", "score", unit="nats below the best sequence, or the BED's"),
    Column("effect", "delta_log_counts", unit="ln counts before minus after ablation"),
    Column("±", "delta_log_counts_se", unit="standard error over shuffles"),
    Column("p", "p_value", unit="share of controls with as large an effect over the spread of like ones"),
    Column("q", "q_value", unit="Benjamini and Hochberg, over a motif's sites, or its decoys", bound="below"),
    Column("profile", "profile_jsd", unit="Jensen-Shannon distance, base 2"),
    Column("q, profile", "q_profile"),
    Column("at the site", "local_log_ratio", unit="ln of the profile before over after"),
    Column("q, footprint", "q_footprint"),
    Column("left", "allowed", unit="arrangements without the motif; an estimate if many"),
    Column("distinct", "distinct", unit="shuffles that differ from each other and the site"),
    Column("identical", "identical", unit="shuffles that are the site itself"),
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
    drawn = {name: Markup(logo) for name, logo in svg_logos(shown.motifs).items()}
    rows = sites[sites["kind"] != "control"]
    of_model = sites.loc[sites["model"] == shown.model, "head"]
    of_profiles = (shown.model, of_model.iloc[0] if len(of_model) else "")
    profiles = {int(s): (b, a) for s, b, a in zip(shown.site, shown.before, shown.after, strict=True)}
    of_motif = _MotifPictures(drawn, of_profiles, rows, profiles)
    of_site = _SitePictures(drawn, of_profiles, profiles)
    page = render(
        "ablation.html.j2",
        title=title,
        colours=LETTER_COLOURS,
        letters=Markup(letter_symbols()),
        significance=significance,
        motifs=_pictured("motifs", MOTIF_COLUMNS, motifs.to_dict("records"), of_motif),
        sites=_pictured("sites", _SITE, _placed(rows), of_site),
    )
    # Plain text: markup would escape what a caller puts into it.
    return str(page)


def _pictured(name: str, columns: tuple[Column, ...], rows: list[dict[str, Any]], pictures: _Pictures) -> Table:
    """A table with a logo and a profile behind the first column."""
    shown = [row | dict(zip(("logo", "profile"), pictures(row), strict=True)) for row in rows]
    return Table(name, (columns[0], *_PICTURES, *columns[1:]), shown)


def _placed(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with their place, sites before decoys, the surest first."""
    models = {model: i for i, model in enumerate(dict.fromkeys(rows["model"]))}
    place = [f"{r.chrom}:{r.start}-{r.end}" for r in rows.itertuples()]
    ordered = rows.assign(place=place, _model=rows["model"].map(models), _decoy=rows["kind"] != "site")
    return ordered.sort_values(["_decoy", "_model", "head", "q_value", "site"], kind="stable").to_dict("records")


@dataclass(frozen=True, eq=False)
class _SitePictures:
    """Logo of a site and, in a row of the model and head that profiles are kept of, its profile."""

    drawn: Mapping[str, Markup]
    of_profiles: tuple[str, str]
    profiles: Mapping[int, tuple[NDArray[np.float32], NDArray[np.float32]]]

    def __call__(self, row: Mapping[str, Any]) -> tuple[Markup, Markup]:
        one = self.profiles.get(int(row["site"])) if (row["model"], row["head"]) == self.of_profiles else None
        label = f"profile before and after ablation of {row['name']} at {row['place']}"
        return self.drawn.get(row["name"], Markup()), sparkline(*one, label) if one else Markup()


@dataclass(frozen=True, eq=False)
class _MotifPictures:
    """Logo of a motif and, in a row of the model and head that profiles are kept of, its sites' mean profile."""

    drawn: Mapping[str, Markup]
    of_profiles: tuple[str, str]
    rows: pd.DataFrame
    profiles: Mapping[int, tuple[NDArray[np.float32], NDArray[np.float32]]]

    def __call__(self, row: Mapping[str, Any]) -> tuple[Markup, Markup]:
        if (row["model"], row["head"]) != self.of_profiles:
            return self.drawn.get(row["motif"], Markup()), Markup()
        mine = self.rows[(self.rows["name"] == row["motif"]) & (self.rows["kind"] == "site")]
        mine = mine.drop_duplicates("site")
        turned = [
            tuple(p[::-1] if strand == "-" else p for p in self.profiles[site])
            for site, strand in zip(mine["site"].tolist(), mine["strand"], strict=True)
            if site in self.profiles
        ]
        whole = [pair for pair in turned if np.isfinite(pair[0]).all()]
        if not whole:
            return self.drawn.get(row["motif"], Markup()), Markup()
        before, after = (np.mean(values, axis=0) for values in zip(*whole, strict=True))
        label = f"mean profile before and after ablation of {len(whole)} sites of {row['motif']}"
        return self.drawn.get(row["motif"], Markup()), sparkline(before, after, label)

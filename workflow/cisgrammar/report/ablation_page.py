"""The ablation table as one HTML page: sorts, filters, and shows a logo and the profile before and after per row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from cisgrammar.motifs.logo import logo_address, logo_label
from cisgrammar.motifs.motif import Motif
from cisgrammar.report.render import pieces
from cisgrammar.report.sparkline import sparkline
from cisgrammar.report.table import Column, Table


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page shows beside the tables.

    Attributes
    ----------
    motifs
        Motifs and decoys by name.
    profiles
        Of sites, read as far as they are shown.
    model
        The part of the model that the profiles are of.
    """

    motifs: Mapping[str, Motif]
    profiles: Profiles
    model: str


class Profiles(Protocol):
    """Profiles of sites, such as `effects.profile_files.Profiles`."""

    site: NDArray[np.int64]

    def read(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Profiles before and after of some of the sites, `(rows, positions)` each."""
        ...


_PICTURES = (Column("logo", "logo", "picture"), Column("profile", "profile", "picture"))
_PLACE = Markup('<span class="logo logo-{}" role="img" aria-label="{}"></span>')
_AT_ONCE = 512
"""Sites whose profiles are in memory at a time."""
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


def ablation_page(
    title: str, sites: pd.DataFrame, motifs: pd.DataFrame, shown: Shown, significance: float
) -> Iterator[str]:
    """Yield the page piece by piece: a few sites are in memory at a time.

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

    Yields
    ------
    str
        HTML that needs no other file and no network; equal input gives equal bytes.
    """
    named = set(motifs["motif"]) | set(sites["name"])
    logos = {name: motif for name, motif in shown.motifs.items() if name in named}
    drawn = {
        # Its number: a name may hold what a class may not.
        name: _PLACE.format(i, Markup(logo_label(motif)))
        for i, (name, motif) in enumerate(logos.items())
    }
    real = np.flatnonzero((sites["kind"] != "control").to_numpy())
    of_model = sites.loc[sites["model"] == shown.model, "head"]
    pictures = _Pictures(drawn, shown, of_model.iloc[0] if len(of_model) else "")
    of_motifs = [row | pictures.of_motif(row, sites) for row in motifs.to_dict("records")]
    choices = {column.name: sites[column.name].iloc[real].unique() for column in _SITE if column.choice}
    return pieces(
        "ablation.html.j2",
        title=title,
        logos=[Markup(logo_address(motif)) for motif in logos.values()],
        significance=significance,
        motifs=Table("motifs", _pictured(MOTIF_COLUMNS), of_motifs),
        sites=Table("sites", _pictured(_SITE), _site_rows(sites, real, pictures), choices),
    )


def _pictured(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Columns with a logo and a profile behind the first."""
    return (columns[0], *_PICTURES, *columns[1:])


def _site_rows(sites: pd.DataFrame, real: NDArray[np.int64], pictures: _Pictures) -> Iterator[dict[str, Any]]:
    """Yield sites with their places and pictures: sites before decoys, the surest first."""
    keys = sites[["head", "q_value", "site"]].iloc[real]
    models = sites["model"].iloc[real]
    number = {model: i for i, model in enumerate(dict.fromkeys(models))}
    keys = keys.assign(_decoy=sites["kind"].iloc[real] != "site", _model=models.map(number), _row=real)
    ordered = keys.sort_values(["_decoy", "_model", "head", "q_value", "site"], kind="stable")["_row"].to_numpy()
    for first in range(0, len(ordered), _AT_ONCE):
        rows = sites.iloc[ordered[first : first + _AT_ONCE]].to_dict("records")
        for row in rows:
            row["place"] = f"{row['chrom']}:{row['start']}-{row['end']}"
        yield from (row | found for row, found in zip(rows, pictures.of_sites(rows), strict=True))


@dataclass(frozen=True, eq=False)
class _Pictures:
    """Logos and, in rows of the model and head that profiles are kept of, profiles.

    Attributes
    ----------
    drawn
        Logos of motifs and decoys.
    shown
        What profiles there are.
    head
        Of the profiles.
    """

    drawn: Mapping[str, Markup]
    shown: Shown
    head: str

    def of_sites(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Markup]]:
        """Yield logo and profile of each row of a few sites."""
        asked = [i for i, row in enumerate(rows) if (row["model"], row["head"]) == (self.shown.model, self.head)]
        number, known = self._rows(np.array([rows[i]["site"] for i in asked], dtype=np.int64))
        read = self.shown.profiles.read(number[known]) if known.any() else ((), ())
        profiles = dict(zip(np.array(asked, dtype=np.int64)[known].tolist(), zip(*read, strict=True), strict=True))
        for i, row in enumerate(rows):
            label = f"profile before and after ablation of {row['name']} at {row['place']}"
            before, after = profiles.get(i, (None, None))
            profile = Markup() if before is None else sparkline(before, after, label)
            yield {"logo": self.drawn.get(row["name"], Markup()), "profile": profile}

    def of_motif(self, row: Mapping[str, Any], sites: pd.DataFrame) -> dict[str, Markup]:
        """Logo of a motif and the mean profile of its sites."""
        found = {"logo": self.drawn.get(row["motif"], Markup()), "profile": Markup()}
        if (row["model"], row["head"]) != (self.shown.model, self.head):
            return found
        mine = sites.loc[(sites["name"] == row["motif"]) & (sites["kind"] == "site"), ["site", "strand"]]
        mine = mine.drop_duplicates("site")
        number, known = self._rows(mine["site"].to_numpy())
        sums, whole = self._sums(number[known], (mine["strand"] == "-").to_numpy()[known])
        if sums is not None:
            before, after = sums / np.float32(whole)
            label = f"mean profile before and after ablation of {whole} sites of {row['motif']}"
            found["profile"] = sparkline(before, after, label)
        return found

    def _rows(self, site: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where the profiles of sites are, and which sites have one."""
        every = self.shown.profiles.site
        at = np.minimum(np.searchsorted(every, site), max(len(every) - 1, 0))
        return at, every[at] == site if len(every) else np.zeros(len(site), dtype=bool)

    def _sums(self, rows: NDArray[np.int64], turned: NDArray[np.bool_]) -> tuple[NDArray[np.float32] | None, int]:
        """Sum over sites of the profiles before and after `(2, positions)`, on the motif's strand; how many there are.

        Profiles that leave the window are left out.
        """
        total, number = None, 0
        for first in range(0, len(rows), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            values = np.stack(self.shown.profiles.read(rows[part]), axis=1)  # (sites, 2, positions)
            values = np.where(turned[part, None, None], values[..., ::-1], values)
            values = values[np.isfinite(values[:, 0]).all(axis=1)]
            number += len(values)
            if len(values):
                # One after the other: the same sum whatever the blocks are.
                total = np.add.reduce(values if total is None else np.concatenate([total[None], values]), axis=0)
        return total, number

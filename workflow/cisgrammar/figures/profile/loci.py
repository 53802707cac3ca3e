"""Single windows: what was observed, and what each part of the model says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cisgrammar.ablation.contributions.contribution_files import read_contributions
from cisgrammar.figures.style import COLOURS, GREEN, TWO_COLUMNS, new_figure, styled
from cisgrammar.motifs.logo import draw_logo, stack_ends
from cisgrammar.profile.prediction_file import PredictionFile, Source
from cisgrammar.sequence.alphabet import BASES
from cisgrammar.signal.store import Head, cut_counts, open_genome, open_signal
from cisgrammar.signal.table import read_regions
from cisgrammar.tables.contracts import ablation, profile

TEXT = ("locus", "chrom", "name")
TEXT_OR_NONE = ("base", "site")
_PARTS = ("observed", "combined", "transformation", "residual")
_LABELS = {"observed": "observed", "combined": "combined", "transformation": "bias", "residual": "residual"}
_DECILES = {"best decile": 0.1, "median": 0.5, "worst decile": 0.9}
_HALF = 250
_LOGO = 32
_SIGNIFICANCE = 0.05
_LONGEST = 12


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Tracks of three peaks: at the 10 %, 50 % and 90 % quantile of the combined model's distance from the reads.

    Inputs are `per_region`, `predictions`, `genome` and `signal`; with `contributions` the peaks are of those that
    were explained, and what each base contributes is a track too; with `ablated`, the table of sites, `site` has their
    names and `necessary` is 1 where one of them has q below 0.05 against its controls. The first head is taken, tasks
    summed, 250 bp on each side of the summit.
    """
    table = profile.PER_REGION.read(inputs["per_region"])
    predicted = PredictionFile(inputs["predictions"])
    head = predicted.heads[0]
    scored = table[(table.model == "combined") & (table.kind == "peak") & (table["head"] == head)]
    scored = scored.dropna(subset="jsd").sort_values(["jsd", "chrom", "start"], ignore_index=True)
    explained = _explained(inputs, head)
    if explained:
        scored = scored[
            [(c, int(s)) in explained for c, s in zip(scored.chrom, scored.start, strict=True)]
        ].reset_index(drop=True)
    if scored.empty:
        raise ValueError(f"{inputs['per_region']}: no peak with reads to show; lower evaluate.min_counts")
    genome, signal = open_genome(inputs["genome"]), open_signal(inputs["signal"])
    sites = _ablated(inputs, head)
    drawn = []
    for title, quantile in _DECILES.items():
        row = scored.iloc[round(quantile * (len(scored) - 1))]
        first = genome.position(row.chrom, int(row.start))
        index = np.flatnonzero((predicted.starts == row.start) & (predicted.chroms == row.chrom))[-1:]
        tracks = _tracks(predicted, signal.heads[head], head, index, first)
        if explained:
            tracks |= _middle(explained[row.chrom, int(row.start)], len(tracks["observed"]))
        one = _rows(title, row, tracks)
        drawn.append(one if sites is None else _named(one, sites, (int(row.start) + int(row.end)) // 2))
    return pd.concat(drawn, ignore_index=True).assign(peaks=len(scored))


def paint(table: pd.DataFrame) -> Figure:
    """A column for each peak: what was observed, what each part of the model predicts, and what the bases contribute.

    Ablated sites are grey stretches with their names, bold where their effect is beyond that of controls (q < 0.05).
    """
    more = 2 if "contribution" in table else 0
    shown = [part for part in _PARTS if part in table]
    with styled():
        figure, axes = new_figure(len(shown) + more, 3, (TWO_COLUMNS, 1.1 * len(shown) + more))
        for column, title in enumerate(_DECILES):
            rows = table[table.locus == title]
            one = rows.iloc[0]
            _column(axes[column::3], {part: rows[part].to_numpy() for part in shown})
            axes[column].set_title(
                f"{title}: {one.chrom}:{one.start:,}\ndistance {one.distance:.3f}, {one.total:,} 5' ends"
            )
            axes[3 * (len(shown) + bool(more) - 1) + column].set_xlabel("bp from the window's centre")
            if "site" in table:
                _sites(axes[column::3][: len(shown) + bool(more)], rows)
            if more:
                _contributions(axes[3 * len(shown) + column], axes[3 * len(shown) + 3 + column], rows)
        labels = _LABELS if "transformation" in shown else {**_LABELS, "combined": "model"}
        for i, part in enumerate(shown):
            axes[3 * i].set_ylabel(f"{labels[part]}\n5' ends per bp")
        for i, label in enumerate(("contribution\n(ln counts)", "strongest\n32 bp")[:more]):
            axes[3 * (len(shown) + i)].set_ylabel(label)
        for above, below in zip(axes[:3], axes[3:6], strict=True):
            top = max(above.get_ylim()[1], below.get_ylim()[1])
            above.set_ylim(0, top)
            below.set_ylim(0, top)
        figure.suptitle(
            f"three of {table.peaks.iloc[0]} peaks, by Jensen-Shannon distance between combined model and reads",
            fontsize=7.5,
        )
    return figure


def _tracks(predicted: Source, counts: Head, head: str, index: NDArray[np.int64], first: int) -> dict[str, NDArray]:
    """Observed and predicted 5' ends around the centre of one window; parts are scaled to the observed total."""
    shapes = {
        part: predicted.read(part, index).log_probabilities[head] for part in _PARTS[1:] if part in predicted.parts
    }
    length = shapes["combined"].shape[2]
    observed = cut_counts(counts, np.array([first]), length)[0].sum(axis=0).astype(float)
    tracks = {"observed": observed}
    for part, shape in shapes.items():
        tracks[part] = observed.sum() * np.exp(shape[0]).sum(axis=0)
    middle, half = length // 2, min(_HALF, length // 2)
    return {name: track[middle - half : middle + half] for name, track in tracks.items()}


def _explained(inputs: Mapping[str, str], head: str) -> dict[tuple[str, int], dict[str, NDArray]]:
    """(chrom, start of the output window) -> contributions to ln counts, and letters, along the model's input."""
    if "contributions" not in inputs:
        return {}
    found = read_contributions(inputs["contributions"])
    regions = read_regions(inputs["regions"])
    key = next((key for key in found.hypothetical if key[0] == head), next(iter(found.hypothetical)))
    letters = np.array(list(f"{BASES}N"))[found.codes]
    starts = zip(regions.chrom[found.region].tolist(), regions.start[found.region].tolist(), strict=True)
    values = zip(found.of_bases(key), letters, strict=True)
    return {place: {"contribution": value, "base": text} for place, (value, text) in zip(starts, values, strict=True)}


def _middle(tracks: Mapping[str, NDArray], length: int) -> dict[str, NDArray]:
    """The middle `length` bp of tracks along the input."""
    first = {name: (len(track) - length) // 2 for name, track in tracks.items()}
    return {name: track[first[name] : first[name] + length] for name, track in tracks.items()}


def _ablated(inputs: Mapping[str, str], head: str) -> pd.DataFrame | None:
    """Sites and whether each is necessary in the combined model, or in the first there is; None without the table."""
    if "ablated" not in inputs:
        return None
    table = ablation.SITE_EFFECTS.read(inputs["ablated"])
    table = table[(table["kind"] == "site") & (table["head"] == head)]
    of_model = table[table["model"] == "combined"]
    table = of_model if len(of_model) else table[table["model"] == table["model"].head(1).squeeze()]
    return table.assign(necessary=(table["q_value"] < _SIGNIFICANCE).astype(int))


def _named(rows: pd.DataFrame, sites: pd.DataFrame, middle: int) -> pd.DataFrame:
    """Rows of a locus with the sites that cover each position; `middle` is where position 0 is."""
    names: list[list[str]] = [[] for _ in range(len(rows))]
    necessary = np.zeros(len(rows), dtype=int)
    first = middle + int(rows["position"].iloc[0])
    near = sites[(sites["chrom"] == rows["chrom"].iloc[0]) & (sites["end"] > first)]
    for site in near[near["start"] < first + len(rows)].itertuples():
        for at in range(max(0, site.start - first), min(len(rows), site.end - first)):
            names[at] = sorted({*names[at], site.name})
            necessary[at] |= site.necessary
    return rows.assign(site=["/".join(found) or None for found in names], necessary=necessary)


def _sites(axes: list[Axes], rows: pd.DataFrame) -> None:
    """Shade the sites in all panels, and name them at the lower end of the first."""
    named = rows["site"].fillna("")
    for _, run in rows.groupby((named != named.shift()).cumsum()):
        name = run["site"].iloc[0]
        if not isinstance(name, str):
            continue
        low, high = run["position"].iloc[0] - 0.5, run["position"].iloc[-1] + 0.5
        for axis in axes:
            axis.axvspan(low, high, color="#dddddd", linewidth=0, zorder=0)
        axes[0].text(
            (low + high) / 2,
            0.98,
            name[:_LONGEST],
            transform=axes[0].get_xaxis_transform(),
            rotation=90,
            ha="center",
            va="top",
            fontsize=5,
            fontweight="bold" if run["necessary"].any() else "normal",
        )


def _contributions(whole: Axes, close: Axes, rows: pd.DataFrame) -> None:
    """All contributions as bars, and the stretch with most of them as a logo."""
    values, position = rows["contribution"].to_numpy(), rows["position"].to_numpy()
    whole.bar(position, values, 1.0, color=GREEN)
    whole.axhline(0, color="black", linewidth=0.5)
    whole.margins(x=0)
    width = min(_LOGO, len(values))
    first = int(np.convolve(np.abs(values), np.ones(width), "valid").argmax())
    part = rows.iloc[first : first + width]
    one_hot = part["base"].to_numpy()[:, None] == np.array(list(BASES))
    matrix = pd.DataFrame(one_hot * part["contribution"].to_numpy()[:, None], part["position"], list(BASES))
    draw_logo(close, matrix, stack_ends(matrix.to_numpy(dtype=float)))
    close.set_xlabel("bp from the window's centre")


def _column(axes: list[Axes], tracks: Mapping[str, NDArray]) -> None:
    for axis, (part, track) in zip(axes, tracks.items(), strict=False):
        half = len(track) // 2
        axis.stairs(track, np.arange(-half, half + 1) - 0.5, fill=True, color=COLOURS[part])
        axis.set_ylim(bottom=0)
        axis.margins(x=0)


def _rows(title: str, row: pd.Series, tracks: Mapping[str, NDArray]) -> pd.DataFrame:
    half = len(tracks["observed"]) // 2
    place = {"locus": title, "chrom": row.chrom, "start": int(row.start), "name": row["name"]}
    numbers = {"distance": row.jsd, "total": int(row.counts)}
    return pd.DataFrame({**place, **numbers, "position": np.arange(-half, half), **tracks})

"""Cooperativity of a pair: by strands and offset as a heatmap, and with its intervals below."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.binding.style import PLACEMENTS, fitted_reads, with_reads
from cisgrammar.figures.style import BLACK, COLUMN, GREY, TWO_COLUMNS, new_figure, nothing_to_draw, styled
from cisgrammar.tables.contracts import binding

TEXT = ("pair", "strands")
_COLUMNS = ["pair", "strands", "offset", "log_omega", "lower", "upper", "gain"]
# Log-likelihood, in nats, that a spacing must bring to be needed: half the 95 % quantile of chi squared.
_NEEDED = 1.92
_WIDE = 16
_MOST = 8.0


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `spacing`, with the fitted reads by `heldout`."""
    return with_reads(binding.SPACING.read(inputs["spacing"])[_COLUMNS], inputs)


def paint(table: pd.DataFrame) -> Figure:
    """Intervals for each pair, and above them a heatmap where there are several kinds of strands to compare.

    The black line is the marginal over offsets: ln of the mean omega over strands. Bars are 95 % profile-likelihood
    intervals; one that is open below ends in an arrow. Open points are spacings without which the reads would be as
    likely.
    """
    pairs = list(dict.fromkeys(table["pair"]))
    with styled():
        if not pairs:
            return nothing_to_draw("no cooperativity was fitted")
        most = max(len(_slots(rows["offset"])) for _, rows in table.groupby("pair"))
        width = TWO_COLUMNS if most > _WIDE else COLUMN
        strips = [0.45 if table.loc[table["pair"] == pair, "strands"].nunique() > 1 else 0.01 for pair in pairs]
        heights = [height for strip in strips for height in (strip, 1.6)]
        size = (width, 1.5 * sum(heights) + 0.4)
        figure, axes = new_figure(2 * len(pairs), 1, size, gridspec_kw={"height_ratios": heights})
        reads = fitted_reads(table)
        for number, pair in enumerate(pairs):
            rows = table[table["pair"] == pair]
            slots = _slots(rows["offset"])
            rows = rows.assign(slot=rows["offset"].map(slots))
            if rows["strands"].nunique() > 1:
                _heatmap(figure, axes[2 * number], rows)
            else:
                axes[2 * number].axis("off")
            _intervals(axes[2 * number + 1], rows)
            every = -(-len(slots) // (2 * _WIDE if width == TWO_COLUMNS else _WIDE))
            for axis in axes[2 * number : 2 * number + 2]:
                axis.set_xticks(list(slots.values())[::every], [str(offset) for offset in slots][::every])
                axis.set_xlim(-0.5, max(slots.values()) + 0.5)
            axes[2 * number].set_title(pair + (f" ({reads})" if reads else ""), loc="left")
        _legend(figure, axes[1::2])
    return figure


def _legend(figure: Figure, axes: list[Axes]) -> None:
    known = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(known.values(), known.keys(), loc="outside lower center", ncols=2)


def _slots(offsets: pd.Series) -> dict[int, int]:
    """Place of each offset on the axis: side by side, one place left free where offsets are banned."""
    slots: dict[int, int] = {}
    before = None
    for offset in sorted(set(offsets.astype(int))):
        last = -1 if before is None else slots[before]
        slots[offset] = last + (1 if before is None or offset == before + 1 else 2)
        before = offset
    return slots


def _heatmap(figure: Figure, axis: Axes, rows: pd.DataFrame) -> None:
    """Strands by offset; what is banned or absent is grey."""
    strands = [s for s in PLACEMENTS if s in set(rows["strands"])]
    places = range(int(rows["slot"].max()) + 1)
    grid = rows.pivot(index="strands", columns="slot", values="log_omega").reindex(strands, columns=places)
    values = np.ma.masked_invalid(grid.to_numpy(dtype=float))
    limit = min(_MOST, max(0.1, float(np.abs(values).max()) if values.count() else 0.1))
    colours = colormaps["PuOr_r"].with_extremes(bad="#BBBBBB")
    drawn = axis.imshow(values, cmap=colours, vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    axis.set_yticks(range(len(strands)), strands)
    axis.set_ylabel("strands")
    axis.tick_params(length=0, labelbottom=False)
    figure.colorbar(drawn, ax=axis, pad=0.02, aspect=8).set_label("ln omega\n(nats)", fontsize=6.5)


def _intervals(axis: Axes, rows: pd.DataFrame) -> None:
    axis.axhline(0, color=GREY, linewidth=0.6)
    finite = rows[np.isfinite(rows["log_omega"])]
    ends = finite[["log_omega", "lower", "upper"]].replace([np.inf, -np.inf], np.nan).to_numpy()
    low, high = (np.nanmin(ends), np.nanmax(ends)) if np.isfinite(ends).any() else (-1.0, 1.0)
    low, high = max(low, -_MOST), min(high, _MOST)
    floor = low - 0.12 * max(high - low, 1.0)
    _marginal(axis, finite)
    strands = [s for s in PLACEMENTS if s in set(rows["strands"])]
    for number, name in enumerate(strands):
        shift = 0.16 * (2 * number - len(strands) + 1)
        _strand(axis, finite[finite["strands"] == name].sort_values("offset"), shift, floor)
    axis.set_ylim(floor, high + 0.08 * max(high - low, 1.0))
    axis.set(
        xlabel="offset: start of b minus start of a,\nalong the strand of a (bp)",
        ylabel="ln omega (nats),\nrelative to the mean",
    )


def _marginal(axis: Axes, rows: pd.DataFrame) -> None:
    if rows["strands"].nunique() < 2:
        return
    mean = rows.groupby("slot")["log_omega"].agg(lambda v: np.logaddexp.reduce(v.to_numpy()) - np.log(len(v)))
    places = np.arange(rows["slot"].max() + 1)
    edges = np.append(places, len(places)) - 0.5
    axis.stairs(
        mean.reindex(places).to_numpy(),
        edges,
        baseline=None,
        color=BLACK,
        linewidth=0.7,
        label="marginal: mean of strands",
    )


def _strand(axis: Axes, rows: pd.DataFrame, shift: float, floor: float) -> None:
    """Points with their intervals; an interval without a lower end goes down to the floor with an arrow."""
    if rows.empty:
        return
    name = rows["strands"].iloc[0]
    colour, needed = PLACEMENTS[name], (rows["gain"] > _NEEDED).to_numpy()
    x, y = rows["slot"].to_numpy() + shift, np.clip(rows["log_omega"].to_numpy(), floor, _MOST)
    lower, upper = rows["lower"].to_numpy(dtype=float), rows["upper"].to_numpy(dtype=float)
    known = ~np.isnan(upper)
    axis.vlines(x[known], np.clip(lower, floor, None)[known], upper[known], color=colour, linewidth=0.8)
    opened = known & np.isneginf(lower)
    axis.plot(x[opened], np.full(opened.sum(), floor), "v", color=colour, markersize=3, clip_on=False)
    strands = {"same": "same strand", "opposite": "opposite strands"}[name]
    for mask, face, label in ((needed, colour, strands), (~needed, "white", f"{strands}, not needed by the reads")):
        if not mask.any():
            continue
        axis.plot(
            x[mask], y[mask], "o", color=colour, markerfacecolor=face, markersize=3.2, markeredgewidth=0.8, label=label
        )

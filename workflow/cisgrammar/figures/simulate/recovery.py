"""What a simulation's truth has in common with what the models learned."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BASES, BLACK, COLOURS, GREY, TWO_COLUMNS, new_figure, styled
from cisgrammar.profile.prediction_file import read_predictions
from cisgrammar.signal.store import cut_counts, open_genome, open_signal
from cisgrammar.simulate.recovery import REACH, Planted, Windows, agreement, cut, depth, footprints, read_sites
from cisgrammar.simulate.truth import Truth, read_truth
from cisgrammar.statistics.correlation import pearson, said_pearson
from cisgrammar.tables.contracts import profile

TEXT = ("panel", "series")
_PARTS = {"truth": BLACK, "observed": GREY, "combined": COLOURS["combined"], "residual": COLOURS["residual"]}
_FOOTPRINT, _BESIDE = "footprint ", "residual beside"
_LABELS = {"truth": "truth, no bias", "observed": "observed", "combined": "combined", "residual": "residual"}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Truth and estimate of each panel: panel, series, x, y, value, and n, the number of planted sites.

    Inputs are `truth`, `rates` and `sites` of the simulation, and `preference`, `predictions`, `per_region`,
    `genome` and `signal` of one of its folds.
    """
    genome = open_genome(inputs["genome"])
    truth, sites = read_truth(inputs["truth"], inputs["rates"]), read_sites(inputs["sites"], genome)
    windows = _peak_windows(inputs)
    expected = np.log(cut(truth.expected, windows).sum(axis=1))
    predicted = np.log(windows.profiles["combined"].sum(axis=1))
    curves = Windows(windows.starts, {"truth": cut(truth.unbiased, windows), **windows.profiles})
    tables = [
        _preference_rows(inputs["preference"], truth),
        *_agreement_rows(agreement(windows, truth.unbiased.astype(np.float64))),
        pd.DataFrame({"panel": "counts", "series": "combined", "x": expected, "value": predicted}),
    ]
    for factor in truth.factors:
        tables += _footprint_rows(curves, sites, factor)
    return pd.concat(tables, ignore_index=True)[["panel", "series", "x", "y", "value", "n"]]


def paint(table: pd.DataFrame) -> Figure:
    """Preference, profiles, counts and footprints, each beside its truth."""
    factors = [panel for panel in dict.fromkeys(table.panel) if panel.startswith(_FOOTPRINT)]
    with styled():
        rows = 1 + max(-(-len(factors) // 3), 1)
        figure, axes = new_figure(rows, 3, (TWO_COLUMNS, 2.15 * rows))
        _preference_panel(axes[0], table[table.panel == "preference"])
        _agreement_panel(axes[1], table[table.panel == "agreement"])
        _counts_panel(axes[2], table[table.panel == "counts"])
        for axis, panel in zip(axes[3:], factors, strict=False):
            _footprint_panel(axis, table[table.panel == panel], panel.removeprefix(_FOOTPRINT))
        for axis in axes[3 + len(factors) :]:
            axis.axis("off")
        handles, labels = axes[3].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=6)
    return figure


def _peak_windows(inputs: Mapping[str, str]) -> Windows:
    """Observed and predicted cuts of the scored peaks; the residual's scaled to the observed totals."""
    genome, signal = open_genome(inputs["genome"]), open_signal(inputs["signal"])
    parts, chroms, starts = read_predictions(inputs["predictions"])
    table = profile.PER_REGION.read(inputs["per_region"])
    peaks = set(map(tuple, table.loc[table.kind == "peak", ["chrom", "start"]].to_numpy().tolist()))
    chosen = np.array([i for i, place in enumerate(zip(chroms, starts.tolist(), strict=True)) if place in peaks])
    where = genome.positions(chroms, starts)[chosen]
    head = next(iter(parts["combined"].log_counts))
    combined = parts["combined"].expected_counts(head)[chosen].sum(axis=1)
    observed = cut_counts(signal.heads[head], where, combined.shape[1]).sum(axis=1).astype(np.float64)
    shape = np.exp(parts["residual"].log_probabilities[head][chosen]).sum(axis=1)
    residual = shape * observed.sum(axis=1, keepdims=True)
    return Windows(where, {"observed": observed, "combined": combined.astype(np.float64), "residual": residual})


def _preference_rows(path: str, truth: Truth) -> pd.DataFrame:
    """True preference as y, learned as value, position as x."""
    table = profile.PREFERENCE.read(path)
    known = truth.preference - truth.preference.mean(axis=1, keepdims=True)
    true = known[table.position + len(known) // 2, table.base.map(list(BASES).index)]
    return pd.DataFrame(
        {"panel": "preference", "series": table.base, "x": table.position, "y": true, "value": table.learned}
    )


def _agreement_rows(correlations: Mapping[str, np.ndarray]) -> list[pd.DataFrame]:
    return [
        pd.DataFrame({"panel": "agreement", "series": name, "x": np.arange(len(values)), "value": values})
        for name, values in correlations.items()
    ]


def _footprint_rows(curves: Windows, sites: Planted, factor: str) -> list[pd.DataFrame]:
    found, number = footprints(curves, sites, factor)
    place = {"panel": _FOOTPRINT + factor, "x": np.arange(-REACH, REACH + 1), "n": number}
    return [pd.DataFrame({**place, "series": name, "value": found[name]}) for name in (*_PARTS, _BESIDE)]


def _preference_panel(axis: Axes, table: pd.DataFrame) -> None:
    # Complements lie on each other where the enzyme reads the same on both strands: open marks of other sizes.
    for size, (base, rows) in zip((34, 22, 12, 5), table.groupby("series"), strict=False):
        axis.scatter(rows.y, rows.value, s=size, facecolors="none", edgecolors=BASES[base], label=base, linewidths=0.8)
    limit = 1.1 * max(table.y.abs().max(), table.value.abs().max())
    axis.plot([-limit, limit], [-limit, limit], color=GREY, linewidth=0.6, linestyle="--")
    r = pearson(table.y, table.value)
    axis.set_title(f"enzyme's preference: r = {r:.3f}\n({table.x.nunique()} positions x 4 bases)")
    axis.set(xlabel="true ln preference", ylabel="learned ln preference")
    axis.legend(loc="upper left", handletextpad=0.1)


def _agreement_panel(axis: Axes, table: pd.DataFrame) -> None:
    known = {name: rows.value.dropna().to_numpy() for name, rows in table.groupby("series", sort=False)}
    drawn = axis.boxplot(
        list(known.values()),
        showfliers=False,
        whis=(5, 95),
        widths=0.6,
        patch_artist=True,
        medianprops={"color": "black"},
    )
    for box, name in zip(drawn["boxes"], known, strict=True):
        box.set(facecolor=_PARTS[name], alpha=0.75)
    axis.set_xticks(range(1, len(known) + 1), [_LABELS[name] for name in known])
    medians = ", ".join(f"{np.median(values):.2f}" for values in known.values())
    axis.set_title(f"agreement with the bias-free truth\nmedians {medians} (n = {len(known['residual'])} peaks)")
    axis.set_ylabel("Pearson r of profiles")


def _counts_panel(axis: Axes, table: pd.DataFrame) -> None:
    axis.scatter(table.x, table.value, s=5, color=COLOURS["combined"], alpha=0.6, linewidths=0)
    low, high = table.x.min(), table.x.max()
    axis.plot([low, high], [low, high], color=GREY, linewidth=0.6, linestyle="--")
    axis.set_title(f"counts of peaks (n = {len(table)})\n{said_pearson(table.x, table.value)}")
    axis.set(xlabel="true ln expected 5' ends", ylabel="predicted ln 5' ends")


def _footprint_panel(axis: Axes, table: pd.DataFrame, factor: str) -> None:
    found = {name: rows.value.to_numpy() for name, rows in table.groupby("series", sort=False)}
    position = table.x[table.series == _BESIDE]
    for name, colour in _PARTS.items():
        width = 0.6 if name == "observed" else 1.1
        axis.plot(position, found[name], color=colour, linewidth=width, label=_LABELS[name])
    beside = found[_BESIDE]
    axis.plot(position, beside, color=COLOURS["residual"], linestyle=":", label="residual, 65 bp away from sites")
    axis.set_ylim(bottom=0)
    axis.set_title(
        f"{factor}: core {depth(found['residual']):.2f}, truth {depth(found['truth']):.2f}\n"
        f"65 bp away {depth(beside):.2f} (n = {table.n.iloc[0]:.0f} sites)"
    )
    axis.set(xlabel="bp from the site's centre", ylabel="cuts, relative to flanks")

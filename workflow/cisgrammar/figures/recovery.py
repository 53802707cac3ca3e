"""What a simulation's truth has in common with what the models learned."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cisgrammar.figures.style import (
    BASES,
    BLACK,
    COLOURS,
    GREY,
    TWO_COLUMNS,
    Drawn,
    new_figure,
    styled,
)
from cisgrammar.profile.predict import read_predictions
from cisgrammar.signal.store import cut_counts, open_genome, open_signal
from cisgrammar.simulate.recovery import REACH, Planted, Windows, agreement, cut, depth, footprints, read_sites
from cisgrammar.simulate.truth import Truth, read_truth
from cisgrammar.tables import read_table

_PARTS = {"truth": BLACK, "observed": GREY, "combined": COLOURS["combined"], "residual": COLOURS["residual"]}
_LABELS = {"truth": "truth, no bias", "observed": "observed", "combined": "combined", "residual": "residual"}


def draw(inputs: Mapping[str, str]) -> Drawn:
    """Draw truth against estimate.

    Inputs are `truth`, `rates` and `sites` of the simulation, and `preference`, `predictions`, `per_region`,
    `genome` and `signal` of one of its folds.
    """
    genome = open_genome(inputs["genome"])
    truth, sites = read_truth(inputs["truth"], inputs["rates"]), read_sites(inputs["sites"], genome)
    windows = _peak_windows(inputs)
    expected = np.log(cut(truth.expected, windows).sum(axis=1))
    log_counts = windows.profiles["combined"].sum(axis=1)
    preference = _preference(inputs["preference"], truth)
    correlations = agreement(windows, truth.unbiased.astype(np.float64))
    curves = Windows(windows.starts, {"truth": cut(truth.unbiased, windows), **windows.profiles})
    with styled():
        figure, axes = new_figure(2, 3, (TWO_COLUMNS, 4.3))
        tables = [
            _preference_panel(axes[0], preference),
            _agreement_panel(axes[1], correlations),
            _counts_panel(axes[2], expected, np.log(log_counts)),
        ]
        for axis, factor in zip(axes[3:], truth.factors):
            tables.append(_footprint_panel(axis, curves, sites, factor))
        handles, labels = axes[3].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=6)
    return Drawn(figure, pd.concat(tables, ignore_index=True))


def _peak_windows(inputs: Mapping[str, str]) -> Windows:
    """Observed and predicted cuts of the scored peaks; the residual's scaled to the observed totals."""
    genome, signal = open_genome(inputs["genome"]), open_signal(inputs["signal"])
    parts, chroms, starts = read_predictions(inputs["predictions"])
    table = read_table(inputs["per_region"], ["chrom", "start", "kind"])
    peaks = set(map(tuple, table.loc[table.kind == "peak", ["chrom", "start"]].to_numpy().tolist()))
    chosen = np.array([i for i, place in enumerate(zip(chroms, starts.tolist())) if place in peaks])
    where = genome.positions(chroms, starts)[chosen]
    head = next(iter(parts["combined"].log_counts))
    combined = parts["combined"].expected_counts(head)[chosen].sum(axis=1)
    observed = cut_counts(signal.heads[head], where, combined.shape[1]).sum(axis=1).astype(np.float64)
    shape = np.exp(parts["residual"].log_probabilities[head][chosen]).sum(axis=1)
    residual = shape * observed.sum(axis=1, keepdims=True)
    return Windows(where, {"observed": observed, "combined": combined.astype(np.float64), "residual": residual})


def _preference(path: str, truth: Truth) -> pd.DataFrame:
    table = read_table(path, ["position", "base", "position_weight", "learned"])
    known = truth.preference - truth.preference.mean(axis=1, keepdims=True)
    radius = len(known) // 2
    bases = table.base.map(list(BASES).index)
    return table.assign(truth=known[table.position + radius, bases])


def _preference_panel(axis: Axes, table: pd.DataFrame) -> pd.DataFrame:
    for base, rows in table.groupby("base"):
        axis.scatter(rows.truth, rows.learned, s=9, color=BASES[base], label=base, linewidths=0)
    limit = 1.1 * max(table.truth.abs().max(), table.learned.abs().max())
    axis.plot([-limit, limit], [-limit, limit], color=GREY, linewidth=0.6, linestyle="--")
    r = np.corrcoef(table.truth, table.learned)[0, 1]
    axis.set_title(f"enzyme's preference: r = {r:.3f}\n(21 positions x 4 bases)")
    axis.set(xlabel="true ln preference", ylabel="learned ln preference")
    axis.legend(loc="upper left", handletextpad=0.1)
    return table.rename(columns={"position": "x", "truth": "y", "learned": "value"}).assign(
        panel="preference", series=table.base
    )[["panel", "series", "x", "y", "value"]]


def _agreement_panel(axis: Axes, correlations: Mapping[str, np.ndarray]) -> pd.DataFrame:
    known = {name: values[~np.isnan(values)] for name, values in correlations.items()}
    drawn = axis.boxplot(
        list(known.values()),
        showfliers=False,
        whis=(5, 95),
        widths=0.6,
        patch_artist=True,
        medianprops={"color": "black"},
    )
    for box, name in zip(drawn["boxes"], known):
        box.set(facecolor=_PARTS[name], alpha=0.75)
    axis.set_xticks(range(1, len(known) + 1), [_LABELS[name] for name in known])
    medians = ", ".join(f"{np.median(values):.2f}" for values in known.values())
    axis.set_title(f"agreement with the bias-free truth\nmedians {medians} (n = {len(known['residual'])} peaks)")
    axis.set_ylabel("Pearson r of profiles")
    rows = [(name, i, np.nan, value) for name, values in known.items() for i, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["series", "x", "y", "value"]).assign(panel="agreement")


def _counts_panel(axis: Axes, expected: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    axis.scatter(expected, predicted, s=5, color=COLOURS["combined"], alpha=0.6, linewidths=0)
    low, high = expected.min(), expected.max()
    axis.plot([low, high], [low, high], color=GREY, linewidth=0.6, linestyle="--")
    r = np.corrcoef(expected, predicted)[0, 1]
    axis.set_title(f"counts of peaks\nr = {r:.2f} (n = {len(expected)})")
    axis.set(xlabel="true ln expected 5' ends", ylabel="predicted ln 5' ends")
    return pd.DataFrame({"panel": "counts", "series": "combined", "x": expected, "y": np.nan, "value": predicted})


def _footprint_panel(axis: Axes, curves: Windows, sites: Planted, factor: str) -> pd.DataFrame:
    found, number = footprints(curves, sites, factor)
    position = np.arange(-REACH, REACH + 1)
    rows = []
    for name, colour in _PARTS.items():
        width = 0.6 if name == "observed" else 1.1
        axis.plot(position, found[name], color=colour, linewidth=width, label=_LABELS[name])
        rows.append(pd.DataFrame({"series": name, "x": position, "y": np.nan, "value": found[name]}))
    beside = found["residual beside"]
    axis.plot(position, beside, color=COLOURS["residual"], linestyle=":", label="residual, 65 bp beside")
    rows.append(pd.DataFrame({"series": "residual beside", "x": position, "y": np.nan, "value": beside}))
    axis.set_ylim(bottom=0)
    axis.set_title(
        f"{factor}: core {depth(found['residual']):.2f}, truth {depth(found['truth']):.2f}\n"
        f"beside {depth(beside):.2f} (n = {number} planted sites)"
    )
    axis.set(xlabel="bp from the site's centre", ylabel="cuts, relative to flanks")
    return pd.concat(rows, ignore_index=True).assign(panel=f"footprint {factor}")

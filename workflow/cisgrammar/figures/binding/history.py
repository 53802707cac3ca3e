"""How the fits went, seed by seed, and how well the chosen one predicts reads that it has not seen."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, COLUMN, GREY, new_figure, nothing_to_draw, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import binding

TEXT = ("panel",)
TEXT_OR_NONE = ("stage", "library", "split", "model")
_STEPS = ["seed", "step", "stage", "loss"]
_HELDOUT = ["library", "split", "model", "reads", "nll_per_read", "standard_error"]
_MODELS = {
    "fit": "fit",
    "without_cooperativity": "without pairs",
    "single_motif": "one wide motif",
    "non_specific": "non-specific",
}
_SPLITS = {"train": ("fitted reads", "white"), "held_out": ("held-out reads", BLUE)}
_MOST_NAMES, _MOST_NAMED = 20, 4
_STEP = re.compile(r"(.+) binding (\d+)")
_STYLES = ("--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Steps of `history` (seed, step, stage, loss) with the seed that `agreement` says was chosen; below, `heldout`."""
    history = binding.SEED_HISTORY.read(inputs["history"])[_STEPS]
    agreement = binding.AGREEMENT.read(inputs["agreement"])
    heldout = binding.HELDOUT.read(inputs["heldout"])[_HELDOUT]
    chosen = set(agreement["seed"][agreement["chosen"].astype(str) == "True"])
    history = history.assign(chosen=history["seed"].isin(chosen).astype(int))
    return pd.concat([history.assign(panel="history"), heldout.assign(panel="heldout")], ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """Above, a line for each seed, twice; below, what simpler models reach on the reads of each library."""
    history, heldout = (table[table["panel"] == panel] for panel in ("history", "heldout"))
    with styled():
        if table.empty:
            return nothing_to_draw("nothing was fitted")
        history = history.astype({"seed": int, "step": int})
        libraries = list(dict.fromkeys(heldout["library"]))
        heights = [0.8, 1.4, *[0.85] * max(len(libraries), 1)]
        figure, axes = new_figure(len(heights), 1, (COLUMN, 1.5 + sum(heights)), gridspec_kw={"height_ratios": heights})
        chosen = set(history["seed"][history["chosen"] == 1])
        for axis in axes[:2]:
            _history(axis, history, chosen)
        _label_steps(axes[0], axes[1], history)
        for axis, library in zip(axes[2:], libraries, strict=False):
            _heldout(axis, heldout[heldout["library"] == library], str(library))
        if libraries:
            axes[-1].set_xlabel("negative log-likelihood (nats per read)")
            handles, labels = axes[2].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=2)
        else:
            axes[2].axis("off")
    return figure


def _history(axis: Axes, history: pd.DataFrame, chosen: set[int]) -> None:
    """A line for each seed; of many, those that were not chosen look alike."""
    named = history["seed"].nunique() <= _MOST_NAMED
    others: str | None = "other seeds"
    for number, (seed, rows) in enumerate(history.groupby("seed")):
        rows = rows.sort_values("step")
        best = seed in chosen
        style, colour = ("-", BLUE) if best else (_STYLES[number % len(_STYLES) if named else 0], GREY)
        label = f"seed {seed}, chosen" if best else f"seed {seed}" if named else others
        others = None if label == others else others
        axis.plot(rows["step"], rows["loss"], linestyle=style, color=colour, label=label, zorder=2 + best)
        axis.plot(rows["step"].iloc[-1:], rows["loss"].iloc[-1:], "o", color=colour, markersize=3, zorder=2 + best)
    axis.set_ylabel("loss\n(nats per read)")


def _label_steps(whole: Axes, close: Axes, history: pd.DataFrame) -> None:
    """Titles, names of the steps, and the closer look at what comes after the motifs were found."""
    names = history.drop_duplicates("step").sort_values("step")
    every = -(-len(names) // _MOST_NAMES) or 1
    whole.set_xticks(names["step"][::every], [])
    said = names["stage"].map(_plain)
    close.set_xticks(names["step"][::every], said[::every], rotation=60, ha="right", rotation_mode="anchor")
    close.tick_params(axis="x", labelsize=5.5)
    close.set_xlabel("step of the fit; term 0: binding of any sequence", fontsize=6)
    last = history.sort_values("step").groupby("seed")["loss"].last()
    said = f"{len(last)} fits, last losses {last.min():.5g} to {last.max():.5g}" if len(last) else "no fits"
    whole.set_title(said, loc="left")
    close.set_title("closer: lowest tenth of the range", loc="left")
    low, high = history["loss"].min(), history["loss"].max()
    if high > low:
        close.set_ylim(low - 0.01 * (high - low), low + 0.1 * (high - low))
    whole.legend(loc="upper right")


def _plain(stage: str) -> str:
    """A step of the fit in words: `fit posbias binding 1` is `fit position bias of term 1`."""
    found = _STEP.fullmatch(stage)
    if found is None:
        return stage
    what = {
        "activate": "add",
        "fit posbias": "fit position bias of",
        "fit all": "fit all of",
        "fit spacing": "fit spacing of",
    }
    return f"{what.get(found[1], found[1])} term {found[2]}"


def _heldout(axis: Axes, rows: pd.DataFrame, library: str) -> None:
    models = [model for model in _MODELS if model in set(rows["model"])]
    for split, (label, face) in _SPLITS.items():
        mine = rows[rows["split"] == split].set_index("model").reindex(models)
        if mine["nll_per_read"].isna().all():
            continue
        y = np.arange(len(models))[::-1] + (0.14 if split == "held_out" else -0.14)
        error = NORMAL_95 * mine["standard_error"].fillna(0.0)
        reads = int(mine["reads"].max())
        axis.errorbar(
            mine["nll_per_read"],
            y,
            xerr=error,
            fmt="o",
            markersize=3.2,
            markerfacecolor=face,
            color=BLUE,
            elinewidth=0.8,
            label=label,
        )
        if split == "held_out":
            _differences(axis, mine["nll_per_read"].to_numpy(), y, models)
            axis.set_title(f"{library}: {reads:,} held-out reads, 95 % intervals", loc="left")
    axis.set_yticks(np.arange(len(models))[::-1], [_MODELS[model] for model in models])
    axis.set_ylim(-0.6, len(models) - 0.3)
    axis.margins(x=0.15)


def _differences(axis: Axes, values: np.ndarray, y: np.ndarray, models: list[str]) -> None:
    """Write the values at the right, with how much more than the fit's they are."""
    fit = values[models.index("fit")] if "fit" in models else np.nan
    place = axis.get_yaxis_transform()
    for value, at in zip(values, y, strict=True):
        more = f" (+{value - fit:.4f})" if value > fit else ""
        axis.text(1.02, at - 0.14, f"{value:.4f}{more}", transform=place, va="center", fontsize=6)

"""How a training went: loss and its parts, learning rate and the epoch that was kept."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cisgrammar.figures.style import BLUE, COLUMN, GREY, ORANGE, SKY, VERMILION, new_figure, styled
from cisgrammar.tables.contracts import profile

_LEAST_GAIN = 1e-3


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `history`, a row per epoch: epoch, learning_rate, train_*, validation_*, counts_weight_*, kept."""
    return profile.HISTORY.read(inputs["history"])


def paint(table: pd.DataFrame) -> Figure:
    """Loss and its parts, the learning rate, and the weight of the counts' error in the loss."""
    parts = {
        "loss": "loss (nats per window)",
        "profile_nll": "profile NLL\n(nats per window)",
        "counts_mse": "counts' squared\nerror (nats²)",
    }
    with styled():
        panels = 5 if _adapts(table) else 4
        figure, axes = new_figure(panels, 1, (COLUMN, 1.2 * panels), sharex=True)
        for axis, (part, label) in zip(axes, parts.items(), strict=False):
            _part(axis, table, part)
            axis.set_ylabel(label)
        rate = axes[3]
        rate.step(table.epoch, table.learning_rate, where="mid", color=BLUE)
        rate.set(ylabel="learning rate\n(end of epoch)")
        rate.set_ylim(bottom=0)
        if _adapts(table):
            _weights(axes[4], table)
            axes[4].set(ylabel="weight of\ncounts' error")
        axes[-1].set_xlabel("epoch")
        axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
        kept = table.epoch[table.kept.astype(bool)]
        for axis in axes:
            for epoch in kept:
                axis.axvline(epoch, color=GREY, linestyle=":", linewidth=0.8)
        where = f", epoch {int(kept.iloc[0])} kept (dotted)" if len(kept) else ""
        if len(kept) and kept.iloc[0] == table.epoch.max():
            where += _improving(table)
        axes[0].set_title(f"{len(table)} epochs{where}", loc="left")
        axes[0].legend(ncols=2, loc="best")
    return figure


def _adapts(table: pd.DataFrame) -> bool:
    """Whether a weight of the counts changes between epochs; a constant needs no panel."""
    return any(table[column].nunique() > 1 for column in table if column.startswith("counts_weight_"))


def _improving(table: pd.DataFrame) -> str:
    """What more epochs may bring, of a training whose last epoch was its best."""
    before, last = table.validation_loss.iloc[-2:] if len(table) > 1 else (float("nan"), float("nan"))
    if not before - last >= _LEAST_GAIN * abs(last):
        return ""
    epochs = max(1, len(table) // 4)
    share = table.validation_loss.iloc[-1 - epochs] / last - 1
    return f":\n{100 * share:.1f} % better in the last {epochs}, more may help"


def _weights(axis: Axes, table: pd.DataFrame) -> None:
    """The weight of each head's counts, which adapts between epochs."""
    heads = [column for column in table if column.startswith("counts_weight_")]
    for i, column in enumerate(heads):
        name = column.removeprefix("counts_weight_")
        axis.step(table.epoch, table[column], ("-", "--", ":", "-.")[i % 4], where="mid", color=BLUE, label=name)
    axis.set_ylim(bottom=0)
    if len(heads) > 1:
        axis.legend(ncols=2, loc="best")


def _part(axis: Axes, table: pd.DataFrame, part: str) -> None:
    """Training and validation curves of a part; several heads are told apart by line style."""
    for side, colours in (("train", (SKY, BLUE)), ("validation", (ORANGE, VERMILION))):
        exact = [f"{side}_{part}"] if f"{side}_{part}" in table else []
        heads = exact or [column for column in table if column.startswith(f"{side}_{part}_")]
        for i, column in enumerate(heads):
            style = ("-", "--", ":", "-.")[i % 4]
            name = column.removeprefix(f"{side}_{part}").strip("_")
            label = f"{side}{' ' + name if len(heads) > 1 else ''}"
            axis.plot(table.epoch, table[column], style, color=colours[1], label=label)

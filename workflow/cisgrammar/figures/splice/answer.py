"""What a frame check answers: one effect of the model with its interval, beside the same of two oracles."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from cisgrammar.figures.style import BLACK, BLUE, GREY
from cisgrammar.tables.contracts import splice

_SERIES = {
    "model": (BLUE, "the model"),
    "open_frames": (BLACK, "oracle that needs an open frame"),
    "frame_blind": (GREY, "oracle that is blind to frames"),
}


def answer_rows(inputs: Mapping[str, str], check: str, quantity: str, metric: str) -> pd.DataFrame:
    """One effect of a frame check as rows of a figure's table.

    Parameters
    ----------
    inputs
        `summary` (frame_summary.tsv) and `controls` (frame_controls.tsv).
    check, quantity, metric
        Which effect: the columns of both tables.

    Returns
    -------
    DataFrame
        A row for the model and for each oracle that has it: `series`, `value`, `lower`, `upper`, `p`, `n_exons`,
        `n_genes`.
    """
    of_model = splice.FRAME_SUMMARY.read(inputs["summary"]).assign(series="model")
    controls = splice.FRAME_CONTROLS.read(inputs["controls"])
    both = pd.concat([of_model, controls.assign(series=controls["oracle"])], ignore_index=True)
    chosen = both[(both["check"] == check) & (both["quantity"] == quantity) & (both["metric"] == metric)]
    return chosen[["series", "value", "lower", "upper", "p", "n_exons", "n_genes"]].reset_index(drop=True)


def verdict(rows: pd.DataFrame, below: str, above: str) -> str:
    """The answer in words: what holds where the model's interval is below 0, or above; else that none is shown."""
    model = rows[rows["series"] == "model"]
    if model.empty or model["lower"].isna().all():
        return "no answer: too few genes for an interval"
    one = model.iloc[0]
    found = below if one.upper < 0 else above if one.lower > 0 else "no difference is shown"
    return f"{found}: {one.value:+.1f} points (95 % {one.lower:+.1f} to {one.upper:+.1f}, {one.n_genes:.0f} genes)"


def paint_answer(axis: Axes, rows: pd.DataFrame, label: str) -> None:
    """The effect of the model and of each oracle, one below the other, with 95 % intervals over genes."""
    axis.axvline(0, color=GREY, linewidth=0.5, zorder=0)
    shown = [name for name in _SERIES if (rows["series"] == name).any()]
    for place, name in enumerate(shown):
        one, colour = rows[rows["series"] == name].iloc[0], _SERIES[name][0]
        axis.plot([one.lower, one.upper], [place, place], color=colour, linewidth=1.2)
        axis.plot(one.value, place, "o", color=colour, markersize=4)
    axis.set_yticks(range(len(shown)), [_SERIES[name][1] for name in shown])
    axis.set(ylim=(len(shown) - 0.5, -0.5), xlabel=label)

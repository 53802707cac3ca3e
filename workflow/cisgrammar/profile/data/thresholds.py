"""Which background windows a bias model may learn from."""

from __future__ import annotations

import logging
from typing import NamedTuple

import numpy as np

from cisgrammar.config.profile import Bias
from cisgrammar.profile.data.window_sampler import Windows

log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """The background windows that a threshold leaves.

    `cutoff` is the number of 5' ends below which a window is kept; `below` the windows under it; if those were fewer
    than asked for, `widened` is true and `windows` holds the quietest ones instead.
    """

    windows: Windows
    cutoff: float
    below: int
    widened: bool


def keep_below(background: Windows, peaks: Windows, threshold: float, section: Bias) -> Kept:
    """Background windows with fewer 5' ends than `threshold` times a low quantile of the peaks'.

    Windows with fewer than `section.min_window_counts` are left out: too few to tell positions apart. If fewer than
    `section.min_windows` remain, those `min_windows` of the background with the fewest 5' ends are taken (`widened`).

    Raises
    ------
    ValueError
        If the background holds no window with `min_window_counts`.
    """
    cutoff = threshold * float(np.quantile(peaks.counts, section.threshold_quantile))
    informative = background.where(background.counts >= section.min_window_counts)
    if not len(informative):
        raise ValueError(
            f"none of {len(background)} background windows has {section.min_window_counts:g} or more 5' ends; lower "
            "bias.min_window_counts or sequence deeper"
        )
    below = informative.counts < cutoff
    if below.sum() >= section.min_windows:
        return Kept(informative.where(below), cutoff, int(below.sum()), False)
    quietest = np.sort(np.argsort(informative.counts, kind="stable")[: section.min_windows])
    log.info(
        "threshold %g (under %.1f 5' ends) leaves %d windows of %d; taking the %d quietest instead",
        threshold, cutoff, below.sum(), len(informative), len(quietest),
    )  # fmt: skip
    return Kept(informative.where(np.isin(np.arange(len(informative)), quietest)), cutoff, int(below.sum()), True)

"""How well a bias model fits held-out peaks before and after its transformation, in bins of what it predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.profile.predict import joint_log_softmax

if TYPE_CHECKING:
    import pandas as pd

_BINS = {"profile": 40, "counts": 20}
COLUMNS = ["head", "output", "bin", "n", "before", "after", "observed", "standard_error"]


def transformation_bins(
    heads: list[str], before: tuple[Tensor, ...], after: tuple[Tensor, ...], counts: tuple[Tensor, ...], floor: float
) -> pd.DataFrame:
    """Predicted and observed, in bins of equal numbers by what is predicted before.

    Parameters
    ----------
    heads
        Names.
    before, after
        Outputs of the bias model and of its transformation: `(windows, tasks, length)` logits per head, then
        `(windows, 1)` log-counts per head.
    counts
        `(windows, tasks, length)` per head.
    floor
        The loss's pseudocount of counts, at least 1e-6.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. `profile`: a row is a bin of positions; `before` and `after` are ln of the mean predicted
        share of a window's reads, `observed` ln of the share that fell there, windows weighing as their reads;
        `counts`: a bin of windows; mean ln counts, and the mean observed ln(counts + floor). `standard_error` is of
        `observed`: Poisson's for a profile, over windows for counts.
    """
    import pandas as pd

    rows = []
    for i, head in enumerate(heads):
        totals = counts[i].sum(dim=(1, 2))
        shares = [joint_log_softmax(parts[i]).exp() * totals[:, None, None] for parts in (before, after)]
        expected = [share.flatten().numpy() for share in shares]
        order = joint_log_softmax(before[i]).flatten().numpy()
        rows += _profile_rows(head, order, expected, counts[i].flatten().numpy(), totals.numpy(), counts[i][0].numel())
        log_counts = [parts[len(heads) + i][:, 0].numpy() for parts in (before, after)]
        rows += _counts_rows(head, log_counts, np.log(totals.numpy() + max(floor, 1e-6)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _bins(values: NDArray, number: int) -> list[NDArray[np.int64]]:
    """Indices of about equally many values each, in ascending order."""
    return [part for part in np.array_split(np.argsort(values, kind="stable"), number) if len(part)]


def _profile_rows(
    head: str, order: NDArray, expected: list[NDArray], observed: NDArray, totals: NDArray, places: int
) -> list[tuple]:
    reads = np.repeat(totals, places)  # (windows * places,)
    rows = []
    for number, chosen in enumerate(_bins(order, _BINS["profile"])):
        weight, seen = reads[chosen].sum(), observed[chosen].sum()
        if not (weight and seen):
            continue
        logs = [float(np.log(part[chosen].sum() / weight)) for part in (*expected, observed)]
        rows.append((head, "profile", number, len(chosen), *logs, float(1 / np.sqrt(seen))))
    return rows


def _counts_rows(head: str, log_counts: list[NDArray], observed: NDArray) -> list[tuple]:
    rows = []
    for number, chosen in enumerate(_bins(log_counts[0], _BINS["counts"])):
        means = [float(part[chosen].mean()) for part in (*log_counts, observed)]
        error = float(observed[chosen].std(ddof=1) / np.sqrt(len(chosen))) if len(chosen) > 1 else float("nan")
        rows.append((head, "counts", number, len(chosen), *means, error))
    return rows

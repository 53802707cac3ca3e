"""Attribution: what saturation mutagenesis adds up to over a site."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cisgrammar.ablation.effects.model_parts import LogCounts, Part
from cisgrammar.ablation.effects.site import SiteInputs
from cisgrammar.config.ablation import Ablation
from cisgrammar.files.progress import counted
from cisgrammar.perturb.saturate import saturate
from cisgrammar.sequence.one_hot import one_hot


def best_sites(sites: pd.DataFrame, most: int) -> NDArray[np.int64]:
    """Numbers of the best scoring sites of each motif, at most so many."""
    real = sites[sites["kind"] == "site"].sort_values(["score", "site"], ascending=[False, True], kind="stable")
    return np.sort(real.groupby("name", sort=False).head(most)["site"].to_numpy(dtype=np.int64))


def attribution_sums(part: Part, sites: SiteInputs, settings: Ablation) -> NDArray[np.float64]:
    """Sum of the attributions of a site's bases to the ln counts, mean over heads, `(sites,)`.

    A base's attribution is its output minus the mean over the four bases at its position.
    """
    counts = LogCounts(part.model, len(part.heads))
    sums = []
    places = list(zip(sites.row.tolist(), sites.start.tolist(), sites.end.tolist(), strict=True))
    for row, start, end in counted(places, f"attribution on {settings.device}", "sites"):
        X = one_hot(torch.from_numpy(sites.codes[row : row + 1]))
        found = saturate(counts, X, start, end, settings.batch_size, settings.device)  # (1, 4, width)
        sums.append(float(found.sum()))
    return np.array(sums)

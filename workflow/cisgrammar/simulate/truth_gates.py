"""Gates of a simulated run against its written truth: planted sites, footprints, and betas of binding.

No user has such gates: they say whether the workflow finds what was put in. Where a bar is from:

- Planted sites: 0.75 of the intact ones, the power that the ablation stage is held to in simulation (16 sites of 3
  standard deviations among 286).
- False calls: `ablation.significance`, the rate that q-values state: of the sites that are called, that share may be
  false. False by the truth is a match that was not planted.
- Footprints: a quarter of the true depth off, a judgement. A flat profile is off by all of it.
- Betas: 5 %, the share of estimates that lies beyond two standard errors by chance; and r2 of 0.9, a judgement: errors
  so large that all betas lie within two of them would pass the first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.gates import Gate, Place, judge_share, judge_sufficient
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.table import Regions
from cisgrammar.simulate.recovery import Planted, Windows, cut, depth, footprints, read_sites
from cisgrammar.simulate.truth import Truth, read_truth

if TYPE_CHECKING:
    from cisgrammar.profile.prediction_file import Source
    from cisgrammar.profile.predictions import Predictions

FOUND = 0.75
FOOTPRINT_ERROR = 0.25
OUTSIDE = 0.05
R2 = 0.9
_FEWEST_SITES = 10


def site_gates(recovered: pd.DataFrame, significance: float, sample: str, fold: str) -> list[Gate]:
    """Whether planted sites are called, and how many of those called were not planted.

    Parameters
    ----------
    recovered
        Of `recovered_sites`.
    significance
        The share of called sites that may be false: `ablation.significance`.
    sample, fold
        Their names.

    Returns
    -------
    list of Gate
        `ablation.truth.<factor>.planted`: share of the factor's intact planted sites that are called, missed ones
        among them; a warning where it is below the bar by chance (95 %). None for a factor that was not looked for: it
        has neither sites nor decoys. `ablation.truth.false_calls`: share of the
        called sites that were not planted, by `judge_share`. Shown: share of unplanted matches that are called, and
        their mean effect on ln counts over that of planted sites. All models of a sequence have the effect of a match
        wherever its position does not tell it from a planted one (docs/stages/ablation.md), so that the simulation
        leaves none but over the edges of planted sites (`genome.remove_matches`).
    """
    place, rows = Place("ablation", sample, fold), recovered.set_index(["factor", "group"])
    gates = []
    for factor in dict.fromkeys(recovered["factor"]):
        strong, of_factor = rows.loc[(factor, "strong")], recovered[recovered["factor"] == factor]
        beside = of_factor.loc[of_factor["group"].isin(["unplanted", "decoy"]), "sites"].sum()
        if factor != "all" and strong["sites"] and (of_factor["found"].sum() or beside):
            verdict = judge_sufficient(int(strong["necessary"]), int(strong["sites"]), FOUND)
            gates.append(place.graded(f"ablation.truth.{factor}.planted", strong["share"], FOUND, verdict))
    planted, unplanted = rows.loc[("all", "planted")], rows.loc[("all", "unplanted")]
    false, called = int(unplanted["necessary"]), int(planted["necessary"] + unplanted["necessary"])
    share = false / called if called else None
    verdict = judge_share(false, called, significance) if called else "n/a"
    gates.append(place.graded("ablation.truth.false_calls", share, significance, verdict))
    ratio = unplanted["mean_effect"] / planted["mean_effect"] if planted["mean_effect"] else None
    return [
        *gates,
        place.shown("ablation.truth.unplanted.called", unplanted["share"]),
        place.shown("ablation.truth.unplanted.relative_effect", ratio),
    ]


def footprint_gates(
    truth: Truth,
    sites: Planted,
    predictions: Mapping[str, Predictions],
    starts: NDArray[np.int64],
    sample: str,
    fold: str,
) -> list[Gate]:
    """How far the depth of predicted footprints at planted sites is from the true one, as a share of it.

    A depth is the profile 65 bp beside the sites less that at the sites, both over their flanks (`recovery.depth`). The
    combined model is compared with the expected cuts, the residual with those of an enzyme without preference.

    Parameters
    ----------
    truth, sites
        Of the simulation.
    predictions
        Part of the model -> its predictions of peaks; the first head is looked at.
    starts
        `(peaks,)`: where the windows begin, as indices into the genome.
    sample, fold
        Their names.

    Returns
    -------
    list of Gate
        `combined.truth.<factor>.footprint` and `residual.truth.<factor>.footprint` of activators, for others leave
        none; shown without verdict where fewer than 10 sites lie in the windows.
    """
    head = next(iter(predictions["combined"].log_counts))
    combined = predictions["combined"].expected_counts(head).sum(axis=1).astype(np.float64)
    shape = np.exp(predictions["residual"].log_probabilities[head].astype(np.float64)).sum(axis=1)
    residual = shape * combined.sum(axis=1, keepdims=True)
    windows = Windows(starts, {"combined": combined, "residual": residual})
    known = {"combined": cut(truth.expected, windows), "residual": cut(truth.unbiased, windows)}
    windows = Windows(starts, {**windows.profiles, **{f"true {part}": rate for part, rate in known.items()}})
    place, gates = Place("evaluate", sample, fold), []
    for factor in (name for name in truth.factors if name not in truth.bare):
        curves, number = footprints(windows, sites, factor)
        for part in known:
            predicted, true = (depth(curves[f"{name} beside"]) - depth(curves[name]) for name in (part, f"true {part}"))
            error = abs(predicted / true - 1) if true > 0 else None
            name = f"{part}.truth.{factor}.footprint"
            enough = number >= _FEWEST_SITES and error is not None and np.isfinite(error)
            gates.append(place.judged(name, error, FOOTPRINT_ERROR, "below") if enough else place.shown(name, error))
    return gates


def peak_footprint_gates(
    paths: tuple[str, str, str],
    genome: Genome,
    regions: Regions,
    predictions: Source,
    sample: str,
    fold: str,
) -> list[Gate]:
    """`footprint_gates` of the peaks among scored windows; `paths` are of `truth.json`, its rates and its sites."""
    truth, sites = read_truth(*paths[:2]), read_sites(paths[2], genome)
    peaks = np.flatnonzero(regions.kind == "peak")
    chosen = {part: predictions.read(part, peaks) for part in predictions.parts}
    starts = genome.positions(regions.chrom[peaks].tolist(), regions.start[peaks])
    return footprint_gates(truth, sites, chosen, starts, sample, fold)


def binding_truth_gates(compared: pd.DataFrame, model: str) -> list[Gate]:
    """Whether the betas of a fit are those of the simulation, within the errors that are stated.

    Parameters
    ----------
    compared
        Of `selex_truth.compare_truth`.
    model
        Name of the binding model.

    Returns
    -------
    list of Gate
        `binding.truth.betas.outside`: share of betas beyond two standard errors of the truth, by `judge_share` (betas
        of a fit are not quite independent, and the interval of the share takes them to be so).
        `binding.truth.betas.r2`: 1 less the squared errors of betas over their true variance. Shares of the
        other parameters are shown.
    """
    place, gates = Place("binding", model), []
    for quantity, rows in compared.groupby("quantity", sort=False):
        judged = rows[rows["within"].notna()]
        outside = int((~judged["within"].astype(bool)).sum())
        share = outside / len(judged) if len(judged) else None
        if quantity != "beta":
            gates.append(place.shown(f"binding.truth.{quantity}.outside", share))
            continue
        verdict = judge_share(outside, len(judged), OUTSIDE) if len(judged) else "fail"
        gates.append(place.graded("binding.truth.betas.outside", share, OUTSIDE, verdict))
        true, found = rows["true"].to_numpy(float), rows["estimate"].to_numpy(float)
        spread = np.square(true - true.mean()).sum()
        gates.append(place.judged("binding.truth.betas.r2", 1 - np.square(found - true).sum() / spread, R2, "above"))
    return gates

"""What a model itself shows of a fold: footprints of motifs, the preference that its bias has learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from cisgrammar.config.profile import Evaluate
from cisgrammar.gates import Gate
from cisgrammar.profile.evaluate import evaluate, footprints, gates, paired, preference
from cisgrammar.profile.evaluate.fitted_baselines import FoldBaselines
from cisgrammar.profile.evaluate.scores import Scored, Scores
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.models.controlled import ControlledModel, has_bias, without_control
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.predictions import WHOLE


class OfModel(NamedTuple):
    """What `of_model` finds.

    Attributes
    ----------
    footprints
        The table of `evaluate.footprint_table`.
    heights
        Part of the model -> largest footprint of the enzyme's motifs; empty without bias.
    preference
        The table of `preference.preference_table`; None for a model without bias.
    """

    footprints: pd.DataFrame
    heights: dict[str, float]
    preference: pd.DataFrame | None


def of_model(
    model: ProfileModel, data: ProfileData, settings: Evaluate, baselines: Mapping[str, FoldBaselines], device: str
) -> OfModel:
    """Put motifs into test background, and bases beside a cut.

    A model without bias has no enzyme: only the motifs of the config are put in.

    Parameters
    ----------
    model
        The model of the run.
    data
        Stores and windows of the fold.
    settings
        The section.
    baselines
        Head -> its baselines, of which the position weights say what the enzyme prefers.
    device
        Where to predict.
    """
    codes = evaluate.footprint_backgrounds(data, model.input_length, settings.footprint_backgrounds)
    corrected = has_bias(model)
    enzyme = evaluate.enzyme_motifs(settings, baselines if corrected else {})
    motifs = {**settings.motifs, **enzyme}
    # At a flat control: what is left is the model of the sequence.
    alone = "residual" if isinstance(model, ControlledModel) else WHOLE
    model = without_control(model)
    prints = footprints.marginal_footprints(model, codes, motifs, device=device, alone=alone)
    table = evaluate.footprint_table(prints, motifs)
    if not corrected:
        return OfModel(table, {}, None)
    heights = {part: footprints.largest(prints, part, enzyme) for part in dict.fromkeys(one.part for one in prints)}
    learned = preference.learned_preference(model, codes)
    return OfModel(table, heights, preference.preference_table(learned, next(iter(baselines.values())).weights))


def judge(found: evaluate.Evaluation, shown: OfModel, length: int, sample: str, fold: str) -> list[Gate]:
    """The gates of a fold: its tables beside baselines, footprints beside their bar, gains in counts.

    Parameters
    ----------
    found
        The tables of the fold.
    shown
        What the model itself shows.
    length
        bp that it predicts.
    sample, fold
        Their names.
    """
    corrected = shown.preference is not None
    gain = gates.residual_gain(*_nll_of_peaks(found.scores, "transformation", WHOLE)) if corrected else None
    bar, rows = footprints.footprint_bar(length), found.summary.to_dict("records")
    gains = paired.gains_of_scores(found.scores, WHOLE, "peak", gates.OF_COUNTS)
    judged = gates.profile_gates(rows, shown.heights, bar, sample, fold, gain, corrected)
    return judged + gates.gain_gates(gains, sample, fold)


def _nll_of_peaks(scores: Scores, *parts: str) -> list[list[float]]:
    """`nll_per_cut` in the peaks of all heads, for each part; nothing if one of them was not scored."""
    found = [[scores.of(Scored(part, head, "peak"))["nll_per_cut"] for head in scores.heads] for part in parts]
    lists = [[value for values in of_heads for value in values.tolist()] for of_heads in found]
    return lists if len({len(values) for values in lists}) == 1 else [[] for _ in parts]

"""Known truths of binding models: how often the intervals of betas hold them after a whole fit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cisgrammar.calibration.rates import tally
from cisgrammar.calibration.simulation import Once
from cisgrammar.simulate.binding_coverage import fit_betas
from cisgrammar.simulate.selected_reads import SETTINGS, Setting
from cisgrammar.statistics.intervals import NORMAL_95

NAMES = {name.replace(" ", "_"): name for name in SETTINGS}
"""Name of a rate's setting -> name of the setting."""


def betas(setting: Setting) -> Once:
    """Whether the intervals of the centred betas hold the truth, after the check of the initial library."""

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        found = fit_betas(setting, int(rng.integers(2**31)))
        return {"": tally(np.abs(found.final) <= NORMAL_95)}

    return once

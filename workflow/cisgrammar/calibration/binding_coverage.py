"""How often the 95 % intervals of betas hold the truth, over libraries drawn again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import norm, t

from cisgrammar.binding.fit.optimise import Effort, minimise
from cisgrammar.binding.fit.refine import Refinement, estimates
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.likelihood import Data, Objective, Penalty
from cisgrammar.binding.likelihood.standard_errors import Estimate, covariance_of
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from cisgrammar.calibration.rates import tally
from cisgrammar.calibration.simulation import Once
from cisgrammar.simulate.selected_reads import Setting, draw_reads

_HALF_WIDTH = float(norm.isf(0.025))
_CHUNK = 32_768
# Reads from which the covariance is computed.
_ROWS = 6_000
Compositions = Sequence[Composition | None]


@dataclass(frozen=True)
class FittedBetas:
    """One fit.

    Attributes
    ----------
    free, final
        `(positions * 4,)`: error of each centred beta in units of its standard error, before and after the step that
        may take the selected reads as draws from the initial library.
    rmse
        Root mean square error of the centred betas, before and after.
    drawn
        Whether that step was taken.
    """

    free: NDArray[np.float64]
    final: NDArray[np.float64]
    rmse: tuple[float, float]
    drawn: bool

    @property
    def covered(self) -> tuple[float, float]:
        """Share of the 95 % intervals that hold the truth, before and after."""
        return _share(self.free), _share(self.final)


def _share(z: NDArray[np.float64]) -> float:
    return float((np.abs(z) <= _HALF_WIDTH).mean())


def fit_betas(setting: Setting, seed: int) -> FittedBetas:
    """Draw a library and fit it from the truth on, with the default penalty."""
    table = counted(setting, seed)
    model, data = Model([truth(setting)]).double(), [Data(table, [0, 1])]
    model[0].set_depths(table)
    wanted = estimates(model)()
    minimise(Objective(model, data, Penalty(), _CHUNK), Effort(200, 1e-7))
    free, free_error = _error(model, data, wanted)
    few = [data[0].sample(15_000, np.random.default_rng(0))]
    step = Refinement(model, [table], data, few, Penalty(), Effort(200, 1e-7), _CHUNK)
    _, compositions = step.run()
    final, final_error = _error(model, data, wanted, step, compositions)
    return FittedBetas(free, final, (free_error, final_error), compositions[0] is not None)


def truth(setting: Setting) -> Experiment:
    """The experiment with the parameters that the reads were drawn with, all but depths."""
    psam = PSAM(len(setting.consensus)).double()
    psam.betas.data = torch.from_numpy(setting.betas())
    mode = Mode(Conv1d(psam, setting.width, setting.width, setting.width))
    other = NonSpecific(setting.width, setting.width)
    out = Experiment([other, mode], chain("bound_unsaturated", [True, True])).double()
    out.log_activity.data[0] = setting.log_nonspecific
    return out


def counted(setting: Setting, seed: int) -> CountTable:
    """Draw a library: its distinct reads with their counts in both rounds."""
    rounds = draw_reads(setting, seed)
    codes, which = np.unique(np.concatenate(rounds), axis=0, return_inverse=True)
    counts = np.zeros((len(codes), 2))
    np.add.at(counts, (which.ravel(), np.repeat([0, 1], [len(r) for r in rounds])), 1.0)
    return CountTable(codes, counts, Flanks(setting.left, setting.right))


def _error(
    model: Model,
    data: list[Data],
    wanted: NDArray[np.float64],
    step: Refinement | None = None,
    found: Compositions = (None,),
) -> tuple[NDArray[np.float64], float]:
    """Errors of the estimates in units of their standard errors, `(values,)`, and their root mean square."""
    drift = None if step is None else step.drift
    covariance = covariance_of(Estimate(model, data, Penalty(), found, _CHUNK, drift), _ROWS)
    values = estimates(model)
    difference = values() - wanted
    return difference / covariance.errors(values).ravel(), float(np.sqrt((difference**2).mean()))


def coverage(setting: Setting, seeds: Iterable[int]) -> tuple[float, float, float]:
    """Mean share of intervals that hold the truth after the last step, and its own 95 % interval, over fits."""
    shares = np.array([fit_betas(setting, seed).covered[1] for seed in seeds])
    half = float(t.isf(0.025, len(shares) - 1) * shares.std(ddof=1) / len(shares) ** 0.5)
    return float(shares.mean()), float(shares.mean() - half), float(shares.mean() + half)


def betas(setting: Setting) -> Once:
    """Whether the intervals of centred betas hold the truth after the last step: a fit, and a test for each beta."""

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        return {"": tally(np.abs(fit_betas(setting, int(rng.integers(2**31))).final) <= _HALF_WIDTH)}

    return once

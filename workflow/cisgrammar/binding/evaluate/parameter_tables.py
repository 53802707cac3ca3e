"""Tables of fitted parameters in a fixed gauge, with standard errors.

Constants can move between a matrix, a position bias, a spacing, an activity and a depth without any share changing.
What is reported has them fixed: positions of a matrix, position biases and pairs of letters have mean 0, spacings a
mean omega of 1, and activities hold what these have lost. Without saturation, activities are relative to that of the
first active binding, and depths hold what that has lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Binding, Experiment
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.fitted import Fitted, relative_columns
from cisgrammar.binding.likelihood.spaced import entries, log_mean_omega, log_omega, same_placements_tied, widest
from cisgrammar.binding.likelihood.standard_errors import Covariance
from cisgrammar.iupac import BASES

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class FixedGauge:
    """A matrix with its constants taken off.

    Attributes
    ----------
    monomers
        `(positions, 4)`, the mean of each position 0.
    pairs
        (position, later position) -> `(4, 4)`, the mean of each row and of each column 0.
    constant
        What every window's score has lost.
    """

    monomers: Matrix
    pairs: dict[tuple[int, int], Matrix]
    constant: float


@torch.no_grad()
def fixed_gauge(psam: PSAM) -> FixedGauge:
    """Scores in the one gauge where pairs hold only what single positions cannot say."""
    monomers = psam.get_filter(0)[0].T.double().cpu().numpy().copy()  # (positions, 4)
    pairs = {}
    for distance in range(1, psam.pairwise_distance + 1):
        blocks = psam.get_filter(distance)[0].double().cpu().numpy()  # (4, 4, positions - distance)
        for i in range(blocks.shape[-1]):
            block = blocks[..., i]
            first, second = block.mean(1), block.mean(0)
            # The mean of the whole stays with the first position, whose own mean is taken off below.
            pairs[i, i + distance] = block - first[:, None] - second + block.mean()
            monomers[i] += first
            monomers[i + distance] += second - block.mean()
    means = monomers.mean(1, keepdims=True)
    return FixedGauge(monomers - means, pairs, float(means.sum() + psam.bias))


@torch.no_grad()
def _bias(layer: Conv1d) -> Matrix:
    """Position bias of the longest reads, `(strands, windows)`."""
    return layer.get_log_posbias()[-1].double().cpu().numpy()


def _window_constant(mode: Mode) -> float:
    bias = float(_bias(mode.layer).mean()) if mode.layer.has_posbias else 0.0
    return fixed_gauge(mode.psam).constant + bias


def _constant(binding: Binding) -> float:
    """What a binding's log score loses when its parts are in the fixed gauge."""
    if isinstance(binding, Mode):
        return binding.log_hill.exp().item() * _window_constant(binding)
    if isinstance(binding, Cooperativity):
        hill = binding.log_hill.exp().item()
        spacing = log_mean_omega(log_omega(binding, entries(binding)), hill)
        return hill * (_window_constant(binding.mode_a) + _window_constant(binding.mode_b) + spacing)
    return 0.0


@torch.no_grad()
def activities(experiment: Experiment) -> tuple[Matrix, Matrix]:
    """Log activities `(active bindings, columns)` and log depths `(rounds,)` in the fixed gauge."""
    active = [i for i, on in enumerate(experiment.active) if on]
    values = experiment.log_activity[active].double().cpu().numpy()
    values = values + np.array([[_constant(experiment.bindings[i])] for i in active])
    reference = np.where(relative_columns(experiment), values[0], 0.0)  # (columns,)
    sums: list[float] = []
    for one, column in zip(experiment.rounds, experiment.activity_columns(), strict=True):
        sums.append(0.0 if one.reference is None or column is None else sums[one.reference] + reference[column])
    depth = experiment.log_depth.double().cpu().numpy() + np.array(sums)
    return values - reference, depth - depth[experiment.observed[0]]


def matrix_table(fitted: Fitted, covariance: Covariance) -> pd.DataFrame:
    """Scores of single positions: motif, position, base, beta, log_affinity, standard_error.

    `beta` is -ddG/RT relative to the position's mean; `log_affinity` relative to its best base.
    """
    parts = []
    for name, psam in fitted.factors.items():

        def monomers(psam: PSAM = psam) -> Matrix:
            return fixed_gauge(psam).monomers

        betas, errors = monomers(), covariance.errors(monomers)
        position, base = np.indices(betas.shape)
        columns = {
            "motif": name,
            "position": position.ravel(),
            "base": np.array(list(BASES))[base.ravel()],
            "beta": betas.ravel(),
            "log_affinity": (betas - betas.max(1, keepdims=True)).ravel(),
            "standard_error": errors.ravel(),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def pairs_table(fitted: Fitted, covariance: Covariance) -> pd.DataFrame:
    """Scores of pairs beyond those of single positions; no rows without pair features."""
    columns = ["motif", "position_a", "base_a", "position_b", "base_b", "beta", "standard_error"]
    rows: list[tuple[Any, ...]] = []
    for name, psam in fitted.factors.items():
        if not psam.pairwise_distance:
            continue

        def blocks(psam: PSAM = psam) -> Matrix:
            return np.array(list(fixed_gauge(psam).pairs.values()))  # (pairs, 4, 4)

        values, errors = blocks(), covariance.errors(blocks)
        for (a, b), block, error in zip(fixed_gauge(psam).pairs, values, errors, strict=True):
            rows += [(name, a, BASES[x], b, BASES[y], block[x, y], error[x, y]) for x in range(4) for y in range(4)]
    return pd.DataFrame(rows, columns=columns)


def position_bias_table(fitted: Fitted, covariance: Covariance) -> pd.DataFrame:
    """Position bias of each mode that has one: library, binding, strand, position, log_bias, standard_error.

    Positions are windows' starts from the left end of the longest reads with their scored flanks; the mean over both
    strands is 0. The bias of a dimer by the positions of both factors is in the model's JSON.
    """
    columns = ["library", "binding", "strand", "position", "log_bias", "standard_error"]
    rows: list[tuple[Any, ...]] = []
    for library, experiment in fitted.experiments.items():
        for binding, on in zip(experiment.bindings, experiment.active, strict=True):
            if not (on and isinstance(binding, Mode) and binding.layer.has_posbias):
                continue

            def bias(layer: Conv1d = binding.layer) -> Matrix:
                values = _bias(layer)
                return values - values.mean()

            values, errors = bias(), covariance.errors(bias)
            for strand, value, error in zip("+-"[: len(values)], values, errors, strict=True):
                rows += [
                    (library, fitted.binding_name(binding), strand, i, value[i], error[i]) for i in range(len(value))
                ]
    return pd.DataFrame(rows, columns=columns)


def parameters_table(fitted: Fitted, covariance: Covariance) -> pd.DataFrame:
    """Activities, depths, Hill exponents and rounds' own parameters, in the fixed gauge.

    Columns library, parameter (`log_activity`, `log_depth`, `log_hill`, `rho`, `gamma`, `delta`), binding (empty for
    rounds), round (rounds that share a value are joined by commas), value, standard_error. A value that is 0 by the
    choice of gauge has an error of 0.
    """
    columns = ["library", "parameter", "binding", "round", "value", "standard_error"]
    rows: list[tuple[Any, ...]] = []
    for library, experiment in fitted.experiments.items():
        names = _names(fitted, experiment)

        def values(experiment: Experiment = experiment) -> Matrix:
            return _values(experiment)

        for name, value, error in zip(names, values(), covariance.errors(values), strict=True):
            rows.append((library, *name, value, error))
    return pd.DataFrame(rows, columns=columns)


def _names(fitted: Fitted, experiment: Experiment) -> list[tuple[str, str, str]]:
    """(parameter, binding, round) of each of `_values`."""
    bound = experiment.activity_columns()
    users = [
        ",".join(str(r) for r, c in enumerate(bound) if c == column)
        for column in range(experiment.log_activity.shape[1])
    ]
    active = [b for b, on in zip(experiment.bindings, experiment.active, strict=True) if on]
    out = [("log_activity", fitted.binding_name(b), user) for b in active for user in users]
    out += [("log_depth", "", str(r)) for r in experiment.observed]
    out += [("log_hill", fitted.binding_name(b), "") for b in _with_hill(experiment)]
    return out + [(name, "", str(r)) for r, one in enumerate(experiment.rounds) for name, _ in one.named_parameters()]


def _with_hill(experiment: Experiment) -> list[Mode | Cooperativity]:
    """Active bindings whose Hill exponent is trained or not 1."""
    active = [b for b, on in zip(experiment.bindings, experiment.active, strict=True) if on]
    return [b for b in active if isinstance(b, Mode | Cooperativity) and (b.train_hill or bool(b.log_hill))]


@torch.no_grad()
def _values(experiment: Experiment) -> Matrix:
    activity, depth = activities(experiment)
    hill = [b.log_hill.item() for b in _with_hill(experiment)]
    own = [float(p) for one in experiment.rounds for p in one.parameters()]
    return np.concatenate([activity.ravel(), depth[experiment.observed], hill, own])


def spacing_values(fitted: Fitted, covariance: Covariance) -> pd.DataFrame:
    """Spacings with omega's mean at 1: pair, strands, offset, gap, log_omega, standard_error.

    Of a factor with itself on the same strand, offsets o and -o are one placement seen from either site: both rows
    hold the mean of the two, which is what the reads determine.
    """
    columns = ["pair", "strands", "offset", "gap", "log_omega", "standard_error"]
    rows: list[tuple[Any, ...]] = []
    for spacing, dimers in fitted.dimers():
        dimer = widest(list(dimers.values()))
        placements = entries(dimer)

        def omegas(dimer: Cooperativity = dimer) -> Matrix:
            hill = dimer.log_hill.exp().item()
            values = same_placements_tied(dimer, log_omega(dimer, entries(dimer)), hill)
            return values - log_mean_omega(values, hill)

        name = fitted.spacing_name(spacing)
        for entry, value, error in zip(placements, omegas(), covariance.errors(omegas), strict=True):
            rows.append((name, entry.strands, entry.offset, entry.gap, value, error))
    return pd.DataFrame(rows, columns=columns)

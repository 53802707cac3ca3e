"""Which spacings of a dimer the reads support: likelihood profiles of log omega."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.binding.evaluate.frozen import Frozen
from cisgrammar.binding.evaluate.parameter_tables import spacing_values
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.standard_errors import Covariance, generalised_inverse
from cisgrammar.files.progress import counted

Matrix = NDArray[np.float64]
# Half the 95 % quantile of chi squared with one degree of freedom, and its signed root.
DROP = 1.920729
_ROOT = 1.959964
_TOLERANCE = 0.02
_MOST_TRIALS = 12
_MOST_STEPS = 15
# Longest step of a logarithm.
_MOST_LOG = 2.0
# Nats that a profile point may be off.
_LOST = 0.01


@dataclass(frozen=True)
class Interval:
    """95 % profile-likelihood interval of one group of placements.

    Attributes
    ----------
    lower, upper
        Of the ratio, see `Profile`; `lower` is -inf if the reads do not need the spacing at all.
    gain
        Log-likelihood lost, in nats, if the spacing is banned.
    ratio, error
        Where the likelihood is greatest, and its error at fixed matrices (inf if it is banned there).
    """

    lower: float
    upper: float
    gain: float
    ratio: float
    error: float


class Profile:
    """Profiles of one spacing, with matrices, position biases and Hill exponents held fast.

    All other cooperativities, activities and depths are fitted again at each point. What is profiled is the ratio
    ln(omega / sum of the other omegas) (of their powers, with a Hill exponent), which no choice of gauge changes;
    to hold it is to hold a linear relation of the cooperativities.
    """

    def __init__(self, frozen: Frozen) -> None:
        self.frozen = frozen
        self.sizes = np.array([len(numbers) for numbers in frozen.members], dtype=np.float64)
        self._free = np.ones(len(frozen.vector), dtype=bool)
        self._free[frozen.fixed] = False
        self.best = frozen.vector
        self._base = frozen.loss(self.best)[0]
        # Each time with the curvature at the best so far.
        for _ in range(10):
            self._inform(self.best)
            more, self.best = self._minimise(_Relation(), self._free, 1e-4)
            self._base += more
            if more > -1e-3:
                break

    def _inform(self, x: Matrix) -> None:
        """Take the curvature at a vector for that of all; steps of what is well determined there are in logarithms.

        A number that is hardly more than 0 would take forever to reach 0 in logarithms.
        """
        self._curvature = self.frozen.information(x)
        self._inverse = np.zeros_like(self._curvature)
        positive = self.frozen.least == 0.0
        # What is at its bound stays there.
        inside = self._free & ~(positive & (x <= 0.0))
        kept = np.ix_(inside, inside)
        self._inverse[kept] = generalised_inverse(self._curvature[kept])[0]
        self._logs = positive & (np.sqrt(np.diag(self._inverse)) < 0.5 * x)

    def _minimise(self, held: _Relation, free: NDArray[np.bool_], tolerance: float) -> tuple[float, Matrix]:
        """Least loss, relative to the base, and where, over the `free` numbers.

        Newton steps from the best, with the curvature there, cooperativities and activities kept at 0 or more; it
        stops when another step would gain less than `tolerance` nats, which is taken off.
        """
        at, logs, x = np.flatnonzero(free), self._logs[free], held.full(self.best)
        units = np.where(logs, self.best[at], 1.0)
        turn = held.turn(len(x))[:, at] * units
        root = _root(turn.T @ self._curvature @ turn)
        (value, slope), gain = self.frozen.loss(x), 0.0
        for _ in range(_MOST_STEPS):
            g = (held.turn(len(x))[:, at].T @ slope) * np.where(logs, x[at], 1.0)
            least = np.where(logs, -_MOST_LOG, self.frozen.least[at] - x[at])
            step = _bounded_step(root, g, least, np.where(logs, _MOST_LOG, np.inf))
            gain = -float(g @ step + np.square(root @ step).sum() / 2)
            if gain < tolerance:
                break
            found = self._along(held, x, at, step, value)
            if found is None:
                break
            x, value, slope = found
        return value - min(max(gain, 0.0), tolerance) - self._base, x

    def _along(
        self, held: _Relation, x: Matrix, at: NDArray[np.intp], step: Matrix, value: float
    ) -> tuple[Matrix, float, Matrix] | None:
        """Go along a step as far as the loss falls; None if it does not."""
        logs = self._logs[at]
        for _ in range(6):
            trial = x.copy()
            trial[at] = np.where(logs, x[at] * np.exp(np.where(logs, step, 0.0)), x[at] + step)
            trial = held.full(trial)
            moved, slope = self.frozen.loss(trial)
            if moved < value:
                return trial, moved, slope
            step = step / 3
        return None

    def _sum_of_others(self, x: Matrix, group: int) -> float:
        return float(x[: len(self.sizes)] @ self.sizes - x[group] * self.sizes[group])

    def ratio(self, x: Matrix, group: int) -> float:
        """Return ln(omega of the group / sum of the other omegas); -inf for 0."""
        return float(np.log(max(x[group], 1e-300)) - np.log(max(self._sum_of_others(x, group), 1e-300)))

    def deviance(self, group: int, ratio: float) -> float:
        """Log-likelihood lost, in nats, if the ratio is held at a value; -inf: the spacing is banned."""
        free = self._free.copy()
        free[group] = False
        weights = np.exp(ratio) * self.sizes
        weights[group] = 0.0
        return max(self._minimise(_Relation(group, weights), free, _LOST)[0], 0.0)

    def error(self, group: int) -> float:
        """Standard error of the ratio at fixed matrices; inf if the reads would rather ban the spacing."""
        if self.best[group] <= 0.0:
            return float("inf")
        contrast = np.zeros(len(self.best))
        contrast[: len(self.sizes)] = -self.sizes / self._sum_of_others(self.best, group)
        contrast[group] = 1 / self.best[group]
        return float(np.sqrt(max(float(contrast @ self._inverse @ contrast), 1e-12)))

    def interval(self, group: int) -> Interval:
        """Profile one group."""
        centre, error = self.ratio(self.best, group), self.error(group)
        gain = self.deviance(group, -np.inf) if self.best[group] > 0.0 else 0.0
        lower = self._bound(group, centre, -1.0, _ROOT * min(error, 1.0)) if gain > DROP else -np.inf
        if error < 1.0:
            upper = self._bound(group, centre, 1.0, _ROOT * error)
        else:
            # Hardly determined: from a ratio that is as good as none upwards.
            low = min(max(centre, self._first_ratio(group) - 2.0), self._first_ratio(group) - 0.1)
            upper = self._bound(group, low, 1.0, self._first_ratio(group) - low)
        return Interval(lower, upper, gain, centre, error)

    def _first_ratio(self, group: int) -> float:
        """Ratio at which the loss would have risen by `DROP` if it were quadratic in omega and all else fixed."""
        slope = max(self.frozen.loss(self.best)[1][group], 0.0)
        bend = max(self._curvature[group, group], 1e-6)
        more = (np.sqrt(slope**2 + 2 * bend * DROP) - slope) / bend
        return float(np.log((self.best[group] + more) / self._sum_of_others(self.best, group)))

    def _bound(self, group: int, centre: float, sign: float, step: float) -> float:
        """Where the deviance passes `DROP` on one side: expanded until it does, then regula falsi on its root."""
        inside, outside = (0.0, 0.0), (np.inf, np.inf)
        for _ in range(_MOST_TRIALS):
            root = float(np.sqrt(2 * self.deviance(group, centre + sign * step)))
            if abs(root - _ROOT) < _TOLERANCE:
                break
            if root < _ROOT:
                inside = (step, root)
            else:
                outside = (step, root)
            if np.isinf(outside[0]):
                step = min(max(1.1 * step * _ROOT / max(root, 0.3), step + 0.05), step + 3.0)
            else:
                step = inside[0] + (outside[0] - inside[0]) * (_ROOT - inside[1]) / (outside[1] - inside[1])
        return centre + sign * step


@dataclass(frozen=True)
class _Relation:
    """One number is held to a weighted sum of the first numbers; or, without weights, nothing is held."""

    number: int = 0
    weights: Matrix | None = None

    def full(self, x: Matrix) -> Matrix:
        """The vector with its number set as the others demand."""
        if self.weights is None:
            return x
        x = x.copy()
        x[self.number] = 0.0
        x[self.number] = self.weights @ x[: len(self.weights)]
        return x

    def turn(self, size: int) -> Matrix:
        """Slopes of the full vector by its numbers, `(size, size)`."""
        out = np.eye(size)
        if self.weights is not None:
            out[self.number] = 0.0
            out[self.number, : len(self.weights)] = self.weights
        return out


def _root(curvature: Matrix) -> Matrix:
    """A square root of a curvature, `(numbers, numbers)`, whose flat directions are made a little steep."""
    scale = np.sqrt(np.maximum(np.diag(curvature), 1e-6))
    values, vectors = np.linalg.eigh(curvature / np.outer(scale, scale))
    return (vectors * np.sqrt(np.maximum(values, 1e-6))).T * scale


def _bounded_step(root: Matrix, slope: Matrix, least: Matrix, most: Matrix) -> Matrix:
    """The step that makes slope . step + |root step|^2 / 2 least, each of its numbers from `least` to `most`."""
    from scipy.optimize import lsq_linear

    inverse_slope = np.linalg.solve(root.T, slope)
    step = -np.linalg.solve(root, inverse_slope)
    if (step >= least).all() and (step <= most).all():
        return step
    # Bounds must differ from each other.
    found = lsq_linear(root, -inverse_slope, (least - 1e-12, most + 1e-12), method="bvls").x
    return np.clip(found, least, most)


def log_omega_of(ratio: float, size: float, total: float) -> float:
    """Log omega relative to the mean omega of `total` placements, `size` of which are this group."""
    return float(np.log(total) - np.logaddexp(np.log(size), -ratio))


def spacing_table(fitted: Fitted, covariance: Covariance, rows: int = 100_000) -> pd.DataFrame:
    """Spacings of all dimers with errors, profile-likelihood intervals and gains.

    `log_omega` is relative to the mean omega of all placements that are allowed, so that a lower bound above 0 means
    a placement that is preferred to the average one (whether two factors help each other at all cannot be told from
    reads far from saturation: see `gain`). The interval is that at fixed matrices, stretched by how much larger the
    standard error is when matrices and position biases are not fixed.

    Parameters
    ----------
    fitted
        The model and its reads.
    covariance
        From `standard_errors.covariance`.
    rows
        Most distinct reads of a library, drawn at random, from which profiles are extrapolated; their centre is
        that of the fit to all.

    Returns
    -------
    DataFrame
        pair, strands, offset (start of b minus start of a along a's strand), gap, log_omega, standard_error, lower,
        upper (95 %; `lower` -inf if the spacing could as well be banned), gain (log-likelihood lost in nats if the
        spacing is banned). Of a factor with itself, offsets o and -o on the same strand share interval and gain.
    """
    table = spacing_values(fitted, covariance)
    bounds: list[tuple[float, float, float]] = []
    for _, dimers in fitted.dimers():
        frozen = Frozen(fitted, dimers, rows)
        profile, start = Profile(frozen), len(bounds)
        bounds += [(np.nan, np.nan, np.nan)] * len(frozen.placements)
        for group, numbers in counted(list(enumerate(frozen.members)), "intervals of spacings", "spacings"):
            error = float(table["standard_error"].iloc[start + numbers[0]])
            for number in numbers:
                bounds[start + number] = _bounds(profile, group, error)
    table[["lower", "upper", "gain"]] = np.array(bounds).reshape(-1, 3)
    return table


def _bounds(profile: Profile, group: int, full_error: float) -> tuple[float, float, float]:
    size, total = float(profile.sizes[group]), float(profile.sizes.sum())
    if len(profile.sizes) == 1:
        # One placement is the mean of itself.
        return 0.0, 0.0, profile.deviance(group, -np.inf)
    found = profile.interval(group)
    ends = [found.lower, found.upper]
    if found.gain > DROP:
        # Error of the ratio at free matrices, from that of log omega, beside that at fixed ones.
        free = full_error * profile.frozen.hill * (1 + size * np.exp(found.ratio))
        wider = max(free / found.error, 1.0) if np.isfinite(free) else 1.0
        centre = profile.ratio(profile.frozen.vector, group)
        ends = [centre + wider * (end - found.ratio) for end in ends]
    lower, upper = (log_omega_of(end, size, total) / profile.frozen.hill for end in ends)
    return lower, upper, found.gain

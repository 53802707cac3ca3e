"""L-BFGS with a strong Wolfe line search over whatever is unfrozen."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from cisgrammar.binding.likelihood.likelihood import Objective
from cisgrammar.files.progress import Progress

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

_WINDOW = 8
# In units of the curvature a step is a good one more often.
_SCALED_WINDOW = 4
# Share of the diagonal added to an estimated curvature, which few blocks leave uncertain.
_SHRINK = 0.02

# Most blocks of reads for such an estimate.
_BLOCKS = 400
# Greatest change of a parameter in a first step.
_FARTHEST = 1.0


# Reads below which a second thread takes longer to be told than to work: 50,000 rows took 5.3 s on one, 9.0 s on two.
_MANY = 100_000


@contextmanager
def threads_for(reads: int) -> Iterator[None]:
    """One thread for a while, if reads are few."""
    before = torch.get_num_threads()
    torch.set_num_threads(1 if reads < _MANY else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class FitFailed(ValueError):
    """The loss became infinite or not a number."""


@dataclass(frozen=True)
class Effort:
    """How long to go on.

    Parameters
    ----------
    iterations
        Most iterations.
    tolerance
        Stop when the last iterations (eight; four with a known curvature) have lowered the loss (per count) by less
        than this each on average: single iterations in a narrow valley gain little without being at its end.
    """

    iterations: int = 400
    tolerance: float = 1e-7


def minimise(objective: Objective, effort: Effort | None = None, curvature: NDArray[np.float64] | None = None) -> float:
    """Minimise the objective in place and return the loss; FitFailed if it is not finite.

    Deterministic: the same start and data give the same result. The search direction is kept in float64 on the host;
    scores and gradients are computed where the parameters are.

    Parameters
    ----------
    objective
        What to minimise, over its unfrozen parameters.
    effort
        When to stop.
    curvature
        About the second derivatives at the start, `(parameters, parameters)`, positive definite: the search is done
        where they are one, which near a minimum takes a third of the evaluations. See `fisher_information`.
    """
    effort = effort or Effort()
    parameters = objective.parameters()
    if not parameters:
        raise ValueError("nothing to fit: all parameters are frozen; unfreeze some first")
    start = _pack(parameters)
    coordinates = _Coordinates(start, curvature)

    def evaluate(z: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        _unpack(coordinates.parameters(z), parameters)
        loss = objective.backward()
        if not math.isfinite(loss):
            raise FitFailed(f"loss became {loss}")
        return loss, coordinates.gradient(_pack(objective.gradients()))

    window = _WINDOW if curvature is None else _SCALED_WINDOW
    recent: deque[float] = deque(maxlen=window + 1)

    from scipy.optimize import minimize

    progress = Progress(f"minimise on {parameters[0].device}, at most", effort.iterations, "iterations")

    def stop(intermediate_result: OptimizeResult) -> None:
        progress.add(1)
        recent.append(float(intermediate_result.fun))
        if len(recent) > window and recent[0] - recent[-1] < window * effort.tolerance:
            raise StopIteration

    limits = {"maxcor": 50, "maxiter": effort.iterations, "maxfun": 2 * effort.iterations, "ftol": 0, "gtol": 1e-9}
    with threads_for(sum(len(d) for d in objective.data)):
        found = minimize(evaluate, coordinates.start, jac=True, method="L-BFGS-B", callback=stop, options=limits)
    _unpack(coordinates.parameters(found.x), parameters)
    return float(found.fun)


class _Coordinates:
    """Where the search is done: the parameters themselves, or such that the curvature is one."""

    def __init__(self, origin: NDArray[np.float64], curvature: NDArray[np.float64] | None) -> None:
        self.origin = origin
        self.root = None if curvature is None else cholesky(curvature, lower=True)
        self.start = origin if self.root is None else np.zeros_like(origin)
        # The first step is of length one whatever the gradient; made a Newton step, if that goes not too far.
        self.unit: float | None = None

    def parameters(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.root is None:
            return z
        return self.origin + (self.unit or 1.0) * solve_triangular(self.root.T, z, lower=False)

    def gradient(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.root is None:
            return gradient
        scaled = solve_triangular(self.root, gradient, lower=True)
        if self.unit is None:
            length = max(float(np.linalg.norm(scaled)), 1e-12)
            farthest = np.abs(solve_triangular(self.root.T, scaled, lower=False)).max() / length
            self.unit = min(length, _FARTHEST / max(farthest, 1e-12))
        return scaled * self.unit


def fisher_information(objective: Objective, blocks: int | None = None) -> NDArray[np.float64]:
    """Estimate the second derivatives of a loss from the spread of its gradient over blocks of reads.

    For a model that holds, the covariance of the gradient of a read's log-likelihood is its expected second
    derivative. Two blocks a parameter up to a limit, unless said otherwise; what they leave open is made up by a
    small share of the diagonal and the penalty's own curvature.

    Returns
    -------
    NDArray
        `(parameters, parameters)` per count, in the order of `objective.parameters()`.
    """
    size = sum(p.numel() for p in objective.parameters())
    information = np.zeros((size, size))
    share = len(objective.data)
    blocks = (blocks or min(2 * size, _BLOCKS)) // share
    for index, data in enumerate(objective.data):
        with threads_for(len(data) // blocks):
            gradients = np.array([_pack(g) for g in objective.block_gradients(index, blocks)])
        gradients -= gradients.mean(0)
        # A gradient is that of the loss per count, of which each experiment has an equal share.
        information += gradients.T @ gradients * data.total * share
    return information + np.diag(_SHRINK * np.diag(information) + 2 * objective.settings.l2 + 1e-9)


def _pack(tensors: Sequence[torch.Tensor]) -> NDArray[np.float64]:
    return torch.cat([t.detach().flatten() for t in tensors]).double().cpu().numpy()


@torch.no_grad()
def _unpack(x: NDArray[np.float64], parameters: list[torch.nn.Parameter]) -> None:
    start = 0
    for parameter in parameters:
        values = torch.from_numpy(x[start : start + parameter.numel()].copy())
        parameter.copy_(values.view_as(parameter))
        start += parameter.numel()

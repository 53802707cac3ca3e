"""L-BFGS with a strong Wolfe line search over whatever is unfrozen."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize

from cisgrammar.binding.likelihood import Objective

_WINDOW = 8


class FitFailed(RuntimeError):
    """The loss became infinite or not a number."""


@dataclass(frozen=True)
class Effort:
    """How long to go on.

    Parameters
    ----------
    iterations
        Most iterations.
    tolerance
        Stop when the last eight iterations have lowered the loss (per count) by less than this each on average: single
        iterations in a narrow valley gain little without being at its end.
    """

    iterations: int = 400
    tolerance: float = 1e-7


def minimise(objective: Objective, effort: Effort | None = None) -> float:
    """Minimise the objective in place and return the loss; FitFailed if it is not finite.

    Deterministic: the same start and data give the same result. The search direction is kept in float64 on the host;
    scores and gradients are computed where the parameters are.
    """
    effort = effort or Effort()
    parameters = objective.parameters()
    if not parameters:
        raise ValueError("nothing to fit: all parameters are frozen; unfreeze some first")

    def evaluate(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        _unpack(x, parameters)
        loss = objective.backward()
        if not math.isfinite(loss):
            raise FitFailed(f"loss became {loss}")
        return loss, _pack([p.grad for p in parameters])

    recent: deque[float] = deque(maxlen=_WINDOW + 1)

    def stop(intermediate_result: OptimizeResult) -> None:
        recent.append(float(intermediate_result.fun))
        if len(recent) > _WINDOW and recent[0] - recent[-1] < _WINDOW * effort.tolerance:
            raise StopIteration

    found = minimize(
        evaluate,
        _pack(parameters),
        jac=True,
        method="L-BFGS-B",
        callback=stop,
        options={"maxcor": 50, "maxiter": effort.iterations, "maxfun": 2 * effort.iterations, "ftol": 0, "gtol": 1e-9},
    )
    _unpack(found.x, parameters)
    return float(found.fun)


def _pack(tensors: list[torch.Tensor]) -> NDArray[np.float64]:
    return torch.cat([t.detach().flatten() for t in tensors]).double().cpu().numpy()


@torch.no_grad()
def _unpack(x: NDArray[np.float64], parameters: list[torch.nn.Parameter]) -> None:
    start = 0
    for parameter in parameters:
        values = torch.from_numpy(x[start : start + parameter.numel()].copy())
        parameter.copy_(values.view_as(parameter))
        start += parameter.numel()

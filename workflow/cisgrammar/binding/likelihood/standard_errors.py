"""Standard errors of fitted parameters, and of what follows from them, from the information in the reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.composition_error import composition_noise
from cisgrammar.binding.likelihood.coordinate import STEP, Coordinate, coordinates
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.likelihood import Data, Penalty, penalty
from cisgrammar.files.progress import counted

Matrix = NDArray[np.float64]
# Eigenvalues of the scaled curvature below this are directions that nothing determines.
_SINGULAR = 1e-8
# Share of a slope along such directions above which a value is not determined; less is rounding.
_LOOSE = 1e-3


@contextmanager
def full_precision(model: nn.Module) -> Iterator[None]:
    """Score windows in the parameters' precision for a while."""
    layers = [m for m in model.modules() if isinstance(m, Conv1d)]
    before = [layer.compute_dtype for layer in layers]
    for layer in layers:
        layer.compute_dtype = None
    try:
        yield
    finally:
        for layer, dtype in zip(layers, before, strict=True):
            layer.compute_dtype = dtype


@torch.no_grad()
def information(
    experiment: Experiment, data: Data, numbers: Sequence[Coordinate], chunk: int = 8192
) -> NDArray[np.float64]:
    """Expected information of multinomial counts given each read's total, `(numbers, numbers)`, in nats.

    Sum over reads and rounds of total * share * s s^T, s the derivatives of the log share, by forward differences;
    needs parameters and scores in float64.
    """
    mine = {id(p) for p in experiment.parameters()}
    inside = [i for i, number in enumerate(numbers) if id(number.parameter) in mine]
    total = torch.zeros(len(inside), len(inside), dtype=torch.float64)
    for start in counted(range(0, len(data), chunk), f"information of reads on {data.codes.device}", "chunks"):
        codes, counts = data.codes[start : start + chunk], data.counts[start : start + chunk]
        base = experiment(codes)  # (reads, rounds)
        weight = (counts.sum(1, keepdim=True) * base.exp()).sqrt() / STEP
        scores = base.new_empty(len(inside), base.numel())  # (numbers, reads * rounds)
        for row, i in enumerate(inside):
            with numbers[i].moved(STEP):
                scores[row] = ((experiment(codes) - base) * weight).flatten()
        scores.nan_to_num_(0.0)
        total += (scores @ scores.T).cpu()
    out = np.zeros((len(numbers), len(numbers)))
    out[np.ix_(inside, inside)] = total.numpy()
    return out


@torch.no_grad()
def library_information(
    experiment: Experiment, data: Data, numbers: Sequence[Coordinate], chunk: int = 8192
) -> NDArray[np.float64]:
    """Information of the selected reads as draws from a known initial library, `(numbers, numbers)`, in nats.

    Number of reads times the covariance of the derivatives of log Z over them, by forward differences as in
    `information`; that of depths is zero.
    """
    reads = data.selected()
    sums, squares = np.zeros(len(numbers)), np.zeros((len(numbers), len(numbers)))
    for start in counted(range(0, len(reads), chunk), f"information of draws on {reads.codes.device}", "chunks"):
        codes = reads.codes[start : start + chunk]
        weight = reads.counts[start : start + chunk, -1].double()
        base = experiment.log_aggregate(codes)[:, 0]  # (reads,)
        slopes = base.new_empty(len(numbers), len(base))
        for row, number in enumerate(numbers):
            with number.moved(STEP):
                slopes[row] = (experiment.log_aggregate(codes)[:, 0] - base) / STEP
        sums += (slopes @ weight).cpu().numpy()
        squares += (slopes * weight @ slopes.T).cpu().numpy()
    return squares - np.outer(sums, sums) / float(reads.counts[:, -1].sum(dtype=torch.float64))


def penalty_curvature(
    model: Model, settings: Penalty, total_counts: float, numbers: Sequence[Coordinate]
) -> NDArray[np.float64]:
    """Second derivatives of the penalty (per count) by pairs of numbers; l1 has none."""
    parameters = list({id(n.parameter): n.parameter for n in numbers}.values())
    value = penalty(model, settings, total_counts)
    first = torch.autograd.grad(value, parameters, create_graph=True, allow_unused=True)
    slopes = {id(p): g for p, g in zip(parameters, first, strict=True) if g is not None and g.requires_grad}
    out = np.zeros((len(numbers), len(numbers)))
    for row, number in enumerate(numbers):
        if id(number.parameter) not in slopes:
            continue
        slope = slopes[id(number.parameter)].flatten()[number.index]
        second = torch.autograd.grad(slope, parameters, retain_graph=True, allow_unused=True)
        flat = {id(p): g.flatten() for p, g in zip(parameters, second, strict=True) if g is not None}
        for column, other in enumerate(numbers):
            if id(other.parameter) in flat:
                out[row, column] = float(flat[id(other.parameter)][other.index])
    return out


def generalised_inverse(curvature: NDArray[np.float64]) -> tuple[Matrix, Matrix]:
    """Inverse on the directions that are determined, `(p, p)`, and a basis `(p, m)` of those that are not.

    Variances of contrasts orthogonal to the basis do not depend on the choice of inverse.
    """
    scale = np.sqrt(np.diag(curvature))
    known = scale > 0
    scale = np.where(known, scale, 1.0)
    values, vectors = np.linalg.eigh(curvature / np.outer(scale, scale))
    kept = values > _SINGULAR * max(values.max(initial=0.0), 1.0)
    half = vectors[:, kept] / np.sqrt(values[kept]) / scale[:, None]
    null = vectors[:, ~kept] / scale[:, None]
    return half @ half.T, null / np.maximum(np.linalg.norm(null, axis=0), 1e-300)


@dataclass(frozen=True, eq=False)
class Covariance:
    """Covariance of the trained numbers.

    Attributes
    ----------
    numbers
        The numbers.
    matrix
        `(numbers, numbers)`.
    undetermined
        `(numbers, m)`: directions in which neither reads nor penalty say anything.
    """

    numbers: list[Coordinate]
    matrix: Matrix
    undetermined: Matrix

    def of(self, function: Callable[[], Matrix]) -> Matrix:
        """Covariance of what `function` computes from the model, `(values, values)`, by the delta method.

        The rows and columns of a value that the data leave undetermined are nan.
        """
        slopes = self._slopes(function)  # (values, numbers)
        out = slopes @ self.matrix @ slopes.T
        norms = np.linalg.norm(slopes, axis=1)
        loose = np.abs(slopes @ self.undetermined).max(1, initial=0.0) > _LOOSE * norms
        out[loose] = np.nan
        out[:, loose] = np.nan
        return out

    def errors(self, function: Callable[[], Matrix]) -> Matrix:
        """Standard errors of what `function` computes from the model, in its shape."""
        shape = np.asarray(function()).shape
        variance = np.diag(self.of(function))
        return np.sqrt(np.maximum(variance, 0.0)).reshape(shape)

    @torch.no_grad()
    def _slopes(self, function: Callable[[], Matrix]) -> Matrix:
        rows = []
        for number in self.numbers:
            with number.moved(STEP):
                above = np.array(function(), dtype=np.float64).ravel()
            with number.moved(-STEP):
                below = np.array(function(), dtype=np.float64).ravel()
            rows.append((above - below) / (2 * STEP))
        return np.array(rows).T.reshape(-1, len(self.numbers))  # (values, numbers)


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a covariance is computed from.

    Parameters
    ----------
    model
        The experiments at the end of a fit, parameters in float64.
    data
        The reads of each.
    penalty
        What the fit added to the likelihood.
    compositions
        For each experiment, the composition of the initial library that its reads were fitted as draws from; None if
        they were not.
    drift
        Change of each parameter of `model` that is doubted, in their order: its square is added to the variance. None
        for nothing.
    chunk
        Reads scored at a time.
    """

    model: Model
    data: Sequence[Data]
    penalty: Penalty
    compositions: Sequence[Composition | None]
    chunk: int = 8192
    drift: Sequence[torch.Tensor] | None = None


def covariance(fitted: Fitted, rows: int = 30_000, seed: int = 0) -> Covariance:
    """Covariance of all trained numbers at the end of a fit.

    The curvature H of the objective is that of the penalty plus the expected information of the counts (which is
    the expected Hessian of the negative log-likelihood). Libraries weigh alike in the objective whatever their
    reads, so the covariance is H^-1 V H^-1, V the information weighted twice; the penalty counts as information, as
    reads would. With one library this is the inverse of the Hessian.

    Parameters
    ----------
    fitted
        The model and the reads that it was fitted to.
    rows
        Most distinct reads of a library, drawn at random, from which its information is extrapolated: errors are
        good to a few per cent, in bounded time.
    seed
        Seed of the draw.
    """
    model = Model(fitted.experiments.values())
    compositions = [fitted.compositions.get(library) for library in fitted.experiments]
    data = list(fitted.data().values())
    estimate = Estimate(model, data, fitted.penalty, compositions, fitted.chunk, fitted.drift)
    return covariance_of(estimate, rows, seed)


def covariance_of(estimate: Estimate, rows: int = 30_000, seed: int = 0) -> Covariance:
    """As `covariance`.

    Of an experiment fitted as draws from its initial library the depths follow from all else: they are what the counts
    of both rounds say of them alone.
    """
    model, data = estimate.model, estimate.data
    numbers, rng = coordinates(model), np.random.default_rng(seed)
    if not numbers:
        raise ValueError("all parameters are frozen; unfreeze those whose errors are wanted")
    total = sum(d.total for d in data)
    prior = penalty_curvature(model, estimate.penalty, total, numbers)
    curvature, noise, following = prior.copy(), prior / total, np.eye(len(numbers))
    own = np.zeros_like(prior)
    with full_precision(model):
        for experiment, reads, composition in zip(model, data, estimate.compositions, strict=True):
            some = reads.sample(rows, rng)
            scale, weight = reads.total / some.total, 1 / (len(model) * reads.total)
            known = information(experiment, some, numbers, estimate.chunk) * scale
            if composition is not None:
                depths = [i for i, n in enumerate(numbers) if n.parameter is experiment.log_depth]
                following[depths] -= np.linalg.solve(known[np.ix_(depths, depths)], known[depths])
                own[np.ix_(depths, depths)] = np.linalg.inv(known[np.ix_(depths, depths)])
                curvature[depths] = curvature[:, depths] = noise[depths] = noise[:, depths] = 0.0
                known = library_information(experiment, some, numbers, estimate.chunk) * scale
                noise += weight**2 * _composition_noise(experiment, composition, reads, numbers)
            curvature += weight * known
            noise += weight**2 * known
    inverse, undetermined = generalised_inverse(curvature)
    matrix = following @ (inverse @ noise @ inverse) @ following.T + own
    if estimate.drift is not None:
        moved = drift_of(model, estimate.drift, numbers)
        matrix += np.outer(moved, moved)
    undetermined = following @ undetermined
    return Covariance(numbers, matrix, undetermined[:, np.linalg.norm(undetermined, axis=0) > _LOOSE])


def _composition_noise(
    experiment: Experiment, composition: Composition, reads: Data, numbers: Sequence[Coordinate]
) -> Matrix:
    """Variance of the slopes of the selected reads' log-likelihood that an estimated composition causes, in nats^2."""
    selected = float(reads.counts[:, -1].sum(dtype=torch.float64))
    return composition_noise(experiment, composition.to(reads.codes.device), numbers) * selected**2


def drift_of(model: Model, drift: Sequence[torch.Tensor], numbers: Sequence[Coordinate]) -> Matrix:
    """Values at `numbers` of tensors that are shaped as the parameters of `model`, `(numbers,)`."""
    at = {id(p): d.flatten() for p, d in zip(model.parameters(), drift, strict=True)}
    return np.array([float(at[id(n.parameter)][n.index]) for n in numbers])

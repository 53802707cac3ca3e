"""The last step of a fit: take selected reads as draws from their initial library, if that moves no estimate too far.

Both likelihoods lead to the truth where the library's composition is right; where it is not, only that given each
read's counts does. So the two estimates differ by no more than chance (Hausman, Econometrica 1978), or those given each
read's counts are kept.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cisgrammar.binding.fit.optimise import Effort, FitFailed, fisher_information, minimise
from cisgrammar.binding.layers import state
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.library_check import check_library
from cisgrammar.binding.likelihood.library_likelihood import LibraryObjective, library_composition
from cisgrammar.binding.likelihood.likelihood import Data, Objective, Penalty
from cisgrammar.binding.likelihood.standard_errors import Estimate, covariance_of
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.statistics.distributions import chi_square_tail

log = logging.getLogger(__name__)
# Chance of a difference, or of a library with more or less binding, at which the composition is no longer taken for
# right. Judgement: to accept a wrong one is the risk, for its intervals do not cover; to reject a right one costs
# precision alone.
LEVEL = 0.05
# Reads from which the covariances for the test are extrapolated.
_ROWS = 20_000
# Gain of variance below which a difference is judged by the free variance: a smaller difference of two estimated
# covariances is mostly their error. Below the second, nothing is gained.
_GAIN = 0.2
_NO_GAIN = 0.01
# Variance beyond that of the free estimates, as a share of it, that is no longer laid to estimated covariances, or to
# libraries that weigh alike whatever their reads, so that their joint estimate is not the most precise one (judgement).
_EXCESS = 0.9


@dataclass(frozen=True)
class Consistency:
    """How far the two estimates are apart.

    Attributes
    ----------
    statistic
        Sum of squared differences in units of their standard error.
    directions
        How many are gained in.
    expected
        Mean of the statistic if the composition is right: its degrees of freedom.
    p_value
        Chance of as much or more if the composition is right, of the statistic or of one direction tested by itself; 0
        where nothing is gained, so that nothing is tested, or where the variance of the library's estimates is above
        the free one, which it cannot be.
    """

    statistic: float
    directions: int
    expected: float
    p_value: float

    @property
    def accepted(self) -> bool:
        """Whether the estimates agree at the level of 0.05."""
        return self.p_value >= LEVEL

    @property
    def doubt(self) -> float:
        """Share of the squared difference that is more than chance, from 0 to 1: (1 - expected / statistic)+.

        For a difference of mean b and known variance in k directions, E[statistic] = k + |b|^2: this share of the
        squared difference estimates b^2 (James and Stein, 1961, with k for k - 2).
        """
        return max(0.0, 1 - self.expected / self.statistic) if self.statistic > 0 else 0.0


@dataclass
class Refinement:
    """What the step works on.

    Parameters
    ----------
    model
        The experiments, fitted given each read's counts, with all that is to be fitted unfrozen.
    tables, data
        The reads of each, and the same on the device.
    small
        A subset of `data`, from which the curvature is estimated.
    penalty, effort, chunk
        As for the fit.

    Attributes
    ----------
    scored
        Reads scored so far, each as often as it was.
    drift
        Once the reads are taken as draws: a tensor for each parameter, the part of its change that is more than chance
        makes of it. Errors have to cover it; None otherwise.
    """

    model: Model
    tables: Sequence[CountTable]
    data: Sequence[Data]
    small: Sequence[Data]
    penalty: Penalty
    effort: Effort
    chunk: int
    scored: int = 0
    drift: list[torch.Tensor] | None = None

    def run(self) -> tuple[float, list[Composition | None]]:
        """Move the model to the new estimates, if they agree with those it has.

        Returns
        -------
        float, list
            Loss per count given each read's counts, and for each experiment the composition of which its reads were
            taken as draws; None where they were not.
        """
        found = [_composition(number, e, t) for number, (e, t) in enumerate(zip(self.model, self.tables, strict=True))]
        nothing: list[Composition | None] = [None] * len(found)
        if not any(found):
            return self._loss(), nothing
        before = copy.deepcopy(self.model.state_dict())
        try:
            doubt = self._moved(found) if self._holds(found) else None
        except (FitFailed, np.linalg.LinAlgError) as error:
            log.warning("initial library: the fit failed (%s); not used", error)
            doubt = None
        if doubt is None:
            state.load(self.model, before)
            return self._loss(), nothing
        for experiment, data, composition in zip(self.model, self.data, found, strict=True):
            if composition is not None:
                balance_depths(experiment, data, self.chunk)
        self.drift = [
            (p.detach() - before[name]) * doubt**0.5 for name, p in self.model.named_parameters(remove_duplicate=True)
        ]
        return self._loss(), found

    def _holds(self, found: Sequence[Composition | None]) -> bool:
        """Whether each initial library holds as much binding as its composition lets expect."""
        fine = True
        for number, (experiment, data, composition) in enumerate(zip(self.model, self.data, found, strict=True)):
            if composition is None:
                continue
            check = check_library(experiment, composition, data, self.chunk)
            said = f"{check.ratio:.2f} of what is expected, P {check.p_value:.2g}, {check.reads:.0f} reads"
            fine &= check.p_value >= LEVEL
            verdict = "" if check.p_value >= LEVEL else "; not used"
            log.info("library %d: the initial reads' binding is %s%s", number + 1, said, verdict)
        return fine

    def _moved(self, found: Sequence[Composition | None]) -> float | None:
        """Move the model to the new estimates, and return the doubt in that; None if they do not agree."""
        there = [c and c.to(d.codes.device) for c, d in zip(found, self.data, strict=True)]
        values = [estimates(self.model)()]
        covariances = [self._covariance([None] * len(found))]
        self._minimise(there)
        values.append(estimates(self.model)())
        covariances.append(self._covariance(there))
        # What a library lacks or holds too often is the motif itself: preferences change as if by one factor.
        test = consistency(values[1] - values[0], covariances[0], covariances[1], along=values[0])
        said = f"chi-square {test.statistic:.1f} of {test.directions}, P {test.p_value:.2g}"
        if not test.accepted:
            log.info("initial library: its composition moves the estimates by more than chance (%s); not used", said)
            return None
        log.info("initial library: the estimates agree (%s); reads are taken as draws from it", said)
        return test.doubt

    def _loss(self) -> float:
        return Objective(self.model, self.data, self.penalty, self.chunk).backward()

    def _covariance(self, compositions: Sequence[Composition | None]) -> NDArray[np.float64]:
        estimate = Estimate(self.model, self.data, self.penalty, compositions, self.chunk)
        return covariance_of(estimate, _ROWS).of(estimates(self.model))

    def _minimise(self, compositions: Sequence[Composition | None]) -> None:
        depths = [e.log_depth for e, c in zip(self.model, compositions, strict=True) if c is not None]
        with _held(depths):
            few = LibraryObjective(self.model, self.small, self.penalty, self.chunk, compositions=compositions)
            whole = LibraryObjective(self.model, self.data, self.penalty, self.chunk, compositions=compositions)
            minimise(whole, self.effort, fisher_information(few))
        self.scored += whole.evaluations * sum(len(d) for d in whole.data)


@contextmanager
def _held(parameters: Sequence[nn.Parameter]) -> Iterator[None]:
    """Hold parameters fast for a while."""
    trained = [p for p in parameters if p.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)


@torch.no_grad()
def balance_depths(experiment: Experiment, data: Data, chunk: int) -> None:
    """Set the depth of the selected round so that as many of its reads are expected, given all counts, as there are."""
    from scipy.optimize import brentq

    log_odds = torch.cat(
        [experiment.log_aggregate(data.codes[i : i + chunk])[:, 0].double() for i in range(0, len(data), chunk)]
    )
    counts = data.counts.double()
    total, selected = counts.sum(1), float(counts[:, 1].sum())

    def excess(depth: float) -> float:
        return float((total * torch.sigmoid(log_odds + depth)).sum()) - selected

    reach = 40.0 + float(log_odds.abs().max())
    experiment.log_depth[1] = experiment.log_depth[0] + brentq(excess, -reach, reach, xtol=1e-12)


def _composition(number: int, experiment: Experiment, table: CountTable) -> Composition | None:
    try:
        found = library_composition(experiment, table)
    except ValueError as reason:
        log.info("library %d: reads are not taken as draws from the initial library: %s", number + 1, reason)
        return None
    log.info("library %d: composition of the initial library: %s", number + 1, found.kind)
    return found


def estimates(model: Model) -> Callable[[], NDArray[np.float64]]:
    """A function that gives what the reads determine of the trained matrices and position biases, in one row."""

    def values() -> NDArray[np.float64]:
        with torch.no_grad():
            parts = []
            for part in model.modules():
                if isinstance(part, PSAM) and part.betas.requires_grad:
                    filters = part.get_filter(0)[0]  # (letters, positions)
                    parts.append(filters - filters.mean(0))
                if isinstance(part, Conv1d) and part.log_posbias.requires_grad:
                    bias = part.get_log_posbias()[-1]  # (channels, windows)
                    parts.append(bias - bias.mean())
            return torch.cat([p.flatten() for p in parts]).double().cpu().numpy()

    return values


def consistency(
    difference: NDArray[np.float64],
    free: NDArray[np.float64],
    library: NDArray[np.float64],
    along: NDArray[np.float64] | None = None,
) -> Consistency:
    """Hausman's test: the variance of the difference is that of the consistent estimate less that of the efficient one.

    Every direction that the free estimates determine is tested.

    Parameters
    ----------
    difference
        `(values,)`, library estimates less free ones.
    free, library
        `(values, values)` covariances of both; values with nan are left out. Where the second is smaller by less than
        a fifth, the difference is judged by the first, which is above its variance whatever the gain.
    along
        `(values,)`: one direction in which a difference is most to be expected. It is tested by itself too (score
        test of one degree of freedom), and the p-value is twice the lesser of the two (Bonferroni).
    """
    known = np.isfinite(np.diag(free)) & np.isfinite(np.diag(library))
    difference, free, library = difference[known], free[np.ix_(known, known)], library[np.ix_(known, known)]
    variance, axes = np.linalg.eigh(free)
    kept = variance > 1e-9 * variance.max(initial=0.0)
    white = axes[:, kept] / np.sqrt(variance[kept])  # (values, directions)
    share, turned = np.linalg.eigh(white.T @ library @ white)
    gain = 1 - share
    clear = gain >= _GAIN
    # (directions, values): differences come out with a variance of one.
    scaled = turned.T @ white.T / np.sqrt(np.where(clear, gain, 1.0))[:, None]
    standard = scaled @ difference
    statistic = float((standard**2).sum())
    # A direction of small gain adds that gain to the mean of the statistic.
    expected = float(clear.sum() + np.clip(gain[~clear], 0.0, None).sum())
    directions = int((gain > _NO_GAIN).sum())
    if not directions or gain.min() < -_EXCESS or gain.sum() <= 0:
        return Consistency(statistic, directions, expected, 0.0)
    p_value = float(chi_square_tail(statistic, expected))
    if along is not None:
        axis = scaled @ along[known]
        score = float(axis @ standard) ** 2 / max(float(axis @ axis), 1e-300)
        p_value = min(1.0, 2 * min(p_value, float(chi_square_tail(score, 1))))
    return Consistency(statistic, directions, expected, p_value)

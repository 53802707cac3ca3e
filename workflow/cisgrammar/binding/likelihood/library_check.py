"""Whether an initial library holds as much binding as its composition lets expect: a test on its own reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.statistics.distributions import chi_square_above, chi_square_tail, noncentral_chi_square_tail

# Reads drawn from the composition, from which the expectation and its variance are taken.
_DRAWN = 100_000


@dataclass(frozen=True)
class LibraryCheck:
    """Mean binding over the initial library's reads beside that of its composition.

    Attributes
    ----------
    ratio
        Observed by expected mean of Z^2, Z without its non-specific part: mostly of reads with a good site.
    chi_square
        Squared difference of the means of Z and Z^2 in units of their covariance, of 2 degrees of freedom.
    p_value
        Chance of as much or more if the composition is right.
    reads
        Reads that hold as much information on the mean of Z^2 as all: (n E[Z^2])^2 / (n E[Z^4]). For a motif that is
        bound or not it is the number of initial reads with a site.
    """

    ratio: float
    chi_square: float
    p_value: float
    reads: float

    def power(self, ratio: float, level: float = 0.05) -> float:
        """Chance that a library with this ratio is found out at this level, normal approximation; at least `level`."""
        distance = self.reads * (1 - ratio) ** 2 / max(1.0, ratio)
        return float(noncentral_chi_square_tail(chi_square_above(level, 2), 2, max(distance, 1e-9)))


@torch.no_grad()
def check_library(
    experiment: Experiment, composition: Composition, data: Data, chunk: int = 8192, seed: int = 0
) -> LibraryCheck:
    """Compare the mean binding of the initial library's reads with that of reads drawn from its composition.

    Sites that the library lacks, or holds too often, are what biases estimates that take selected reads as draws
    from it, and neighbouring letters of a Markov chain do not tell them.

    Parameters
    ----------
    experiment
        The model, fitted given each read's counts.
    composition
        What is tested.
    data
        Reads of all rounds, the initial one first.
    chunk, seed
        Reads scored at a time, and the seed of the draw.
    """
    initial = data.counts[:, 0] > 0
    codes, weight = data.codes[initial], data.counts[initial, 0].double()
    drawn = torch.from_numpy(composition.draw(_DRAWN, np.random.default_rng(seed))).to(codes.device)
    logs = [_log_z(experiment, x, chunk) for x in (codes, drawn)]
    # Non-specific binding is a constant of all reads: what is below all drawn reads' Z.
    top, floor = logs[1].max(), logs[1].min()
    seen, expected = (_powers((x - top).exp() - (floor - top).exp()) for x in logs)  # (2, reads) each
    n, n_drawn = float(weight.sum()), expected.shape[1]
    mean, observed = expected.mean(1), (seen * weight).sum(1) / n
    covariance = torch.cov(expected) * (1 / n + 1 / n_drawn)
    difference = (observed - mean).cpu().numpy()
    chi_square = float(difference @ np.linalg.pinv(covariance.cpu().numpy()) @ difference)
    fourth = float(expected[1].square().mean())
    ratio = float(observed[1] / mean[1]) if float(mean[1]) > 0 else 1.0
    reads = n * float(mean[1]) ** 2 / fourth if fourth > 0 else 0.0
    return LibraryCheck(ratio, chi_square, float(chi_square_tail(chi_square, 2)), reads)


def _powers(values: torch.Tensor) -> torch.Tensor:
    return torch.stack([values, values.square()])


def _log_z(experiment: Experiment, codes: torch.Tensor, chunk: int) -> torch.Tensor:
    parts = [experiment.log_aggregate(codes[i : i + chunk])[:, 0] for i in range(0, len(codes), chunk)]
    return torch.cat(parts).double()

"""Truths of a bias model: how much of a profile a peak-free preference puts at summits beyond position weights.

A preference of single bases is what position weights can hold; a real enzyme's has interactions of neighbours too, and
where summits differ in composition from background these move cuts to or from the summits although nothing is bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.calibration.rates import tally
from cisgrammar.calibration.simulation import Once
from cisgrammar.profile.evaluate.choose_bias import MOST_SUMMIT_GAIN, SUMMIT_BASES, summit_share
from cisgrammar.profile.evaluate.cut_weights import POSITIONS, fit_cut_weights
from cisgrammar.simulate.cuts import preference_matrix

Values = NDArray[np.float64]
WINDOW, WINDOWS = 1000, 60
HELD = 1.5
"""What a model that holds peaks multiplies the rate by within 100 bp of summits; real ones are at 3 and more."""
_STRENGTH = 1.0
PAIR_SD = 0.15
"""Standard deviation of the ln preference for a pair of neighbouring bases, beside 0.28 of single bases of the core."""


class Composition(NamedTuple):
    """What summits are made of.

    Attributes
    ----------
    background, summit
        Share of G and C of background and flanks, and within 100 bp of summits.
    tracts
        Share of the bases within 100 bp of summits that lie in runs of A, or of T, of 12 bp.
    """

    background: float
    summit: float
    tracts: float = 0.0


COMPOSITIONS = {
    "even": Composition(0.38, 0.38),
    "at_rich": Composition(0.38, 0.28),
    "a_tracts": Composition(0.38, 0.35, 0.2),
    "gc_rich": Composition(0.42, 0.60),
}
"""No difference, AT-rich summits, summits with poly(dA:dT) as of yeast's promoters, and CpG islands."""
TRACT, TRACTS = 12, 0.02
"""Length of a run of A or T, bp, and the share of the bases of background that lie in one."""


def _drawn(rng: np.random.Generator, gc: Values, tracts: Values) -> NDArray[np.uint8]:
    """Codes of random windows, of a share of G and C, and of bases in tracts, at each base: `(WINDOWS, bases)`."""
    bases = len(gc)
    strong, first = rng.random((WINDOWS, bases)) < gc, rng.random((WINDOWS, bases)) < 0.5
    codes = np.where(strong, np.where(first, 1, 2), np.where(first, 0, 3)).astype(np.uint8)
    for row, start in np.argwhere(rng.random(codes.shape) < tracts / TRACT).tolist():
        codes[row, start : start + TRACT] = rng.choice((0, 3))
    return codes


def _log_preference(codes: NDArray[np.uint8], single: Values, pairs: Values) -> Values:
    """Ln preference of the bases of windows, `(windows, length)`, without `POSITIONS` // 2 on either side."""
    length, first = codes.shape[1] - POSITIONS + 1, (POSITIONS - len(single)) // 2
    total = np.zeros((len(codes), length))
    for p in range(len(single)):
        here, after = (codes[:, first + p + step : first + p + step + length] for step in (0, 1))
        total += single[p][here] + pairs[p][here, after]
    return total


def summit_gain(rng: np.random.Generator, composition: Composition, pair_sd: float, at_summit: float = 0.0) -> float:
    """`summit_gain` of a model that holds the true preference exactly, beside position weights of endless reads.

    Parameters
    ----------
    rng
        Source of the preference and of the windows.
    composition
        Of background and summits.
    pair_sd
        Of the ln preference for pairs of neighbours; 0 for a preference of single bases.
    at_summit
        What the model adds to the logits within 100 bp of the summits: ln of what it holds of peaks.
    """
    single = preference_matrix(_STRENGTH)
    pairs = pair_sd * rng.normal(size=(len(single), 4, 4))
    pairs -= pairs.mean(axis=(1, 2), keepdims=True)
    bases = WINDOW + POSITIONS - 1
    near = np.abs(np.arange(bases) - bases / 2) < SUMMIT_BASES / 2
    background = _drawn(rng, np.full(bases, composition.background), np.full(bases, TRACTS))
    gc = np.where(near, composition.summit, composition.background)
    peaks = _drawn(rng, gc, np.where(near, composition.tracts, TRACTS))
    weights = fit_cut_weights(background, np.exp(_log_preference(background, single, pairs))[:, None])
    logits = _log_preference(peaks, single, pairs)
    logits[:, (WINDOW - SUMMIT_BASES) // 2 : (WINDOW + SUMMIT_BASES) // 2] += at_summit
    log_truth = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))  # (windows, length)
    return summit_share(log_truth[:, None]) / summit_share(weights.predict(peaks)[0]) - 1


def above_bar(composition: str, pair_sd: float, at_summit: float = 0.0) -> Once:
    """How often a truth is above the bar of `bias.summit_gain`."""

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        return {"": tally(summit_gain(rng, COMPOSITIONS[composition], pair_sd, at_summit) > MOST_SUMMIT_GAIN)}

    return once

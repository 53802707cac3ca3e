"""Nulls of interactions: pairs of sites and scans of distances without effect, and the nulls drawn for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from cisgrammar.ablation.effects.images import alike
from cisgrammar.ablation.effects.spacing import placements
from cisgrammar.calibration.rates import tally
from cisgrammar.calibration.simulation import Once
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.statistics.local_null import studentised_test, widest_null
from cisgrammar.statistics.p_values import benjamini_hochberg
from cisgrammar.statistics.scan_null import scan_test

LEVEL = 0.05
SIDES, STEPS, SCANS = 3, 21, 12
PAIRS, DRAWS, ALIKE = 50, 12, 10
PLANTED, PLANTED_EFFECT = (1, 3), 4.0
"""Steps of one side with an effect, and its size in standard deviations of the scan at no distance."""
Values = NDArray[np.float64]


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Interactions that are as often above 0 as below."""
    return rng.normal(size=shape)


def exponential(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Skewed ones."""
    return rng.exponential(size=shape)


def pair_type_i(law: Callable[[np.random.Generator, tuple[int, ...]], Values]) -> Once:
    """Pairs of sites without interaction with p < 0.05.

    50 pairs differ in scale (standard deviation of its ln: 1.5) and location; each has 12 null pairs of three kinds, of
    which ten pairs at like distances take that which varies most.
    """

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        scale, location = np.exp(rng.normal(0, 1.5, (PAIRS, 1))), 3 * rng.normal(size=(PAIRS, 1))
        values, *kinds = (location + scale * law(rng, (PAIRS, many)) for many in (1, DRAWS, DRAWS, DRAWS))
        nulls, _ = widest_null(kinds, np.arange(PAIRS) // ALIKE)
        return {"": tally(studentised_test(values[:, 0], nulls).p < LEVEL)}

    return once


def _scans(rng: np.random.Generator, number: int, spread: float) -> Values:
    """Scans alike within two steps, whose spread falls off with the distance: `(number, SIDES, STEPS)`."""
    white = rng.normal(size=(number, SIDES, STEPS + 2))
    smooth = (white[..., :-2] + 0.5 * white[..., 1:-1] + 0.25 * white[..., 2:]) / np.sqrt(1 + 0.25 + 0.0625)
    return spread * smooth * (np.exp(-np.arange(STEPS) / 10) + 0.05)


def spacing_type_i(ratio: float) -> Once:
    """Distances of a scan without effect with p < 0.05, beside 12 scans with decoys of either motif.

    `ratio`: how many times the scan varies as much as those with decoys of the one motif.
    """

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        test = scan_test(_scans(rng, 1, ratio)[0], [_scans(rng, SCANS, 1.0), _scans(rng, SCANS, 0.7)])
        return {"": tally(test.p < LEVEL)}

    return once


def spacing_beside_images(ratio: float, effect: float) -> Once:
    """Distances that resemble no planted one with p < 0.05: two are planted, and those that resemble them have half.

    `effect`: of the greater one in standard deviations of the scan at no distance; the other one has 0.7 of it.
    """
    motif = from_consensus("toy", "CCGGGTAA")
    resembling = alike(motif, motif, placements(motif, motif), range(STEPS))
    planted = np.array(PLANTED)
    shares = resembling[planted] * np.array([[0.5], [0.35]])
    shares[[0, 1], planted], shares[[1, 0], planted] = (1.0, 0.7), 0.0
    unlike = ~resembling[planted].any(axis=0)

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        values = _scans(rng, 1, ratio)[0] + effect * ratio * shares.sum(axis=0).reshape(SIDES, STEPS)
        test = scan_test(values, [_scans(rng, SCANS, 1.0), _scans(rng, SCANS, 0.7)], resembling)
        tested = unlike & (test.image.reshape(-1) < 0)
        return {"": tally(test.p.reshape(-1)[tested] < LEVEL)}

    return once


def spacing_power(ratio: float) -> Once:
    """Planted distances of a scan with q < 0.05: two on one side, in a scan that varies `ratio` times as decoys do."""

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        values = _scans(rng, 1, ratio)[0]
        values[0, PLANTED] += PLANTED_EFFECT * ratio
        p = scan_test(values, [_scans(rng, SCANS, 1.0), _scans(rng, SCANS, 1.0)]).p
        return {"": tally(benjamini_hochberg(p.reshape(-1)).reshape(p.shape)[0, PLANTED] < LEVEL)}

    return once

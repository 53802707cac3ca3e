"""Where the enzyme cuts: accessibility, footprints and its own preference for sequence.

A cut is named by its central base: transposase leaves 9 bp between the two strands' breaks, and the base in
their middle is the same seen from either strand, so the preference is symmetrical under reverse complement.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.schema import Simulate
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.simulate.factors.catalogue import FACTORS
from cisgrammar.simulate.genome import SimulatedGenome, kept_effects

RADIUS = 10
SITE_SD = 70.0
FOOTPRINT_FLANK = 2
_MARGIN = 20

# Natural-log preference of A C G T from 10 bp before the cut's centre up to the base before it. The inner
# half follows the transposase's published consensus, AGNTYWRANCT; the outer half is weak.
_LEFT_HALF = (
    (0.00, 0.02, -0.04, 0.02),
    (-0.03, 0.04, 0.02, -0.03),
    (0.04, -0.06, 0.05, -0.03),
    (-0.06, 0.05, -0.02, 0.03),
    (-0.08, 0.24, -0.20, 0.04),
    (0.28, -0.36, -0.12, 0.20),
    (-0.48, -0.12, 0.76, -0.16),
    (-0.16, 0.04, -0.08, 0.20),
    (-0.36, -0.16, -0.04, 0.56),
    (-0.44, 0.36, -0.24, 0.32),
)
_CENTRE = (0.20, -0.20, -0.20, 0.20)


def preference_matrix(strength: float) -> NDArray[np.float64]:
    """Return the enzyme's log preference, `(21, 4)`: positions -10 to +10 around the cut's centre, A C G T.

    It equals its own reverse complement. `strength` scales it; 0 is an enzyme without preference.
    """
    left = np.array(_LEFT_HALF)
    return strength * np.vstack([left, [_CENTRE], left[::-1, ::-1]])  # (21, 4)


def log_preference(codes: NDArray[np.uint8], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the log preference of the bases around each base of `(..., length)` codes; same shape.

    Bases beyond the ends and N count 0.
    """
    radius = len(matrix) // 2
    table = np.hstack([matrix, np.zeros((len(matrix), 1))])  # (positions, 5)
    width = [(0, 0)] * (codes.ndim - 1) + [(radius, radius)]
    padded = np.pad(codes, width, constant_values=N_CODE)
    length = codes.shape[-1]
    return sum(table[p][padded[..., p : p + length]] for p in range(len(matrix)))


def peak_areas(genome: SimulatedGenome, settings: Simulate) -> NDArray[np.float64]:
    """Return what each peak adds to the cut rate, summed over its bases, `(peaks,)`; background is 1 a base."""
    strength = np.exp(genome.peaks.log_strength)
    odds = settings.fraction_in_peaks / (1 - settings.fraction_in_peaks)
    return strength / strength.sum() * odds * genome.codes.size


def accessibility(genome: SimulatedGenome, settings: Simulate) -> NDArray[np.float64]:
    """Return the cut rate without the enzyme's preference, `(chromosomes, length)`; background is 1.

    A peak's area follows its strength, all peaks together `fraction_in_peaks`. Its bound sites share the area by their
    effects, those of activators alone: each opens a Gaussian of 70 bp standard deviation around itself, so a peak's
    shape is written in its sequence. Where an activator is bound, its bases and 2 bp beside it, the rate is multiplied
    by `footprint_depth`, or less where bases of the site differ from its factor's (`kept_effects`). The first and last
    20 bp of a chromosome are never cut.
    """
    sites, effects = genome.bound(), np.array([factor.effect for factor in FACTORS])
    sites = sites.take(effects[sites.factor] > 0)
    kept = kept_effects(genome.codes, sites, genome.mismatch_effect)
    effect = effects[sites.factor] * kept
    area = peak_areas(genome, settings)
    share = effect / np.bincount(sites.peak, effect)[sites.peak]  # (sites,)
    reach = np.arange(-int(4 * SITE_SD), int(4 * SITE_SD) + 1)
    gauss = np.exp(-0.5 * (reach / SITE_SD) ** 2)
    height = area[sites.peak] * share / gauss.sum()
    rate = np.ones(genome.codes.shape)
    columns = ((sites.start + sites.end) // 2)[:, None] + reach
    np.add.at(rate, (sites.chrom[:, None], columns), height[:, None] * gauss)
    depth = np.ones(rate.shape)
    for chrom, start, end, part in zip(sites.chrom, sites.start, sites.end, kept, strict=True):
        span = depth[chrom, start - FOOTPRINT_FLANK : end + FOOTPRINT_FLANK]
        np.minimum(span, 1 - (1 - settings.footprint_depth) * part, out=span)
    rate *= depth
    rate[:, :_MARGIN] = rate[:, -_MARGIN:] = 0
    return rate


def preference(genome: SimulatedGenome, settings: Simulate) -> NDArray[np.float64]:
    """Return what the enzyme's preference multiplies each base's rate by; its mean over the genome is 1."""
    factor = np.exp(log_preference(genome.codes, preference_matrix(settings.bias_strength)))
    return factor / factor.mean()

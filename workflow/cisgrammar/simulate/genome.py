"""A genome with accessible sites and planted motifs, all of it known.

Chromosomes are equally long, so positions are pairs (chromosome index, base); coordinates are 0-based
half-open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.schema import Simulate
from cisgrammar.sequence.alphabet import BASES, reverse_complement

EDGE = 1500
SPACING = 1000
_SLOT = 130
_BLOCK = 1000
CERTAIN = 0.95
"""Probability of its best letter above which a column of a factor's matrix is certain."""
CHANCE = 2
"""Certain columns in which a word that was not planted differs at most, and is taken out."""


@dataclass(frozen=True)
class Factor:
    """A DNA-binding factor.

    Attributes
    ----------
    name
        Name in tables.
    consensus
        Most likely base at each position.
    certainty
        Probability of that base at each position; the other three share the rest.
    effect
        What one bound site adds to the peak's ln strength.
    share
        Share of the peaks that have a site.
    """

    name: str
    consensus: str
    certainty: tuple[float, ...]
    effect: float
    share: float

    def probabilities(self) -> NDArray[np.float64]:
        """Return the position-probability matrix, `(width, 4)`, rows summing to 1."""
        certain = np.array(self.certainty)[:, None]
        best = np.array([list(BASES)]) == np.array(list(self.consensus))[:, None]
        return np.where(best, certain, (1 - certain) / 3)  # (width, 4)


# Sharper than most real motifs, so that a few hundred peaks are enough to learn them.
FACTORS = (
    Factor("REB1", "GGTTACCCGGAA", (0.6, 0.9) + 9 * (0.98,) + (0.7,), 1.2, 0.55),
    Factor("CBF1", "AGGTCACGTGAC", (0.6, 0.9) + 9 * (0.98,) + (0.7,), 0.9, 0.5),
    Factor("GATA", "CAGATAAGGTTC", (0.6, 0.9) + 9 * (0.98,) + (0.7,), 0.6, 0.45),
)


CORE = (2, 10)
"""Columns of the first factor's matrix that are its core; those beside it say little."""
PAIR_REACH = 16
PAIR_FAVOURED = 0.6
PAIR_SECOND = 0.5
"""What a second site adds to ln strength by itself, as a share of the factor's effect."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """Accessible places, sorted by chromosome and centre; every array is `(peaks,)`.

    Sites lie within 195 bp of the centre; the summit is the middle of the one with the largest effect.
    """

    chrom: NDArray[np.int64]
    centre: NDArray[np.int64]
    summit: NDArray[np.int64]
    log_strength: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sites:
    """Planted motif instances; every array is `(sites,)`.

    `factor` and `peak` are indices into `FACTORS` and the peaks; `reverse` says that the motif reads on the -
    strand.
    """

    chrom: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    reverse: NDArray[np.bool_]
    factor: NDArray[np.int64]
    peak: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sites of the first factor that have a second one beside them, on the same strand; every array is `(pairs,)`.

    `site` is the index of the one that is first in reading direction, `start` where the second lies, `offset` the bp
    between their starts along the strand, and `effect` what the pair adds to the peak's ln strength beyond both sites.
    """

    site: NDArray[np.int64]
    start: NDArray[np.int64]
    offset: NDArray[np.int64]
    effect: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SimulatedGenome:
    """Sequence `(chromosomes, length)` uint8 codes with its peaks, sites, and second sites."""

    names: tuple[str, ...]
    codes: NDArray[np.uint8]
    peaks: Peaks
    sites: Sites
    pairs: Pairs

    def bound(self) -> Sites:
        """All sites, the second ones of pairs after the others."""
        first = self.pairs.site
        width = self.sites.end[first] - self.sites.start[first]
        more = (self.sites.chrom[first], self.pairs.start, self.pairs.start + width)
        same = (self.sites.reverse[first], self.sites.factor[first], self.sites.peak[first])
        return Sites(*(np.concatenate(parts) for parts in zip(vars(self.sites).values(), (*more, *same), strict=True)))


def transitions(gc: float) -> NDArray[np.float64]:
    """Return the first-order transition matrix `(from, to)` of the sequence outside of motifs.

    AA and TT are frequent, TA and CG rare, as in most genomes. The dinucleotide table is balanced until both
    of its margins are the wanted composition, so the GC content is exact and both strands look alike.
    """
    composition = np.array([1 - gc, gc, gc, 1 - gc]) / 2
    liking = np.ones((4, 4))
    liking[[0, 3], [0, 3]] = 1.35
    liking[3, 0], liking[1, 2] = 0.75, 0.8
    joint = liking * composition[:, None] * composition
    for _ in range(50):
        scale = np.sqrt(composition / joint.sum(axis=1))
        joint *= scale[:, None] * scale[[3, 2, 1, 0]]
    return joint / joint.sum(axis=1, keepdims=True)  # (4, 4)


def random_sequence(rng: np.random.Generator, length: int, gc: float) -> NDArray[np.uint8]:
    """Draw a first-order Markov sequence, `(length,)` codes; blocks of 1,000 bp are independent chains."""
    chains = -(-length // _BLOCK)
    steps = transitions(gc).cumsum(axis=1)
    start = np.cumsum(np.array([1 - gc, gc, gc, 1 - gc]) / 2)
    uniform = rng.random((_BLOCK, chains))
    codes = np.empty((_BLOCK, chains), dtype=np.uint8)
    codes[0] = np.searchsorted(start[:3], uniform[0], side="right")
    for i in range(1, _BLOCK):
        codes[i] = (uniform[i][:, None] >= steps[codes[i - 1], :3]).sum(axis=1)
    return codes.T.reshape(-1)[:length]  # (length,)


def remove_matches(rng: np.random.Generator, codes: NDArray[np.uint8]) -> None:
    """Change a base of each word that looks like a factor's site, on either strand, until there is none.

    Only planted sites act on the reads of a simulation. A match by chance would be a site that does not, which no
    sequence model can tell from one that does.
    """
    cores = [core for factor in FACTORS for core in (certain_core(factor), reverse_complement(certain_core(factor)))]
    found = True
    while found:
        found = False
        for core in cores:
            chrom, start = np.nonzero(_mismatches(codes, core) <= CHANCE)
            found |= bool(len(start))
            column = rng.integers(0, len(core), len(start))
            codes[chrom, start + column] = (core[column] + rng.integers(1, 4, len(start))) % 4


def certain_core(factor: Factor) -> NDArray[np.uint8]:
    """The best letters of the factor's certain columns, which lie side by side; `(columns,)` codes."""
    probabilities = factor.probabilities()
    return probabilities.argmax(axis=1)[probabilities.max(axis=1) > CERTAIN].astype(np.uint8)


def _mismatches(codes: NDArray[np.uint8], core: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """In how many letters the word at each place differs, `(chromosomes, length - columns + 1)`."""
    places = codes.shape[1] - len(core) + 1
    number = np.zeros((len(codes), places), dtype=np.uint8)
    for i, letter in enumerate(core):
        number += codes[:, i : i + places] != letter
    return number


def place_peaks(rng: np.random.Generator, settings: Simulate) -> tuple[NDArray, NDArray]:
    """Draw chromosome indices and centres, `SPACING` bp apart or more and `EDGE` bp from the ends."""
    number, length = settings.peaks_per_chromosome, settings.chromosome_length
    slack = length - 2 * EDGE - SPACING * (number - 1)
    free = np.sort(rng.integers(0, slack, size=(settings.chromosomes, number)), axis=1)
    centres = EDGE + free + SPACING * np.arange(number)  # (chromosomes, peaks)
    chrom = np.repeat(np.arange(settings.chromosomes), number)
    return chrom, centres.reshape(-1)


def place_sites(rng: np.random.Generator, chrom: NDArray, centre: NDArray) -> Sites:
    """Draw which factors sit where: at most one site of each in a peak, in a 130-bp slot of its own.

    A peak in which no factor would sit gets one of them.
    """
    peaks, factors = len(centre), len(FACTORS)
    present = rng.random((peaks, factors)) < np.array([f.share for f in FACTORS])
    empty = np.flatnonzero(~present.any(axis=1))
    present[empty, rng.integers(0, factors, len(empty))] = True
    slot = rng.permuted(np.tile(np.arange(factors), (peaks, 1)), axis=1)
    widths = np.array([len(f.consensus) for f in FACTORS])
    offset = rng.integers(0, _SLOT - widths, size=(peaks, factors))
    first = centre[:, None] + (slot - factors / 2) * _SLOT + offset
    reverse = rng.random((peaks, factors)) < 0.5
    peak, factor = np.nonzero(present)
    start = first[peak, factor].astype(np.int64)
    order = np.lexsort((start, chrom[peak]))
    peak, factor, start = peak[order], factor[order], start[order]
    return Sites(chrom[peak], start, start + widths[factor], reverse[peak, factor], factor, peak)


def plant_sites(rng: np.random.Generator, codes: NDArray[np.uint8], sites: Sites) -> None:
    """Write a motif instance, drawn from its factor's matrix, over the sequence at every site."""
    for index, factor in enumerate(FACTORS):
        chosen = np.flatnonzero(sites.factor == index)
        steps = factor.probabilities().cumsum(axis=1)[:, :3]
        uniform = rng.random((len(chosen), len(factor.consensus)))
        instances = (uniform[..., None] >= steps).sum(axis=2).astype(np.uint8)  # (sites, width)
        reverse = sites.reverse[chosen]
        instances[reverse] = reverse_complement(instances[reverse])
        columns = sites.start[chosen][:, None] + np.arange(instances.shape[1])
        codes[sites.chrom[chosen][:, None], columns] = instances


def place_pairs(rng: np.random.Generator, settings: Simulate, sites: Sites) -> Pairs:
    """Draw which sites of the first factor have a second one, and how far away.

    A favoured offset is drawn for `PAIR_FAVOURED` of them, another one for the others; a second site that would touch
    a site of another factor is left out.
    """
    width = len(FACTORS[0].consensus)
    chosen = np.flatnonzero((sites.factor == 0) & (rng.random(len(sites.start)) < settings.pair_share))
    favoured = np.array(settings.pair_offsets, dtype=np.int64)
    others = np.setdiff1d(np.arange(CORE[1] - CORE[0], PAIR_REACH + 1), favoured)
    liked = rng.random(len(chosen)) < (PAIR_FAVOURED if len(favoured) else 0.0)
    kind = rng.integers(0, max(len(favoured), 1), len(chosen))
    offset = rng.choice(others, len(chosen))
    effect = np.zeros(len(chosen))
    if len(favoured):
        offset = np.where(liked, favoured[kind], offset)
        effect = np.where(liked, np.array(settings.pair_effects)[kind], 0.0)
    start = sites.start[chosen] + np.where(sites.reverse[chosen], -offset, offset)
    places = zip(chosen.tolist(), start.tolist(), strict=True)
    free = np.array([_is_free(sites, first, at, at + width) for first, at in places], dtype=bool)
    return Pairs(chosen[free], start[free], offset[free], effect[free])


def _is_free(sites: Sites, first: int, start: int, end: int) -> bool:
    """Whether no other site of the peak lies within 2 bp of start to end."""
    beside = np.flatnonzero(sites.peak == sites.peak[first])
    beside = beside[beside != first]
    return bool(((sites.end[beside] + 2 <= start) | (sites.start[beside] >= end + 2)).all())


def plant_pairs(rng: np.random.Generator, codes: NDArray[np.uint8], sites: Sites, pairs: Pairs) -> None:
    """Write the core of an instance over the sequence at every second site: its flanks may lie in the first site."""
    steps = FACTORS[0].probabilities()[slice(*CORE)].cumsum(axis=1)[:, :3]
    instances = (rng.random((len(pairs.site), len(steps)))[..., None] >= steps).sum(axis=2).astype(np.uint8)
    reverse = sites.reverse[pairs.site]
    instances[reverse] = reverse_complement(instances[reverse])
    columns = pairs.start[:, None] + CORE[0] + np.arange(len(steps))
    codes[sites.chrom[pairs.site][:, None], columns] = instances


def make_genome(settings: Simulate) -> SimulatedGenome:
    """Make the genome of a simulation.

    A peak's ln strength is normal with `strength_spread`, plus the effect of each factor that has a site in
    it, of second sites, and of pairs at a favoured distance. Chance matches of a factor are taken out of the sequence
    before sites are written. Sequence, places, motif instances, pairs and what is put in place of chance matches have
    random streams of their own, so that a setting of one leaves the others as they were.
    """
    streams = [np.random.default_rng([settings.seed, stage]) for stage in range(6)]
    shape = (settings.chromosomes, settings.chromosome_length)
    codes = random_sequence(streams[0], shape[0] * shape[1], settings.gc).reshape(shape)
    remove_matches(streams[5], codes)
    chrom, centre = place_peaks(streams[1], settings)
    sites = place_sites(streams[2], chrom, centre)
    plant_sites(streams[2], codes, sites)
    pairs = place_pairs(streams[4], settings, sites)
    plant_pairs(streams[4], codes, sites, pairs)
    log_strength = settings.strength_spread * streams[3].standard_normal(len(centre))
    effects = np.array([factor.effect for factor in FACTORS])[sites.factor]
    np.add.at(log_strength, sites.peak, effects)
    np.add.at(log_strength, sites.peak[pairs.site], PAIR_SECOND * FACTORS[0].effect + pairs.effect)
    # Written in the order of their effects, the strongest site of a peak is written last and stays.
    order = np.argsort(effects, kind="stable")
    summit = centre.copy()
    summit[sites.peak[order]] = (sites.start[order] + sites.end[order]) // 2
    names = tuple(f"chr{i + 1}" for i in range(settings.chromosomes))
    return SimulatedGenome(names, codes, Peaks(chrom, centre, summit, log_strength), sites, pairs)

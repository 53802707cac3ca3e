"""A genome with accessible sites and planted motifs, all of it known.

Chromosomes are equally long, so positions are pairs (chromosome index, base); coordinates are 0-based
half-open.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.schema import Simulate
from cisgrammar.config.simulate import FACTOR_NAMES
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.simulate.factors.catalogue import CERTAIN, COMMON, FACTORS

EDGE = 1500
SPACING = 1000
_REACH = 390
_LEAST_SLOT = 60
_BLOCK = 1000
CHANCE = 2
"""Certain columns in which a word that was not planted differs at most, and is taken out (`chance_words`)."""


CORE = (2, 10)
"""Columns of the first factor's matrix that are its core; those beside it say little."""
AWAY = 900
"""bp between the centre of a peak and a site outside of peaks, at least: a window around a summit holds none."""
_BESIDE = 40
PAIR_REACH = 16
"""bp between the starts of two sites of a pair, at most."""
PAIR_FAVOURED = 0.5
PAIR_SAME = 0.7
"""Share of the other pairs whose second site is on the strand of the first. Those on the opposite strand show that two
sites close together do no more than each by itself there: a network that sees pairs on one strand only is free to
predict anything for the other, and predicted up to 0.7 ln counts."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """Accessible places, sorted by chromosome and centre; every array is `(peaks,)`.

    Sites lie within 195 bp of the centre, or 30 bp for each factor if that is more; the summit is the middle of the one
    with the largest effect.
    """

    chrom: NDArray[np.int64]
    centre: NDArray[np.int64]
    summit: NDArray[np.int64]
    log_strength: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sites:
    """Planted motif instances; every array is `(sites,)`.

    `factor` and `peak` are indices into `FACTORS` and the peaks (-1 outside of peaks); `reverse` says that the motif
    reads on the - strand.
    """

    chrom: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    reverse: NDArray[np.bool_]
    factor: NDArray[np.int64]
    peak: NDArray[np.int64]

    def take(self, chosen: NDArray) -> Sites:
        """Some of the sites, by a mask or by indices."""
        return Sites(*(values[chosen] for values in vars(self).values()))

    def joined(self, other: Sites) -> Sites:
        """These sites and others after them."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Sites(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sites of the first factor that have a second one beside them; every array is `(pairs,)`.

    `site` is the index of the first (on the same strand that which comes first in reading direction), `start` where the
    second lies, `offset` the bp from the start of the first to that of the second, in the first one's reading
    direction, `opposite` whether the second is on the other strand, and `effect` what the pair adds to the peak's ln
    strength beyond both sites.
    """

    site: NDArray[np.int64]
    start: NDArray[np.int64]
    offset: NDArray[np.int64]
    opposite: NDArray[np.bool_]
    effect: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SimulatedGenome:
    """Sequence `(chromosomes, length)` uint8 codes with its peaks, sites, second sites, and sites outside of peaks.

    `mismatch_effect` is the part of its effect that a site keeps with each certain column where it has another letter.
    """

    names: tuple[str, ...]
    codes: NDArray[np.uint8]
    peaks: Peaks
    sites: Sites
    pairs: Pairs
    background: Sites
    mismatch_effect: float = 1.0

    def bound(self) -> Sites:
        """All sites in peaks, the second ones of pairs after the others."""
        return self.sites.joined(seconds(self.sites, self.pairs))

    def planted(self) -> Sites:
        """All sites, those in peaks before the others."""
        return self.bound().joined(self.background)


def seconds(sites: Sites, pairs: Pairs) -> Sites:
    """The second sites of pairs."""
    first = sites.take(pairs.site)
    reverse = first.reverse ^ pairs.opposite
    return Sites(first.chrom, pairs.start, pairs.start + first.end - first.start, reverse, first.factor, first.peak)


def mismatches(codes: NDArray[np.uint8], sites: Sites) -> NDArray[np.int64]:
    """In how many certain columns of its factor each site has another letter, `(sites,)`."""
    found = np.zeros(len(sites.start), dtype=np.int64)
    for index, factor in enumerate(FACTORS):
        mine = np.flatnonzero(sites.factor == index)
        words = codes[sites.chrom[mine][:, None], sites.start[mine][:, None] + np.arange(len(factor.consensus))]
        words[sites.reverse[mine]] = reverse_complement(words[sites.reverse[mine]])
        certain = factor.probabilities().max(axis=1) > CERTAIN
        found[mine] = (words[:, certain] != factor.core()).sum(axis=1)
    return found


def kept_effects(codes: NDArray[np.uint8], sites: Sites, mismatch_effect: float) -> NDArray[np.float64]:
    """Part of its factor's effect that each site has, `(sites,)`."""
    return np.float64(mismatch_effect) ** mismatches(codes, sites)


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


def remove_matches(
    rng: np.random.Generator, codes: NDArray[np.uint8], chosen: Sequence[int], most: int = CHANCE
) -> None:
    """Change a base of each word that looks like a site of a chosen factor, on either strand, until there is none.

    `chosen` are indices into `FACTORS`, `most` how many letters of a word may differ. Only planted sites act on the
    reads of a simulation. A match by chance would be a site that does not, which no sequence model can tell from one
    that does.
    """
    words = [FACTORS[index].core() for index in chosen]
    cores = [core for word in words for core in (word, reverse_complement(word))]
    found = True
    while found:
        found = False
        for core in cores:
            chrom, start = np.nonzero(_mismatches(codes, core) <= most)
            found |= bool(len(start))
            column = rng.integers(0, len(core), len(start))
            codes[chrom, start + column] = (core[column] + rng.integers(1, 4, len(start))) % 4


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


def place_sites(rng: np.random.Generator, chrom: NDArray, centre: NDArray, chosen: Sequence[int]) -> Sites:
    """Draw which factors sit where: at most one site of each in a peak, in a slot of its own.

    `chosen` are indices into `FACTORS`; slots are 130 bp wide for three of them, and 60 bp at least. A peak without an
    activator gets one of the common ones.
    """
    peaks, factors, catalogue = len(centre), len(chosen), [FACTORS[index] for index in chosen]
    present = rng.random((peaks, factors)) < np.array([f.share for f in catalogue])
    common = np.flatnonzero([f.kind == "activator" and f.share >= COMMON for f in catalogue])
    opened = present[:, [f.kind == "activator" for f in catalogue]].any(axis=1)
    empty = np.flatnonzero(~opened)
    present[empty, common[rng.integers(0, len(common), len(empty))]] = True
    slot = rng.permuted(np.tile(np.arange(factors), (peaks, 1)), axis=1)
    widths = np.array([len(f.consensus) for f in catalogue])
    room = max(_REACH // factors, _LEAST_SLOT)
    offset = rng.integers(0, room - widths, size=(peaks, factors))
    first = centre[:, None] + (slot - factors / 2) * room + offset
    reverse = rng.random((peaks, factors)) < 0.5
    peak, factor = np.nonzero(present)
    start = first[peak, factor].astype(np.int64)
    order = np.lexsort((start, chrom[peak]))
    peak, factor, start = peak[order], factor[order], start[order]
    index = np.array(chosen, dtype=np.int64)[factor]
    return Sites(chrom[peak], start, start + widths[factor], reverse[peak, factor], index, peak)


def place_background_sites(
    rng: np.random.Generator, settings: Simulate, chrom: NDArray, centre: NDArray, chosen: Sequence[int]
) -> Sites:
    """Draw sites outside of peaks, `AWAY` bp or more from every centre, with a peak of -1; they do not act.

    As many as the factors' `background` says, fewer where the places between peaks do not hold them.
    """
    length = settings.chromosome_length
    at = [np.zeros(0, dtype=np.int64)]
    for c in range(settings.chromosomes):
        mine = centre[chrom == c]
        edges = np.concatenate([[EDGE - AWAY], np.sort(mine), [length - EDGE + AWAY]])
        at += [c * length + np.arange(a + AWAY, b - AWAY, _BESIDE) for a, b in itertools.pairwise(edges)]
    free = rng.permutation(np.concatenate(at))
    wanted = [round(FACTORS[index].background * len(centre)) for index in chosen]
    factor = rng.permutation(np.repeat(np.array(chosen, dtype=np.int64), wanted))[: len(free)]
    place = np.sort(free[: len(factor)])
    widths = np.array([len(f.consensus) for f in FACTORS])
    reverse = rng.random(len(factor)) < 0.5
    where, start = np.divmod(place, length)
    return Sites(where, start, start + widths[factor], reverse, factor, np.full(len(factor), -1))


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

    A favoured offset, on the same strand, is drawn for `PAIR_FAVOURED` of them; for the others another one, or any on
    the opposite strand, at either side. A second site that would touch a site of another factor is left out.
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
    opposite = ~liked & (rng.random(len(chosen)) >= PAIR_SAME)
    beside = rng.integers(CORE[1] - CORE[0], PAIR_REACH + 1, len(chosen)) * rng.choice((-1, 1), len(chosen))
    offset = np.where(opposite, beside, offset)
    start = sites.start[chosen] + np.where(sites.reverse[chosen], -offset, offset)
    places = zip(chosen.tolist(), start.tolist(), strict=True)
    free = np.array([_is_free(sites, first, at, at + width) for first, at in places], dtype=bool)
    return Pairs(chosen[free], start[free], offset[free], opposite[free], effect[free])


def _is_free(sites: Sites, first: int, start: int, end: int) -> bool:
    """Whether no other site of the peak lies within 2 bp of start to end."""
    beside = np.flatnonzero(sites.peak == sites.peak[first])
    beside = beside[beside != first]
    return bool(((sites.end[beside] + 2 <= start) | (sites.start[beside] >= end + 2)).all())


def plant_pairs(rng: np.random.Generator, codes: NDArray[np.uint8], sites: Sites, pairs: Pairs) -> None:
    """Write an instance over the sequence at every second site: its core, and its flanks outside of the first site.

    Without flanks the sites of the genome would not have the matrix of their factor, and no motif that is found could.
    """
    width, bounds = len(FACTORS[0].consensus), FACTORS[0].probabilities().cumsum(axis=1)[:, :3]
    first = sites.start[pairs.site][:, None]
    reverse = sites.reverse[pairs.site] ^ pairs.opposite
    within = np.arange(width)
    core = (within >= CORE[0]) & (within < CORE[1])
    for columns in (within[core], within[~core]):
        instances = (rng.random((len(pairs.site), len(columns)))[..., None] >= bounds[columns]).sum(axis=2)
        instances = np.where(reverse[:, None], 3 - instances, instances).astype(np.uint8)  # (pairs, columns)
        at = pairs.start[:, None] + np.where(reverse[:, None], width - 1 - columns, columns)
        free = core[columns] | (at < first) | (at >= first + width)
        codes[np.broadcast_to(sites.chrom[pairs.site][:, None], at.shape)[free], at[free]] = instances[free]


def make_genome(settings: Simulate) -> SimulatedGenome:
    """Make the genome of a simulation.

    A peak's ln strength is normal with `strength_spread`, plus the effect of each factor that has a site in it, of
    second sites, and of pairs at a favoured distance, each as far as its bases let it. Chance matches of a factor are
    taken out of the sequence before sites are written. Sequence, places, motif instances, pairs, what is put in place
    of chance matches and sites outside of peaks have random streams of their own, so that a setting of one leaves the
    others as they were.
    """
    streams = [np.random.default_rng([settings.seed, stage]) for stage in range(7)]
    chosen = [FACTOR_NAMES.index(name) for name in settings.factors]
    shape = (settings.chromosomes, settings.chromosome_length)
    codes = random_sequence(streams[0], shape[0] * shape[1], settings.gc).reshape(shape)
    remove_matches(streams[5], codes, chosen, settings.chance_words)
    chrom, centre = place_peaks(streams[1], settings)
    sites = place_sites(streams[2], chrom, centre, chosen)
    plant_sites(streams[2], codes, sites)
    pairs = place_pairs(streams[4], settings, sites)
    plant_pairs(streams[4], codes, sites, pairs)
    background = place_background_sites(streams[6], settings, chrom, centre, chosen)
    plant_sites(streams[6], codes, background)
    log_strength = settings.strength_spread * streams[3].standard_normal(len(centre))
    kept = kept_effects(codes, sites.joined(seconds(sites, pairs)), settings.mismatch_effect)
    first, second = kept[: len(sites.start)], kept[len(sites.start) :]
    effects = np.array([factor.effect for factor in FACTORS])[sites.factor] * first
    np.add.at(log_strength, sites.peak, effects)
    beyond = FACTORS[0].effect * second + pairs.effect * first[pairs.site] * second
    np.add.at(log_strength, sites.peak[pairs.site], beyond)
    # Written in the order of their effects, the strongest site of a peak is written last and stays.
    order = np.argsort(effects, kind="stable")
    summit = centre.copy()
    summit[sites.peak[order]] = (sites.start[order] + sites.end[order]) // 2
    names = tuple(f"chr{i + 1}" for i in range(settings.chromosomes))
    peaks = Peaks(chrom, centre, summit, log_strength)
    return SimulatedGenome(names, codes, peaks, sites, pairs, background, settings.mismatch_effect)

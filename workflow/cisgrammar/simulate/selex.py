"""Reads of a SELEX experiment drawn exactly from a binding model whose every parameter is known.

A read x binds with Z(x) = sum over arrangements c of z_c(x): no site, one site, or a pair of sites, where

    ln z_c = ln activity + h * (sum over sites (beta of its bases + position bias) + ln omega of their spacing)

and h is the Hill exponent for pairs, 1 otherwise (Rube et al. 2022, doi:10.1038/s41587-022-01307-0; Hill exponent
inside the sum as in PyProBound). Round r of an even library then holds x in proportion to Z(x)^r, or to
(Z / (1 + Z))^r if selection saturates. Reads are proposed from sum_c z_c^r, which is a mixture that can be drawn
from exactly (pick c by its weight, the bases under it from softmax(r h beta)), and accepted with
Z^r / sum_c z_c^r, which lies between 1 and a constant. So no pool of random reads is needed, in which strong sites
would be missing; and nothing here uses `cisgrammar.binding`, so that a slip there is not repeated here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.simulate import SimulateSelex
from cisgrammar.sequence.alphabet import BASES
from cisgrammar.simulate.factors.catalogue import FACTORS, Factor

_BATCH = 10_000
_MOST_BATCHES = 400
_HALF_CYCLES = 1.5
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spaced:
    """A spacing of a pair: `same` or `opposite` strands, and start of b minus start of a on the strand of a, in bp."""

    strands: str
    offset: int
    log_omega: float


@dataclass(frozen=True, eq=False)
class SelexTruth:
    """A binding model with all its parameters.

    Attributes
    ----------
    settings
        What it was made with.
    betas
        Factor -> `(width, 4)`: -ddG/RT, the mean of each position taken off.
    position_bias
        `(2, windows)`: added to a site's score, by strand + and - and start in the scored read; the mean of each
        strand is 0.
    spacings
        Every spacing that a pair may have.
    log_activity
        ln activity of `non_specific` (0), of each factor, and of the pair (`a:b`).
    """

    settings: SimulateSelex
    betas: dict[str, Floats]
    position_bias: Floats
    spacings: tuple[Spaced, ...]
    log_activity: dict[str, float]

    @property
    def pair(self) -> tuple[str, str]:
        """The two factors of the pair, which may be one."""
        return self.settings.factor, self.settings.partner or self.settings.factor


@dataclass(frozen=True, eq=False)
class Arrangements:
    """Ways in which a read is bound, c = 0 being without regard to sequence.

    Attributes
    ----------
    log_weight
        `(ways,)`: what ln z_c has besides the bases' part.
    scores
        `(ways, scored bp, 4)`: what each base adds to ln z_c; 0 where no site lies.
    kind
        `(ways,)`: `non_specific`, a factor, or the pair (`a:b`).
    """

    log_weight: Floats
    scores: Floats
    kind: NDArray[np.str_]


def find_factor(name: str) -> Factor:
    """Return a factor of the simulated genome; ValueError names those there are."""
    for factor in FACTORS:
        if factor.name == name:
            return factor
    raise ValueError(
        f"simulate_selex: no factor {name!r} in the simulated genome; choose from {', '.join(f.name for f in FACTORS)}"
    )


def core_betas(factor: Factor, settings: SimulateSelex, rng: np.random.Generator) -> Floats:
    """Make -ddG/RT of the most certain `width` positions of a factor, `(width, 4)`, the mean of each taken off.

    A mismatch costs `sharpness` times the log-odds in the factor's matrix, with normal noise, and 0.3 or more.
    """
    log_p = np.log(factor.probabilities())
    certain = log_p.max(1)
    width = min(settings.width, len(certain))
    start = int(np.argmax([certain[i : i + width].sum() for i in range(len(certain) - width + 1)]))
    log_p = log_p[start : start + width]
    cost = settings.sharpness * (log_p - log_p.max(1, keepdims=True))
    cost = np.minimum(cost + settings.sharpness_spread * rng.standard_normal(cost.shape), -0.3)
    cost[np.arange(width), log_p.argmax(1)] = 0.0
    return cost - cost.mean(1, keepdims=True)


def allowed_spacings(settings: SimulateSelex) -> tuple[Spaced, ...]:
    """List the spacings of a pair by strands and offset: gaps from 0 to `max_spacing`.

    Two factors bind on any strands and in any order. A factor's pair with itself is on the favoured strands alone,
    and on the same strand with positive offsets, as the negative ones would be the same pairs again.
    """
    if not settings.dimer_share:
        return ()
    favoured = dict(zip(settings.offsets, settings.log_omega, strict=True))
    gaps = range(settings.width, settings.width + settings.max_spacing + 1)
    offsets = [*(-g for g in reversed(gaps)), *gaps]
    alone = settings.partner is None
    return tuple(
        Spaced(strands, offset, favoured.get(offset, 0.0) if strands == settings.strands else 0.0)
        for strands in ((settings.strands,) if alone else ("same", "opposite"))
        for offset in offsets
        if offset > 0 or not alone or strands == "opposite"
    )


def windows_bias(settings: SimulateSelex) -> Floats:
    """Return the position bias, `(2, windows)`: a cosine along the read, the - strand that of the turned read."""
    windows = settings.length + 2 * settings.flank_length - settings.width + 1
    phase = np.linspace(0, 1, windows) if windows > 1 else np.zeros(1)
    bias = settings.position_bias * np.cos(np.pi * _HALF_CYCLES * phase)
    bias -= bias.mean()
    return np.stack([bias, bias[::-1]])  # (2, windows)


def make_truth(settings: SimulateSelex, matrices: dict[str, Floats] | None = None) -> SelexTruth:
    """Make the model of an experiment: matrices, biases, and activities that give the shares asked for.

    `matrices` are the betas of `factor` and `partner`, `(width, 4)` each; without them those of the simulated genome.
    """
    rng = np.random.default_rng([settings.seed, 0])
    names = list(dict.fromkeys([settings.factor, settings.partner or settings.factor]))
    betas = matrices or {name: core_betas(find_factor(name), settings, rng) for name in names}
    pair = f"{settings.factor}:{settings.partner or settings.factor}"
    kinds = ["non_specific", *names, *([pair] if settings.dimer_share else [])]
    start = SelexTruth(settings, betas, windows_bias(settings), allowed_spacings(settings), dict.fromkeys(kinds, 0.0))
    rounds = settings.sequenced[-1]
    ways = arrangements(start)
    mean = _log_means(ways, start, rounds)
    shares = {pair: settings.dimer_share, **dict.fromkeys(names, settings.monomer_share / len(names))}
    shares["non_specific"] = 1 - settings.monomer_share - settings.dimer_share
    activity = {
        kind: float(np.log(shares[kind]) - np.logaddexp.reduce(mean[ways.kind == kind])) / rounds for kind in kinds
    }
    zero = activity["non_specific"]
    if settings.selection == "bound":
        best = ways.log_weight + ways.scores.max(2).sum(1) + np.array([activity[k] for k in ways.kind])
        zero = float(best.max() - np.log(settings.occupancy))
    activity = {kind: value - zero for kind, value in activity.items()}
    return SelexTruth(settings, betas, start.position_bias, start.spacings, activity)


def arrangements(truth: SelexTruth) -> Arrangements:
    """List every way in which a read is bound: none, each window of each strand, each pair in each spacing."""
    settings = truth.settings
    length = settings.length + 2 * settings.flank_length
    found: list[tuple[float, Floats, str]] = [(np.log(length), np.zeros((length, 4)), "non_specific")]
    for name in truth.betas:
        found += [(*_sites(truth, [(name, s, x)]), name) for s in (0, 1) for x in range(length - settings.width + 1)]
    a, b = truth.pair
    last = length - settings.width
    for spaced in truth.spacings:
        for strand in (0, 1):
            # Seen from the other strand, equally wide sites have their order and so the sign turned.
            offset = spaced.offset if strand == 0 else -spaced.offset
            other = strand if spaced.strands == "same" else 1 - strand
            for x in range(max(0, -offset), min(last, last - offset) + 1):
                constant, scores = _sites(truth, [(a, strand, x), (b, other, x + offset)])
                found.append((settings.hill * (constant + spaced.log_omega), settings.hill * scores, f"{a}:{b}"))
    weights = [weight + truth.log_activity[kind] for weight, _, kind in found]
    return Arrangements(np.array(weights), np.stack([s for _, s, _ in found]), np.array([k for _, _, k in found]))


def _sites(truth: SelexTruth, sites: list[tuple[str, int, int]]) -> tuple[float, Floats]:
    """Position bias and base scores `(scored bp, 4)` of sites (factor, strand, start)."""
    settings = truth.settings
    scores = np.zeros((settings.length + 2 * settings.flank_length, 4))
    for name, strand, start in sites:
        betas = truth.betas[name]
        scores[start : start + settings.width] += betas if strand == 0 else betas[::-1, ::-1]
    return float(sum(truth.position_bias[strand, start] for _, strand, start in sites)), scores


def _fixed(truth: SelexTruth) -> NDArray[np.int64]:
    """Codes of the scored read, -1 where it varies."""
    settings = truth.settings
    flank = settings.flank_length
    left = settings.left[len(settings.left) - flank :]
    codes = [BASES.index(base) for base in left + settings.right[:flank]]
    return np.array([*codes[:flank], *[-1] * settings.length, *codes[flank:]], dtype=np.int64)


def _log_means(ways: Arrangements, truth: SelexTruth, power: int) -> Floats:
    """Log of the mean over even reads of z_c ** power, `(ways,)`."""
    fixed = _fixed(truth)
    scores = power * ways.scores
    free = np.log(np.exp(scores).mean(2))  # (ways, scored bp)
    held = np.where(fixed < 0, 0.0, scores[:, np.arange(len(fixed)), fixed])  # (ways, scored bp)
    return power * ways.log_weight + np.where(fixed < 0, free, held).sum(1)


def log_terms(ways: Arrangements, codes: NDArray[np.uint8]) -> Floats:
    """Log z_c of each scored read `(reads, scored bp)` and arrangement: `(reads, ways)`."""
    onehot = np.eye(4)[codes].reshape(len(codes), -1)  # (reads, scored bp * 4)
    return ways.log_weight + onehot @ ways.scores.reshape(len(ways.kind), -1).T


def log_sum(terms: Floats) -> Floats:
    """Log of the sum of exponentials over the last dimension."""
    highest = terms.max(-1, keepdims=True)
    return highest[..., 0] + np.log(np.exp(terms - highest).sum(-1))


def draw_round(truth: SelexTruth, number: int, reads: int) -> NDArray[np.uint8]:
    """Draw variable regions of one round, `(reads, length)` codes; each read is independent of the others.

    Raises
    ------
    ValueError
        If hardly any proposed read is kept, since almost all of its sites are saturated.
    """
    settings = truth.settings
    rng = np.random.default_rng([settings.seed, 1, number])
    if number == 0:
        return rng.integers(0, 4, (reads, settings.length)).astype(np.uint8)
    ways = arrangements(truth)
    codes, log_ratio, uniform, kept = [], [], [], 0
    for _ in range(_MOST_BATCHES):
        codes.append(_propose(ways, truth, number, rng))
        log_ratio.append(_log_ratio(ways, truth, number, codes[-1]))
        uniform.append(rng.random(_BATCH))
        # The bound is the highest ratio met; a higher one has a chance of less than one in the number of reads.
        ratio = np.concatenate(log_ratio)
        accepted = np.log(np.concatenate(uniform)) < ratio - ratio.max()
        kept = int(accepted.sum())
        if kept >= reads:
            flank = settings.flank_length
            return np.concatenate(codes)[accepted][:reads, flank : flank + settings.length]
    raise ValueError(
        f"simulate_selex: only {kept} of {reads} reads found in {_MOST_BATCHES * _BATCH} tries for round {number}; "
        "lower occupancy"
    )


def _propose(ways: Arrangements, truth: SelexTruth, power: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw scored reads in proportion to the sum of z_c ** power, `(_BATCH, scored bp)`."""
    fixed = _fixed(truth)
    weight = _log_means(ways, truth, power)
    share = np.exp(weight - weight.max())
    chosen = rng.choice(len(share), _BATCH, p=share / share.sum())
    p = np.exp(power * ways.scores)
    steps = (p / p.sum(2, keepdims=True)).cumsum(2)[..., :3]  # (ways, scored bp, 3)
    codes = (rng.random((_BATCH, len(fixed), 1)) >= steps[chosen]).sum(2)  # (reads, scored bp)
    return np.where(fixed < 0, codes, fixed).astype(np.uint8)


def _log_ratio(ways: Arrangements, truth: SelexTruth, power: int, codes: NDArray[np.uint8]) -> Floats:
    """Log of what a read's share of the round is, relative to how it was proposed; up to a constant."""
    terms = log_terms(ways, codes)
    log_z = log_sum(terms)
    kept = log_z if truth.settings.selection == "bound_unsaturated" else log_z - np.logaddexp(0, log_z)
    return power * kept - log_sum(power * terms)

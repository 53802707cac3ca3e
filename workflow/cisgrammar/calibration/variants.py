"""Nulls of variants: p-values of neutral ones, scored by untrained networks in made-up genomes, through the stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.calibration.rates import tally
from cisgrammar.calibration.simulation import Once
from cisgrammar.config.profile import Architecture
from cisgrammar.config.variants import ProfileScores
from cisgrammar.iupac import BASES
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import Intervals
from cisgrammar.variants.profile import ProfileScorer
from cisgrammar.variants.variant import Variant

LEVEL = 0.05
GENOMES = ("one_gc", "many_gc", "sites")
"""Random sequence of one GC content, of contents that differ from stretch to stretch, and with strong sites in it."""
_GC = {"one_gc": (0.4, 0.4), "many_gc": (0.25, 0.6), "sites": (0.4, 0.4)}
_OUTPUT, _STRETCH, _STRETCHES = 60, 300, 40
_PEAKS = {"short": 20, "long": 80}
"""bp of peaks: of short ones there are 60 substitutions, fewer than draws are asked for."""
_DRAWS = {"short": 99, "long": 39}
_EACH = 16
_SHUFFLED, _TESTED = 99, 100
_FLANK = 12
"""bp of each side that are shuffled, of windows of 84 bp."""
_NETWORK = Architecture(filters=8, layers=2, input_filter_width=5, output_filter_width=5)
_SITE, _NATS = "TTACCCGG", 1.2
"""A site, and what each of its bases adds to the logarithm of its rate."""
_APART = 100
"""bp between the sites of a genome with sites, on average."""


class Rates(SoloModel):
    """Counts of a background and of windows that each add their own rate, as sites do: a strong one hides the others.

    Profiles are the windows' ln rates.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.scan = nn.Conv1d(4, 1, len(_SITE), bias=False).requires_grad_(False)
        self.scan.weight.zero_()
        for position, base in enumerate(_SITE):
            self.scan.weight[0, BASES.index(base), position] = _NATS

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Logits `(batch, 1, output_length)` and ln counts `(batch, 1)` of `x` `(batch, 4, input_length)`."""
        scores = self.scan(x)  # (batch, 1, input_length - 7)
        first = (scores.shape[2] - self.output_length) // 2
        # As many windows without any base of a site.
        counts = torch.logsumexp(scores, dim=2).exp() + scores.shape[2]
        return scores[:, :, first : first + self.output_length], counts.log()


def _model(rng: np.random.Generator, kind: type[SoloModel] = SoloModel) -> SoloModel:
    return kind(_NETWORK, _OUTPUT, [Head("signal")], seed=int(rng.integers(1 << 31))).eval()


def _genome(rng: np.random.Generator, kind: str) -> tuple[Genome, NDArray[np.bool_]]:
    """A genome of a kind of `GENOMES`, and which of its bases are of no site, `(bases,)`."""
    shares = rng.uniform(*_GC[kind], _STRETCHES)
    parts = [rng.choice(4, _STRETCH, p=np.array([1 - s, s, s, 1 - s]) / 2) for s in shares]
    codes = np.concatenate(parts).astype(np.uint8)
    neutral = np.ones(len(codes), dtype=bool)
    for stretch in range(0, _STRETCHES if kind == "sites" else 0):
        for start in (stretch * _STRETCH + rng.integers(0, _STRETCH - len(_SITE), _STRETCH // _APART)).tolist():
            codes[start : start + len(_SITE)] = encode(_SITE)
            neutral[start : start + len(_SITE)] = False
    return Genome.from_chromosomes({"chr1": codes}), neutral


def _neutral(rng: np.random.Generator, codes: NDArray[np.uint8], places: Sequence[int]) -> list[Variant]:
    """A random substitution of each place."""
    olds = codes[list(places)].tolist()
    news = [(old + step) % 4 for old, step in zip(olds, rng.integers(1, 4, len(olds)).tolist(), strict=True)]
    return [Variant("chr1", place, BASES[old], BASES[new]) for place, old, new in zip(places, olds, news, strict=True)]


def _hits(scorer: ProfileScorer, variants: Sequence[Variant], null: str) -> dict[str, tuple[float, float]]:
    rows = [row for (row,) in scorer.score(variants)]
    p = {score: np.array([row[f"{score}_p_{null}"] for row in rows]) for score in ("logfc", "jsd")}
    return {score: tally(values[~np.isnan(values)] <= LEVEL) for score, values in p.items()}


def substitutions(peaks: str) -> Once:
    """Random substitutions of peaks with p <= 0.05 beside others of the same peak.

    Parameters
    ----------
    peaks
        `short` or `long`.
    """

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        torch.set_num_threads(1)
        genome, _ = _genome(rng, "many_gc")
        starts = np.arange(2 * _STRETCH, (_STRETCHES - 2) * _STRETCH, 4 * _STRETCH)
        ends = starts + _PEAKS[peaks]
        names = np.array([f"peak_{i}" for i in range(len(starts))])
        regions = Intervals(
            chrom=np.full(len(starts), "chr1"),
            start=starts,
            end=ends,
            name=names,
            score=np.zeros(len(starts)),
            summit=np.full(len(starts), -1),
            strand=np.full(len(starts), "."),
        )
        # Where a network predicts 60 bp, what of a peak lies beyond them has no window there.
        low, high = np.maximum(starts, (starts + ends) // 2 - 30), np.minimum(ends, (starts + ends) // 2 + 30)
        places = np.concatenate([rng.integers(*ends_of, _EACH) for ends_of in zip(low, high, strict=True)])
        variants = _neutral(rng, genome.chromosome("chr1"), places.tolist())
        settings = ProfileScores(shuffled=0, substitutions=_DRAWS[peaks])
        scorer = ProfileScorer([_model(rng)], genome, regions, settings, int(rng.integers(1 << 31)))
        return _hits(scorer, variants, "substitutions")

    return once


def shuffled(kind: str, flank: int | None = _FLANK) -> Once:
    """Substitutions of no site with p <= 0.05 beside variants of the file in shuffled sequence.

    Parameters
    ----------
    kind
        Of `GENOMES`.
    flank
        bp of each side that are shuffled.
    """

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        torch.set_num_threads(1)
        genome, neutral = _genome(rng, kind)
        inside = np.flatnonzero(neutral)[_STRETCH:-_STRETCH]
        variants = _neutral(rng, genome.chromosome("chr1"), rng.choice(inside, _TESTED + _SHUFFLED).tolist())
        settings = ProfileScores(centre="variant", shuffled=_SHUFFLED, shuffled_flank=flank, substitutions=0)
        model = _model(rng, Rates if kind == "sites" else SoloModel)
        scorer = ProfileScorer([model], genome, None, settings, int(rng.integers(1 << 31)))
        scorer.draw_shuffled(variants[_TESTED:])
        return _hits(scorer, variants[:_TESTED], "shuffled")

    return once

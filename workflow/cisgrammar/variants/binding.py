"""Scores of binding models: change of affinity with its error, the site that a variant breaks or makes, its partner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.evaluate.patterns import motif_patterns
from cisgrammar.binding.likelihood.spaced import log_mean_omega, log_omega
from cisgrammar.files.progress import Progress
from cisgrammar.motifs.pattern import UNIT, Pattern
from cisgrammar.motifs.scan import background_of
from cisgrammar.motifs.score_distribution import score_distribution
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome
from cisgrammar.tables.contracts.variants import BINDING
from cisgrammar.tables.io import rows_of
from cisgrammar.variants.affinity import AffinityModel, haplotypes
from cisgrammar.variants.table import batches, variant_of, write_with_q
from cisgrammar.variants.variant import Variant

_AT_ONCE = 256
_NOTHING = -(1 << 40)
_EMPTY = {
    **dict.fromkeys(("delta_log_affinity", "delta_log_affinity_se", "site_score_ref", "site_score_alt"), float("nan")),
    "partner_log_omega": float("nan"),
}


class Site(NamedTuple):
    """A window of a motif in a haplotype: start, strand (0 forward) and score in units below the best sequence."""

    motif: str
    start: int
    strand: int
    score: int


@dataclass(frozen=True, eq=False)
class _Motif:
    """A motif's pattern on both strands and the least score of a site, in units."""

    strands: tuple[Pattern, Pattern]
    least: int

    def scores(self, codes: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Score of every window of one sequence, `(2, windows)` in units; far below all where it has an N."""
        span = self.strands[0].span
        windows = max(0, len(codes) - span + 1)
        letters = np.minimum(codes, N_CODE - 1)
        known = np.concatenate([[0], np.cumsum(codes >= N_CODE)])
        whole = known[span:] == known[:windows]
        found = np.empty((2, windows), dtype=np.int64)
        for strand, pattern in enumerate(self.strands):
            total = np.full(windows, pattern.offset, dtype=np.int64)
            for i, row in enumerate(pattern.monomers):
                total += row[letters[i : i + windows]]
            for (i, j), block in pattern.pairs.items():
                total += block[letters[i : i + windows], letters[j : j + windows]]
            found[strand] = np.where(whole, total, _NOTHING)
        return found


class BindingScorer:
    """Scores variants with one fitted binding model.

    Parameters
    ----------
    model
        The model.
    genome
        The genome: sequence, and the background of the sites' p-value.
    p_value
        Greatest chance that a random window on one strand scores like a site.
    """

    def __init__(self, model: AffinityModel, genome: Genome, p_value: float) -> None:
        self.model, self.genome = model, genome
        background = background_of(genome)
        self.motifs = {
            name: _Motif((one, one.reversed()), score_distribution(one, background).threshold(p_value))
            for name, one in motif_patterns(model.motifs).items()
        }

    def score(self, variants: Sequence[Variant]) -> list[dict[str, Any]]:
        """A row of `BINDING` for each variant, without its number."""
        flank = self.model.flank
        pairs = haplotypes(self.genome, variants, flank)
        change, error = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        # Sequences of one length are scored together.
        order = sorted(range(len(pairs)), key=lambda i: (len(pairs[i][0]), len(pairs[i][1])))
        for _, group in groupby(order, key=lambda i: (len(pairs[i][0]), len(pairs[i][1]))):
            rows = list(group)
            before, after = (np.stack([pairs[i][side] for i in rows]) for side in (0, 1))
            change[rows], error[rows] = self.model.changes(before, after)
        return [
            {"note": "", "delta_log_affinity": change[i], "delta_log_affinity_se": error[i]}
            | self._site(variant, *pairs[i])
            for i, variant in enumerate(variants)
        ]

    def _site(self, variant: Variant, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> dict[str, Any]:
        """The site that the variant touches: the motif whose best window, in either allele, is the surest."""
        best: tuple[int, str, Site, Site] | None = None
        for name, motif in self.motifs.items():
            old, new = self._best(name, before, len(variant.ref)), self._best(name, after, len(variant.alt))
            margin = max(old.score, new.score) - motif.least
            if best is None or margin > best[0]:
                best = margin, name, old, new
        if best is None or max(best[2].score, best[3].score) == _NOTHING:
            return {**_NO_SITE}
        margin, name, old, new = best
        values = {"site_score_ref": _nats(old.score), "site_score_alt": _nats(new.score)}
        if margin < 0:
            return {**_NO_SITE, "motif": name, **values}
        least = self.motifs[name].least
        kind = "kept" if min(old.score, new.score) >= least else "broken" if old.score >= least else "made"
        site, codes = (new, after) if kind == "made" else (old, before)
        start = variant.start - self.model.flank + site.start
        place = f"{variant.chrom}:{start}-{start + self.motifs[name].strands[0].span}:{'+-'[site.strand]}"
        return {"site": kind, "motif": name, "site_place": place, **values, **self._partner(site, codes)}

    def _best(self, name: str, codes: NDArray[np.uint8], allele: int) -> Site:
        """The best window that holds a base of the allele, which lies behind the left flank."""
        motif = self.motifs[name]
        scores, flank, span = motif.scores(codes), self.model.flank, motif.strands[0].span
        first, last = max(0, flank - span + 1), min(scores.shape[1], flank + allele)
        if first >= last:
            return Site(name, first, 0, _NOTHING)
        strand, at = np.unravel_index(int(scores[:, first:last].argmax()), (2, last - first))
        return Site(name, first + int(at), int(strand), int(scores[strand, first + at]))

    def _partner(self, site: Site, codes: NDArray[np.uint8]) -> dict[str, Any]:
        """The neighbouring site with which the model gives the pair the most."""
        names = {id(psam): name for name, psam in self.model.motifs.items()}
        best: tuple[float, str, float] | None = None
        for _, dimer, found, every in self.model.dimers:
            omega = log_omega(dimer, found)
            level = log_mean_omega(omega, float(dimer.log_hill.exp()))
            a, b = (names[id(psam)] for psam in dimer.spacing.psams)
            scores = {name: self.motifs[name].scores(codes) for name in {a, b}}
            for place in every:
                seen = ((a, place.strand_a, b, place.strand_b, 1), (b, place.strand_b, a, place.strand_a, -1))
                for mine, strand, other, other_strand, sign in seen:
                    at = site.start + sign * place.offset
                    if mine != site.motif or strand != site.strand or not 0 <= at < scores[other].shape[1]:
                        continue
                    score = int(scores[other][other_strand, at])
                    value = _nats(score) + float(omega[place.entry]) - level
                    if score >= self.motifs[other].least and (best is None or value > best[0]):
                        how = "same" if strand == other_strand else "opposite"
                        along = sign * place.offset * (1 if strand == 0 else -1)
                        best = value, f"{other}:{how}:{along}", float(omega[place.entry]) - level
        return {"partner": best[1] if best else "", "partner_log_omega": best[2] if best else float("nan")}


_NO_SITE = {"site": "", "motif": "", "site_place": "", **_EMPTY, "partner": ""}
_NO_SITE = {key: value for key, value in _NO_SITE.items() if not key.startswith("delta")}


def _nats(score: int) -> float:
    return float("nan") if score == _NOTHING else score * UNIT


def write_binding_scores(path: str | Path, variants: str | Path, scorer: BindingScorer) -> None:
    """Score the variants of a table `READ` and write `BINDING`, batch by batch."""
    write_with_q(path, BINDING, _rows(variants, scorer), {})


def _rows(variants: str | Path, scorer: BindingScorer) -> Iterator[Mapping[str, Any]]:
    progress = Progress("score affinities on cpu", sum(1 for _ in rows_of(variants)), "variants")
    for batch in batches(rows_of(variants), _AT_ONCE):
        found = [variant_of(row) for row in batch]
        scores = iter(scorer.score([variant for variant in found if variant is not None]))
        for row, variant in zip(batch, found, strict=True):
            refused = {"note": "not read", **_EMPTY}
            yield {"number": row["number"], **(next(scores) if variant is not None else refused)}
        progress.add(len(batch))

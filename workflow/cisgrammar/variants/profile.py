"""Scores of profile models: what variants do to predicted counts and profiles, beside peaks and two nulls."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.variants import ProfileScores
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.predict import predict_windows
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import Intervals, centres
from cisgrammar.sequence.windows import window_starts
from cisgrammar.statistics.distributions import student_quantile
from cisgrammar.statistics.p_values import empirical_p
from cisgrammar.training.device import pick_device
from cisgrammar.variants.alleles import Effects, Item, effects_of, part_of
from cisgrammar.variants.null import (
    Change,
    compared_with,
    genome_item,
    shuffled_items,
    substitution_of,
    substitutions,
)
from cisgrammar.variants.place import Placed, Placer, why_not
from cisgrammar.variants.variant import Variant

log = logging.getLogger(__name__)

Array = NDArray[np.float64]
Q_OF = {f"{s}_q_{null}": f"{s}_p_{null}" for s in ("logfc", "jsd") for null in ("shuffled", "substitutions")}
"""Column of q -> column of p."""
Draw = tuple[Variant, Placed]
"""A variant and where it is scored."""
_LEVEL = 0.95
_KEPT_REGIONS = 512
ROUNDING = 2e-6
"""Differences of ln counts and distances below this are those of single precision."""


@dataclass(frozen=True, eq=False)
class FoldEffects:
    """Effects over folds: `(folds, items, heads)` each; `before` and `after` are ln counts."""

    before: Array
    after: Array
    logfc: Array
    jsd: Array

    def __len__(self) -> int:
        return self.logfc.shape[1]


@dataclass(frozen=True, eq=False)
class _RegionNull:
    """Random substitutions of a region: what they are, and the sizes of their logfc and jsd, `(draws, heads)` each."""

    changes: list[Change]
    sizes: tuple[Array, Array]


class ProfileScorer:
    """Scores variants with the models of several folds.

    Parameters
    ----------
    models
        A model for each fold; all with the same heads and lengths.
    genome
        The genome.
    peaks
        Peaks, or None: then windows are on the grid and there are no percentiles.
    settings
        The section.
    seed
        Of both nulls.

    Raises
    ------
    ValueError
        If there are no models or they differ in heads or lengths.
    """

    def __init__(
        self,
        models: Sequence[ProfileModel],
        genome: Genome,
        peaks: Intervals | None,
        settings: ProfileScores,
        seed: int,
    ) -> None:
        parts = [part_of(model, settings.part) for model in models]
        shapes = [(part.heads, part.input_length, part.output_length) for part in parts]
        names = [([(h.name, h.tasks) for h in heads], *lengths) for heads, *lengths in shapes]
        if not parts or any(one != names[0] for one in names):
            told = "; ".join(sorted({f"heads {n}, {i} bp to {o} bp" for n, i, o in names})) or "none"
            raise ValueError(f"variants.profile.models: wanted models of the same heads and lengths, got {told}")
        device = pick_device(settings.device)
        self.models = [part.to(device).eval() for part in parts]
        self.heads, self.length = parts[0].heads, parts[0].input_length
        self.genome, self.settings, self.seed = genome, settings, seed
        self.placer = Placer(genome, peaks, parts[0].output_length, settings.centre, settings.grid)
        self._peaks = peaks
        self._regions: dict[tuple[object, ...], _RegionNull] = {}
        self._shuffled: dict[bool, tuple[Array, Array]] = {}

    @cached_property
    def _ranked(self) -> list[Array]:
        """For each fold, the predicted ln counts of the peaks, sorted, `(heads, peaks)`."""
        peaks = self._peaks
        if peaks is None or not len(peaks):
            return []
        output = self.models[0].output_length
        known = np.isin(peaks.chrom, np.array(self.genome.names))
        rows = np.flatnonzero(known)
        starts = window_starts(centres(peaks, "summit")[rows], output)
        flank = (self.length - output) // 2
        lengths = dict(zip(self.genome.names, self.genome.lengths.tolist(), strict=True))
        limit = np.array([lengths[chrom] for chrom in peaks.chrom[rows].tolist()])
        whole = (starts >= flank) & (starts + output + flank <= limit)
        rows, starts = rows[whole], starts[whole]
        most = self.settings.most_peaks
        kept = np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)) if len(rows) else rows
        log.info("percentiles are taken among %d of %d peaks", len(kept), len(peaks))
        if not len(kept):
            return []
        places = self.genome.positions(peaks.chrom[rows[kept]].tolist(), starts[kept])
        device = self.settings.device
        found = [predict_windows(model, self.genome.codes, places, device=device) for model in self.models]
        return [np.sort(np.stack([p.log_counts[head.name] for head in self.heads]).astype(float)) for p in found]

    def effects(self, items: Sequence[Item]) -> FoldEffects:
        """Effects of items in every fold."""
        found = [effects_of(model, items) for model in self.models]
        return FoldEffects(*(_stacked(found, name) for name in ("before", "after", "logfc", "jsd")))

    def in_peak(self, variant: Variant) -> bool:
        """Whether a variant lies in a peak."""
        return self.placer.place(variant).peak is not None

    def draw_shuffled(self, variants: Sequence[Variant]) -> None:
        """Make the nulls of shuffled sequence of these variants: one of those in peaks, one of the others.

        A change beside sites does more to a network's counts than the same change elsewhere, in shuffled sequence too.
        A variant of the kind of which there is none here is compared with the other.
        """
        kinds = [self.in_peak(variant) for variant in variants]
        self._shuffled = {}
        for kind in sorted(set(kinds)):
            mine = [variant for variant, other in zip(variants, kinds, strict=True) if other == kind]
            items = shuffled_items(mine, self.placer, self.length, self.seed, self.settings.shuffled_flank)
            if items:
                self._shuffled[kind] = _sizes(self.effects(items))

    def score(self, variants: Sequence[Variant | None]) -> Iterator[list[dict[str, Any]]]:
        """Yield for each variant, None for one that is not scored, a row for each head, without number."""
        placed = [self.placer.place(v) if v is not None else None for v in variants]
        notes = [self._note(v, p) for v, p in zip(variants, placed, strict=True)]
        places = {i: (v, p) for i, (v, p) in enumerate(zip(variants, placed, strict=True)) if v and p and not notes[i]}
        items = [self._item(*place) for place in places.values()]
        new = self._new_regions(list(places.values()))
        found = self._together([*items, *(self._item(*draw) for draws in new.values() for draw in draws)])
        at = len(items)
        sizes = _sizes(found)
        for key, draws in new.items():
            own = slice(at, at + len(draws))
            changes = [change for v, _ in draws if (change := substitution_of(v)) is not None]
            self._regions[key] = _RegionNull(changes, (sizes[0][own], sizes[1][own]))
            at += len(draws)
        row_of = {i: row for row, i in enumerate(places)}
        for i in range(len(variants)):
            yield [
                {"head": head.name, "note": notes[i], **self._of_peak(variants[i], placed[i])}
                | (self._values(found, row_of[i], h, *places[i]) if i in places else _EMPTY)
                for h, head in enumerate(self.heads)
            ]

    def _together(self, items: Sequence[Item]) -> FoldEffects:
        """Effects of items, in their order, run with those of one window next to each other."""
        order = sorted(range(len(items)), key=lambda i: str(items[i].window))
        found = self.effects([items[i] for i in order])
        back = np.argsort(np.array(order, dtype=np.int64), kind="stable")
        return FoldEffects(*(getattr(found, field.name)[:, back] for field in fields(FoldEffects)))

    def _note(self, variant: Variant | None, placed: Placed | None) -> str:
        if variant is None or placed is None:
            return "not read"
        window = window_starts(placed.centre, self.length)
        return why_not(variant, window, self.length, self.genome.length(variant.chrom))

    def _item(self, variant: Variant, placed: Placed) -> Item:
        return genome_item(self.genome, variant, window_starts(placed.centre, self.length), self.length)

    def _new_regions(self, places: Sequence[tuple[Variant, Placed]]) -> dict[tuple[object, ...], list[Draw]]:
        """Substitutions of the regions that have no null yet; the nulls of a few are kept for the next batch."""
        n = self.settings.substitutions
        wanted = {self._key(*place): place for place in places if n}
        if len(self._regions) > _KEPT_REGIONS:
            self._regions = {key: value for key, value in self._regions.items() if key in wanted}
        new: dict[tuple[object, ...], list[Draw]] = {}
        for key, (variant, placed) in wanted.items():
            if key not in self._regions:
                drawn = substitutions(self.placer, variant.chrom, placed, n, self.seed)
                new[key] = [(v, p) for v in drawn if not self._note(v, p := self.placer.place(v))]
        return new

    def _key(self, variant: Variant, placed: Placed) -> tuple[object, ...]:
        return variant.chrom, placed.region, placed.centre if self.placer.mode == "peak" else ""

    def _of_peak(self, variant: Variant | None, placed: Placed | None) -> dict[str, str]:
        if variant is None or placed is None or placed.peak is None or self.placer.peaks is None:
            return {"peak": "", "peak_place": ""}
        name = str(self.placer.peaks.name[placed.peak.number])
        return {"peak": name, "peak_place": f"{variant.chrom}:{placed.peak.start}-{placed.peak.end}"}

    def _values(self, found: FoldEffects, i: int, h: int, variant: Variant, placed: Placed) -> dict[str, float]:
        folds = slice(None), i, h
        logfc, jsd = found.logfc[folds], found.jsd[folds]  # (folds,)
        low, high = interval(logfc)
        percentiles = [self._percentile(getattr(found, side)[folds], h) for side in ("before", "after")]
        most = max(percentiles)
        values = {
            "allele1_log_counts": float(found.before[folds].mean()),
            "allele2_log_counts": float(found.after[folds].mean()),
            "logfc": float(logfc.mean()),
            "logfc_sd": spread(logfc),
            "logfc_low": low,
            "logfc_high": high,
            "jsd": float(jsd.mean()),
            "jsd_sd": spread(jsd),
            "allele1_percentile": percentiles[0],
            "allele2_percentile": percentiles[1],
            "percentile_change": percentiles[1] - percentiles[0],
            "max_percentile": most,
            "abs_logfc_x_jsd": abs(float(logfc.mean())) * float(jsd.mean()),
            "abs_logfc_x_max_percentile": abs(float(logfc.mean())) * most,
            "jsd_x_max_percentile": float(jsd.mean()) * most,
            "abs_logfc_x_jsd_x_max_percentile": abs(float(logfc.mean())) * float(jsd.mean()) * most,
        }
        for null, sizes in self._nulls(variant, placed, h).items():
            for score, known in zip(("logfc", "jsd"), sizes, strict=True):
                # Changes of one size count as equal, whatever rounding makes of them.
                values[f"{score}_p_{null}"] = float(empirical_p(abs(values[score]) - ROUNDING, known))
        return values

    def _nulls(self, variant: Variant, placed: Placed, h: int) -> dict[str, tuple[Array, Array]]:
        """Sizes of logfc and jsd, `(draws,)` each, that a variant is compared with."""
        none = np.zeros(0)
        found = dict.fromkeys(("shuffled", "substitutions"), (none, none))
        if self._shuffled:
            kind = placed.peak is not None
            sizes = self._shuffled[kind if kind in self._shuffled else not kind]
            found["shuffled"] = sizes[0][:, h], sizes[1][:, h]
        region = self._regions.get(self._key(variant, placed))
        if region is not None:
            rows = compared_with(variant, region.changes)
            found["substitutions"] = region.sizes[0][rows, h], region.sizes[1][rows, h]
        return found

    def _percentile(self, log_counts: Array, h: int) -> float:
        """Share of peaks below, mean over folds."""
        if not self._ranked:
            return float("nan")
        # A peak's own window is among the peaks: what rounding alone puts above it is not above it.
        below = [np.searchsorted(peaks[h], v - ROUNDING) for peaks, v in zip(self._ranked, log_counts, strict=True)]
        return float(np.mean(below)) / self._ranked[0].shape[1]


_SCORES = (
    *("allele1_log_counts", "allele2_log_counts", "logfc", "logfc_sd", "logfc_low", "logfc_high", "jsd", "jsd_sd"),
    *("allele1_percentile", "allele2_percentile", "percentile_change", "max_percentile", "abs_logfc_x_jsd"),
    *("abs_logfc_x_max_percentile", "jsd_x_max_percentile", "abs_logfc_x_jsd_x_max_percentile", *Q_OF.values()),
)
_EMPTY = dict.fromkeys(_SCORES, float("nan"))


def interval(values: Array) -> tuple[float, float]:
    """95 % t interval of the mean of values that are independent and normal; nan of fewer than two."""
    if len(values) < 2:
        return float("nan"), float("nan")
    half = float(student_quantile(0.5 + _LEVEL / 2, len(values) - 1)) * spread(values) / np.sqrt(len(values))
    return float(values.mean()) - half, float(values.mean()) + half


def spread(values: Array) -> float:
    """Standard deviation, nan of fewer than two values."""
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def _stacked(effects: Sequence[Effects], name: str) -> Array:
    return np.stack([getattr(one, name) for one in effects])


def _sizes(found: FoldEffects) -> tuple[Array, Array]:
    """Size of the mean over folds of logfc and jsd, `(items, heads)` each."""
    return np.abs(found.logfc.mean(axis=0)), np.abs(found.jsd.mean(axis=0))

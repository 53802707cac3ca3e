"""Score the predictions of a fold on its test windows, beside the baselines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.config.profile import Evaluate
from cisgrammar.files.progress import Progress
from cisgrammar.profile.data.scored import genome_starts
from cisgrammar.profile.evaluate.cut_weights import preferred_sequences
from cisgrammar.profile.evaluate.fitted_baselines import Baseline, FoldBaselines
from cisgrammar.profile.evaluate.footprints import AROUND, Footprint, footprint_bar
from cisgrammar.profile.evaluate.metrics import region_metrics, summarise
from cisgrammar.profile.evaluate.references import ends_per_fragment, perfect_model
from cisgrammar.profile.evaluate.scores import Scored, Scores
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.prediction_file import Source
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.store import cut_codes, cut_counts
from cisgrammar.signal.table import Regions

KINDS = ("peak", "background")
PREDICTED, PERFECT = "combined", "perfect_model"
"""The part of the model that reads are drawn from, and what their metrics are called."""
_AT_ONCE = 512


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What one fold's windows say.

    Attributes
    ----------
    scores
        Of each window, model and head: the columns of `metrics.region_metrics`.
    summary
        A row for each model, head and kind: role (model, baseline or reference), and `metrics.summarise`.
    """

    scores: Scores
    summary: pd.DataFrame

    @property
    def per_region(self) -> pd.DataFrame:
        """A row for each window, model and head, with its place: all of `scores` in memory."""
        return pd.concat(list(self.scores.frames()), ignore_index=True)


def check_windows(regions: Regions, chroms: NDArray[np.str_], starts: NDArray[np.int64], path: str) -> None:
    """ValueError unless a file's predictions are of these regions, in their order."""
    if not np.array_equal(chroms, regions.chrom) or not np.array_equal(starts, regions.start):
        raise ValueError(
            f"{path}: predictions of {len(chroms)} windows that are not the {len(regions)} to be scored; "
            "run the predict stage again"
        )


def evaluate(
    data: ProfileData,
    regions: Regions,
    predictions: Source,
    baselines: Mapping[str, FoldBaselines],
    seed: int,
    scratch: Path | None = None,
) -> Evaluation:
    """Score models and baselines on the same windows; memory is that of a block of windows, and some numbers of each.

    Parameters
    ----------
    data
        Stores of the fold.
    regions
        The windows, as `scored_regions` returns.
    predictions
        Of each part of the model, for `regions`.
    baselines
        Head -> its baselines.
    seed
        Of the halves of 5' ends, where no fragments are known, and of the reads that are drawn from a prediction.
    scratch
        Folder of a temporary file.
    """
    scores, summary = Scores(regions, scratch), []
    progress = Progress("score predictions", len(baselines) * len(regions))
    for head, fitted in baselines.items():
        for kind in KINDS:
            rows = np.flatnonzero(regions.kind == kind)
            if len(rows):
                with progress.part(len(rows)):
                    summary += _Scoring(data, predictions, fitted, scores, head, kind).run(rows, seed)
    return Evaluation(scores, pd.DataFrame(summary))


class _Scoring:
    """One head in windows of one kind."""

    def __init__(
        self, data: ProfileData, predictions: Source, fitted: FoldBaselines, scores: Scores, head: str, kind: str
    ) -> None:
        self.predictions, self.scores, self.head, self.kind = predictions, scores, head, kind
        self.counts, self.length = data.signal.heads[head], fitted.length
        self.starts = genome_starts(scores.regions, data.genome)
        self.fitted = fitted
        self.roles: dict[str, str] = {}

    def run(self, rows: NDArray[np.int64], seed: int) -> list[dict[str, Any]]:
        """Score windows that are `rows` of the regions; gives their rows of the summary."""
        # Fitting the baselines takes about as long as scoring.
        progress = Progress(f"score {self.kind} windows", 2 * len(rows))
        with progress.part(len(rows)):
            simple, halves = self.fitted.fit(self.kind), self.fitted.fit_halves(self.kind, seed)
        totals, half = np.zeros(len(rows), dtype=np.int64), np.zeros((2, len(rows)))
        done = 0
        for block in _blocks(rows):
            starts = self.starts[block]
            counts = cut_counts(self.counts, starts, self.length)
            other = halves.next(starts)
            here = slice(done, done + len(block))
            totals[here] = counts.sum(axis=(1, 2), dtype=np.int64)
            half[:, here] = np.expm1(other.log_counts), other.counts.sum(axis=(1, 2))
            for role, entry in self._entries(block, counts, simple.predict(starts), other):
                self._keep(role, entry, rows, done)
            done += len(block)
            progress.add(len(block))
        found = [self._summary(name, role) for name, role in self.roles.items()]
        return found + self._perfect(rows, totals, ends_per_fragment(*half), seed)

    def _entries(
        self, block: NDArray[np.int64], counts: NDArray, simple: Sequence[Baseline], half: Baseline
    ) -> Iterator[tuple[str, Baseline]]:
        for part in self.predictions.parts:
            found = self.predictions.read(part, block)
            yield "model", Baseline(part, found.log_probabilities[self.head], found.log_counts[self.head], counts)
        yield from (("baseline", entry) for entry in simple)
        yield "reference", half

    def _keep(self, role: str, entry: Baseline, rows: NDArray[np.int64], first: int) -> None:
        scored = Scored(entry.name, self.head, self.kind)
        if entry.name not in self.roles:
            self.roles[entry.name] = role
            self.scores.begin(scored, rows)
        self.scores.add(scored, first, region_metrics(entry.counts, entry.log_probabilities, entry.log_counts))

    def _summary(self, name: str, role: str) -> dict[str, Any]:
        found = self.scores.of(Scored(name, self.head, self.kind))
        return {"role": role, "model": name, "head": self.head, "kind": self.kind, **summarise(found)}

    def _perfect(
        self, rows: NDArray[np.int64], totals: NDArray[np.int64], together: float, seed: int
    ) -> list[dict[str, Any]]:
        """What the whole model would score if it were the truth."""
        if PREDICTED not in self.predictions.parts:
            return []
        log_counts = self.scores.of(Scored(PREDICTED, self.head, self.kind))["log_counts"]

        def predicted(chosen: NDArray[np.int64]) -> NDArray:
            return self.predictions.read(PREDICTED, rows[chosen]).log_probabilities[self.head]

        drawn = perfect_model(totals, predicted, log_counts, together, seed)
        scored = Scored(PERFECT, self.head, self.kind)
        self.scores.begin(scored, rows[drawn.windows])
        self.scores.add(scored, 0, drawn.per_region)
        names = {"role": "reference", "head": self.head, "kind": self.kind}
        both = ((PERFECT, drawn.mean), (f"{PERFECT}_sd", drawn.sd))
        return [{**names, "model": name, **summary} for name, summary in both]


def _blocks(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows in blocks that lie near each other in a file of predictions."""
    edges = np.searchsorted(rows, np.arange(_AT_ONCE, int(rows[-1]) + 1, _AT_ONCE))
    return [block for block in np.split(rows, edges) if len(block)]


def enzyme_motifs(settings: Evaluate, baselines: Mapping[str, FoldBaselines]) -> dict[str, str]:
    """Return the enzyme's motifs: those of the config, or the ones that the position weights, if any, like best."""
    first = next(iter(baselines.values()), None)
    given = settings.bias_motifs or (tuple(preferred_sequences(first.weights)) if first else ())
    return {f"enzyme_{i + 1}": motif.upper() for i, motif in enumerate(given)}


def footprint_backgrounds(data: ProfileData, length: int, number: int) -> NDArray[np.uint8]:
    """Return up to `number` test background windows, evenly taken, as codes `(sequences, length)`."""
    centres = data.windows("test", "background").centres
    chosen = np.unique(np.linspace(0, len(centres) - 1, min(number, len(centres))).astype(np.int64))
    return cut_codes(data.genome.codes, window_starts(centres[chosen], length), length)


def footprint_table(footprints: list[Footprint], sequences: Mapping[str, str]) -> pd.DataFrame:
    """Return footprints as rows: part, head, motif, sequence, position from the motif's centre, probability, bar.

    With `probability_se` and `backgrounds`, the sequences that both are of. Only the `AROUND` bp on each side are kept;
    the motif `background` is the sequences as they are.
    """
    tables = []
    for footprint in footprints:
        middle = len(footprint.profile) // 2
        reach = min(AROUND, middle)
        shown = slice(middle - reach, middle + reach)
        error = np.full(2 * reach, np.nan) if footprint.error is None else footprint.error[shown]
        tables.append(
            pd.DataFrame(
                {
                    "part": footprint.part,
                    "head": footprint.head,
                    "motif": footprint.motif or "background",
                    "sequence": sequences.get(footprint.motif, ""),
                    "position": np.arange(-reach, reach),
                    "probability": footprint.profile[shown],
                    "bar": footprint_bar(len(footprint.profile)),
                    "probability_se": error,
                    "backgrounds": footprint.sequences,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)

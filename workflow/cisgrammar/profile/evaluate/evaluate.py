"""Score the predictions of a fold on its test windows, beside the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.config.profile import Evaluate
from cisgrammar.profile.data.scored import genome_starts
from cisgrammar.profile.evaluate.cut_weights import preferred_sequences
from cisgrammar.profile.evaluate.fitted_baselines import Baseline, FoldBaselines
from cisgrammar.profile.evaluate.footprints import AROUND, Footprint, footprint_bar
from cisgrammar.profile.evaluate.metrics import region_metrics, summarise
from cisgrammar.profile.evaluate.references import ends_per_fragment, perfect_model
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.predict import Predictions
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.store import cut_codes, cut_counts
from cisgrammar.signal.table import Regions

KINDS = ("peak", "background")
PREDICTED, PERFECT = "combined", "perfect_model"
"""The part of the model that reads are drawn from, and what their metrics are called."""
PLACE = ("chrom", "start", "end", "name", "kind")


class Evaluation(NamedTuple):
    """Tidy tables of one fold.

    Attributes
    ----------
    per_region
        A row for each window, model and head: where it is, and the columns of `metrics.region_metrics`.
    summary
        A row for each model, head and kind: role (model, baseline or reference), and `metrics.summarise`.
    """

    per_region: pd.DataFrame
    summary: pd.DataFrame


def check_windows(regions: Regions, chroms: list[str], starts: NDArray[np.int64], path: str) -> None:
    """ValueError unless a file's predictions are of these regions, in their order."""
    if chroms != regions.chrom.tolist() or not np.array_equal(starts, regions.start):
        raise ValueError(
            f"{path}: predictions of {len(chroms)} windows that are not the {len(regions)} to be scored; "
            "run the predict stage again"
        )


def evaluate(
    data: ProfileData,
    regions: Regions,
    predictions: Mapping[str, Predictions],
    baselines: Mapping[str, FoldBaselines],
    seed: int,
) -> Evaluation:
    """Score models and baselines on the same windows.

    Parameters
    ----------
    data
        Stores of the fold.
    regions
        The windows, as `scored_regions` returns.
    predictions
        Part of the model -> its predictions for `regions`.
    baselines
        Head -> its baselines.
    seed
        Of the halves of 5' ends, where no fragments are known, and of the reads that are drawn from a prediction.
    """
    starts = genome_starts(regions, data.genome)
    tables, rows = [], []
    for head, fitted in baselines.items():
        for kind in KINDS:
            where = np.flatnonzero(regions.kind == kind)
            if not len(where):
                continue
            counts = cut_counts(data.signal.heads[head], starts[where], fitted.length)
            scored = [
                ("model", Baseline(part, p.log_probabilities[head][where], p.log_counts[head][where], counts))
                for part, p in predictions.items()
            ]
            scored += [("baseline", simple) for simple in fitted.predict(kind, starts[where])]
            halves = fitted.other_half(kind, starts[where], seed)
            scored.append(("reference", halves))
            place = {column: getattr(regions, column)[where] for column in PLACE}
            for role, entry in scored:
                found = region_metrics(entry.counts, entry.log_probabilities, entry.log_counts)
                names = {"model": entry.name, "head": head}
                tables.append(pd.DataFrame({**place, **names, **found}))
                rows.append({"role": role, **names, "kind": kind, **summarise(found)})
            together = ends_per_fragment(np.expm1(halves.log_counts), halves.counts.sum(axis=(1, 2)))
            for model in (entry for _, entry in scored if entry.name == PREDICTED):
                drawn = perfect_model(counts, model.log_probabilities, model.log_counts, together, seed)
                names = {"model": PERFECT, "head": head}
                chosen = {column: values[drawn.windows] for column, values in place.items()}
                tables.append(pd.DataFrame({**chosen, **names, **drawn.per_region}))
                for name, summary in ((PERFECT, drawn.mean), (f"{PERFECT}_sd", drawn.sd)):
                    rows.append({"role": "reference", **names, "model": name, "kind": kind, **summary})
    return Evaluation(pd.concat(tables, ignore_index=True), pd.DataFrame(rows))


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

    Only the `AROUND` bp on each side are kept; the motif `background` is the sequences as they are.
    """
    tables = []
    for footprint in footprints:
        middle = len(footprint.profile) // 2
        reach = min(AROUND, middle)
        tables.append(
            pd.DataFrame(
                {
                    "part": footprint.part,
                    "head": footprint.head,
                    "motif": footprint.motif or "background",
                    "sequence": sequences.get(footprint.motif, ""),
                    "position": np.arange(-reach, reach),
                    "probability": footprint.profile[middle - reach : middle + reach],
                    "bar": footprint_bar(len(footprint.profile)),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)

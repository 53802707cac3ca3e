"""Predicted against observed enrichment between rounds, for reads binned by prediction and for k-mers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cisgrammar.binding.fit.kmers import kmer_totals
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.fitted import Fitted, Split
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.iupac import BASES
from cisgrammar.sequence.alphabet import reverse_complement

COLUMNS = [
    "library",
    "from_round",
    "to_round",
    "unit",
    "name",
    "reads_from",
    "reads_to",
    "observed",
    "predicted",
    "standard_error",
]
Matrix = NDArray[np.float64]


@torch.no_grad()
def log_shares(experiment: Experiment, data: Data, chunk: int = 8192) -> Matrix:
    """Log of each sequenced round's expected share of a read's counts, `(reads, sequenced rounds)`."""
    parts = [experiment(data.codes[i : i + chunk]).double().cpu() for i in range(0, len(data), chunk)]
    return torch.cat(parts).numpy()  # (reads, sequenced rounds)


def expected_counts(log_share: Matrix, counts: Matrix) -> Matrix:
    """Counts of two rounds that the model expects of each read given the sum of the two, `(reads, 2)`."""
    first = 1 / (1 + np.exp(log_share[:, 1] - log_share[:, 0]))
    total = counts.sum(1)
    return np.stack([total * first, total * (1 - first)], axis=1)  # (reads, 2)


def bins_of(prediction: Matrix, counts: Matrix, n_bins: int) -> NDArray[np.int64]:
    """Bin of each read, `(reads,)`: bins in the order of `prediction` that hold about the same number of counts."""
    order = np.argsort(prediction, kind="stable")
    total = counts.sum(1)[order]
    middle = total.cumsum() - total / 2
    out = np.empty(len(order), dtype=np.int64)
    out[order] = np.minimum((middle / total.sum() * n_bins).astype(np.int64), n_bins - 1)
    return out


def canonical_kmers(k: int) -> tuple[NDArray[np.int64], Matrix, list[str]]:
    """Numbers, weights and names of k-mers that are not after their reverse complement; one half for palindromes.

    Totals that count both strands count a palindrome twice.
    """
    numbers = np.arange(4**k)
    letters = (numbers[:, None] // 4 ** np.arange(k - 1, -1, -1)) % 4  # (k-mers, k)
    turned = (reverse_complement(letters) * 4 ** np.arange(k - 1, -1, -1)).sum(1)
    kept = numbers <= turned
    weight = np.where(numbers == turned, 0.5, 1.0)[kept]
    names = ["".join(row) for row in np.array(list(BASES))[letters[kept]]]
    return numbers[kept], weight, names


def enrichment_table(fitted: Fitted, k: int = 6, n_bins: int = 20, min_count: float = 10.0) -> pd.DataFrame:
    """Enrichment on held-out reads (training reads if none were held out) between rounds, by bin and by k-mer.

    Consecutive sequenced rounds are compared and, of more than two, the first with the last. `observed` is
    ln(reads_to / reads_from) less that of the rounds' totals; `predicted` has in place of the counts those that the
    model expects of each read given its total in the two rounds. Bins hold about equally many reads each, ordered by
    the prediction. K-mers of the variable region are counted on both strands, under the alphabetically first of a
    k-mer and its reverse complement; a read that holds one twice counts twice.

    Parameters
    ----------
    fitted
        The model and its reads.
    k
        Length of the k-mers.
    n_bins
        Number of bins.
    min_count
        Bins and k-mers are kept if the model expects at least this many reads of them in both rounds: a rule that
        looks at observed counts would favour chance.

    Returns
    -------
    DataFrame
        The columns `COLUMNS`; `standard_error` is that of `observed`, Poisson: sqrt(1 / reads_from + 1 / reads_to),
        with half a read added to each count, as in `observed`.
    """
    split: Split = "held_out" if fitted.held_out else "train"
    tables = fitted.held_out if fitted.held_out else fitted.train
    given = fitted.data(split)
    parts = []
    for library, experiment in fitted.experiments.items():
        data = given[library]
        share, counts = log_shares(experiment, data, fitted.chunk), data.counts.double().cpu().numpy()
        variable = _variable(tables[library], experiment)
        for first, second in round_pairs(len(experiment.observed)):
            both, pair = counts[:, [first, second]], share[:, [first, second]]
            expected = expected_counts(pair, both)
            bins = bins_of(pair[:, 1] - pair[:, 0], both, n_bins)
            binned = [np.bincount(bins, column, minlength=n_bins) for column in (*both.T, *expected.T)]
            names = [str(i) for i in range(n_bins)]
            totals = both.sum(0)
            rounds = (experiment.observed[first], experiment.observed[second])
            label = (library, *rounds)
            parts.append(_rows((*label, "bin"), names, np.array(binned, dtype=np.float64).T, totals, min_count))
            numbers, weight, names = canonical_kmers(k)
            found = kmer_totals(variable, np.hstack([both, expected]), k)[numbers] * weight[:, None]
            parts.append(_rows((*label, "kmer"), names, found, totals, min_count))
    return pd.concat(parts, ignore_index=True)


def round_pairs(n: int) -> list[tuple[int, int]]:
    """Consecutive of `n` rounds and, of more than two, the first and the last."""
    return [(i, i + 1) for i in range(n - 1)] + ([(0, n - 1)] if n > 2 else [])


def _variable(table: CountTable, experiment: Experiment) -> NDArray[np.uint8]:
    """Codes of the variable regions of the reads that `Data` keeps, `(reads, longest)`."""
    return table.variable[table.counts[:, experiment.observed].sum(1) > 0]


def _rows(label: tuple[Any, ...], names: list[str], found: Matrix, totals: Matrix, min_count: float) -> pd.DataFrame:
    """Rows of the table; `found` is `(units, 4)`: observed and expected counts of both rounds."""
    kept = (found[:, 2:] >= max(min_count, 1e-9)).all(1)
    seen, expected = found[kept, :2], found[kept, 2:]
    depth = np.log(totals[1] / totals[0])
    table = pd.DataFrame({"name": np.array(names, dtype=object)[kept]})
    # The label is of the first columns.
    for column, value in zip(COLUMNS, label, strict=False):
        table[column] = value
    table["reads_from"], table["reads_to"] = seen.T
    table["observed"] = np.log((seen[:, 1] + 0.5) / (seen[:, 0] + 0.5)) - depth
    table["predicted"] = np.log(expected[:, 1] / expected[:, 0]) - depth
    table["standard_error"] = np.sqrt((1 / (seen + 0.5)).sum(1))
    return table[COLUMNS]


def agreement_of(table: pd.DataFrame) -> dict[str, float]:
    """How well predictions agree with observations, each weighted by its Poisson error.

    Returns
    -------
    dict
        `n`; `r2` (1 - weighted squared error of the prediction / that of the weighted mean); `r2_explainable` (the
        same with what chance alone adds taken off both); `slope` and `slope_error` of observed on predicted (1:
        calibrated; with intercept); `chi2` (mean squared error in units of the Poisson error; 1: no misfit).
    """
    n = len(table)
    nothing = dict.fromkeys(("r2", "r2_explainable", "slope", "slope_error", "chi2"), float("nan"))
    if n < 3:
        return {"n": n, **nothing}
    observed, predicted = (table[c].to_numpy(dtype=np.float64) for c in ("observed", "predicted"))
    weight = table["standard_error"].to_numpy(dtype=np.float64) ** -2
    around = (weight * (observed - np.average(observed, weights=weight)) ** 2).sum()
    residual = (weight * (observed - predicted) ** 2).sum()
    x = predicted - np.average(predicted, weights=weight)
    spread = (weight * x**2).sum()
    slope = (weight * x * observed).sum() / spread if spread > 0 else float("nan")
    noiseless = around - (n - 1)
    return {
        "n": n,
        "r2": 1 - residual / around,
        "r2_explainable": 1 - (residual - n) / noiseless if noiseless > 0 else float("nan"),
        "slope": slope,
        "slope_error": float(spread**-0.5) if spread > 0 else float("nan"),
        "chi2": residual / n,
    }


def enrichment_summary(table: pd.DataFrame) -> pd.DataFrame:
    """`agreement_of` for each library, pair of rounds and unit of an enrichment table."""
    keys = ["library", "from_round", "to_round", "unit"]
    rows = [dict(zip(keys, key, strict=True)) | agreement_of(part) for key, part in table.groupby(keys, sort=False)]
    return pd.DataFrame(rows, columns=[*keys, "n", "r2", "r2_explainable", "slope", "slope_error", "chi2"])

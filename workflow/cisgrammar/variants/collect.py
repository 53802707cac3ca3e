"""All scores of the variants in one table, row by row, and the quantiles of their p-values."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from cisgrammar.files.atomic import atomic_path
from cisgrammar.files.progress import Progress
from cisgrammar.tables.contracts.variants import BINDING, PROFILE, QQ, READ
from cisgrammar.tables.io import rows_of
from cisgrammar.variants.near import Genes
from cisgrammar.variants.splice_table import COLUMNS as SPLICE
from cisgrammar.variants.splice_table import SpliceScores
from cisgrammar.variants.table import Row, variant_of

_QUANTILES = 200
_P = [(score, null) for score in ("logfc", "jsd") for null in ("shuffled", "substitutions")]


@dataclass(frozen=True)
class Sources:
    """The tables of scores: label -> file, and that of splice scores. Columns are `<label>.<score>`."""

    profile: Mapping[str, str | Path] = field(default_factory=dict)
    binding: Mapping[str, str | Path] = field(default_factory=dict)
    splice: str | Path | None = None


def labels_of(source: str, path: str | Path) -> list[str]:
    """The labels of a table of profile scores: the source alone if it has one head, else with the head's name."""
    number, heads = None, []
    for row in rows_of(path):
        if number not in (None, row["number"]):
            break
        number = row["number"]
        heads.append(row["head"])
    return [source] if len(heads) == 1 else [f"{source}.{head}" for head in heads]


def columns_of(sources: Sources) -> list[str]:
    """The columns of `SCORES`."""
    profile = [
        f"{label}.{name}" for s, path in sources.profile.items() for label in labels_of(s, path) for name in _profile()
    ]
    binding = [f"{label}.{name}" for label in sources.binding for name in BINDING.names if name != "number"]
    splice = [f"splice.{name}" for name in SPLICE] if sources.splice else []
    return [*READ.names, "genes", *profile, *binding, *splice]


def _profile() -> list[str]:
    return [name for name in PROFILE.names if name not in ("number", "head")]


def joined(variants: str | Path, sources: Sources, genes: Genes | None = None, nearest: int = 3) -> Iterator[Row]:
    """Yield the rows of `SCORES`; tables are read side by side.

    Parameters
    ----------
    variants
        The table `READ`.
    sources
        The tables of scores, each with rows for every number.
    genes, nearest
        Genes to name, and how many.
    """
    labels = {source: labels_of(source, path) for source, path in sources.profile.items()}
    profile = {source: _by_number(path) for source, path in sources.profile.items()}
    binding = {label: rows_of(path) for label, path in sources.binding.items()}
    splice = SpliceScores(sources.splice) if sources.splice else None
    progress = Progress("join scores", sum(1 for _ in rows_of(variants)), "variants")
    for row in rows_of(variants):
        progress.add(1)
        variant = variant_of(row)
        found = {**row, "genes": ""}
        if variant is not None and genes is not None:
            found["genes"] = genes.nearest(variant.chrom, variant.start, variant.end, nearest)
        for source, groups in profile.items():
            for label, scores in zip(labels[source], next(groups), strict=True):
                found |= {f"{label}.{name}": scores[name] for name in _profile()}
        for label, rows in binding.items():
            scores = next(rows)
            found |= {f"{label}.{name}": scores[name] for name in BINDING.names if name != "number"}
        if splice is not None:
            found |= {f"splice.{name}": value for name, value in splice.of(row).items()}
        yield found


def _by_number(path: str | Path) -> Iterator[list[Row]]:
    for _, rows in groupby(rows_of(path), key=lambda row: row["number"]):
        yield list(rows)


def write_scores(path: str | Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write the rows of `SCORES` as they come."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle, delimiter="\t", lineterminator="\n")
        out.writerow(columns)
        for row in rows:
            out.writerow([row[name] for name in columns])


def quantiles(sources: Sources) -> pd.DataFrame:
    """The table `QQ`: sorted p-values of every null beside those of a uniform distribution, thinned to 200."""
    parts = [pd.DataFrame(columns=list(QQ.names))]
    for source, path in sources.profile.items():
        for label, values in _p_values(source, path).items():
            for (score, null), p in zip(_P, values, strict=True):
                parts.append(_quantiles(p).assign(source=label, score=score, null=null)[list(QQ.names)])
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def _p_values(source: str, path: str | Path) -> dict[str, list[Counter[float]]]:
    """The different p-values of each null with their numbers: no more of them than draws."""
    labels = labels_of(source, path)
    found: dict[str, list[Counter[float]]] = {label: [Counter() for _ in _P] for label in labels}
    for rows in _by_number(path):
        for label, row in zip(labels, rows, strict=True):
            for counts, (score, null) in zip(found[label], _P, strict=True):
                if not math.isnan(p := float(row[f"{score}_p_{null}"])):
                    counts[p] += 1
    return found


def _quantiles(counts: Mapping[float, int]) -> pd.DataFrame:
    values = np.array(sorted(counts))
    ends = np.cumsum([counts[value] for value in values.tolist()])
    total = int(ends[-1]) if len(ends) else 0
    kept = np.zeros(0, dtype=np.int64)
    if total:
        kept = np.unique(np.geomspace(1, total, min(_QUANTILES, total)).astype(np.int64) - 1)
    known = values[np.searchsorted(ends, kept, side="right")]  # the p-value of each rank
    return pd.DataFrame({"expected": -np.log10((kept + 0.5) / max(total, 1)), "observed": -np.log10(known)})

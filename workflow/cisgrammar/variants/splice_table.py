"""The table of splice scores, written as they come, and what the table of all scores has of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cisgrammar.files.progress import Progress
from cisgrammar.sequence.fasta import Genome
from cisgrammar.tables.contracts.variants_splice import VARIANT_SPLICE
from cisgrammar.tables.io import rows_of
from cisgrammar.variants.table import Row, shown, variant_of

if TYPE_CHECKING:
    from cisgrammar.splice.models.model import ModelToAnalyze
    from cisgrammar.variants.splice import Settings, SpliceGenes

COLUMNS = ("gene", "ds_max", "acceptor_verdict", "donor_verdict", "event", "frame", "reason", "SpliceAI")
"""What the table of all scores has of a variant: of the gene in which most changes; SpliceAI's strings of all genes."""
_DELTAS = ("ds_ag", "ds_al", "ds_dg", "ds_dl")
Key = tuple[str, str, str, str]


def write_splice_scores(
    path: str | Path,
    variants: str | Path,
    genome: Genome,
    genes: SpliceGenes,
    model: ModelToAnalyze,
    settings: Settings,
) -> None:
    """Score the variants of a table `READ` and write `VARIANT_SPLICE`; memory is that of a batch."""
    from cisgrammar.variants.splice import iter_splice

    progress = Progress(f"score splicing on {model.device}", sum(1 for _ in rows_of(variants)), "variants")
    # A batch is read before it is scored: what is read counts as done.
    scored = (variant for row in _seen(variants, progress) if (variant := variant_of(row)) is not None)
    gap = {column.name: "" if column.kind == "text" else "nan" for column in VARIANT_SPLICE.columns}

    def rows() -> Iterator[list[str]]:
        for frame in iter_splice(scored, genome, genes, model, settings):
            for row in frame.to_dict("records"):
                yield [gap[name] if pd.isna(value) else shown(value) for name, value in row.items()]

    VARIANT_SPLICE.write_rows(path, rows())


def _seen(variants: str | Path, progress: Progress) -> Iterator[Row]:
    for row in rows_of(variants):
        yield row
        progress.add(1)


class SpliceScores:
    """The rows of `VARIANT_SPLICE` beside those of `READ`, read once from the first to the last.

    Parameters
    ----------
    path
        The table of splice scores.
    """

    def __init__(self, path: str | Path) -> None:
        groups = groupby(rows_of(path), key=lambda row: (row["line"], row["start"], row["ref"], row["alt"]))
        self._groups = ((key, list(rows)) for key, rows in groups)
        self._last: tuple[Key, list[Row]] | None = None

    def of(self, row: Row) -> dict[str, str]:
        """`COLUMNS` of the next row of `READ`; all empty of one that is not scored."""
        if row["reason"]:
            return dict.fromkeys(COLUMNS, "")
        key = row["line"], str(int(row["pos"]) - 1), row["ref"], row["alt"]
        # An allele that a line names twice in a row has its genes twice in one group.
        if self._last is None or self._last[0] != key:
            self._last = next(self._groups)
        if self._last[0] != key:
            raise ValueError(f"splice scores of {self._last[0]} where those of {key} were wanted; run the stage again")
        genes = {one["gene"]: one for one in self._last[1]}
        best = max(genes.values(), key=_largest)
        strings = [one["spliceai"] for one in genes.values() if one["spliceai"]]
        named = {name: best[name] for name in COLUMNS if name in best}
        return {**named, "ds_max": _shown_largest(best), "SpliceAI": ",".join(strings)}


def _largest(row: Mapping[str, str]) -> float:
    values = [float(row[name]) for name in _DELTAS if row[name] not in ("", "nan")]
    return max(values, default=-1.0)


def _shown_largest(row: Mapping[str, str]) -> str:
    value = _largest(row)
    return "nan" if value < 0 else shown(value)

"""Frame check: measured variants of an exon in a minigene; those that close its three frames beside the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import encode
from cisgrammar.splice.frames.edited_windows import Reading
from cisgrammar.splice.frames.effects import Models, Quantity, as_models, log_strength, score
from cisgrammar.splice.frames.repairs import opened
from cisgrammar.splice.frames.statistics import FrameStatistics, controlled_decrease
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR, GeneSet, gene_set
from cisgrammar.splice.genes.reading_frames import all_frames_closed
from cisgrammar.statistics.correlation import pearson, spearman
from cisgrammar.tables.io import read_table

if TYPE_CHECKING:
    import pandas as pd

NEIGHBOURS = 10
_LN2 = np.log(2)


class _Row(NamedTuple):
    gene_id: str
    start: int
    end: int
    sequence: str
    exon_start: int
    exon_end: int
    measured: float


COLUMNS = _Row._fields


@dataclass(frozen=True, eq=False)
class Minigenes:
    """Measured variants, one after the other as genes of their own.

    Attributes
    ----------
    constructs
        One gene per variant: the sequence with what lies on either side of it.
    start, end
        `(variants,)` int64: the exon in its construct, 0-based half-open.
    measured
        `(variants,)`: any number that grows with inclusion, such as log2 of included over skipped.
    variant
        `(variants,)` int64: the same for equal constructs, which are not independent measurements.
    """

    constructs: GeneSet
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    measured: NDArray[np.float64]
    variant: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.measured)


def read_minigenes(path: str | Path, genes: GeneSet, context: int) -> Minigenes:
    """Read measured variants: a TSV with the columns gene_id, start, end, sequence, exon_start, exon_end, measured.

    `sequence` takes the place of bases `start` to `end` of the gene (5' to 3', 0-based half-open; it may be longer or
    shorter), and the exon is bases `exon_start` to `exon_end` of `sequence`.

    Parameters
    ----------
    path
        The table.
    genes
        Gene set with the genes that it names.
    context
        bp of the gene to keep on either side of a variant: half of the model's context.

    Raises
    ------
    ValueError
        Naming the file and the first row that does not fit.
    """
    table = read_table(path, COLUMNS, text=("gene_id", "sequence"))
    if not len(table):
        raise ValueError(f"{path}: no variants; wanted one per row")
    index = {name: i for i, name in enumerate(genes.names)}
    constructs = []
    for row, values in enumerate(zip(*(table[name] for name in COLUMNS), strict=True), start=2):
        variant = _Row(str(values[0]), *values[1:])
        codes = _variant_codes(f"{path}:{row}", variant, index, genes)
        gene = index[variant.gene_id]
        upstream = genes.window(gene, variant.start - context, variant.start)
        downstream = genes.window(gene, variant.end, variant.end + context)
        constructs.append(np.concatenate([upstream, codes, downstream]))
    texts = [codes.tobytes() for codes in constructs]
    numbers = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    return Minigenes(
        constructs=gene_set([(codes, np.zeros_like(codes)) for codes in constructs]),
        start=context + table.exon_start.to_numpy(dtype=np.int64),
        end=context + table.exon_end.to_numpy(dtype=np.int64),
        measured=table.measured.to_numpy(dtype=np.float64),
        variant=np.array([numbers[text] for text in texts]),
    )


def _variant_codes(where: str, row: _Row, index: dict[str, int], genes: GeneSet) -> NDArray[np.uint8]:
    if row.gene_id not in index:
        raise ValueError(
            f"{where}: gene {row.gene_id!r} is not in the gene set; wanted names such as {genes.names[0]!r}"
        )
    length, bases = int(genes.lengths[index[row.gene_id]]), len(str(row.sequence))
    if not 0 <= row.start <= row.end <= length:
        raise ValueError(f"{where}: bases {row.start} to {row.end} are not within gene {row.gene_id} ({length} bp)")
    if not 0 <= row.exon_start < row.exon_end <= bases:
        raise ValueError(f"{where}: exon {row.exon_start} to {row.exon_end} is not within the sequence ({bases} bp)")
    if not np.isfinite(row.measured):
        raise ValueError(f"{where}: measured is {row.measured}; leave out variants that were not measured")
    try:
        return encode(str(row.sequence))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


@dataclass(frozen=True, eq=False)
class MinigeneScores:
    """Predicted beside measured inclusion of variants.

    Attributes
    ----------
    variants
        The variants.
    closed
        `(variants,)` bool: each of the exon's three frames has a stop.
    predicted
        `(models, variants)`: log2 of the mean of the probabilities of acceptor and donor.
    without_stops
        `(models, variants)`: the same with the exon's stops turned from T.. into C...
    neighbours
        Open variants that a closed one is compared with.
    """

    variants: Minigenes
    closed: NDArray[np.bool_]
    predicted: NDArray[np.float64]
    without_stops: NDArray[np.float64]
    neighbours: int = NEIGHBOURS

    @property
    def clusters(self) -> NDArray[np.int64]:
        """Number of each variant, `(variants,)`: equal ones are not independent."""
        return self.variants.variant

    def decrease(self) -> NDArray[np.float64]:
        """`(models, variants)`: share of open variants measured alike that are predicted higher; nan for open ones."""
        measured, closed = self.variants.measured, self.closed
        return np.stack([controlled_decrease(p, measured, closed, self.neighbours) for p in self.predicted])

    def correlations(self) -> dict[str, float]:
        """Pearson's and Spearman's correlation of the measured numbers with the mean of the models' predictions."""
        predicted, measured = self.predicted.mean(axis=0), self.variants.measured
        return {"pearson": pearson(predicted, measured), "spearman": spearman(predicted, measured)}

    def table(self, statistics: FrameStatistics | None = None) -> pd.DataFrame:
        """A row for each variant; with several models, means over them."""
        import pandas as pd

        return pd.DataFrame(
            {
                "variant": self.variants.variant,
                "all_closed": self.closed.astype(np.int64),
                "measured": self.variants.measured,
                "log2_predicted": self.predicted.mean(axis=0),
                "log2_without_stops": self.without_stops.mean(axis=0),
            }
        )

    def quantities(self) -> list[Quantity]:
        """What variants gain when their stops are taken out, and the comparison of closed with open ones less 50 %."""
        gained, unit = self.without_stops - self.predicted, "log2_strength"
        found = [
            Quantity("opening_closed", unit, np.where(self.closed, gained, np.nan)),
            Quantity("opening_open", unit, np.where(self.closed, np.nan, gained)),
        ]
        if self.closed.any() and (~self.closed).sum() >= self.neighbours:
            found.append(Quantity("decrease_minus_half", "share", self.decrease() - 0.5))
        return found

    def zero_if_frame_blind(self) -> NDArray[np.float64]:
        """Effects that are 0 if the sites alone matter: those of taking stops out."""
        return self.without_stops - self.predicted

    def zero_if_open_frames_suffice(self) -> NDArray[np.float64]:
        """Effects that are 0 if open frames alone matter: on variants that have one."""
        return (self.without_stops - self.predicted)[:, ~self.closed]


def minigene(m: Models, variants: Minigenes, neighbours: int = NEIGHBOURS) -> MinigeneScores:
    """Predict the inclusion of measured variants.

    Parameters
    ----------
    m
        A model, or several. Thresholds play no part.
    variants
        The variants, with at least half of the models' context on either side, or N is seen there.
    neighbours
        Open variants that a closed one is compared with.
    """
    models, genes = as_models(m), variants.constructs
    places = list(zip(variants.start.tolist(), variants.end.tolist(), strict=True))
    parts = [(codes, start, end) for (codes, _), (start, end) in zip(genes, places, strict=True)]
    closed = np.array([all_frames_closed(codes[start:end]) for codes, start, end in parts])

    def readings() -> Iterator[Reading]:
        for i, (codes, start, end) in enumerate(parts):
            edit = opened(codes, start, end)
            yield Reading(i, start, ACCEPTOR, [edit])
            yield Reading(i, end - 1, DONOR, [edit])

    logs = score(models, genes, readings).log_odds.reshape(len(models), len(variants), 2, 2)
    strengths = log_strength(logs[:, :, 0], logs[:, :, 1]) / _LN2  # (models, variants, 2)
    return MinigeneScores(variants, closed, strengths[..., 0], strengths[..., 1], neighbours)

"""Run a splice model over genes or stretches; keep what it calls, what is annotated, and probabilities for tracks."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.splice.genes.gene_set import GeneSet
from cisgrammar.splice.models.model import SITES, ModelToAnalyze, called, site_probabilities
from cisgrammar.splice.predict import Tiling, predict_tiles
from cisgrammar.splice.sites.stretches import Placed
from cisgrammar.tables.contracts.splice import SITES as SITE_TABLE

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

STATES = FOUND, MISSED, EXTRA, CALLED = "found", "missed", "extra", "called"
_FOUND, _MISSED, _EXTRA, _CALLED = range(4)
_ROW = np.dtype(
    [
        ("sequence", np.int32),
        ("kind", np.int8),
        ("status", np.int8),
        ("start", np.int64),
        ("probability", np.float64),
        ("calibrated", np.float64),
    ]
)
"""A site: a table of pandas for each tile would take kilobytes."""
Known = Mapping[tuple[str, str], tuple[NDArray[np.int64], NDArray[np.int64]]]
"""Chromosome and strand -> places of annotated acceptors and donors, ascending, 0-based."""


class Track(NamedTuple):
    """A kind of site on a strand."""

    kind: str
    strand: str


class Values(NamedTuple):
    """Probabilities of one chromosome: places `(bases,)` int64, ascending, and values `(bases,)` float32."""

    places: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sites:
    """What a model finds.

    Attributes
    ----------
    table
        A row a site that is called or annotated, in the order of the genome.
    tracks
        Kind and strand -> chromosome -> probabilities that are large enough to be kept; of overlapping sequences the
        largest.
    """

    table: pd.DataFrame
    tracks: dict[Track, dict[str, Values]]


def annotated_sites(genes: GeneSet) -> Known:
    """The sites of all genes of a set, by chromosome and strand."""
    found: dict[tuple[str, str], tuple[list[NDArray], list[NDArray]]] = defaultdict(lambda: ([], []))
    for i in range(len(genes)):
        _, labels = genes.gene(i)
        for kind, places in enumerate(found[genes.chroms[i], genes.strands[i]], 1):
            places.append(_on_chromosome(genes, i, np.flatnonzero(labels == kind)))
    return {key: (np.unique(np.concatenate(a)), np.unique(np.concatenate(b))) for key, (a, b) in found.items()}


def collect_sites(
    m: ModelToAnalyze,
    source: Placed,
    known: Known | None,
    least: float = 0.001,
    temperature: float = 1.0,
    tiling: Tiling | None = None,
) -> Sites:
    """Run a model over sequences and keep their sites.

    Parameters
    ----------
    m
        The model, with thresholds.
    source
        Genes of a set, whose own labels are the annotated sites, or stretches.
    known
        Annotated sites of stretches; None for sequences of which none is known, whose sites are `called`.
    least
        Smallest probability that a track keeps.
    temperature
        That logits are divided by for the column `calibrated`.
    tiling
        How to cut and batch: with it, and with the number of sites and of kept probabilities, memory is bounded.
    """
    kept = _Kept(source, m.known_thresholds(), least, temperature, known)
    for part in predict_tiles(m, source, tiling):
        calls = called(m, part.log_probs).numpy()  # (bases, 2)
        kept.add(part.gene, part.start, part.log_probs, calls)
    return kept.sites()


def _on_chromosome(source: Placed, index: int, within: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of bases of a sequence, counted in its direction, on its chromosome."""
    if source.strands[index] == "+":
        return source.starts[index] + within
    return source.ends[index] - 1 - within


@dataclass(eq=False)
class _Kept:
    """What is kept of the tiles so far."""

    source: Placed
    thresholds: NDArray[np.float64]
    least: float
    temperature: float
    known: Known | None
    rows: list[NDArray[np.void]] = field(default_factory=list)
    parts: dict[tuple[Track, str], list[Values]] = field(default_factory=lambda: defaultdict(list))

    def add(self, index: int, start: int, log_probs: torch.Tensor, calls: NDArray[np.bool_]) -> None:
        """Keep the sites and the large probabilities of a tile; `log_probs` is `(bases, 3)`, `calls` `(bases, 2)`."""
        probabilities = site_probabilities(log_probs).numpy()
        places = _on_chromosome(self.source, index, np.arange(start, start + len(calls)))
        strand, chrom = self.source.strands[index], self.source.chroms[index]
        for i, kind in enumerate(SITES):
            large = probabilities[:, i] >= self.least
            if large.any():
                self.parts[Track(kind, strand), chrom].append(Values(places[large], probabilities[large, i]))
            true = self._true(index, start, places, i)
            rows = np.flatnonzero(calls[:, i] | (true if true is not None else False))
            if len(rows):
                known = None if true is None else true[rows]
                self.rows.append(self._rows(index, i, log_probs[rows], places[rows], calls[rows, i], known))

    def _true(self, index: int, start: int, places: NDArray[np.int64], kind: int) -> NDArray[np.bool_] | None:
        """Which bases are annotated sites of a kind; None where none are known."""
        if isinstance(self.source, GeneSet):
            return np.asarray(self.source.gene(index)[1][start : start + len(places)] == kind + 1)
        if self.known is None:
            return None
        there = self.known.get((self.source.chroms[index], self.source.strands[index]))
        return np.isin(places, there[kind]) if there is not None else np.zeros(len(places), dtype=bool)

    def _rows(
        self,
        index: int,
        kind: int,
        log_probs: torch.Tensor,
        places: NDArray[np.int64],
        calls: NDArray[np.bool_],
        true: NDArray[np.bool_] | None,
    ) -> NDArray[np.void]:
        """Rows of sites of a sequence and kind; `true` says which are annotated, None where none is known."""
        found = np.empty(len(places), dtype=_ROW)
        found["sequence"], found["kind"], found["start"] = index, kind, places
        found["probability"] = log_probs[:, kind + 1].exp().numpy()
        found["calibrated"] = torch.softmax(log_probs / self.temperature, -1)[:, kind + 1].numpy()
        found["status"] = _CALLED if true is None else np.where(calls, np.where(true, _FOUND, _EXTRA), _MISSED)
        return found

    def _table(self) -> pd.DataFrame:
        """All rows, in the order of the genome."""
        import pandas as pd

        rows = np.concatenate([np.empty(0, dtype=_ROW), *self.rows])
        self.rows.clear()
        source = self.source
        chroms = {chrom: i for i, chrom in enumerate(dict.fromkeys(source.chroms))}
        names, strands = (np.array(text, dtype=object) for text in (source.names, source.strands))
        order = np.array([chroms[chrom] for chrom in source.chroms], dtype=np.int64)[rows["sequence"]]
        ranks = (np.unique(text, return_inverse=True)[1][rows["sequence"]] for text in (names, strands))
        name, strand = ranks
        rows = rows[np.lexsort((name, rows["kind"], strand, rows["start"], order))]
        at = rows["sequence"]
        columns = {
            "name": names[at],
            "chrom": np.array(source.chroms, dtype=object)[at],
            "start": rows["start"],
            "strand": strands[at],
            "kind": np.array(SITES, dtype=object)[rows["kind"]],
            "probability": rows["probability"],
            "calibrated": rows["calibrated"],
            "threshold": np.asarray(self.thresholds)[rows["kind"]],
            "status": np.array(STATES, dtype=object)[rows["status"]],
        }
        return pd.DataFrame(columns)

    def sites(self) -> Sites:
        """All that was kept, in the order of the genome."""
        table = self._table()
        tracks: dict[Track, dict[str, Values]] = {Track(kind, strand): {} for kind in SITES for strand in "+-"}
        for (track, chrom), parts in self.parts.items():
            tracks[track][chrom] = _largest(parts)
        for kind in SITES:
            states = table.loc[table["kind"] == kind, "status"].value_counts()
            numbers = ", ".join(f"{states.get(s, 0)} {s}" for s in (FOUND, MISSED, EXTRA, CALLED) if s in states)
            log.info("%s sites: %s", kind, numbers or "none")
        return Sites(table[[name for name in SITE_TABLE.names if name != "set"]], tracks)


def _largest(parts: list[Values]) -> Values:
    """Places in order, each once, with the largest of its values."""
    places, values = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort([values, places])
    places, values = places[order], values[order]
    last = np.append(places[1:] != places[:-1], True)
    return Values(places[last], values[last])

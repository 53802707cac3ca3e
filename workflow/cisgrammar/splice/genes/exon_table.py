"""The exons of a gene set's transcripts, in gene coordinates, with their phase in the reading frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.annotation import Transcript
from cisgrammar.splice.genes.coordinates import in_gene
from cisgrammar.tables.contracts.splice import EXONS

NO_PHASE = -1


@dataclass(frozen=True, eq=False)
class ExonTable:
    """Exons sorted by gene and place; every array is `(exons,)`, and every place is within the stored gene.

    Attributes
    ----------
    gene
        int64: index into the gene set.
    gene_id
        The gene's name in the gene set.
    rank
        int64: 0 for a transcript's first exon; of one gene, ranks r and r + 1 are joined by an intron.
    start, end
        int64: 0-based half-open, 5' to 3'. The acceptor is base `start`, the donor base `end - 1`.
    length
        int64: `end - start`.
    phase_start
        int64: coding bases before this exon, modulo 3: the first whole codon starts at `start + (-phase_start) % 3`.
        -1 unless the exon is wholly coding.
    phase_end
        int64: `(phase_start + length) % 3`; -1 unless the exon is wholly coding.
    intron_before, intron_after
        int64: length of the intron on either side, 0 where there is none.
    is_internal_coding
        bool: wholly coding, between two introns, and the exon before and the one after have coding bases too, so
        that the reading frame runs through it.
    """

    gene: NDArray[np.int64]
    gene_id: NDArray[np.str_]
    rank: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    length: NDArray[np.int64]
    phase_start: NDArray[np.int64]
    phase_end: NDArray[np.int64]
    intron_before: NDArray[np.int64]
    intron_after: NDArray[np.int64]
    is_internal_coding: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.gene)

    def select(self, which: NDArray[np.bool_] | NDArray[np.integer]) -> ExonTable:
        """Return the exons of a mask or of indices."""
        return ExonTable(*(getattr(self, field.name)[which] for field in fields(self)))

    def internal_coding(self, min_length: int = 1) -> ExonTable:
        """Return the internal coding exons of at least `min_length` bases."""
        return self.select(self.is_internal_coding & (self.length >= min_length))


COLUMNS = tuple(field.name for field in fields(ExonTable))


def exon_table(transcripts: Sequence[Transcript]) -> ExonTable:
    """Tabulate the exons of a gene set's transcripts, in its order; the n-th transcript is gene n."""
    parts = [_columns(index, transcript) for index, transcript in enumerate(transcripts)]
    names = ("gene", "rank", "start", "end", "length", "phase_start", "phase_end", "intron_before", "intron_after")
    joined = {name: np.concatenate([part[name] for part in parts]) for name in (*names, "is_internal_coding")}
    ids = np.repeat(np.array([t.gene for t in transcripts], dtype=np.str_), [len(t.exons) for t in transcripts])
    joined["is_internal_coding"] = joined["is_internal_coding"].astype(bool)
    return ExonTable(**joined, gene_id=ids)


def _columns(index: int, transcript: Transcript) -> dict[str, NDArray[np.int64]]:
    exons = in_gene(transcript, transcript.exons)
    start, end = exons[:, 0], exons[:, 1]
    coding = _coding_bases(exons, in_gene(transcript, transcript.coding))
    before = np.cumsum(coding) - coding
    whole = _whole(exons, in_gene(transcript, transcript.coding)) & (transcript.frame >= 0)
    phase = np.where(whole, (before - transcript.frame) % 3, NO_PHASE)
    introns = start[1:] - end[:-1]  # (exons - 1,)
    return {
        "gene": np.full(len(exons), index, dtype=np.int64),
        "rank": np.arange(len(exons), dtype=np.int64),
        "start": start,
        "end": end,
        "length": end - start,
        "phase_start": phase,
        "phase_end": np.where(whole, (phase + end - start) % 3, NO_PHASE),
        "intron_before": np.concatenate([[0], introns]),
        "intron_after": np.concatenate([introns, [0]]),
        "is_internal_coding": whole & (before > 0) & (before + coding < coding.sum()),
    }


def _coding_bases(exons: NDArray[np.int64], coding: NDArray[np.int64]) -> NDArray[np.int64]:
    """Coding bases in each exon, `(exons,)`."""
    inside = np.searchsorted(exons[:, 0], coding[:, 0], side="right") - 1
    return np.bincount(inside, weights=coding[:, 1] - coding[:, 0], minlength=len(exons)).astype(np.int64)


def _whole(exons: NDArray[np.int64], coding: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether one piece of coding sequence is exactly the exon, `(exons,)`."""
    pieces = set(map(tuple, coding.tolist()))
    return np.array([tuple(exon) in pieces for exon in exons.tolist()], dtype=bool)


def exon_intervals(gene: NDArray, gene_id: NDArray, start: NDArray, end: NDArray) -> ExonTable:
    """An exon table of places alone: no phases, no introns."""
    start, end = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
    zero = np.zeros(len(start), dtype=np.int64)
    none = np.full(len(start), NO_PHASE, dtype=np.int64)
    return ExonTable(
        gene=np.asarray(gene, dtype=np.int64),
        gene_id=np.asarray(gene_id, dtype=np.str_),
        rank=zero,
        start=start,
        end=end,
        length=end - start,
        phase_start=none,
        phase_end=none.copy(),
        intron_before=zero.copy(),
        intron_after=zero.copy(),
        is_internal_coding=np.zeros(len(start), dtype=bool),
    )


def write_exon_table(path: str | Path, exons: ExonTable) -> None:
    """Write the exons as TSV, a column for each attribute; `is_internal_coding` as 0 or 1."""
    import pandas as pd

    columns = {name: getattr(exons, name) for name in COLUMNS}
    columns["is_internal_coding"] = exons.is_internal_coding.astype(np.int64)
    EXONS.write(path, pd.DataFrame(columns))


def read_exon_table(path: str | Path) -> ExonTable:
    """Read exons written by `write_exon_table`.

    ValueError names the file and the first exon whose numbers contradict each other.
    """
    table = EXONS.read(path)
    texts = table["gene_id"].astype(str).to_numpy(dtype=np.str_)
    numbers = {name: table[name].to_numpy(dtype=np.int64) for name in COLUMNS if name != "gene_id"}
    coding = numbers.pop("is_internal_coding").astype(bool)
    exons = ExonTable(**numbers, gene_id=texts, is_internal_coding=coding)
    check_exon_table(exons, str(path))
    return exons


def check_exon_table(exons: ExonTable, where: str = "exon table") -> None:
    """Raise ValueError naming the first exon whose numbers contradict each other."""
    coding = exons.phase_start >= 0
    faults = (
        ("start must be >= 0 and below end", (exons.start < 0) | (exons.end <= exons.start)),
        ("length must be end - start", exons.length != exons.end - exons.start),
        ("phase_start must be -1, 0, 1 or 2", (exons.phase_start < NO_PHASE) | (exons.phase_start > 2)),
        (
            "phase_end must be (phase_start + length) % 3",
            coding & (exons.phase_end != (exons.phase_start + exons.length) % 3),
        ),
        ("an internal coding exon has a phase", exons.is_internal_coding & ~coding),
        (
            "an internal exon has an intron on either side",
            exons.is_internal_coding & (np.minimum(exons.intron_before, exons.intron_after) < 1),
        ),
    )
    for wanted, wrong in faults:
        if wrong.any():
            row = int(wrong.argmax())
            values = ", ".join(f"{name} {getattr(exons, name)[row]}" for name in COLUMNS[1:8])
            raise ValueError(f"{where}: row {row + 1} ({values}): {wanted}; build the genes again")

"""Counts of a bedGraph, read like those of a bigWig: values at stretches of bases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType

import numpy as np

from cisgrammar.files.text import check_is_file
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig_file import Place, Values
from cisgrammar.signal.columns import Table
from cisgrammar.signal.text_reads import read_tables

_COLUMNS = 4


class BedGraphFile:
    """A bedGraph as `BigWigFile` gives a bigWig; each block is what one chromosome has in a block of text.

    Parameters
    ----------
    path
        Text, plain or compressed, its columns separated and named as `bed_blocks` takes them: chromosome, start, end
        (0-based, half-open), value.
    genome
        The assembly, for the lengths of its chromosomes, which the file does not have.

    Attributes
    ----------
    chromosomes
        Name -> length, bp, of the chromosomes at the beginning of the file; 0 for one that the FASTA lacks.
    blocks
        One place, the beginning of the file.

    Raises
    ------
    ValueError
        Naming the file, and its line: too few columns, a coordinate or value that is no whole number, a start that is
        negative, an end that is not beyond it or beyond its chromosome, stretches that overlap; also from `read_all`.
    """

    def __init__(self, path: str | Path, genome: Genome) -> None:
        check_is_file(path)
        self.path = path
        self._lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
        self.blocks = [Place(0, 0)]
        names: dict[str, None] = {}
        for table in islice(read_tables(path), 1):
            table.check_columns(_COLUMNS, "chromosome, start, end, value")
            names.update(dict.fromkeys(name.strip() for name in table.names(0)[0]))
        if not names:
            raise ValueError(f"{path}: no values in it; wanted lines of chromosome, start, end, value")
        self.chromosomes = {name: self._lengths.get(name, 0) for name in names}

    def __enter__(self) -> BedGraphFile:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass

    def read_all(self, places: Sequence[Place] | None = None) -> Iterator[Values]:
        """Read the values of the whole file; of the first block of text alone if `places` are named."""
        for table in islice(read_tables(self.path), None if places is None else 1):
            table.check_columns(_COLUMNS, "chromosome, start, end, value")
            yield from self._of_table(table)

    def _of_table(self, table: Table) -> Iterator[Values]:
        names, of_line = table.names(0)
        start, end = table.integers(1, "start"), table.integers(2, "end")
        value = table.integers(3, "value")
        known = np.array([self._lengths.get(name.strip(), -1) for name in names], dtype=np.int64)[of_line]
        for bad, said in (
            (start < 0, "the start is negative"),
            (end <= start, "the end is not beyond the start"),
            ((end > known) & (known >= 0), "the end is beyond the chromosome of the FASTA"),
        ):
            if bad.any():
                raise table.fail(int(bad.argmax()), said)
        for number, name in enumerate(names):
            rows = np.flatnonzero(of_line == number)
            rows = rows[np.argsort(start[rows], kind="stable")]
            overlap = start[rows[1:]] < end[rows[:-1]]
            if overlap.any():
                raise table.fail(int(rows[1:][overlap][0]), "a base that has a value before")
            if len(rows):
                yield Values(name.strip(), start[rows], end[rows], value[rows].astype(np.float64))

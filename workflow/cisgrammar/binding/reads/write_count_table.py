"""Write count tables: no header, tab-separated, the read first, then one count a round."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.files.atomic import atomic_path

_ROWS = 1 << 16


def write_count_table(path: str | Path, table: CountTable) -> None:
    """Write all rounds of a table, gzipped if the name ends in .gz; the same table gives the same bytes.

    Reads are written without flanks, in the table's order, N for any letter; counts that are whole as integers.
    """
    with atomic_path(path) as partial, open(partial, "wb") as raw:
        if Path(path).suffix != ".gz":
            _write_rows(raw, table)
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=4) as packed:
            _write_rows(packed, table)


def _write_rows(handle: gzip.GzipFile | io.BufferedWriter, table: CountTable) -> None:
    letters = np.frombuffer(table.alphabet.symbols.replace("*", "N").encode("ascii"), dtype=np.uint8)
    for start in range(0, len(table.counts), _ROWS):
        text = letters[table.variable[start : start + _ROWS]]  # (reads, longest)
        reads = [row.tobytes().rstrip() for row in text]
        handle.write(b"".join(map(b"%b%b\n".__mod__, zip(reads, _fields(table.counts[start : start + _ROWS])))))


def _fields(counts: NDArray[np.float64]) -> list[bytes]:
    """Each row's counts as text, a tab before each; most rows are alike and are written once."""
    rows = [*map(tuple, counts.tolist())]
    said = {row: "".join(f"\t{count:.17g}" for count in row).encode("ascii") for row in set(rows)}
    return [said[row] for row in rows]

"""The stage's tables row by row, so that memory does not grow with the number of variants."""

from __future__ import annotations

import csv
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from cisgrammar.files.atomic import temporary_name
from cisgrammar.sequence.fasta import Genome
from cisgrammar.statistics.p_values import benjamini_hochberg
from cisgrammar.tables.contract import Table
from cisgrammar.tables.contracts.variants import READ
from cisgrammar.tables.io import rows_of
from cisgrammar.variants.read.check import Checked, Checker
from cisgrammar.variants.read.records import read_records
from cisgrammar.variants.variant import Variant

Row = dict[str, str]


def shown(value: Any) -> str:
    """A value as tables have it: six digits of a number, nan for a missing one, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        return "nan" if math.isnan(value) else f"{float(value):.6g}"
    return str(value)


def read_row(checked: Checked, number: int) -> list[object]:
    """A row of `READ`."""
    variant, record = checked.variant, checked.record
    place = (variant.chrom, variant.start + 1, variant.id, variant.ref, variant.alt, variant.kind) if variant else None
    return [
        number,
        record.line,
        checked.allele,
        *(place or (record.chrom, record.position, record.id, record.ref, checked.alt, "")),
        checked.reason,
        checked.detail,
        checked.aligned,
        checked.duplicate or "nan",
    ]


def write_variants(path: str | Path, source: str | Path, layout: str, genome: Genome, longest: int) -> Checker:
    """Read a file of variants, check each and write `READ`; gives the checker, which has counted.

    Errors are those of `read_records`.
    """
    checker = Checker(genome, longest)
    found = checker.check(read_records(source, layout))
    READ.write_rows(path, (_tabless(read_row(checked, number)) for number, checked in enumerate(found)))
    return checker


def _tabless(row: list[object]) -> list[object]:
    return [" ".join(value.split()) if isinstance(value, str) else value for value in row]


def variant_of(row: Row) -> Variant | None:
    """The variant of a row of `READ`; None if it is not scored."""
    if row["reason"]:
        return None
    return Variant(row["chrom"], int(row["pos"]) - 1, row["ref"], row["alt"], row["id"], int(row["line"]))


@dataclass(frozen=True)
class Counts:
    """How many alternate alleles there are: in all, scored, and by the reason why they are not."""

    total: int
    scored: int
    reasons: Mapping[str, int]


def count_reasons(path: str | Path) -> Counts:
    """Count the rows of a table by their reason."""
    reasons = Counter(row["reason"] for row in rows_of(path))
    return Counts(reasons.total(), reasons.pop("", 0), dict(reasons))


def batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield lists of at most `size` rows."""
    each = iter(rows)
    while batch := list(islice(each, size)):
        yield batch


def write_with_q(
    path: str | Path, contract: Table, rows: Iterable[Mapping[str, Any]], q_of: Mapping[str, str], by: str = ""
) -> None:
    """Write rows as they come, then once more with q-values, which need all p-values.

    Parameters
    ----------
    path
        The table.
    contract
        Its contract.
    rows
        Column -> value, without the q-values.
    q_of
        Column of q -> column of p.
    by
        Column whose values are families of their own; empty for one family.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    spool = temporary_name(path.with_suffix(".spool"))
    columns = [name for name in contract.names if name not in q_of]
    p = {name: array("d") for name in q_of.values()}
    families, names = array("q"), dict[str, int]()
    try:
        with spool.open("w", newline="", encoding="utf-8") as handle:
            out = csv.writer(handle, delimiter="\t", lineterminator="\n")
            for row in rows:
                out.writerow([shown(row.get(name)) for name in columns])
                for name, values in p.items():
                    values.append(float(row[name]))
                families.append(names.setdefault(str(row[by]) if by else "", len(names)))
        q = _q_values(p, q_of, families)
        with spool.open(newline="", encoding="utf-8") as handle:
            spooled = csv.reader(handle, delimiter="\t")
            contract.write_rows(path, _with_q(spooled, columns, contract.names, q))
    finally:
        spool.unlink(missing_ok=True)


def _q_values(p: Mapping[str, array[float]], q_of: Mapping[str, str], families: array[int]) -> dict[str, np.ndarray]:
    family = np.array(families)
    found = {}
    for name, of in q_of.items():
        values = np.array(p[of], dtype=np.float64)
        q = np.full(len(values), np.nan)
        for one in np.unique(family):
            q[family == one] = benjamini_hochberg(values[family == one])
        found[name] = q
    return found


def _with_q(
    rows: Iterable[Sequence[str]], columns: Sequence[str], names: Sequence[str], q: Mapping[str, np.ndarray]
) -> Iterator[list[str]]:
    place = {name: index for index, name in enumerate(columns)}
    for number, row in enumerate(rows):
        yield [shown(q[name][number]) if name in q else row[place[name]] for name in names]

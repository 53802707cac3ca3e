"""The stage's tables row by row, so that memory does not grow with the number of variants."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from cisgrammar.files.atomic import temporary_name
from cisgrammar.sequence.fasta import Genome
from cisgrammar.statistics.p_values import benjamini_hochberg_of_counts
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

    Of p-values the different ones are held, with their numbers: they are ranks among draws, so that there are no more
    of them than draws, however many rows there are.

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
    counts: dict[tuple[str, str], Counter[float]] = {}
    try:
        with spool.open("w", newline="", encoding="utf-8") as handle:
            out = csv.writer(handle, delimiter="\t", lineterminator="\n")
            for row in rows:
                out.writerow([shown(row.get(name)) for name in columns])
                family = shown(row[by]) if by else ""
                for name in q_of.values():
                    if not math.isnan(p := float(row[name])):
                        counts.setdefault((family, name), Counter())[p] += 1
        q = {key: _q_values(found) for key, found in counts.items()}
        with spool.open(newline="", encoding="utf-8") as handle:
            spooled = csv.reader(handle, delimiter="\t")
            contract.write_rows(path, _with_q(spooled, columns, contract.names, q, q_of, by))
    finally:
        spool.unlink(missing_ok=True)


def _q_values(counts: Mapping[float, int]) -> dict[str, str]:
    """p-value -> q-value, both as tables have them; of p-values that look alike there the largest counts."""
    p = sorted(counts)
    q = benjamini_hochberg_of_counts(p, [counts[value] for value in p])
    return {shown(value): shown(found) for value, found in zip(p, q.tolist(), strict=True)}


def _with_q(
    rows: Iterable[Sequence[str]],
    columns: Sequence[str],
    names: Sequence[str],
    q: Mapping[tuple[str, str], Mapping[str, str]],
    q_of: Mapping[str, str],
    by: str,
) -> Iterator[list[str]]:
    place = {name: index for index, name in enumerate(columns)}
    for row in rows:
        family = row[place[by]] if by else ""
        found = {name: q.get((family, of), {}).get(row[place[of]], "nan") for name, of in q_of.items()}
        yield [found[name] if name in q_of else row[place[name]] for name in names]

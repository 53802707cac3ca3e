"""One motif set over samples: patterns of all samples that are one motif, by average linkage of their cosines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.discover.alignment import REACH, align, all_pairs, turn
from cisgrammar.discover.motif_table import names_of
from cisgrammar.discover.pattern_files import Found
from cisgrammar.discover.patterns import SAME, Pattern, linked
from cisgrammar.motifs.motif import Motif
from cisgrammar.tables.contracts.discover import MERGED

_MARGIN = 15


@dataclass(frozen=True, eq=False)
class Member:
    """A motif of a sample: its pattern and its row of the sample's table."""

    sample: str
    found: Found
    row: Mapping[str, Any]


def members_of(sample: str, found: Sequence[Found], table: pd.DataFrame) -> list[Member]:
    """The motifs of a sample's table with their patterns."""
    rows = {str(row["motif"]): row for row in table.to_dict("records")}
    return [Member(sample, each, rows[each.name]) for each in found if each.name in rows]


def merge_motifs(
    members: Sequence[Member], samples: Sequence[str], known: Mapping[str, Motif], match_q: float
) -> tuple[pd.DataFrame, dict[str, Motif]]:
    """Merge motifs of the same sign whose mean cosine is at least 0.85, each of another sample.

    Parameters
    ----------
    members
        Of all samples.
    samples
        All samples, in the order of the columns.
    known
        Motifs to name them by.
    match_q
        q-value below which a name is given.

    Returns
    -------
    table, motifs
        A row per motif, those of most samples and then of most hits first; base shares of each, weighted by seqlets.
    """
    groups: list[list[Member]] = []
    for sign in ("+", "-"):
        mine = [member for member in members if member.found.pattern.sign == sign]
        if mine:
            # Each of unit size, so that a sample with large contributions weighs no more.
            alike = all_pairs(_stretches(mine))
            names = np.array([member.sample for member in mine])
            # A sample's own motifs differ in their letters, if not in their contributions.
            alike[(names[:, None] == names) & ~np.eye(len(mine), dtype=bool)] = 0
            groups += [[mine[i] for i in group] for group in linked(alike, SAME)]
    groups.sort(key=lambda group: (-len({m.sample for m in group}), -sum(int(m.row["hits"]) for m in group)))
    made = [(f"motif_{n}", *_mean(group)) for n, group in enumerate(groups, 1)]
    found = [Found(name, group[0].found.output, (), p) for (name, p, _), group in zip(made, groups, strict=True)]
    rows = [_row(each, group, alike, samples) for each, group, (_, _, alike) in zip(found, groups, made, strict=True)]
    wanted = [*MERGED.names, *(f"{what}_{sample}" for what in ("hits", "contribution") for sample in samples)]
    table = pd.DataFrame(rows)
    if len(table):
        table = pd.concat([table, names_of(found, known, match_q)], axis=1)
    return table.reindex(columns=wanted), {each.name: each.motif for each in found}


def _stretches(members: Sequence[Member]) -> NDArray[np.float32]:
    every = np.stack([member.found.pattern.contributions for member in members])
    return (every / np.linalg.norm(every, axis=(1, 2), keepdims=True)).astype(np.float32)


def _mean(group: Sequence[Member]) -> tuple[Pattern, float]:
    """The mean pattern, its members laid on that of most seqlets, and the least cosine of a member to it."""
    ordered = sorted(group, key=lambda member: -len(member.found.pattern))
    stretches = _stretches(ordered)
    middle = slice(REACH - _MARGIN, REACH + _MARGIN + 1)
    lain = align(stretches, stretches[0][middle])
    weights = np.array([len(member.found.pattern) for member in ordered], dtype=np.float64)
    matrices = [
        _moved(np.stack([getattr(m.found.pattern, name) for m in ordered]), lain.shift, lain.turned, fill)
        for name, fill in (("shares", 0.25), ("contributions", 0.0), ("hypothetical", 0.0))
    ]
    shares = np.average(matrices[0], axis=0, weights=weights)
    contributions, hypothetical = (each.mean(axis=0) for each in matrices[1:])
    alike = align(stretches, contributions[middle].astype(np.float32)).cosine.min()
    row, centre, turned = (
        np.concatenate([getattr(m.found.pattern, name) for m in ordered]) for name in ("row", "centre", "turned")
    )
    sign = ordered[0].found.pattern.sign
    return Pattern(sign, row, centre, turned, shares, contributions, hypothetical), float(alike)


def _moved(
    matrices: NDArray[np.float64], shift: NDArray[np.int64], turned: NDArray[np.bool_], fill: float
) -> NDArray[np.float64]:
    found = np.full_like(matrices, fill)
    for i, (by, over) in enumerate(zip(shift.tolist(), turned.tolist(), strict=True)):
        own = turn(matrices[i]) if over else matrices[i]
        first, last = max(0, by), min(len(own), len(own) + by)
        found[i, first - by : last - by] = own[first:last]
    return found


def _row(found: Found, group: Sequence[Member], alike: float, samples: Sequence[str]) -> dict[str, Any]:
    hits = {sample: sum(int(m.row["hits"]) for m in group if m.sample == sample) for sample in samples}
    amounts = {
        sample: [float(m.row["contribution"]) for m in group if m.sample == sample] or [np.nan] for sample in samples
    }
    means = {sample: float(np.mean(values)) for sample, values in amounts.items()}
    return {
        "motif": found.name,
        "consensus": found.motif.consensus,
        "sign": found.pattern.sign,
        "samples": ",".join(sample for sample in samples if any(m.sample == sample for m in group)),
        "members": ",".join(f"{m.sample}:{m.found.name}" for m in group),
        "alike": alike,
        "q": min(float(m.row["q"]) for m in group),
        "seqlets": len(found.pattern),
        "hits": sum(hits.values()),
        "contribution": float(np.nanmean(list(means.values()))),
        **{f"hits_{sample}": number for sample, number in hits.items()},
        **{f"contribution_{sample}": value for sample, value in means.items()},
    }
